/**
 * One process of a fleet over a Redis that is reached by HTTP, or over another store. It prints what happens as JSON lines and
 * leaves on SIGTERM.
 *
 * Environment: `UPSTASH_REDIS_REST_URL`, `UPSTASH_REDIS_REST_TOKEN`, and `FLEET_NODE` with the JSON of {@link FleetNode}.
 *
 * @module
 */
import process from "node:process";
import { createClient, createCron, type JobOptions, type NodeOptions } from "ringcron/promise";
import * as Etcd from "ringcron/etcd";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import { tour as goOnTour } from "./schedules-tour.ts";

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
  /** Handlers of schedules in the store, which print their starts like jobs, as `start` the id of the schedule. */
  readonly handlers?: ReadonlyArray<string> | undefined;
  /** How long each of them takes. Milliseconds. Default: it returns at once. */
  readonly handlersTakeMs?: number | undefined;
  /** Once it has joined somebody who is no node asks, in the same process, everything of schedules whose ids begin so. */
  readonly tour?: string | undefined;
  /** How often it prints the members and, for each job, owner and next due instant, as it sees them. Default: never. */
  readonly tellEveryMs?: number | undefined;
}

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const { driver = "redis-zset", handlers = [], handlersTakeMs, jobs, options, tellEveryMs, tour } = JSON.parse(
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
for (const name of handlers) {
  await cron.handle(name, async ({ attempt, dueAt, fence, job, kind, node, payload, schedule }) => {
    const startedAt = Date.now();
    const latenessMs = startedAt - dueAt;
    say({ start: schedule, handler: job, node, dueAt, startedAt, latenessMs, attempt, fence, kind, payload });
    if (handlersTakeMs !== undefined) await new Promise((resolve) => setTimeout(resolve, handlersTakeMs));
  });
}
process.once("SIGTERM", () => {
  void cron.stop().then(() => process.exit(0));
});
await cron.start();
say({ joined: cron.pool.nodeId });
if (tour !== undefined) {
  const client = await createClient({ service: options.service, driver: layers[driver]() });
  say({ toured: await goOnTour(client.schedules, tour) });
  await client.close();
}
if (tellEveryMs !== undefined) {
  setInterval(() => {
    const sees = cron.jobs().map(({ name, nextDueAt, owner }) => [name, owner, nextDueAt]);
    say({ members: cron.pool.members().map(({ name }) => name).sort(), sees });
  }, tellEveryMs);
}
