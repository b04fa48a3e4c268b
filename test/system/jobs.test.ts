/**
 * What is told of the jobs of a fleet to those who declare none of them: what each is, what holds it up, what is to come.
 */
import * as Memory from "ringcron/memory";
import { type Client, createClient, createCron, type JobOptions, type Scheduler } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { destroy } from "./support/destroy.ts";

const times = { leaseMs: 1_000, maxSilenceMs: 1_000, graceMs: 200 };
const leapDay = "0 0 29 2 *";

type Jobs = Readonly<Record<string, readonly [schedule: string, options?: JobOptions]>>;

const nodeOf = async (
  service: string,
  driver: ReturnType<typeof Memory.layer>,
  nodeName: string,
  jobs: Jobs,
  run: () => unknown = () => {},
): Promise<Scheduler> => {
  const cron = await createCron({ service, driver, nodeName, logLevel: "none", ...times });
  for (const [name, [schedule, options]] of Object.entries(jobs)) await cron.add(name, schedule, run, options);
  await cron.start();
  return cron;
};

/** Waits until it is told what jobs are. */
const told = async (client: Client, ...names: ReadonlyArray<string>): Promise<void> => {
  const isTold = (name: string) => client.job(name).then(({ words }) => words !== undefined, () => false);
  await waitFor(async () => !(await Promise.all(names.map(isTold))).includes(false), 20_000, "definitions");
};

const daily: Jobs = {
  invoices: ["0 9 * * MON-FRI", { timeZone: "Europe/Berlin", timeoutMs: 5_000, overlap: "queue" }],
  spread: ["H 3 * * *", {}],
  hand: ["@manual"],
};

