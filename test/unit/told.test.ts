/**
 * On a clock that the test moves: how soon a node stops, what becomes of fires that the store forgot, how many runs a job may have.
 */
import * as Effect from "effect/Effect";
import * as Memory from "ringcron/memory";
import { createCron, type Event, type JobOptions, type JobRun, type Scheduler } from "ringcron/promise";
import { type Driver, DriverError } from "../../src/Driver.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const noon = Date.UTC(2026, 0, 1, 12);
const service = "told";

beforeEach(() => void vi.useFakeTimers({ now: noon }));
afterEach(() => void vi.useRealTimers());

interface World {
  readonly cron: Scheduler;
  readonly events: Array<Event>;
  readonly dues: Array<number>;
  readonly store: Driver;
  readonly line: { isCut: boolean; requests: number };
}

const start = async (
  handler: (run: JobRun) => unknown,
  options: JobOptions = {},
  schedule = "* * * * * *",
): Promise<World> => {
  const store = Memory.make();
  const line = { isCut: false, requests: 0 };
  const away = new DriverError({ driver: "memory", operation: "any", reason: "Unavailable", detail: "cut" });
  const through = <Q, A>(operation: (request: Q) => Effect.Effect<A, DriverError>) => (request: Q) =>
    Effect.suspend(() => {
      line.requests += 1;
      return line.isCut ? Effect.fail(away) : operation(request);
    });
  const driver: Driver = {
    ...store,
    beat: through(store.beat),
    claim: through(store.claim),
    complete: through(store.complete),
    peek: through(store.peek),
  };
  const events: Array<Event> = [];
  const dues: Array<number> = [];
  const cron = await createCron({ service, driver: Memory.layer({ store: driver }), logLevel: "none" });
  cron.on((event) => events.push(event));
  await cron.add("job", schedule, (run) => {
    dues.push(run.dueAt);
    return handler(run);
  }, options);
  await cron.start();
  return { cron, events, dues, store, line };
};

/** Whether it is done after so much time and no more. */
const isDoneWithin = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
  let isDone = false;
  void work.then(() => {
    isDone = true;
  });
  await vi.advanceTimersByTimeAsync(ms);
  return isDone;
};

describe("stop, with nothing running", () => {
  it.each([
    ["at once", async () => {}],
    ["after a trigger", async ({ cron }: World) => {
      await cron.trigger("job");
      await vi.advanceTimersByTimeAsync(200);
    }],
    ["after a fire", async () => {
      await vi.advanceTimersByTimeAsync(3_600_000);
    }],
  ])("is a few requests: %s", async (_, prepare) => {
    const world = await start(() => {}, {}, "0 * * * *");
    await vi.advanceTimersByTimeAsync(500);
    await prepare(world);
    await vi.advanceTimersByTimeAsync(500);
    const { requests } = world.line;
    expect(await isDoneWithin(50, world.cron.stop())).toBe(true);
    expect(world.line.requests - requests).toBeLessThanOrEqual(2);
  });

  it("takes about a second if the store is out of reach", async () => {
    const { cron, line } = await start(() => {}, {}, "0 * * * *");
    await vi.advanceTimersByTimeAsync(500);
    line.isCut = true;
    expect(await isDoneWithin(1_200, cron.stop())).toBe(true);
  });
});

describe("a store that is emptied", () => {
  const everyFire = { catchUp: { mode: "all" as const, withinMs: 60_000 } };

  /** How each fire of a span was accounted for. */
  const accounted = ({ dues, events }: World, from: number, upTo: number) => {
    const told: Array<number> = [];
    for (const event of events) {
      if (event._tag !== "FireSkipped") continue;
      for (let due = event.firstDueAt; due <= event.lastDueAt; due += 1_000) told.push(due);
    }
    const all = Array.from({ length: (upTo - from) / 1_000 }, (_, index) => from + 1_000 * (index + 1));
    return { missing: all.filter((due) => !dues.includes(due) && !told.includes(due)), told };
  };

  it.each([["at-most-once", 1], ["at-least-once", 0]] as const)(
    "leaves no fire of an %s job without a word",
    async (delivery, mostTold) => {
      const world = await start(() => {}, { ...everyFire, delivery });
      await vi.advanceTimersByTimeAsync(3_500);
      for (let round = 0; round < 3; round++) {
        world.line.isCut = true;
        await vi.advanceTimersByTimeAsync(4_000);
        await Effect.runPromise(world.store.control({ _tag: "Control", service, command: { _tag: "Destroy" } }));
        world.line.isCut = false;
        await vi.advanceTimersByTimeAsync(15_000);
      }
      const { missing, told } = accounted(world, noon, noon + 60_000);
      expect(missing).toEqual([]);
      if (mostTold === 0) expect(told).toEqual([]);
      else {
        const reasons = world.events.flatMap((event) =>
          event._tag === "FireSkipped" ? [[event.reason, event.count > 0]] : []
        );
        expect(reasons.length).toBeGreaterThan(0);
        for (const reason of reasons) expect(reason).toEqual(["regressed", true]);
      }
      expect(world.events.some(({ _tag }) => _tag === "StoreRegressed")).toBe(true);
      await vi.advanceTimersByTimeAsync(100);
      expect(await isDoneWithin(2_000, world.cron.stop())).toBe(true);
    },
  );

  it("takes back a run that goes on, and nobody takes it for lost", async () => {
    let end = (): void => {};
    const world = await start(
      () => new Promise<void>((resolve) => end = resolve),
      { delivery: "at-least-once" },
      "0 * * * *",
    );
    await vi.advanceTimersByTimeAsync(3_600_500);
    expect(world.dues.length).toBe(1);
    await Effect.runPromise(world.store.control({ _tag: "Control", service, command: { _tag: "Destroy" } }));
    await vi.advanceTimersByTimeAsync(60_000);
    const { jobs: [state] } = await Effect.runPromise(
      world.store.peek({ _tag: "Peek", service, jobs: ["job"], history: false }),
    );
    expect(state?.active.map(({ dueAt, attempt }) => [dueAt, attempt])).toEqual([[noon + 3_600_000, 1]]);
    end();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(world.events.filter(({ _tag }) => _tag === "RunLost")).toEqual([]);
    expect(world.events.filter(({ _tag }) => _tag === "RunEnded").length).toBe(1);
    expect(world.dues.length).toBe(1);
    expect(await isDoneWithin(2_000, world.cron.stop())).toBe(true);
  });
});

