/**
 * A process of ringcron: a driver over HTTP, defaults but for `catchUp` and, in one row, `delivery`.
 *
 * @module
 */
import process from "node:process";
import { createCron, type JobOptions } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import { handle, onLeave, orders, pattern, ready } from "./process.ts";

const store = { url: `http://127.0.0.1:${orders.port}`, token: orders.token };
const driver = process.env.COMPARE_DRIVER === "redis" ? Redis.layer(store) : RedisZset.layer(store);
const cron = await createCron({ service: "compare", nodeName: orders.name, driver, logLevel: "none" });
const mode = (process.env.COMPARE_CATCH_UP ?? "all") as "all" | "latest";
const delivery = process.env.COMPARE_DELIVERY as NonNullable<JobOptions["delivery"]>;

for (const name of orders.jobs) {
  await cron.add(name, pattern, ({ attempt, dueAt, job }) => handle(job, dueAt, attempt), {
    delivery,
    catchUp: { mode },
  });
}
onLeave(() => cron.stop());
await cron.start();
ready();
