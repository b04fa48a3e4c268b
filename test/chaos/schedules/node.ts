/**
 * One process of a campaign with schedules: a node with their handlers, which also puts, changes and removes them. Every start of a
 * handler, everything it asks and everything it is told is a line in a file of its own, written before anything else happens.
 *
 * Environment: `CHAOS_SCHEDULES` with the JSON of {@link SchedulesNode}. SIGUSR2: it asks for nothing new.
 *
 * @module
 */
import { openSync, writeSync } from "node:fs";
import process from "node:process";
import { Redis as Ioredis } from "ioredis";
import * as Etcd from "ringcron/etcd";
import { createClient, createCron, type NodeOptions } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import type { StoreName } from "../campaign/store.ts";
import { act } from "./actor.ts";
import { handlers } from "./plan.ts";

/** What a process is to be. */
export interface SchedulesNode {
  /** `redis` is reached by HTTP, `redis-zset` by TCP. */
  readonly store: StoreName;
  readonly endpoints: ReadonlyArray<string>;
  readonly token: string;
  readonly service: string;
  readonly options: Omit<NodeOptions, "service">;
  readonly seed: number;
  readonly gapMs: readonly [from: number, upTo: number];
  /** Where its lines go. */
  readonly file: string;
}

const { endpoints, file, gapMs, options, seed, service, store, token } = JSON.parse(
  process.env.CHAOS_SCHEDULES ?? "{}",
) as SchedulesNode;
const url = endpoints[0] as string;
const timeoutMs = 2_000;

const ioredis = (): Ioredis => {
  const client = new Ioredis(url, { retryStrategy: (times) => Math.min(times * 50, 500) });
  client.on("error", () => {});
  return client;
};
const driver = () =>
  store === "etcd"
    ? Etcd.layer({ endpoints, timeoutMs })
    : store === "redis"
    ? Redis.layer({ url, token, timeoutMs })
    : RedisZset.layer({ client: ioredis() });

const sheet = openSync(file, "a");
const note = (line: object): void => {
  writeSync(sheet, `${JSON.stringify(line)}\n`);
};

const cron = await createCron({ service, ...options, driver: driver(), logLevel: "none" });
const quiet = new Set(["RunStarted", "RunEnded", "FireSkipped", "OwnershipChanged"]);
cron.on((event) => {
  if (!quiet.has(event._tag)) note({ event: event._tag, at: Date.now() });
});
for (const handler of handlers) {
  await cron.handle(handler, async ({ attempt, dueAt, fence, kind, payload, schedule }) => {
    const { put, takesMs } = payload as { put: string; takesMs: number };
    note({ start: handler, id: schedule, dueAt, attempt, fence, kind, put, at: Date.now() });
    if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs));
  });
}
try {
  await cron.start();
} catch (error) {
  process.stderr.write(`${error}\n`);
  process.exit(3);
}
// Somebody who is no node, and remembers nothing of what the node does.
const client = await createClient({ service, driver: driver() });
const actor = act([cron.schedules, client.schedules], { name: options.nodeName ?? "", seed, gapMs }, note);
process.on("SIGUSR2", () => {
  actor.rest();
  void actor.done.then(() => note({ resting: true }));
});
process.once("SIGTERM", () => {
  actor.rest();
  void Promise.all([cron.stop(), client.close()]).then(() => process.exit(0));
});
process.stdout.write(`${JSON.stringify({ joined: cron.pool.nodeId })}\n`);