describe("a job whose runs may overlap", () => {
  it("has at most maxConcurrent of them, and the other fires are told", async () => {
    const world = await start(() => new Promise((resolve) => setTimeout(resolve, 10_000)), {
      overlap: "allow",
      maxConcurrent: 3,
    });
    await vi.advanceTimersByTimeAsync(9_500);
    expect(world.dues.length).toBe(3);
    const skips = world.events.filter((event) => event._tag === "FireSkipped");
    expect(skips.length).toBe(6);
    expect(skips.every((event) => event._tag === "FireSkipped" && event.reason === "overlap")).toBe(true);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(world.dues.length).toBeGreaterThan(3);
    const stopping = world.cron.stop();
    expect(await isDoneWithin(15_000, stopping)).toBe(true);
  });
});

describe("a handler that heeds no signal", () => {
  it("is alone in the fleet until it settles, and its run has ended", async () => {
    const ends: Array<() => void> = [];
    const deaf = () => new Promise<void>((resolve) => void ends.push(resolve));
    const world = await start(deaf, { timeoutMs: 1_000 }, "*/2 * * * * *");
    const other = await createCron({ service, driver: Memory.layer({ store: world.store }), logLevel: "none" });
    const dues: Array<number> = [];
    await other.add("job", "*/2 * * * * *", (run) => {
      dues.push(run.dueAt);
      return deaf();
    }, { timeoutMs: 1_000 });
    await other.start();
    await vi.advanceTimersByTimeAsync(9_500);
    expect(world.dues.length + dues.length).toBe(1);
    const [ended] = world.events.filter((event) => event._tag === "RunEnded");
    expect(ended).toMatchObject({ outcome: "timed-out" });
    expect(world.events.filter((event) => event._tag === "RunHeld").length).toBe(1);
    ends.shift()?.();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(world.dues.length + dues.length).toBe(2);

    // The node that holds the second is gone: nobody waits for its handler.
    const isHere = world.dues.length === 2;
    if (isHere) world.line.isCut = true;
    else expect(dues.length).toBe(1);
    await vi.advanceTimersByTimeAsync(30_000);
    if (isHere) expect(dues.length).toBeGreaterThan(0);
    for (const end of ends) end();
    const stopping = Promise.all([world.cron.stop({ drainMs: 0 }), other.stop({ drainMs: 0 })]);
    expect(await isDoneWithin(15_000, stopping)).toBe(true);
  });

  it("that settles when it is told to costs no word more", async () => {
    const world = await start(
      (run) => new Promise((_, reject) => run.signal.addEventListener("abort", () => reject(run.signal.reason))),
      { timeoutMs: 300 },
    );
    await vi.advanceTimersByTimeAsync(5_500);
    expect(world.dues.length).toBe(5);
    expect(world.events.filter((event) => event._tag === "RunHeld")).toEqual([]);
    expect(world.events.filter((event) => event._tag === "RunEnded" && event.outcome === "timed-out").length).toBe(5);
    expect(await isDoneWithin(2_000, world.cron.stop())).toBe(true);
  });

  it("is told of when its node stops", async () => {
    const world = await start(() => new Promise(() => {}), { timeoutMs: 300 }, "0 * * * *");
    await vi.advanceTimersByTimeAsync(3_601_000);
    const stopping = world.cron.stop({ drainMs: 5_000 });
    await vi.advanceTimersByTimeAsync(7_000);
    await stopping;
    expect(world.events.filter((event) => event._tag === "HandlerAbandoned").length).toBe(1);
  });
});
