/**
 * One node over the store in memory: 1,000 and 10,000 jobs that are due each second. Processor time and lateness of a fire, in the
 * first line of its handler.
 *
 * @module
 */
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import * as Memory from "../../adapters/memory.ts";
import { createCron } from "../../src/shell/promise.ts";
import { table } from "../support/table.ts";

const started = async (service: string, count: number, schedule: string, handler: (run: { dueAt: number }) => void) => {
  const cron = await createCron({ service, driver: Memory.layer(), logLevel: "none" });
  for (let n = 0; n < count; n++) await cron.add(`job-${n}`, schedule, handler);
  await cron.start();
  // A look at all jobs costs as much as the start of some hundreds of them.
  while (cron.jobs().some(({ decidedUpTo }) => decidedUpTo === undefined)) await delay(100);
  return cron;
};

const cpuUs = (since: NodeJS.CpuUsage): number => {
  const { system, user } = process.cpuUsage(since);
  return system + user;
};

/** Microseconds of processor time a fire, and lateness in the middle and at 99 of 100: the best of several rounds of two seconds. */
const measureDue = async (count: number, rounds: number): Promise<ReadonlyArray<number>> => {
  let late: Array<number> = [];
  const cron = await started(`due-${count}`, count, "* * * * * *", ({ dueAt }) => {
    late.push(performance.timeOrigin + performance.now() - dueAt);
  });
  await delay(3_000);
  let best = [Infinity, Infinity, Infinity];
  for (let round = 0; round < rounds; round++) {
    late = [];
    const before = process.cpuUsage();
    await delay(2_000);
    const us = cpuUs(before) / late.length;
    late.sort((a, b) => a - b);
    const at = (share: number) => late[Math.floor(late.length * share)] ?? Infinity;
    const [least = us, middle = 0, most = 0] = best;
    best = [Math.min(least, us), Math.min(middle, at(0.5)), Math.min(most, at(0.99))];
  }
  await cron.stop({ drainMs: 0 });
  return best;
};

const due = [];
for (const count of [1_000, 10_000]) due.push([count, ...await measureDue(count, 8)]);
console.log(table([
  ["jobs due each second", "CPU µs a fire", "late p50 ms", "late p99 ms"],
  ...due.map((row) => row.map((it) => it.toFixed(0))),
]));
