import * as Memory from "ringcron/memory";
import { type JobRun, QueueFull, UnknownJob } from "ringcron/promise";
import * as RedisZset from "ringcron/redis-zset";
import { describe, expect, it } from "vitest";
import { useRedisOverHttp } from "../support/redis-over-http.ts";
import { waitFor } from "../support/wait.ts";
import { useNodes } from "./support/nodes.ts";

const served = useRedisOverHttp();
const { make } = useNodes();

const hour = 3_600_000;
const drivers = {
  memory: () => Memory.layer(),
  "redis-zset": () => RedisZset.layer({ url: served.endpoint.url, token: served.endpoint.token }),
};

describe.concurrent.each(Object.keys(drivers) as Array<keyof typeof drivers>)("over %s", (name) => {
  /** A member with a job that is not due while a test lasts. */
  const member = async () => {
    const runs: Array<JobRun> = [];
    const cron = await make({ driver: drivers[name]() });
    await cron.add("yearly", "0 0 29 2 *", (run) => void runs.push(run));
    await cron.add("hourly", "0 * * * *", (run) => void runs.push(run));
    await cron.start();
    return { cron, runs };
  };

  it("a trigger runs a job once, with an identity of its own", async () => {
    const { cron, runs } = await member();
    const asked = await cron.trigger("yearly", { key: "audit" });
    expect(await cron.trigger("yearly", { key: "audit" })).toEqual(asked);
    await waitFor(() => runs.length > 0, 5_000, "the run");
    expect(runs[0]).toMatchObject({ ...asked, job: "yearly", kind: "manual", attempt: 1 });
    await waitFor(() => cron.happened("RunEnded").length > 0, 5_000, "its end");
    expect(await cron.trigger("yearly", { key: "audit" })).toEqual(asked);
    const next = await cron.trigger("yearly");
    await waitFor(() => runs.length > 1, 5_000, "a second run");
    expect(runs[1]?.id).toBe(next?.id);
    expect(runs.length).toBe(2);
  });

  it("a backfill runs the fires of the past in their order, with their own identities", async () => {
    const { cron, runs } = await member();
    const upToMs = Math.floor(Date.now() / hour) * hour - hour;
    const span = { afterMs: upToMs - 5 * hour, upToMs };
    expect(await cron.backfill("hourly", span)).toBe(5);
    await waitFor(() => runs.length >= 5, 10_000, "the runs");
    expect(await cron.backfill("hourly", span)).toBe(5);
    expect(runs.map(({ dueAt }) => dueAt)).toEqual([4, 3, 2, 1, 0].map((back) => upToMs - back * hour));
    expect(runs[0]?.id).toContain(`/hourly/${new Date(upToMs - 4 * hour).toISOString()}`);
    expect(new Set(runs.map(({ kind }) => kind))).toEqual(new Set(["backfill"]));
  });

  it("what is queued can be given up, and a paused job can be triggered", async () => {
    const { cron, runs } = await member();
    await cron.pause("hourly");
    expect(await cron.cancelQueued("hourly")).toBe(0);
    await cron.trigger("hourly");
    await waitFor(() => runs.length > 0, 5_000, "the run");
    expect(runs[0]?.kind).toBe("manual");
  });

  it("a job nobody has declared is unknown, with the nearest names of the whole fleet", async () => {
    const driver = drivers[name]();
    const [a, b] = await Promise.all(
      ["a", "b"].map((nodeName) => make({ driver, service: `names-${name}`, nodeName })),
    );
    await a?.add("invoices", "0 0 29 2 *", () => {});
    await b?.add("reports:daily", "0 0 29 2 *", () => {});
    await b?.add("reports:weekly", "0 0 29 2 *", () => {});
    await a?.start();
    await b?.start();
    const span = { afterMs: 0, upToMs: hour };
    const asked = [
      () => a?.pause("invoces"),
      () => a?.resume("invoces", { missed: "catch-up" }),
      () => a?.trigger("invoces"),
      () => a?.backfill("invoces", span),
      () => a?.cancelQueued("invoces"),
    ];
    for (const ask of asked) {
      const error = await ask()?.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UnknownJob);
      expect(error).toMatchObject({ name: "UnknownJob", job: "invoces", nearest: ["invoices"], isDeclared: false });
      expect(String(error)).toBe('UnknownJob: no job invoces is known; the nearest: "invoices"');
    }
    // It knows those of the others as well, although it has not heard of the store since they joined.
    await expect(a?.trigger("reports")).rejects.toMatchObject({ nearest: ["reports:daily", "reports:weekly"] });
    await expect(a?.pause("nothing-like-it")).rejects.toMatchObject({
      nearest: [],
      message: "no job nothing-like-it is known",
    });
    expect(await a?.pause("reports:daily")).toBe(true);
    expect(await a?.trigger("reports:daily")).toMatchObject({ id: expect.stringContaining("/reports:daily/") });
    // What only others declare has a schedule that this node does not know before they have told it.
    expect([0, "schedule"]).toContain(await a?.backfill("reports:daily", span).catch(({ field }) => field));
  });

  it("a job that is known, but that nobody declares any more, has an answer of its own", async () => {
    const driver = drivers[name]();
    const [a, b] = await Promise.all(["a", "b"].map((nodeName) => make({ driver, service: `gone-${name}`, nodeName })));
    await a?.add("kept", "0 0 29 2 *", () => {});
    await b?.add("dropped", "0 0 29 2 *", () => {});
    await a?.start();
    await b?.start();
    expect(await a?.pause("dropped")).toBe(true);
    await b?.stop();
    expect(await a?.resume("dropped")).toBe(false);
    expect(await a?.pause("dropped")).toBe(false);
    expect(await a?.cancelQueued("dropped")).toBe(0);
    expect(await a?.trigger("dropped")).toBeUndefined();
    const filled = await a?.backfill("dropped", { afterMs: 0, upToMs: hour }).catch(({ field }) => field);
    expect([undefined, "schedule"]).toContain(filled);
    expect(await a?.backfill("dropped", { afterMs: 0, upToMs: hour, schedule: "*/5 * * * *" })).toBeUndefined();
    // Nothing lies in wait for whoever declares it again, and the pause does hold.
    const runs: Array<JobRun> = [];
    await a?.add("dropped", "* * * * * *", (run) => void runs.push(run));
    await waitFor(() => a?.jobs().find(({ name }) => name === "dropped")?.paused, 5_000, "the pause to be seen");
    expect(runs).toEqual([]);
    expect(await a?.resume("dropped")).toBe(true);
    await waitFor(() => runs.length > 0, 5_000, "a run");
  });

  it("a job of a node that has not started is declared, but not known to the store yet", async () => {
    const cron = await make({ driver: drivers[name]() });
    await cron.add("mine", "0 0 29 2 *", () => {});
    await expect(cron.pause("mine")).rejects.toMatchObject({
      _tag: "UnknownJob",
      isDeclared: true,
      message: expect.stringContaining("is declared, but unknown to the store"),
    });
    await cron.start();
    expect(await cron.pause("mine")).toBe(true);
  });

  it("what makes no sense is refused before anything is sent", async () => {
    const { cron } = await member();
    const now = Date.now();
    await expect(cron.trigger("nobody's")).rejects.toMatchObject({ _tag: "InvalidInput", field: "job" });
    await expect(cron.trigger("yearly", { key: "a b" })).rejects.toMatchObject({ field: "key" });
    for (const options of [null, "key", { Key: "a" }]) {
      await expect(cron.trigger("yearly", options as never)).rejects.toMatchObject({ _tag: "InvalidInput" });
      await expect(cron.resume("yearly", options as never)).rejects.toMatchObject({ _tag: "InvalidInput" });
      await expect(cron.backfill("hourly", options as never)).rejects.toMatchObject({ _tag: "InvalidInput" });
    }
    for (const options of [null, "why", { Reason: "a" }]) {
      await expect(cron.pause("yearly", options as never)).rejects.toMatchObject({ _tag: "InvalidInput" });
    }
    for (const text of [null, 5, "", "a\nb", "x".repeat(201)]) {
      await expect(cron.pause("yearly", { reason: text as never })).rejects.toMatchObject({ field: "reason" });
      await expect(cron.pause("yearly", { by: text as never })).rejects.toMatchObject({ field: "by" });
    }
    expect(cron.happened("JobPaused")).toEqual([]);
    for (const missed of [null, "all", 5]) {
      await expect(cron.resume("yearly", { missed: missed as never })).rejects.toMatchObject({ field: "missed" });
    }
    await expect(cron.backfill("hourly", { afterMs: 0, upToMs: now + hour })).rejects.toMatchObject({
      field: "upToMs",
    });
    await expect(cron.backfill("hourly", { afterMs: 2, upToMs: 1 })).rejects.toMatchObject({ field: "afterMs" });
    await expect(cron.backfill("hourly", { afterMs: 0, upToMs: now })).rejects.toMatchObject({ field: "upToMs" });
    await expect(cron.backfill("hourly", undefined as never)).rejects.toMatchObject({ field: "upToMs" });
  });

  it("a job that only people start is never due, and runs when it is triggered", async () => {
    const runs: Array<JobRun> = [];
    const cron = await make({ driver: drivers[name]() });
    await cron.add("by-hand", "@manual", (run) => void runs.push(run));
    await cron.start();
    expect(cron.jobs()[0]).toMatchObject({
      name: "by-hand",
      schedule: "@manual",
      nextDueAt: undefined,
      ownedHere: true,
    });
    const span = { afterMs: 0, upToMs: Date.now() - hour };
    await expect(cron.backfill("by-hand", span)).rejects.toMatchObject({ _tag: "InvalidInput", field: "job" });
    const asked = await cron.trigger("by-hand");
    await waitFor(() => cron.happened("RunEnded").length > 0, 5_000, "the end of the run");
    expect(runs.map(({ kind, id }) => ({ kind, id }))).toEqual([{ kind: "manual", id: asked?.id }]);
    expect(cron.happened("FireSkipped")).toEqual([]);
  });

  it("a job may be named after a tenant or like a path", async () => {
    const runs: Array<JobRun> = [];
    const cron = await make({ driver: drivers[name](), nodeName: "10.0.0.7:3000" });
    const job = "tenant:42/reports//daily:";
    await cron.add(job, "* * * * * *", (run) => void runs.push(run));
    await cron.start();
    await waitFor(() => runs.some(({ kind }) => kind === "due"), 5_000, "a run that is due");
    expect(await cron.pause(job)).toBe(true);
    const asked = await cron.trigger(job, { key: "invoice:7/a" });
    await waitFor(() => runs.some(({ kind }) => kind === "manual"), 5_000, "the run that was asked for");
    const byHand = runs.find(({ kind }) => kind === "manual");
    expect(byHand).toMatchObject({ ...asked, job, node: "10.0.0.7:3000" });
    expect(asked?.id).toContain(`/${job}/`);
    expect(await cron.resume(job)).toBe(true);
  });

  it("who paused a job and why is told, here and by the events, until it goes on", async () => {
    const { cron } = await member();
    const status = () => cron.jobs().find((it) => it.name === "hourly");
    expect(status()).toMatchObject({ paused: false, pausedBy: undefined, pauseReason: undefined });
    expect(await cron.pause("hourly", { by: "anna", reason: "stocktaking, until 9 o'clock" })).toBe(true);
    await waitFor(() => cron.happened("JobPaused").length > 0, 5_000, "the pause");
    expect(cron.happened("JobPaused")).toMatchObject([{ by: "anna", reason: "stocktaking, until 9 o'clock" }]);
    expect(status()).toMatchObject({ paused: true, pausedBy: "anna", pauseReason: "stocktaking, until 9 o'clock" });
    await cron.pause("hourly", { by: "bert" });
    await waitFor(() => status()?.pausedBy === "bert", 5_000, "who said so last");
    expect(status()?.pauseReason).toBeUndefined();
    await cron.resume("hourly");
    await waitFor(() => status()?.paused === false, 5_000, "the end of the pause");
    expect(status()).toMatchObject({ pausedBy: undefined, pauseReason: undefined });
  });

  it("what a trigger is given reaches its handler, and nobody else", async () => {
    const { cron, runs } = await member();
    const payload = { customer: "Zo\u00eb @ 7 | 8", list: [1, null, { deep: true }] };
    await cron.trigger("yearly", { payload });
    await cron.trigger("yearly");
    await cron.trigger("yearly", { payload: null });
    await waitFor(() => cron.happened("RunEnded").length > 2, 10_000, "three runs");
    expect(runs.map((run) => run.payload)).toEqual([payload, undefined, null]);
    expect(cron.happened("RunEnded").map(({ outcome }) => outcome)).toEqual(Array(3).fill("succeeded"));
    expect(JSON.stringify(cron.events)).not.toContain("customer");
    const most = "x".repeat(16_382);
    await cron.trigger("yearly", { payload: most });
    await waitFor(() => runs.length > 3, 10_000, "the run with much");
    expect(runs[3]?.payload).toBe(most);
    const loop: Array<unknown> = [];
    loop.push(loop);
    for (const wrong of [`${most}x`, "\u00e4".repeat(8_192), 5n, () => "canary", Symbol("canary"), loop]) {
      const error = await cron.trigger("yearly", { payload: wrong }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ _tag: "InvalidInput", field: "payload" });
      expect(String(error).length).toBeLessThan(200);
      expect(String(error)).not.toContain("canary");
    }
    expect(runs.length).toBe(4);
  });

  it("a queue has an end", async () => {
    const cron = await make({ driver: drivers[name]() });
    await cron.add(
      "minutely",
      "* * * * *",
      ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
    );
    await cron.start();
    const upToMs = Math.floor(Date.now() / hour) * hour;
    expect(await cron.backfill("minutely", { afterMs: upToMs - 150 * 60_000, upToMs })).toBe(150);
    const more = cron.backfill("minutely", { afterMs: upToMs - 300 * 60_000, upToMs: upToMs - 150 * 60_000 });
    await expect(more).rejects.toBeInstanceOf(QueueFull);
    await expect(more).rejects.toMatchObject({ _tag: "QueueFull", job: "minutely", most: 200 });
    expect(await cron.cancelQueued("minutely")).toBeGreaterThan(100);
    expect(await cron.backfill("minutely", { afterMs: upToMs - 300 * 60_000, upToMs: upToMs - 150 * 60_000 })).toBe(
      150,
    );
  });
});
