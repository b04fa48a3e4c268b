/**
 * Three processes that reach a real Redis over HTTP. Server, endpoint and processes are the project's own and end with it.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import * as RedisZset from "ringcron/redis-zset";
import { type Guarded, spawnGuarded } from "../../test/support/guarded.ts";
import { projectRoot } from "../../test/support/project.ts";
import { type RedisServer, startRedis } from "../../test/support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../../test/support/upstash.ts";
import type { Fleet } from "./fleet.ts";
import type { News } from "./news.ts";
import { nodeNames } from "./scenario.ts";

const program = join(projectRoot, ".build", "examples", "demo", "process.js");

const startNode = async (name: string, store: UpstashEndpoint, hear: (news: News) => void): Promise<Guarded> => {
  const child = await spawnGuarded({
    command: [process.execPath, program],
    env: { DEMO_NODE: name, UPSTASH_REDIS_REST_URL: store.url, UPSTASH_REDIS_REST_TOKEN: store.token },
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith("{") && line.endsWith("}")) hear(JSON.parse(line) as News);
  });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => words += chunk);
  child.gone.then(() => {
    const last = words.trim().split("\n").at(-1);
    if (last) hear({ _tag: "Trouble", node: name, what: `said at its end: ${last}` });
  });
  return child;
};

/** A fleet of processes. */
export const createRedisFleet = (): Fleet => {
  const children = new Map<string, Guarded>();
  let redis: RedisServer | undefined;
  let store: UpstashEndpoint | undefined;
  let isClosed = false;
  const close = async () => {
    isClosed = true;
    await Promise.all([...children.values()].map((child) => child.end()));
    await store?.stop();
    await redis?.stop();
  };
  return {
    async start(hear) {
      redis = await startRedis();
      // Fetching and starting a server takes a while, in which somebody may have lost patience.
      if (isClosed) return close();
      const endpoint = store = await startUpstash({ redisPort: redis.port });
      if (isClosed) return close();
      const joined = new Set<string>();
      await new Promise<void>((resolve, reject) => {
        const told = (news: News) => {
          hear(news);
          if (news._tag === "Joined" && joined.add(news.node).size === nodeNames.length) resolve();
        };
        for (const name of nodeNames) {
          startNode(name, endpoint, told).then((child) => {
            children.set(name, child);
            if (isClosed) void child.end();
            child.gone.then(() => reject(new Error(`${name} ended before the fleet was complete`)));
          }, reject);
        }
      });
    },
    async kill(name) {
      children.get(name)?.signal("SIGKILL");
      await children.get(name)?.gone;
    },
    async leave() {
      for (const child of children.values()) child.signal("SIGTERM");
      await Promise.all([...children.values()].map((child) => child.gone));
    },
    driver: () => store && RedisZset.layer({ url: store.url, token: store.token }),
    requests: () => store?.requests() ?? 0,
    close,
  };
};
