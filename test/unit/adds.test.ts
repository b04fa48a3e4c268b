/**
 * Jobs that are added and removed one by one: the machine is told of a burst once, and so is the store.
 */
import * as Memory from "ringcron/memory";
import { createCron, type Scheduler } from "ringcron/promise";
import type { Driver } from "ringcron";
import { expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";

/** A store that counts what nodes declare to it, entry by entry, and how often. */
const counting = () => {
  const store = Memory.make();
  const told = { beats: 0, entries: 0, items: 0 };
  // A machine that has much else to do sends a request again, and that is the same question.
  const asked = new Set<string>();
  const driver: Driver.Driver = {
    ...store,
    beat: (request) => {
      if (request.declared !== undefined) {
        told.beats += 1;
        told.entries += request.declared.size;
      }
      return store.beat(request);
    },
    claim: (request) => {
      for (const { claimId } of request.items) asked.add(claimId);
      told.items = asked.size;
      return store.claim(request);
    },
  };
  return { told, layer: Memory.layer({ store: driver }) };
};

const settled = (cron: Scheduler, count: number): Promise<unknown> =>
  waitFor(() => cron.jobs().filter(({ ownedHere }) => ownedHere).length === count, 30_000, "the jobs to be owned");

/** What the store is told of `count` jobs that are added, then removed, one by one. */
const toldOf = async (count: number, isStarted: boolean) => {
  const { layer, told } = counting();
  const cron = await createCron({ service: `adds-${count}`, driver: layer, logLevel: "none" });
  if (isStarted) await cron.start();
  for (let n = 0; n < count; n++) await cron.add(`job-${n}`, "@yearly", () => {});
  if (!isStarted) await cron.start();
  await settled(cron, count);
  await waitFor(() => told.items >= count, 30_000, "the jobs to be registered");
  const added = { ...told };
  for (let n = 0; n < count; n++) await cron.remove(`job-${n}`);
  await settled(cron, 0);
  await waitFor(() => told.beats > added.beats, 30_000, "the removal to be told");
  const removed = { beats: told.beats - added.beats, entries: told.entries - added.entries };
  await cron.stop();
  return { added, removed };
};

it.each([["before", false], ["after", true]])(
  "%s the start: 10,000 cost at most 12 times 1,000",
  async (_, isStarted) => {
    const few = await toldOf(1_000, isStarted);
    const many = await toldOf(10_000, isStarted);
    expect(many.added.entries).toBeLessThanOrEqual(12 * Math.max(1_000, few.added.entries));
    expect(many.added.items).toBeLessThanOrEqual(12 * few.added.items);
    expect(many.added.beats).toBeLessThanOrEqual(5);
    expect(many.removed.beats).toBeLessThanOrEqual(3);
  },
);

it("a burst is what it comes to: removed and added again, added and removed", async () => {
  const { layer } = counting();
  const cron = await createCron({ service: "burst", driver: layer, logLevel: "none" });
  const runs: Array<string> = [];
  await cron.start();
  await cron.add("kept", "* * * * * *", () => void runs.push("old"));
  await waitFor(() => runs.length > 0, 5_000, "a run");
  await cron.remove("kept");
  await cron.add("kept", "* * * * * *", () => void runs.push("new"));
  await cron.add("passing", "* * * * * *", () => void runs.push("passing"));
  expect(cron.jobs().map(({ name }) => name)).toEqual(["kept", "passing"]);
  await cron.remove("passing");
  await expect(cron.add("kept", "@daily", () => {})).rejects.toMatchObject({ _tag: "InvalidInput", field: "job" });
  expect(cron.jobs().map(({ name }) => name)).toEqual(["kept"]);
  const { length } = runs;
  await waitFor(() => runs.length > length + 1, 5_000, "two more runs");
  expect(new Set(runs.slice(length))).toEqual(new Set(["new"]));
  await cron.stop();
});
