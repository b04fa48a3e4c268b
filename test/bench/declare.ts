/**
 * One node over the store in memory: 1,000, 10,000 and 100,000 jobs that are declared and started, and 10,000 more one by one after
 * that. Time, processor time, and heap of a job, with its handler shared by all. And what a node with 20,000 jobs tells the store of
 * them, once for each deployment.
 *
 * @module
 */
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import * as Memory from "../../adapters/memory.ts";
import { declaredText } from "../../src/core/ledger/memberText.ts";
import { fingerprint } from "../../src/core/words/hash.ts";
import { createCron } from "../../src/shell/promise.ts";
import { table } from "../support/table.ts";
import { type Target, told } from "../support/targets.ts";

/** Heap in use, after collections. */
const heap = async (): Promise<number> => {
  for (let n = 0; n < 4; n++) {
    globalThis.gc?.();
    await delay(20);
  }
  return process.memoryUsage().heapUsed;
};

const handler = () => {};

const measure = async (count: number) => {
  const empty = await heap();
  const [begun, before] = [performance.now(), process.cpuUsage()];
  const cron = await createCron({ service: `declared-${count}`, driver: Memory.layer(), logLevel: "none" });
  for (let n = 0; n < count; n++) await cron.add(`job-${n}`, "@yearly", handler);
  const added = performance.now() - begun;
  await cron.start();
  // A look at all jobs costs as much as the start of some hundreds of them.
  while (cron.jobs().some(({ decidedUpTo }) => decidedUpTo === undefined)) await delay(100);
  const started = performance.now() - begun;
  const { system, user } = process.cpuUsage(before);
  const bytes = (await heap() - empty) / count;
  const since = performance.now();
  for (let n = 0; n < 10_000; n++) await cron.add(`later-${n}`, "@yearly", handler);
  const later = performance.now() - since;
  await cron.stop({ drainMs: 0 });
  return { added, started, cpuMs: (system + user) / 1_000, bytes, later };
};

await measure(1_000);
const counts = [1_000, 10_000, 100_000];
const found = [];
for (const count of counts) found.push(await measure(count));
console.log(table([
  ["jobs", "ms to add", "ms until all are started", "CPU ms", "bytes a job", "ms to add 10,000 later"],
  ...found.map(({ added, bytes, cpuMs, later, started }, at) =>
    [counts[at] ?? 0, added, started, cpuMs, bytes, later].map((it) => it.toFixed(0))
  ),
]));
const declaredBytes = (length: number): ReadonlyArray<string> => {
  const names = Array.from({ length: 20_000 }, (_, n) => `job-${n}`.padEnd(length, "x"));
  const bytes = declaredText(new Map(names.map((name) => [name, fingerprint(name)]))).length;
  return [(bytes / 1e6).toFixed(2), `${Math.ceil(bytes / 100_000)}`];
};
console.log(table([
  ["letters of a name", "MB that 20,000 jobs are declared with", "pieces"],
  ...[10, 32, 64].map((length) => [`${length}`, ...declaredBytes(length)]),
]));
const most = found[2];
if (most !== undefined) {
  const targets: ReadonlyArray<Target> = [
    ["100,000 declared and started in 3 s", `${most.started.toFixed(0)} ms`, most.started < 3_000],
    ["below 600 bytes a job", `${most.bytes.toFixed(0)}`, most.bytes < 600],
    ["10,000 added later in 0.5 s", `${most.later.toFixed(0)} ms`, most.later < 500],
  ];
  told(targets);
}
