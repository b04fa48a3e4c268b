/**
 * What is measured, by Effect's own services, and whoever else looks on; and the events that count what went wrong.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Metric from "effect/Metric";
import * as Tracer from "effect/Tracer";
import { Cron, Driver, Job, Metrics, Store, Ticker } from "ringcron";
import * as Memory from "ringcron/memory";
import { createCron, type Observer } from "ringcron/promise";
import { createFleet } from "ringcron/testing";
import { describe, expect, it, vi } from "vitest";
import { DriverError, type DriverErrorReason } from "../../src/Driver.ts";
import { waitFor } from "../support/wait.ts";

const onlyWhenAsked = "0 0 29 2 *";
const noon = Date.UTC(2026, 0, 1, 12);

describe("Metrics", () => {
  const layer = Layer.provide(Cron.layer({ service: "billing", nodeName: "web-1" }), Memory.layer());
  const within = <A>(program: Effect.Effect<A, unknown, Cron.Cron>, metrics: Layer.Layer<never, never, Cron.Cron>) => {
    const provided = Effect.provide(program, Layer.provideMerge(metrics, layer));
    return Effect.runPromise(Effect.provideService(provided, Metric.MetricRegistry, new Map()));
  };
  const runOnce = Effect.gen(function* () {
    const cron = yield* Cron.Cron;
    yield* cron.add(Job.make("good", onlyWhenAsked, () => Effect.void));
    yield* cron.start;
    const handle = yield* cron.trigger("good");
    if (handle !== undefined) yield* handle.result();
    return yield* Metric.snapshot;
  });
  const find = (shown: ReadonlyArray<Metric.Metric.Snapshot>, id: string) => shown.filter((it) => it.id === id);

  it("are the instruments, with their units and what they are told of", async () => {
    const shown = await within(runOnce, Metrics.layer());
    expect(find(shown, "ringcron.runs")).toMatchObject([{
      type: "Counter",
      attributes: {
        "ringcron.service": "billing",
        "ringcron.node": "web-1",
        "ringcron.job": "good",
        "ringcron.outcome": "succeeded",
        unit: "{run}",
      },
      state: { count: 1 },
    }]);
    expect(find(shown, "ringcron.run.duration")).toMatchObject([{ type: "Histogram", state: { count: 1 } }]);
    expect(find(shown, "ringcron.members")).toMatchObject([{ type: "Gauge" }]);
    const operations = find(shown, "ringcron.store.requests").map(({ attributes }) =>
      (attributes as Record<string, string>)["ringcron.operation"]
    );
    expect(operations).toEqual(expect.arrayContaining(["beat", "claim", "complete", "control"]));
    const known = Object.values(Metrics.instruments).map(({ name }) => name);
    expect(shown.map(({ id }) => id).filter((id) => !known.includes(id))).toEqual([]);
  });

  it("tell of jobs together where that is wished for", async () => {
    const shown = await within(runOnce, Metrics.layer({ perJob: false }));
    expect(JSON.stringify(shown)).not.toContain('ringcron.job"');
  });

  it("of a ticker are its runs and its requests", async () => {
    const ticker = Layer.provide(Ticker.layer({ service: "edge", eager: true }), Memory.layer());
    const program = Effect.gen(function* () {
      const it = yield* Ticker.Ticker;
      yield* it.add(Job.make("good", onlyWhenAsked, () => Effect.void));
      yield* it.tick();
      yield* Ticker.commands(it).trigger("good");
      yield* it.tick();
      return yield* Metric.snapshot;
    });
    const provided = Effect.provide(program, Layer.provideMerge(Metrics.tickerLayer(), ticker));
    const shown = await Effect.runPromise(Effect.provideService(provided, Metric.MetricRegistry, new Map()));
    expect(find(shown, "ringcron.runs")).toMatchObject([{
      attributes: { "ringcron.service": "edge", "ringcron.job": "good", "ringcron.outcome": "succeeded" },
      state: { count: 1 },
    }]);
    expect(find(shown, "ringcron.store.requests").length).toBeGreaterThan(2);
    expect(find(shown, "ringcron.members")).toEqual([]);
    const any = Metrics.tickerLayer as (options: unknown) => unknown;
    expect(() => any({ refreshMs: 1_000 })).toThrow(expect.objectContaining({ field: "refreshMs" }));
  });

  it("refuse wrong options", () => {
    const any = Metrics.layer as (options: unknown) => unknown;
    for (const [options, field] of [[{ perJob: 1 }, "perJob"], [{ refreshMs: 10 }, "refreshMs"], [{ a: 1 }, "a"]]) {
      expect(() => any(options)).toThrow(expect.objectContaining({ _tag: "InvalidInput", field }));
    }
  });
});

it("a run is a span of Effect where a tracer is provided, and the spans of its handler nest", async () => {
  const spans: Array<Tracer.Span> = [];
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options);
      spans.push(span);
      return span;
    },
  });
  const program = Effect.gen(function* () {
    const cron = yield* Cron.Cron;
    yield* cron.add(Job.make("nested", onlyWhenAsked, () => Effect.withSpan(Effect.sleep(1), "inner")));
    yield* cron.start;
    const handle = yield* cron.trigger("nested");
    if (handle !== undefined) yield* handle.result();
  });
  const layer = Layer.provide(Cron.layer({ service: "billing", nodeName: "web-1" }), Memory.layer());
  await Effect.runPromise(Effect.provideService(Effect.provide(program, layer), Tracer.Tracer, tracer));
  const run = spans.find(({ name }) => name === "run nested");
  const inner = spans.find(({ name }) => name === "inner");
  expect(run).toMatchObject({ kind: "consumer", parent: { _tag: "None" } });
  expect(inner?.parent).toMatchObject({ _tag: "Some", value: { spanId: run?.spanId } });
  expect(run?.attributes.get("ringcron.job")).toBe("nested");
  expect(run?.attributes.get("ringcron.service")).toBe("billing");
});

describe("an observer", () => {
  it("that throws, never calls the handler or calls it twice does no harm", async () => {
    const cron = await createCron({ service: "observed", driver: Memory.layer(), logLevel: "none" });
    const fail = () => {
      throw new Error("no");
    };
    const around: ReadonlyArray<Observer["around"]> = [fail, () => {}, (_, work) => {
      work();
      work();
    }, async (_, work) => {
      await Promise.resolve();
      work();
    }];
    for (const it of around) cron.observe({ around: it, event: fail, request: fail, givenBack: fail });
    let runs = 0;
    await cron.add("any", onlyWhenAsked, () => runs += 1);
    await cron.start();
    expect(await (await cron.trigger("any"))?.result()).toBe(1);
    expect(runs).toBe(1);
    await cron.stop();
  });

  it("is told of the requests by which a node tells what its jobs are", async () => {
    const operations: Array<string> = [];
    const cron = await createCron({ service: "telling", driver: Memory.layer(), logLevel: "none" });
    cron.observe({ request: ({ operation }) => operations.push(operation) });
    await cron.add("told", onlyWhenAsked, () => {});
    await cron.start();
    await waitFor(() => operations.includes("control"), 15_000, () => operations.join());
    await cron.stop({ drainMs: 0 });
  });

  it("is told of requests that fail, and why, and of nothing after its end", async () => {
    const store = Memory.store();
    let fails = false;
    const error = (reason: DriverErrorReason) => new DriverError({ driver: "m", operation: "x", reason, detail: "d" });
    const driver = Store.driver({
      ...store,
      exchange: (request) => fails ? Effect.fail(error("RateLimited")) : store.exchange(request),
    });
    const cron = await createCron({
      service: "observed",
      driver: Layer.succeed(Driver.Driver, driver),
      logLevel: "none",
    });
    const seen: Array<string> = [];
    const end = cron.observe({
      request: ({ commands, operation, result }) => seen.push(`${operation} ${result} ${commands}`),
    });
    await cron.add("any", onlyWhenAsked, () => {});
    await cron.start();
    await waitFor(() => seen.includes("claim ok 1"), 10_000, () => `${seen}`);
    fails = true;
    await expect(cron.pause("any")).rejects.toMatchObject({ reason: "RateLimited" });
    expect(seen).toContain("control RateLimited 1");
    fails = false;
    end();
    const before = seen.length;
    await cron.pause("any");
    expect(seen.length).toBe(before);
    await cron.stop();
  });
});

describe("fires that nobody decides", () => {
  it("are told once by who looks after them, after missedAfterMs, and again when another one is", async () => {
    vi.useFakeTimers({ now: noon });
    try {
      const store = Memory.make();
      let isCut = false;
      const away = new DriverError({ driver: "memory", operation: "any", reason: "Unavailable", detail: "cut" });
      const cut = <Q, A>(operation: (request: Q) => Effect.Effect<A, DriverError>) => (request: Q) =>
        Effect.suspend(() => isCut ? Effect.fail(away) : operation(request));
      const driver = { ...store, beat: cut(store.beat), claim: cut(store.claim) };
      const cron = await createCron({
        service: "missed",
        driver: Memory.layer({ store: driver }),
        logLevel: "none",
        missedAfterMs: 20_000,
      });
      const missed: Array<number> = [];
      cron.on((event) => event._tag === "FireMissed" && missed.push((event.dueAt - noon) / 1_000));
      await cron.add("minutely", "* * * * *", () => {});
      await cron.start();
      await vi.advanceTimersByTimeAsync(65_000);
      expect(missed).toEqual([]);
      isCut = true;
      await vi.advanceTimersByTimeAsync(70_000);
      expect(missed).toEqual([]);
      // A third of missedAfterMs may pass between two looks, and the pause before it asks again is drawn from up to 10 s.
      await vi.advanceTimersByTimeAsync(25_000);
      expect(missed).toEqual([120]);
      expect(cron.health().overdue).toEqual(["minutely"]);
      await vi.advanceTimersByTimeAsync(115_000);
      expect(missed).toEqual([120]);
      isCut = false;
      await vi.advanceTimersByTimeAsync(60_000);
      expect(missed).toEqual([120]);
      isCut = true;
      await vi.advanceTimersByTimeAsync(120_000);
      expect(missed.length).toBe(2);
      isCut = false;
      await vi.advanceTimersByTimeAsync(30_000);
      const stopped = cron.stop({ drainMs: 0 });
      await vi.advanceTimersByTimeAsync(5_000);
      await stopped;
    } finally {
      vi.useRealTimers();
    }
  });

  it("in time by its owner are decided by another member, which tells it", async () => {
    await using fleet = await createFleet({
      nodes: 2,
      startAt: noon,
      declare: async (cron) => {
        for (const name of ["a", "b", "c", "d"]) await cron.add(name, "* * * * *", () => {});
      },
    });
    await fleet.advance("30 seconds");
    expect(fleet.events().filter(({ _tag }) => _tag === "TakenOver")).toEqual([]);
    const own = fleet.node("a").cron.jobs().filter(({ ownedHere }) => ownedHere).map(({ name }) => name);
    fleet.node("a").kill();
    await fleet.advance("40 seconds");
    const told = fleet.events().flatMap((event) =>
      event._tag === "TakenOver" ? [[event.node, event.job, event.upTo]] : []
    );
    expect(told.map(([, job]) => job).sort()).toEqual([...own].sort());
    for (const [node, , upTo] of told) expect([node, upTo]).toEqual(["b", noon + 60_000]);
    await fleet.advance("2 minutes");
    expect(fleet.events().filter(({ _tag }) => _tag === "TakenOver").length).toBe(told.length);
  });
});