describe("a fleet of two", () => {
  it("tells what each job is to those who declare none", async () => {
    const driver = Memory.layer();
    await using one = await nodeOf("told", driver, "one", daily);
    await using _ = await nodeOf("told", driver, "two", daily);
    await using client = await createClient({ service: "told", driver });
    await told(client, ...Object.keys(daily));
    const invoices = await client.job("invoices");
    expect(invoices).toMatchObject({
      state: "open",
      schedule: "0 9 * * MON-FRI",
      words: "at 09:00 on Monday to Friday, Europe/Berlin",
      timeZone: "Europe/Berlin",
      dst: "default",
      declaredBy: ["one", "two"],
      outdatedAt: [],
      otherPoliciesAt: [],
      isOverdue: false,
      history: [],
    });
    expect(invoices.policies).toMatchObject({ timeoutMs: 5_000, overlap: "queue", delivery: "at-most-once" });
    expect(new Set([invoices.owner, invoices.successor])).toEqual(new Set(["one", "two"]));
    const jobs = await client.jobs();
    expect(jobs.map(({ name }) => name)).toEqual(["hand", "invoices", "spread"]);
    expect(await one.allJobs()).toEqual(jobs);
    // How they stand is told without what they are, and of some jobs both.
    expect(await client.jobsNamed(["spread", "nobody", "hand", "spread"])).toEqual([jobs[2], jobs[0]]);
    expect(await client.jobsNamed([])).toEqual([]);
    const some = await client.overviewNamed(["spread", "nobody", "hand", "spread"]);
    expect(some.jobs.map(({ name }) => name)).toEqual(["spread", "hand"]);
    expect((await client.overview()).jobs.filter(({ name }) => name === "spread")).toEqual([some.jobs[0]]);
    await expect(client.overviewNamed(["a b"])).rejects.toMatchObject({ _tag: "InvalidInput", field: "job" });
    await expect(client.jobsNamed(["a b"])).rejects.toMatchObject({ _tag: "InvalidInput", field: "job" });
    const { jobs: standings, members } = await client.overview();
    expect(members.map(({ name }) => name).sort()).toEqual(["one", "two"]);
    expect(standings).toEqual(
      jobs.map(({ dst, expression, isFinished, policies, schedule, timeZone, words, ...it }) => {
        expect([dst, expression, isFinished, policies, schedule, timeZone, words].includes(undefined)).toBe(false);
        return it;
      }),
    );
    // H is what it is for this job, and is told as it was written.
    expect(jobs[2]).toMatchObject({ schedule: "H 3 * * *", words: expect.stringMatching(/^at 03:\d\d, UTC$/) });

    const { fires, unknown } = await client.nextFires({ limit: 5 });
    expect([fires.length, unknown]).toEqual([5, []]);
    expect(fires.every(({ job }) => job !== "hand")).toBe(true);
    expect([...fires].sort((a, b) => a.dueAt - b.dueAt)).toEqual(fires);
    const from = Date.UTC(2030, 0, 7);
    const { fires: [only, ...others] } = await client.nextFires({ from, to: from + 9 * 3_600_000 });
    expect([only?.job, others.map(({ job, dueAt }) => [job, dueAt])]).toEqual(["spread", [[
      "invoices",
      from + 8 * 3_600_000,
    ]]]);
    await client.pause("spread");
    expect((await client.nextFires({ limit: 1_000 })).fires.some(({ job }) => job === "spread")).toBe(false);

    // A backfill needs no schedule any more.
    expect(await client.backfill("invoices", { afterMs: Date.UTC(2026, 0, 5), upToMs: Date.UTC(2026, 0, 7) })).toBe(2);
  });

  it("tells what is gone and what is misspelt apart", async () => {
    const driver = Memory.layer();
    const one = await nodeOf("gone", driver, "one", { ...daily, gpu: [leapDay, { runOn: ["gpu"] }] });
    await using client = await createClient({ service: "gone", driver });
    await told(client, ...Object.keys(daily), "gpu");
    await waitFor(async () => (await client.job("invoices")).state === "open", 10_000, "registered");
    expect(await client.job("gpu")).toMatchObject({
      state: "undeclared",
      policies: { runOn: ["gpu"] },
      declaredBy: [],
    });
    expect((await client.overview()).jobs.find(({ name }) => name === "gpu")).toMatchObject({ state: "undeclared" });
    expect((await client.explain("gpu")).holdups.map(({ reason }) => reason)).toEqual(["unplaced"]);
    await expect(client.job("invoice")).rejects.toMatchObject({ _tag: "UnknownJob", nearest: ["invoices"] });
    await expect(client.explain("invoice")).rejects.toMatchObject({ _tag: "UnknownJob" });
    await expect(client.queue("a b")).rejects.toMatchObject({ _tag: "InvalidInput", field: "job" });
    await expect(client.nextFires({ limit: 0 })).rejects.toMatchObject({ _tag: "InvalidInput", field: "limit" });
    await expect(client.nextFires({ from: 5, to: 5 })).rejects.toMatchObject({ _tag: "InvalidInput", field: "to" });
    await one.stop();
    const invoices = await client.job("invoices");
    expect(invoices).toMatchObject({
      state: "undeclared",
      schedule: "0 9 * * MON-FRI",
      owner: undefined,
      isOverdue: false,
    });
    const { holdups, ranks, words } = await client.explain("invoices");
    expect([holdups.map(({ reason }) => reason), ranks]).toEqual([["undeclared"], []]);
    expect(words).toContain("no member declares it");
    expect((await client.nextFires()).fires).toEqual([]);
    // Its text goes with it, and is told again by who declares it again.
    await client.remove("invoices");
    await client.remove("gpu");
    await expect(client.job("invoices")).rejects.toMatchObject({ _tag: "UnknownJob" });
    await using _ = await nodeOf("gone", driver, "three", daily);
    await told(client, "invoices");
  });

  it("explains what holds a job up", async () => {
    const driver = Memory.layer();
    let release = () => {};
    const released = new Promise<void>((resolve) => release = resolve);
    await using one = await nodeOf("held", driver, "one", { slow: [leapDay], again: [leapDay] }, () => released);
    await using client = await createClient({ service: "held", driver });
    await told(client, "slow", "again");
    expect((await client.explain("slow")).holdups).toEqual([]);
    await client.trigger("slow");
    await client.trigger("slow");
    await waitFor(async () => (await client.queue("slow")).length === 1, 10_000, "a run, and one behind it");
    expect(await client.queue("slow")).toMatchObject([{ state: "queued", kind: "manual" }]);
    await client.pause("slow", { by: "anna", reason: "stocktaking" });
    const { holdups, ranks, words } = await one.explain("slow");
    expect(holdups.map(({ reason }) => reason)).toEqual(["paused", "overlap", "queue"]);
    expect(holdups[0]?.words).toBe("it is paused by anna: stocktaking");
    expect(ranks).toMatchObject([{ node: "one", rank: 0 }]);
    expect(words[0]).toContain(leapDay);
    release();
    await waitFor(async () => (await client.explain("slow")).decisions.length === 2, 10_000, "both to end");
    expect((await client.explain("slow")).decisions).toMatchObject([{ outcome: "succeeded" }, {
      outcome: "succeeded",
    }]);
    // Who paused it is in its history, and no decision.
    expect((await client.job("slow")).history.filter((line) => line._tag === "Action")).toMatchObject([
      { action: "pause", by: "anna" },
    ]);
  });

  it("with other policies or another schedule of a job tells so, and what is in force", async () => {
    const driver = Memory.layer();
    const job = (timeoutMs: number): Jobs => ({ job: ["0 9 * * *", { timeoutMs }] });
    await using _ = await nodeOf("other", driver, "one", job(5_000));
    await using client = await createClient({ service: "other", driver });
    await told(client, "job");
    await waitFor(async () => (await client.job("job")).state === "open", 10_000, "registered");
    const before = await client.job("job");
    await using two = await nodeOf("other", driver, "two", job(7_000));
    await waitFor(async () => (await client.job("job")).otherPoliciesAt.length === 1, 20_000, "both");
    await waitFor(
      async () =>
        (await client.job("job")).policies?.timeoutMs === ((await client.job("job")).owner === "one" ? 5_000 : 7_000),
      20_000,
      "the policies of the owner",
    );
    const after = await client.job("job");
    // Nothing was registered anew: the same definition goes on from the same watermark.
    expect([after.definition, after.decidedUpTo]).toEqual([before.definition, before.decidedUpTo]);
    expect(after.otherPoliciesAt).toEqual([after.owner === "one" ? "two" : "one"]);
    expect((await client.explain("job")).holdups.map(({ reason }) => reason)).toEqual(["policies"]);
    expect((await client.history()).lines).toEqual([]);

    await using three = await nodeOf("other", driver, "three", { job: ["0 10 * * *"] });
    await waitFor(async () => (await client.job("job")).owner === "three", 20_000, "the newest deployment");
    await waitFor(async () => (await client.job("job")).schedule === "0 10 * * *", 20_000, "its schedule");
    expect(await client.job("job")).toMatchObject({ outdatedAt: ["one", "two"], otherPoliciesAt: [] });
    expect((await two.explain("job")).holdups.map(({ reason }) => reason)).toEqual(["outdated-here", "outdated"]);
    await three.stop();
    // What was told before of the definition that is in force again is still there.
    await waitFor(async () => (await client.job("job")).schedule === "0 9 * * *", 20_000, "the schedule of before");
  });

  it("tells again what an emptied store has lost", async () => {
    const driver = Memory.layer();
    await using _ = await nodeOf("emptied", driver, "one", daily);
    await using client = await createClient({ service: "emptied", driver });
    await told(client, "invoices");
    await destroy(driver, "emptied");
    await told(client, "invoices", "hand");
  });
});
