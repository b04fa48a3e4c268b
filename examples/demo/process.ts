/**
 * A node as a process of its own: the store is reached by HTTP, news are JSON lines, SIGTERM makes it leave.
 *
 * @module
 */
import process from "node:process";
import * as RedisZset from "ringcron/redis-zset";
import { createNode } from "./node.ts";
import { drainMs } from "./scenario.ts";

const { DEMO_NODE: name = "node", UPSTASH_REDIS_REST_TOKEN: token = "", UPSTASH_REDIS_REST_URL: url = "" } =
  process.env;

const cron = await createNode(name, RedisZset.layer({ url, token }), (news) => {
  process.stdout.write(`${JSON.stringify(news)}\n`);
});
process.once("SIGTERM", () => void cron.stop({ drainMs }).then(() => process.exit(0)));
await cron.start();
