/**
 * Schedules that ticks run, put by a client, on each store that keeps any; and what that client knows of jobs that only ticks run.
 */
import { randomUUID } from "node:crypto";
import { createTicker, handle, type ScheduledRun } from "ringcron/edge";
import { createClient } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { useStores } from "./support/stores.ts";

const { stores } = useStores();

describe.concurrent.each(Object.entries(stores))("ticks over %s", (_, open) => {
  it("run schedules once each, beside their jobs, which clients know", async () => {
    const [service, driver] = [`ticks-${randomUUID()}`, open()];
    await using client = await createClient({ service, driver });
    const runs: Array<ScheduledRun> = [];
    const jobs: Array<string> = [];
    const make = async () => {
      const ticker = await createTicker({ service, driver, eager: true });
      await ticker.add("daily", "0 4 * * *", (run) => void jobs.push(run.id), { timeZone: "Europe/Berlin" });
      await handle(ticker, "report", (run) => {
        runs.push(run);
        if (run.schedule === "s7") throw new Error("no paper");
      });
      return ticker;
    };
    await using first = await make();
    await using second = await make();
    expect(await first.tick()).toMatchObject({ started: 0, left: 0 });
    expect(await client.job("daily")).toMatchObject({ schedule: expect.stringContaining("0 4 * * *") });

    const ids = Array.from({ length: 40 }, (__, index) => `s${index}`);
    await client.schedules.putMany(
      ids.map((id) => ({ id, handler: "report", schedule: "0 0 29 2 *", payload: { of: id } })),
    );
    await Promise.all(ids.map((id) => client.schedules.trigger(id)));
    await client.trigger("daily");
    const reports = await Promise.all([first.tick(), second.tick()]);
    reports.push(await first.tick());
    expect(runs.map(({ schedule }) => schedule).sort()).toEqual([...ids].sort());
    expect(runs.every(({ payload, schedule }) => Object(payload).of === schedule)).toBe(true);
    expect(jobs).toHaveLength(1);
    expect(reports.flatMap(({ failures }) => failures)).toMatchObject([{ job: "report", schedule: "s7" }]);
    expect((await client.schedules.get("s3"))?.lastRuns).toMatchObject([{ outcome: "succeeded" }]);

    await client.schedules.remove("s3");
    await client.schedules.pause("s4");
    expect(await second.tick()).toMatchObject({ started: 0, left: 0 });
  }, 60_000);
});
