/**
 * One process of a fleet over a Redis that is reached by HTTP, or over another store. It prints what happens as JSON lines and
 * leaves on SIGTERM.
 *
 * Environment: `UPSTASH_REDIS_REST_URL`, `UPSTASH_REDIS_REST_TOKEN`, and `FLEET_NODE` with the JSON of {@link FleetNode}.
 *
 * @module
 */
import process from "node:process";
import { createCron, type JobOptions, type NodeOptions } from "ringcron/promise";
import * as Etcd from "ringcron/etcd";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";

/** What a process is to be. */
export interface FleetNode {
  readonly options: NodeOptions;
  /** Which driver it is over. Default: `redis-zset`. For etcd, the URL is that of the endpoint. */
  readonly driver?: "redis" | "redis-zset" | "etcd" | undefined;
  readonly jobs: ReadonlyArray<{
    readonly name: string;
    readonly schedule: string;
    /** How long the handler takes. Milliseconds. */
    readonly takesMs?: number | undefined;
    /** What it fails with. Default: it does not. */
    readonly fails?: string | undefined;
    readonly options?: JobOptions | undefined;
  }>;
  /** Handlers of schedules in the store; each prints what it is given. Default: none. */
  readonly handlers?: ReadonlyArray<string> | undefined;
  /** How often it prints the members and, for each job, owner and next due instant, as it sees them. Default: never. */
  readonly tellEveryMs?: number | undefined;
}

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const { driver = "redis-zset", handlers = [], jobs, options, tellEveryMs } = JSON.parse(
  process.env.FLEET_NODE ?? "{}",
) as FleetNode;
const url = process.env.UPSTASH_REDIS_REST_URL ?? "";
const token = process.env.UPSTASH_REDIS_REST_TOKEN ?? "";
const layers = {
  redis: () => Redis.layer({ url, token }),
  "redis-zset": () => RedisZset.layer({ url, token }),
  etcd: () => Etcd.layer({ endpoints: url }),
};
const cron = await createCron({ ...options, driver: layers[driver](), logLevel: "none" });

cron.on((event) => {
  if (event._tag !== "RunStarted") say({ event });
});
for (const job of jobs) {
  await cron.add(job.name, job.schedule, async ({ attempt, dueAt, fence, job: name, kind, node, payload }) => {
    const startedAt = Date.now();
    say({ start: name, node, dueAt, startedAt, latenessMs: startedAt - dueAt, attempt, fence, kind, payload });
    if (job.takesMs !== undefined) await new Promise((resolve) => setTimeout(resolve, job.takesMs));
    if (job.fails !== undefined) throw new Error(job.fails);
  }, job.options);
}
for (const handler of handlers) {
  await cron.handle(handler, ({ kind, node, payload, schedule }) => say({ start: schedule, node, kind, payload }));
}
process.once("SIGTERM", () => {
  void cron.stop().then(() => process.exit(0));
});
await cron.start();
say({ joined: cron.pool.nodeId });
if (tellEveryMs !== undefined) {
  setInterval(() => {
    const sees = cron.jobs().map(({ name, nextDueAt, owner }) => [name, owner, nextDueAt]);
    say({ members: cron.pool.members().map(({ name }) => name).sort(), sees });
  }, tellEveryMs);
}
