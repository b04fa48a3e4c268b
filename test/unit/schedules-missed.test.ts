/**
 * What is said of a schedule with one instant that nobody decided in time.
 */
import * as Memory from "ringcron/memory";
import { createClient, createCron } from "ringcron/promise";
import { expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";

it("an `at` that was missed says so once it is decided, and one that ran or of which nothing is kept does not", async () => {
  const driver = Memory.layer();
  const cron = await createCron({ service: "missed", driver, logLevel: "none" });
  const client = await createClient({ service: "missed", driver });
  await cron.handle("report", () => {});
  const { schedules } = client;
  const second = Math.floor(Date.now() / 1_000) * 1_000;
  const [soon, long] = [second - 60_000, second - 7_200_000];
  await schedules.putMany([
    { id: "ran", handler: "report", at: soon },
    { id: "missed", handler: "report", at: long },
    { id: "never late", handler: "report", at: long, catchUp: { mode: "skip" } },
    { id: "unkept", handler: "report", at: long, keepRuns: 0 },
  ]);
  await cron.start();
  const explained = async (id: string) => (await schedules.explain(id)).holdups;
  await waitFor(
    async () => (await schedules.list()).schedules.every((it) => it.nextDueAt === undefined),
    15_000,
    "the end",
  );
  await waitFor(async () => (await schedules.get("ran"))?.lastRuns.length === 1, 15_000, "the run");
  const over = { reason: "finished", words: "no fire of it is to come, or it had as many runs as its limit" };
  expect(await explained("ran")).toEqual([over]);
  expect(await explained("unkept")).toEqual([over]);
  const missed = [{
    reason: "finished",
    words:
      `its fire of ${new Date(long).toISOString().replace(".000", "")} was skipped and never ran: it was paused, or ` +
      "later than its catchUp allows",
  }];
  expect(await explained("missed")).toEqual(missed);
  expect(await explained("never late")).toEqual(missed);
  expect((await schedules.explain("missed")).words).not.toContain("nothing holds it up");
  await client.close();
  await cron.stop({ drainMs: 0 });
});
