/**
 * R57, R56: ticks. Every fire once whatever becomes of the invocations, what they cost, and what they leave to others.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Driver, Store } from "ringcron";
import { commands, createTicker, DriverError } from "ringcron/edge";
import * as Memory from "ringcron/memory";
import { createCron } from "ringcron/promise";
import { afterAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { endAll, endLater, from, isThroughTicks, minute, scene } from "./support/ticking.ts";

afterAll(endAll);

const noop = () => {};

describe("a tick", () => {
  it("each minute runs every fire of a day once, on time, and no other", async () => {
    const { pass, ticker, time } = scene();
    const { add, tick } = await ticker();
    const runs: Array<string> = [];
    await add("often", "*/5 * * * *", (run) => void runs.push(run.id));
    await add("daily", "30 9 * * *", (run) => void runs.push(run.id), { timeZone: "Europe/Berlin" });
    await add("night", "0 0 29 2 *", (run) => void runs.push(run.id));
    let started = 0;
    for (let minutes = 0; minutes <= 1_440; minutes++) {
      const report = await tick();
      started += report.started;
      expect([report.failed, report.skipped, report.left]).toEqual([0, 0, 0]);
      expect(report.nextDueAt).toBeGreaterThan(time.now);
      pass(minute);
    }
    // The first one finds a service that nobody knows: it owes nothing from before, and what is due at that very instant.
    expect(runs.filter((id) => id.includes("often"))).toHaveLength(288);
    expect(runs.filter((id) => id.includes("daily"))).toEqual(["edge/daily/2026-03-01T08:30:00.000Z"]);
    expect(new Set(runs).size).toBe(runs.length);
    expect(started).toBe(runs.length);
  });

  it("that may wait claims ahead of the instant and starts at it, and no other claims what is not due", async () => {
    const { pass, ticker } = scene();
    const { add, tick } = await ticker();
    const runs: Array<readonly [startedAt: number, dueAt: number, mono: number]> = [];
    await add("job", "* * * * *", ({ dueAt, startedAt }) => void runs.push([startedAt, dueAt, performance.now()]));
    await tick();
    pass(minute - 500);
    expect(await tick()).toMatchObject({ started: 0, left: 0, nextDueAt: from + minute });
    expect(await tick({ waitMs: 300 })).toMatchObject({ started: 0, nextDueAt: from + minute });
    const called = performance.now();
    expect(await tick({ waitMs: 1_000 })).toMatchObject({ started: 1, succeeded: 1, skipped: 0 });
    const [[startedAt = 0, dueAt, mono = 0] = []] = runs;
    expect(dueAt).toBe(from + minute);
    expect(startedAt).toBeGreaterThanOrEqual(from + minute);
    // The store's clock stands still here, and the way to its answer is no longer than the call.
    expect(mono - called).toBeGreaterThan(450);
  });

  it("shares what is due with others at the same time, each fire once", async () => {
    const { pass, ticker } = scene();
    const runs: Array<string> = [];
    const tickers = await Promise.all(Array.from({ length: 5 }, () => ticker()));
    for (const { add } of tickers) {
      for (let n = 0; n < 40; n++) await add(`job-${n}`, "* * * * *", (run) => void runs.push(run.id));
    }
    await tickers[0]?.tick();
    pass(minute);
    const reports = await Promise.all(tickers.map(({ tick }) => tick()));
    expect(runs).toHaveLength(40);
    expect(new Set(runs).size).toBe(40);
    expect(reports.reduce((sum, { started }) => sum + started, 0)).toBe(40);
  });

  it("costs one request where nothing is due, and three for 200 jobs that are", async () => {
    const { asked, pass, ticker } = scene();
    const { add, tick } = await ticker();
    for (let n = 0; n < 200; n++) await add(`job-${n}`, "* * * * *", noop);
    await tick();
    pass(minute / 2);
    asked.length = 0;
    expect(await tick()).toMatchObject({ started: 0, left: 0 });
    expect(asked).toEqual(["Look"]);
    pass(minute / 2);
    asked.length = 0;
    expect(await tick()).toMatchObject({ started: 200, succeeded: 200, failed: 0, left: 0 });
    expect(asked).toEqual(["Look", "Change", "Change"]);
  });

  it("that is killed leaves its runs alone until its lease is over, and then to whoever asks", async () => {
    const { client, cutOff, pass, ticker, time } = scene();
    const [killed, other] = [await ticker(), await ticker()];
    const runs: Array<string> = [];
    for (const { add } of [killed, other]) {
      await add("again", "0 * * * *", (run) => void runs.push(`${run.kind} ${run.id} ${run.attempt}`), {
        delivery: "at-least-once",
      });
      await add("once", "0 * * * *", (run) => void runs.push(`${run.kind} ${run.id}`));
    }
    await killed.tick();
    time.now = from + 60 * minute;
    cutOff("claims");
    await expect(killed.tick({ maxMs: 20_000 })).rejects.toBeInstanceOf(DriverError);
    cutOff("no");
    pass(29_000);
    expect(await other.tick()).toMatchObject({ started: 0 });
    expect(runs).toEqual([]);
    pass(3_000);
    expect(await other.tick()).toMatchObject({ started: 1, succeeded: 1 });
    expect(runs).toEqual(["rerun edge/again/2026-03-01T01:00:00.000Z 2"]);
    const { lines } = await (await client()).history({ job: "once" });
    expect(lines.map((line) => line._tag === "Run" && line.outcome)).toEqual(["lost"]);
  });

  it("whose end could not be told is the same as one that was killed", async () => {
    const { cutOff, pass, ticker } = scene();
    const { add, tick } = await ticker();
    const runs: Array<string> = [];
    await add("again", "* * * * *", (run) => {
      runs.push(`${run.kind} ${run.attempt}`);
      cutOff(runs.length === 1 ? "ends" : "no");
    }, { delivery: "at-least-once" });
    await tick();
    pass(minute);
    await expect(tick({ maxMs: 1_000 })).rejects.toMatchObject({ reason: "Unavailable" });
    cutOff("no");
    pass(20_000);
    expect(await tick()).toMatchObject({ started: 1, succeeded: 1 });
    expect(runs).toEqual(["due 1", "rerun 2"]);
  });

  it("whose time is up tells its handlers so, and hands on what may run again", async () => {
    const { client, pass, ticker } = scene();
    const { add, tick } = await ticker();
    const told: Array<string> = [];
    const until = (signal: AbortSignal) =>
      new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason)));
    await add("again", "* * * * *", (run) => run.attempt === 1 ? until(run.signal) : told.push(`${run.attempt}`), {
      delivery: "at-least-once",
    });
    await add("once", "* * * * *", async (run) => {
      await until(run.signal).catch((error) => told.push(error.message));
    });
    await tick();
    pass(minute);
    const report = await tick({ maxMs: 200 });
    expect(report).toMatchObject({ started: 2, succeeded: 0, failed: 2 });
    expect(report.failures.map(({ job, outcome }) => `${job} ${outcome}`).sort()).toEqual([
      "again handed-on",
      "once cancelled",
    ]);
    expect(told).toEqual(["the node stops"]);
    expect(await tick()).toMatchObject({ started: 1, succeeded: 1 });
    expect(told[1]).toBe("2");
    const { lines } = await (await client()).history({ job: "once" });
    expect(lines.map((line) => line._tag === "Run" && line.outcome)).toEqual(["cancelled"]);
  });

  it("tells the end of a run that is being told while the last one ends", async () => {
    const { client, pass, store } = scene();
    let go = noop;
    const isTold = new Promise<void>((resolve) => void (go = resolve));
    let isOver = false;
    const held: Store.Store = {
      ...store,
      exchange: (request) => {
        if (!request.items.some((item) => item._tag === "Change" && item.lines.length > 0)) {
          return store.exchange(request);
        }
        go();
        return Effect.andThen(
          Effect.promise(() => waitFor(() => isOver, 10_000, "the end of the last run")),
          store.exchange(request),
        );
      },
    };
    const { add, close, tick } = await createTicker({
      service: "edge",
      driver: Layer.sync(Driver.Driver, () => Store.driver(held)),
      eager: true,
    });
    endLater(close);
    await add("short", "* * * * *", noop);
    await add("long", "* * * * *", async () => {
      await isTold;
      // The report is on its way until after this one is over.
      setTimeout(() => void (isOver = true), 50);
    });
    await tick();
    pass(minute);
    expect(await tick()).toMatchObject({ started: 2, succeeded: 2 });
    const { lines } = await (await client()).history();
    expect(lines.map((line) => line._tag === "Run" && line.outcome)).toEqual(["succeeded", "succeeded"]);
  });

  it("leaves the wait after a failure to later ones, and tells what failed", async () => {
    const { pass, ticker } = scene();
    const { add, tick } = await ticker();
    const seen: Array<string> = [];
    await add("flaky", "0 * * * *", (run) => {
      seen.push(`${run.attempt} ${run.previousError ?? "-"}`);
      if (run.attempt < 3) throw new Error(`no ${run.attempt}`);
    }, { retry: { times: 3, delayMs: 30_000, factor: 1, jitter: 0 } });
    await tick();
    pass(60 * minute);
    const first = await tick();
    expect(first.failures).toEqual([
      {
        job: "flaky",
        id: "edge/flaky/2026-03-01T01:00:00.000Z",
        outcome: "failed",
        error: expect.stringContaining("no 1"),
      },
    ]);
    // The wait, and the milliseconds that the handler took.
    expect(first.nextDueAt).toBeGreaterThanOrEqual(from + 60 * minute + 30_000);
    expect(first.nextDueAt).toBeLessThan(from + 60 * minute + 36_000);
    pass(10_000);
    expect(await tick()).toMatchObject({ started: 0 });
    for (const ms of [30_000, 40_000]) {
      pass(ms);
      await tick();
    }
    expect(seen.map((line) => line.slice(0, 3))).toEqual(["1 -", "2 E", "3 E"]);
  });

  it("claims no more than it may start at once, and says what is left", async () => {
    const { pass, ticker } = scene();
    const { add, tick } = await ticker({ concurrency: 3 });
    let [now, most] = [0, 0];
    let isStuck = true;
    for (let n = 0; n < 10; n++) {
      await add(`job-${n}`, "* * * * *", async (run) => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((go) => isStuck ? run.signal.addEventListener("abort", go) : setTimeout(go, 5));
        now -= 1;
      });
    }
    await tick();
    pass(minute);
    expect(await tick({ maxMs: 500 })).toMatchObject({ started: 3, failed: 3, left: 7 });
    isStuck = false;
    expect(await tick()).toMatchObject({ started: 7, succeeded: 7, left: 0 });
    expect(most).toBe(3);
  });

  it("runs what people ask for", async () => {
    const { pass, ticker } = scene();
    const edge = await ticker();
    const { add, tick } = edge;
    const { pause, resume, trigger } = commands(edge);
    expect(() => commands({ ...edge })).toThrow("ticker:");
    const payloads: Array<unknown> = [];
    await add("asked", "@manual", (run) => {
      payloads.push(run.payload);
      return payloads.length;
    });
    await add("hourly", "@hourly", (run) => void payloads.push(run.id));
    await tick();
    const asked = await trigger("asked", { payload: { to: "me" } });
    expect(asked?.id).toMatch(/^edge\/asked\//);
    expect(await tick()).toMatchObject({ started: 1, succeeded: 1 });
    expect(await asked?.result({ timeoutMs: 5_000 })).toBe(1);
    expect(payloads).toEqual([{ to: "me" }]);
    expect(await pause("hourly")).toBe(true);
    pass(60 * minute);
    expect(await tick()).toMatchObject({ started: 0, left: 0, nextDueAt: undefined });
    await resume("hourly");
    pass(60 * minute);
    expect(await tick()).toMatchObject({ started: 1 });
    expect(payloads[1]).toBe("edge/hourly/2026-03-01T02:00:00.000Z");
  });

  it.skipIf(isThroughTicks())("fills in fires from before, where it can ask who is there", async () => {
    const made = await scene().ticker();
    const runs: Array<string> = [];
    await made.add("hourly", "@hourly", (run) => void runs.push(run.id));
    await made.tick();
    const { backfill } = commands(made);
    expect(await backfill("hourly", { afterMs: from - 2 * 60 * minute, upToMs: from - 1 })).toBe(1);
    expect(await made.tick()).toMatchObject({ started: 1 });
    expect(runs).toEqual(["edge/hourly/2026-02-28T23:00:00.000Z"]);
  });

  it("leaves a definition in force alone unless it is of a later deployment", async () => {
    const { pass, ticker } = scene();
    const [first, silent, later] = [await ticker(), await ticker(), await ticker({ deployment: 2 })];
    await first.add("job", "* * * * *", noop);
    await first.tick();
    await silent.add("job", "0 * * * *", noop);
    await later.add("job", "*/2 * * * *", noop);
    pass(minute);
    expect(await silent.tick()).toMatchObject({ started: 0, outdated: ["job"] });
    expect(await later.tick()).toMatchObject({ started: 0, outdated: [] });
    expect(await first.tick()).toMatchObject({ started: 0, outdated: ["job"] });
    pass(minute);
    expect(await later.tick()).toMatchObject({ started: 1 });
  });
});

describe("beside nodes", () => {
  it("a tick leaves to them what they run, and carries on when they are gone", async () => {
    const service = "mixed";
    const store = Memory.store();
    const layer = () => Layer.sync(Driver.Driver, () => Store.driver(store));
    const node = await createCron({ service, driver: layer(), nodeName: "n", logLevel: "none" });
    const ticker = await createTicker({ service, driver: layer(), graceMs: 1_000 });
    endLater(ticker.close, () => node.stop({ drainMs: 0 }));
    const runs: Array<string> = [];
    await node.add("job", "* * * * * *", (run) => void runs.push(`node ${run.id}`));
    await ticker.add("job", "* * * * * *", (run) => void runs.push(`tick ${run.id}`));
    await node.start();
    await waitFor(() => runs.length >= 2, 10_000, "runs of the node");
    expect(await ticker.tick()).toMatchObject({ started: 0, left: 0 });
    await node.stop();
    await waitFor(async () => (await ticker.tick()).started > 0, 10_000, "a run of a tick");
    const ids = runs.map((run) => run.slice(5));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
