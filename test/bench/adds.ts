/**
 * Jobs that are added and removed one by one, before and after the start: milliseconds, and the ratio of 10,000 to 1,000.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import * as Memory from "../../adapters/memory.ts";
import { createCron } from "../../src/shell/promise.ts";
import { table } from "../support/table.ts";

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return performance.now() - started;
};

const measure = async (count: number): Promise<ReadonlyArray<number>> => {
  const cron = await createCron({ service: `bench-${count}`, driver: Memory.layer(), logLevel: "none" });
  const add = (prefix: string) => async () => {
    for (let n = 0; n < count; n++) await cron.add(`${prefix}-${n}`, "@yearly", () => {});
  };
  const owned = async (wanted: number) => {
    while (cron.jobs().filter(({ ownedHere }) => ownedHere).length < wanted) await delay(1);
  };
  const before = await timed(add("before"));
  const start = await timed(async () => {
    await cron.start();
    await owned(count);
  });
  const after = await timed(add("after"));
  await owned(2 * count);
  const remove = await timed(async () => {
    for (let n = 0; n < count; n++) await cron.remove(`before-${n}`);
  });
  await cron.stop();
  return [before, start, after, remove];
};

await measure(100);
const few = await measure(1_000);
const many = await measure(10_000);
const names = ["added before the start", "started", "added after the start", "removed"];
console.log(table([
  ["ms", "1,000", "10,000", "ratio, at most 12"],
  ...names.map((name, index) => {
    const [one = 0, other = 0] = [few[index], many[index]];
    return [name, one.toFixed(1), other.toFixed(1), (other / one).toFixed(1)];
  }),
]));
