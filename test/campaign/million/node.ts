/**
 * One node of the fleet, with the one handler. What it starts of schedules that are watched it writes to a file, a line each; how much
 * memory it has it says each second.
 *
 * Environment: `UPSTASH_REDIS_REST_URL`, `UPSTASH_REDIS_REST_TOKEN`, `SERVICE`, `NODE_NAME`, `RECORD` with the file.
 *
 * @module
 */
import { closeSync, openSync, writeSync } from "node:fs";
import process from "node:process";
import { createCron } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import { handler, isWatched } from "./plan.ts";

const { NODE_NAME: nodeName = "", RECORD: record = "", SERVICE: service = "" } = process.env;
const url = process.env.UPSTASH_REDIS_REST_URL ?? "";
const token = process.env.UPSTASH_REDIS_REST_TOKEN ?? "";

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const beganAt = Date.now();
const file = openSync(record, "a");
let runs = 0;

const cron = await createCron({
  service,
  nodeName,
  driver: Redis.layer({ url, token, hints: true }),
  logLevel: "none",
});
await cron.handle(handler, ({ attempt, dueAt, kind, schedule, startedAt }) => {
  if (runs++ === 0) say({ first: Date.now() });
  // Whole lines, written at once: a process that is killed leaves all that it had started.
  if (isWatched(schedule)) writeSync(file, `${schedule} ${dueAt} ${startedAt} ${Date.now()} ${attempt} ${kind}\n`);
});
const troubles = new Map<string, number>();
cron.on((event) => {
  if (event._tag === "RunStarted" || event._tag === "RunEnded") return;
  troubles.set(event._tag, (troubles.get(event._tag) ?? 0) + 1);
});
const tell = (): void => {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  say({
    rss,
    heapUsed,
    cpuUs: process.cpuUsage().user + process.cpuUsage().system,
    runs,
    troubles: Object.fromEntries(troubles),
  });
};
process.once("SIGTERM", () => {
  void cron.stop().then(() => {
    closeSync(file);
    process.exit(0);
  });
});
process.on("SIGUSR2", tell);
await cron.start();
say({ joined: cron.pool.nodeId, beganAt, startMs: Date.now() - beganAt });
