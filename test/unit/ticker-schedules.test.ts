/**
 * R57, R53: ticks run schedules in the store for the handlers that they have.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Driver, Job, Store, Ticker } from "ringcron";
import { createTicker, DriverError, handle, type Ticker as EdgeTicker, type TickerOptions } from "ringcron/edge";
import { createCron } from "ringcron/promise";
import { afterAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { idsOn } from "./support/schedules.ts";
import * as Scenes from "./support/ticking.ts";
import { endAll, endLater, from, minute } from "./support/ticking.ts";

afterAll(endAll);

const noop = () => {};

const handling = <T extends EdgeTicker>(ticker: T) => ({
  ...ticker,
  handle: (...[name, handler, options]: Parameters<typeof handle> extends [unknown, ...infer R] ? R : never) =>
    handle(ticker, name, handler, options),
});

/** One whose tickers take handlers on. */
const scene = (startAt?: number) => {
  const all = Scenes.scene(startAt);
  return { ...all, ticker: async (options?: Partial<TickerOptions>) => handling(await all.ticker(options)) };
};

/** A schema by the standard, as any library makes one. */
const tenants = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) =>
      typeof (value as { readonly tenant?: unknown } | undefined)?.tenant === "number"
        ? { value: (value as { readonly tenant: number }).tenant }
        : { issues: [{ message: "no tenant" }] },
  },
} as const;

// Whatever the clock of the invocation says: that of the store is far behind it here, or far ahead.
describe.each([from, from + 20 * 365 * 86_400_000])("a tick with a handler, by a store at %d", (startAt) => {
  it("runs what is due, once, with what the schedule gives, and says when it is wanted again", async () => {
    const { client, pass, ticker, time } = scene(startAt);
    const { schedules } = await client();
    const { handle, tick } = await ticker();
    const runs: Array<string> = [];
    const versions = new Map<string, number>();
    await handle("report", ({ attempt, job, kind, payload, schedule, version }) => {
      versions.set(schedule, version);
      runs.push(`${job} ${schedule} ${kind} ${attempt} ${payload}`);
    }, { payload: tenants });
    await schedules.put({ id: "a", handler: "report", schedule: "*/2 * * * *", payload: { tenant: 7 } });
    await schedules.put({
      id: "b",
      handler: "report",
      at: new Date(startAt + 3 * minute).toISOString(),
      payload: { tenant: 8 },
    });
    await schedules.put({ id: "c", handler: "other", schedule: "* * * * *" });
    expect(await tick()).toMatchObject({ started: 0, nextDueAt: startAt + 2 * minute });
    for (let minutes = 1; minutes <= 6; minutes++) {
      pass(minute);
      const report = await tick();
      expect(report).toMatchObject({ failed: 0, left: 0, outdated: [], skipped: 0 });
      expect(report.nextDueAt).toBeGreaterThan(time.now);
    }
    expect(runs).toEqual([
      "report a due 1 7",
      "report b due 1 8",
      "report a due 1 7",
      "report a due 1 7",
    ]);
    for (const [id, version] of versions) expect((await schedules.get(id))?.version).toBe(version);
    expect(versions.size).toBe(2);
  });
});

