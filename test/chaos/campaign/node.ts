/**
 * One process of a chaos campaign. Every start and every end of a handler is a line in a file of its own, written before
 * anything else happens and by the process alone, so that it is there even if the process is killed in the same moment.
 * So is what people asked of it, and what they were told.
 *
 * Environment: `CHAOS_NODE` with the JSON of {@link ChaosNode}.
 *
 * @module
 */
import { openSync, writeSync } from "node:fs";
import process from "node:process";
import * as Etcd from "ringcron/etcd";
import { createCron, type NodeOptions } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import { attend } from "./client.ts";
import type { ChaosJob } from "./jobs.ts";

/** What a process is to be. */
export interface ChaosNode {
  readonly store: "redis" | "redis-zset" | "etcd";
  readonly endpoints: ReadonlyArray<string>;
  readonly token: string;
  readonly options: NodeOptions;
  readonly jobs: ReadonlyArray<ChaosJob>;
  /** Where its lines go. */
  readonly file: string;
  /** Where it is told what people ask of it. */
  readonly orders: string;
}

const { orders, endpoints, file, jobs, options, store, token } = JSON.parse(
  process.env.CHAOS_NODE ?? "{}",
) as ChaosNode;
const url = endpoints[0] as string;
const timeoutMs = 2_000;
/** The store's answer to the first request was not that of a store: the program is to be started again. */
const refusedCode = 3;
const driver = store === "etcd"
  ? Etcd.layer({ endpoints, timeoutMs })
  : store === "redis"
  ? Redis.layer({ url, token, timeoutMs })
  : RedisZset.layer({ url, token, timeoutMs });

const sheet = openSync(file, "a");
const note = (line: object): void => {
  writeSync(sheet, `${JSON.stringify(line)}\n`);
};

const cron = await createCron({ ...options, driver, logLevel: "none" });
const quiet = new Set(["RunStarted", "RunEnded", "FireSkipped", "OwnershipChanged"]);
cron.on((event) => {
  if (!quiet.has(event._tag)) {
    const detail = "reason" in event ? event.reason : "byMs" in event ? event.byMs : undefined;
    note({ event: event._tag, at: Date.now(), detail, ...("job" in event ? { job: event.job } : {}) });
  }
  if (event._tag === "Joined") note({ joined: event.incarnation, at: Date.now() });
});

for (const { fails, hangs, name, options: jobOptions, schedule, takesMs } of jobs) {
  await cron.add(name, schedule, async ({ attempt, dueAt, fence, id, kind, signal, startedAt }) => {
    const incarnation = cron.pool.nodeId;
    note({ start: name, id, dueAt, attempt, fence, kind, incarnation, decidedAt: startedAt, at: Date.now() });
    if (hangs) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      // Every other one is slow to heed that its time is up, and holds its place meanwhile.
      if (fence % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 700));
      return;
    }
    if (takesMs !== undefined) {
      const [from, upTo] = takesMs;
      await new Promise((resolve) => setTimeout(resolve, from + Math.random() * (upTo - from)));
    }
    note({ end: name, fence, at: Date.now() });
    if (fails && Math.random() < 0.4) throw new Error("as it was told to");
  }, jobOptions);
}
process.once("SIGTERM", () => {
  note({ leaving: true, at: Date.now() });
  void cron.stop().then(() => process.exit(0));
});
try {
  await cron.start();
} catch (error) {
  note({ event: "StartRefused", at: Date.now() });
  process.stderr.write(`${error}\n`);
  process.exit(refusedCode);
}
process.stdout.write(`${JSON.stringify({ joined: cron.pool.nodeId })}\n`);
void attend(orders, cron, note);