describe("a tick with handlers", () => {
  it("is one request where nothing is due, with jobs and without, and few for 100 that are", async () => {
    const { asked, client, pass: go, ticker, time } = scene();
    vi.useFakeTimers({ toFake: ["Date"], now: time.now });
    onTestFinished(() => void vi.useRealTimers());
    const pass = (ms: number) => {
      go(ms);
      vi.setSystemTime(time.now);
    };
    const { schedules } = await client();
    const { add, handle, tick } = await ticker();
    await handle("report", noop);
    for (let n = 0; n < 100; n++) {
      await schedules.put({ id: `${n}`, handler: "report", schedule: "*/5 * * * *", payload: n });
    }
    pass(minute);
    asked.length = 0;
    expect(await tick()).toMatchObject({ started: 0, left: 0 });
    expect(asked).toEqual(["Due"]);
    await add("job", "*/5 * * * *", noop);
    await tick();
    asked.length = 0;
    expect(await tick()).toMatchObject({ started: 0, left: 0 });
    expect(asked).toEqual(["Due"]);
    pass(4 * minute);
    asked.length = 0;
    expect(await tick()).toMatchObject({ started: 101, succeeded: 101, left: 0 });
    // Names, with where the job stands; the rows; claims; ends.
    expect(asked).toEqual(["Due", "Look", "Change", "Change"]);
  });

  it("is told by the store when it is, by a clock that is wrong, at the price of a look", async () => {
    const { asked, client, ticker, time } = scene(Date.now() + 60 * minute);
    const { schedules } = await client();
    const { handle, tick } = await ticker();
    await handle("report", noop);
    await schedules.put({ id: "a", handler: "report", at: new Date(time.now + minute).toISOString() });
    time.now += 2 * minute;
    asked.length = 0;
    expect(await tick()).toMatchObject({ started: 1, left: 0 });
    expect(asked).toEqual(["Due", "Due", "Look", "Change", "Change"]);
  });

  it("shares what is due with others at the same time, each fire once", async () => {
    const { client, pass, ticker } = scene();
    const { schedules } = await client();
    const runs: Array<string> = [];
    const tickers = await Promise.all(Array.from({ length: 4 }, () => ticker()));
    for (const { handle } of tickers) await handle("report", (run) => void runs.push(run.id));
    for (let n = 0; n < 30; n++) await schedules.put({ id: `${n}`, handler: "report", schedule: "* * * * *" });
    pass(minute);
    const reports = await Promise.all(tickers.map(({ tick }) => tick()));
    expect(runs).toHaveLength(30);
    expect(new Set(runs).size).toBe(30);
    expect(reports.reduce((sum, { started }) => sum + started, 0)).toBe(30);
  });

  it("gets to all of one shelf, however many are due there at one instant, and runs no more at once than it may", async () => {
    const { client, pass, ticker } = scene();
    const { schedules } = await client();
    const { handle, tick } = await ticker({ concurrency: 5 });
    let [now, most] = [0, 0];
    const ran = new Set<string>();
    await handle("report", async ({ schedule }) => {
      most = Math.max(most, ++now);
      await new Promise((go) => setTimeout(go, 1));
      now -= 1;
      ran.add(schedule);
    });
    const ids = idsOn(0, 70);
    await schedules.putMany(ids.map((id) => ({ id, handler: "report", schedule: "* * * * *" })));
    pass(minute);
    expect(await tick()).toMatchObject({ started: 70, succeeded: 70, left: 0 });
    expect(ran.size).toBe(70);
    expect(most).toBe(5);
  });

  it("gets past those that others are running", async () => {
    const { client, pass, ticker } = scene();
    const { schedules } = await client();
    const [busy, other] = [await ticker({ marginMs: 600_000 }), await ticker()];
    let isOver = false;
    const begun: Array<string> = [];
    await busy.handle("report", async ({ schedule }) => {
      begun.push(schedule);
      while (!isOver) await new Promise((go) => setTimeout(go, 5));
    });
    const ran: Array<string> = [];
    await other.handle("report", ({ schedule }) => void ran.push(schedule));
    const ids = idsOn(0, 60);
    await schedules.putMany(ids.slice(0, 50).map((id) => ({ id, handler: "report", schedule: "0 * * * *" })));
    pass(60 * minute);
    const first = busy.tick({ maxMs: 600_000 });
    while (begun.length < 50) await new Promise((go) => setTimeout(go, 5));
    await schedules.putMany(ids.slice(50).map((id) => ({ id, handler: "report", schedule: "* * * * *" })));
    // Since half a minute after they were handed out these wait for somebody to look whether they are in good hands.
    pass(minute);
    expect(await other.tick()).toMatchObject({ started: 10, left: 0 });
    expect(ran.sort()).toEqual(ids.slice(50).sort());
    isOver = true;
    expect(await first).toMatchObject({ started: 50, succeeded: 50 });
  });

  it("that is killed leaves its runs alone until its lease is over, and then to whoever asks", async () => {
    const { client, cutOff, pass, ticker } = scene();
    const { schedules } = await client();
    const [killed, other] = [await ticker(), await ticker()];
    const runs: Array<string> = [];
    for (const { handle } of [killed, other]) {
      await handle("report", ({ attempt, kind, schedule }) => void runs.push(`${schedule} ${kind} ${attempt}`));
    }
    await schedules.put({ id: "again", handler: "report", schedule: "0 * * * *", delivery: "at-least-once" });
    await schedules.put({ id: "once", handler: "report", schedule: "0 * * * *" });
    pass(60 * minute);
    cutOff("claims");
    await expect(killed.tick({ maxMs: 20_000 })).rejects.toBeInstanceOf(DriverError);
    cutOff("no");
    pass(29_000);
    expect(await other.tick()).toMatchObject({ started: 0, nextDueAt: from + 60 * minute + 32_000 });
    pass(3_000);
    expect(await other.tick()).toMatchObject({ started: 1, succeeded: 1 });
    expect(runs).toEqual(["again rerun 2"]);
    expect(await other.tick()).toMatchObject({ started: 0, nextDueAt: from + 120 * minute });
  });

  it("leaves to nodes what is not overdue by graceMs", async () => {
    const { client, pass, ticker } = scene();
    const { schedules } = await client();
    const { handle, tick } = await ticker({ eager: undefined, graceMs: 20_000 });
    await handle("report", noop);
    await schedules.put({ id: "a", handler: "report", schedule: "* * * * *" });
    pass(minute + 19_000);
    expect(await tick()).toMatchObject({ started: 0, left: 0, nextDueAt: from + minute });
    pass(2_000);
    expect(await tick()).toMatchObject({ started: 1, nextDueAt: from + 2 * minute });
  });

  it("starts nothing of a schedule as it was, once somebody has changed or removed it", async () => {
    const { client, pass, store } = scene();
    const { schedules } = await client();
    let meanwhile: (() => Promise<unknown>) | undefined;
    const changed: Store.Store = {
      ...store,
      exchange: (request) => {
        const act = request.items.some((item) => item._tag === "Change") ? meanwhile : undefined;
        if (act !== undefined) meanwhile = undefined;
        return act === undefined
          ? store.exchange(request)
          : Effect.andThen(Effect.promise(act), Effect.suspend(() => store.exchange(request)));
      },
    };
    const { close, handle, tick } = handling(
      await createTicker({
        service: "edge",
        driver: Layer.sync(Driver.Driver, () => Store.driver(changed)),
        eager: true,
      }),
    );
    endLater(close);
    const runs: Array<string> = [];
    await handle("report", ({ payload, schedule }) => void runs.push(`${schedule} ${payload}`));
    await schedules.put({ id: "changed", handler: "report", schedule: "0 * * * *", payload: 1 });
    await schedules.put({ id: "removed", handler: "report", schedule: "0 * * * *", payload: 1 });
    pass(60 * minute);
    meanwhile = async () => {
      await schedules.put({ id: "changed", handler: "report", schedule: "0 * * * *", payload: 2 });
      await schedules.remove("removed");
    };
    expect(await tick()).toMatchObject({
      started: 1,
      succeeded: 1,
      left: 0,
      outdated: [],
      nextDueAt: from + 120 * minute,
    });
    expect(runs).toEqual(["changed 2"]);
  });

  it("tells which schedule failed, also for what it does not take", async () => {
    const { client, pass, ticker } = scene();
    const { schedules } = await client();
    const { handle, tick } = await ticker();
    await handle("report", noop, { payload: tenants });
    await schedules.put({ id: "a", handler: "report", schedule: "0 * * * *", payload: { tenant: "x" } });
    pass(60 * minute);
    expect((await tick()).failures).toEqual([{
      job: "report",
      schedule: "a",
      id: "edge/~report~a/2026-03-01T01:00:00.000Z",
      outcome: "failed",
      error: expect.stringContaining("no tenant"),
    }]);
  });

  it("runs what people trigger, and nothing of what they pause", async () => {
    const { client, pass, ticker } = scene();
    const { schedules } = await client();
    const { handle, tick } = await ticker();
    const kinds: Array<string> = [];
    await handle("report", (run) => void kinds.push(run.kind));
    await schedules.put({ id: "a", handler: "report", schedule: "0 * * * *" });
    await schedules.trigger("a");
    expect(await tick()).toMatchObject({ started: 1 });
    await schedules.pause("a");
    pass(60 * minute);
    expect(await tick()).toMatchObject({ started: 0, left: 0, nextDueAt: undefined });
    await schedules.resume("a", { missed: "catch-up" });
    expect(await tick()).toMatchObject({ started: 1 });
    expect(kinds).toEqual(["manual", "due"]);
  });

  it("as an effect", async () => {
    const { client, layer, pass } = scene();
    const { schedules } = await client();
    await schedules.put({ id: "a", handler: "report", schedule: "0 * * * *", payload: 3 });
    const seen: Array<unknown> = [];
    const program = Effect.gen(function* () {
      const ticker = yield* Ticker.make({ service: "edge", eager: true });
      yield* ticker.add(Job.make("job", "0 * * * *", () => Effect.sync(() => seen.push("job"))));
      yield* ticker.tick();
      yield* Ticker.handle(ticker, "report", ({ payload }) => Effect.sync(() => seen.push(payload)));
      pass(60 * minute);
      return yield* ticker.tick();
    });
    expect(await Effect.runPromise(Effect.provide(program, layer()))).toMatchObject({ started: 2, succeeded: 2 });
    expect(seen.sort()).toEqual([3, "job"]);
  });

  it("is refused what is no handler, a name that is taken, and a store that keeps no schedules", async () => {
    const { store, ticker } = scene();
    const { handle } = await ticker();
    await handle("report", noop);
    await expect(handle("report", noop)).rejects.toMatchObject({ field: "handler" });
    await expect(handle("a~b", noop)).rejects.toMatchObject({ field: "handler" });
    await expect(handle("other", "no" as never)).rejects.toMatchObject({ field: "handler", allowed: "a function" });
    await expect(handle("other", noop, { payload: {} as never })).rejects.toMatchObject({ field: "payload" });
    const { shelved: _, ...bare } = store;
    const other = await createTicker({ service: "edge", driver: Layer.sync(Driver.Driver, () => Store.driver(bare)) });
    endLater(other.close);
    await expect(handling(other).handle("report", noop)).rejects.toMatchObject({ field: "driver" });
  });

  it("carries on where a fleet of nodes went down, and the fleet where ticks have stopped", async () => {
    const { client, layer, pass, ticker, time } = scene(Date.now());
    const { schedules } = await client();
    const { handle, tick } = await ticker({ eager: undefined, graceMs: 1_000 });
    const runs: Array<string> = [];
    const run = ({ dueAt, node }: { readonly dueAt: number; readonly node: string }) =>
      void runs.push(`${node} ${dueAt}`);
    await handle("report", run);
    const node = async () => {
      const cron = await createCron({ service: "edge", nodeName: "node", driver: layer() });
      endLater(() => cron.stop());
      await cron.handle("report", run);
      await cron.start();
      return cron;
    };
    const fleet = await node();
    const at = time.now + 1_500;
    await fleet.schedules.put({ id: "a", handler: "report", at: new Date(at).toISOString() });
    const deadline = Date.now() + 20_000;
    while (runs.length < 1 && Date.now() < deadline) {
      pass(50);
      await tick();
      await new Promise((go) => setTimeout(go, 50));
    }
    expect(runs).toEqual([`node ${at}`]);
    await fleet.stop();
    const next = time.now + 60_000;
    await schedules.put({ id: "b", handler: "report", at: new Date(next).toISOString() });
    pass(62_000);
    expect(await tick()).toMatchObject({ started: 1 });
    expect(runs[1]).toBe(`tick ${next}`);
  });
});
