import { mock } from "node:test";
import * as Memory from "ringcron/memory";
import { Driver } from "ringcron";
import { createCron, type Event, type JobOptions, type JobRun, type Scheduler } from "ringcron/promise";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { afterEach, describe, expect, it, vi } from "vitest";
import { instantOf } from "../../src/shell/instant.ts";

const minute = 60_000;
const noon = Date.UTC(2026, 0, 1, 12);

interface World {
  readonly crons: ReadonlyArray<Scheduler>;
  readonly dues: Array<number>;
  readonly events: Array<Event>;
  /** How often something happened. */
  readonly count: (tag: Event["_tag"]) => number;
  readonly stop: () => Promise<void>;
}

/** Members of one fleet that declare the same job. */
const fleet = async (
  size: number,
  schedule: string,
  handler: (run: JobRun) => unknown = async () => {},
  options?: JobOptions,
): Promise<World> => {
  const driver = Memory.layer();
  const dues: Array<number> = [];
  const events: Array<Event> = [];
  const crons: Array<Scheduler> = [];
  for (let index = 0; index < size; index++) {
    const cron = await createCron({ service: "mocked", nodeName: `node-${index}`, driver, logLevel: "none" });
    cron.on((event) => events.push(event));
    await cron.add("job", schedule, (run) => {
      dues.push(run.dueAt);
      return handler(run);
    }, options);
    await cron.start();
    crons.push(cron);
  }
  return {
    crons,
    dues,
    events,
    count: (tag) => events.filter(({ _tag }) => _tag === tag).length,
    stop: async () => {
      for (const cron of crons) await cron.stop();
    },
  };
};

/** A store that is away at times, and a clock that is always a hair behind what was slept for, as sums of fractions may be. */
const hairBehind = (isAway: () => boolean): Driver.Driver => {
  const store = Memory.make();
  const away = new Driver.DriverError({ driver: "memory", operation: "any", reason: "Unavailable", detail: "away" });
  const maybe = <Q, A>(operation: (request: Q) => Effect.Effect<A, Driver.DriverError>) => (request: Q) =>
    Effect.suspend(() => isAway() ? Effect.fail(away) : operation(request));
  let asked = 0;
  return {
    ...store,
    beat: maybe(store.beat),
    claim: maybe(store.claim),
    at: (clock) => {
      if (++asked > 100_000) throw new Error("the clock is asked for ever");
      const shown = instantOf(clock);
      return { ...shown, mono: 2_000.3 + (shown.wall - noon) * (1 - 1e-13) };
    },
  };
};

const from = (start: number, stepMs: number, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, index) => start + (index + 1) * stepMs);

/** All is well, and each fire was started at its instant. */
const expectQuiet = ({ events }: World): void => {
  const quiet = ["Joined", "ViewChanged", "OwnershipChanged", "RunStarted", "RunEnded", "Leaving", "Stopped"];
  expect(events.filter(({ _tag }) => !quiet.includes(_tag))).toEqual([]);
  for (const event of events) if (event._tag === "RunStarted") expect(event.latenessMs).toBe(0);
};

/** Nobody moves the time while it stops, and nothing is left. */
const expectClean = async (world: World): Promise<void> => {
  await world.stop();
  expect(vi.getTimerCount()).toBe(0);
};

describe("the fake timers of a test runner", () => {
  afterEach(() => void vi.useRealTimers());

  it.each([
    ["all of them", undefined],
    ["timers and Date alone", ["setTimeout", "clearTimeout", "Date"] as const],
    ["all but performance", ["setTimeout", "clearTimeout", "setInterval", "setImmediate", "Date"] as const],
  ])("drive a node: %s", async (_, toFake) => {
    vi.useFakeTimers({ now: noon, ...(toFake === undefined ? {} : { toFake: [...toFake] }) });
    const world = await fleet(1, "* * * * *");
    await vi.advanceTimersByTimeAsync(10 * minute);
    expect(world.dues).toEqual(from(noon, minute, 10));
    expect(world.count("RunEnded")).toBe(10);
    expectQuiet(world);
    await expectClean(world);
  });

  it("drive a fleet, and a node that leaves hands over", async () => {
    vi.useFakeTimers({ now: noon });
    const world = await fleet(3, "* * * * *");
    await vi.advanceTimersByTimeAsync(5.5 * minute);
    const leaving = world.crons.find((cron) => cron.jobs()[0]?.ownedHere === true)?.stop();
    await vi.advanceTimersByTimeAsync(4.5 * minute);
    await leaving;
    expect(world.dues).toEqual(from(noon, minute, 10));
    expectQuiet(world);
    await expectClean(world);
  });

  it("drive handlers that wait, and their time limit", async () => {
    vi.useFakeTimers({ now: noon });
    const slow = await fleet(1, "* * * * * *", () => new Promise((resolve) => setTimeout(resolve, 300)));
    await vi.advanceTimersByTimeAsync(30_500);
    expect(slow.dues).toEqual(from(noon, 1_000, 30));
    expect(slow.count("RunEnded")).toBe(30);
    await expectClean(slow);
    const stuck = await fleet(1, "* * * * *", () => new Promise(() => {}), { timeoutMs: 5_000 });
    await vi.advanceTimersByTimeAsync(minute);
    expect([stuck.count("RunEnded"), stuck.count("RunHeld")]).toEqual([1, 1]);
    // A handler that never settles is waited for as long as the node drains.
    const stopping = expectClean(stuck);
    await vi.advanceTimersByTimeAsync(12_000);
    await stopping;
    expect(stuck.count("HandlerAbandoned")).toBe(1);
  });

  it("may go through a day", async () => {
    vi.useFakeTimers({ now: noon });
    const world = await fleet(1, "0 * * * *");
    await vi.advanceTimersByTimeAsync(24 * 60 * minute);
    expect(world.dues).toEqual(from(noon, 60 * minute, 24));
    await expectClean(world);
  });

  it("may set the time ahead: what is missed is caught up on, and it goes on", async () => {
    vi.useFakeTimers({ now: noon });
    const world = await fleet(1, "* * * * *");
    await vi.advanceTimersByTimeAsync(minute);
    vi.setSystemTime(noon + 30 * minute + 30_000);
    await vi.advanceTimersByTimeAsync(2 * minute);
    expect(world.dues).toEqual([1, 30, 31, 32].map((minutes) => noon + minutes * minute));
    await expectClean(world);
  });

  it("may be set in a program that has made its scheduler before", async () => {
    const driver = Memory.layer();
    const cron = await createCron({ service: "before", driver, logLevel: "none" });
    let runs = 0;
    await cron.add("job", "* * * * *", () => void (runs += 1));
    vi.useFakeTimers({ now: noon });
    await cron.start();
    await vi.advanceTimersByTimeAsync(10 * minute);
    expect(runs).toBe(10);
    await cron.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("may be gone before it stops", async () => {
    vi.useFakeTimers({ now: noon });
    const world = await fleet(1, "* * * * *");
    await vi.advanceTimersByTimeAsync(minute);
    vi.useRealTimers();
    await world.stop();
    expect(world.count("Stopped")).toBe(1);
  });
});

describe("the mock timers of node:test", () => {
  afterEach(() => mock.timers.reset());

  /** They move by ticks, and promises settle between two of them. */
  const tick = async (ms: number): Promise<void> => {
    mock.timers.tick(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };

  it.each([100, 1_000, 7_000])("drive a node, in ticks of %i ms", async (ms) => {
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: noon });
    const world = await fleet(1, "* * * * *");
    for (let passed = 0; passed < 10 * minute; passed += ms) await tick(ms);
    expect(world.dues).toEqual(from(noon, minute, 10));
    expect(world.count("RunEnded")).toBe(10);
    await world.stop();
    expect(world.count("LeaseLost") + world.count("Suspended") + world.count("FireSkipped")).toBe(0);
  });

  it.each([10_000, minute])(
    "stand still for a node in ticks of %i ms, longer than it promises: no fire is lost",
    async (ms) => {
      mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: noon });
      const world = await fleet(1, "* * * * *");
      for (let passed = 0; passed < 10 * minute; passed += ms) await tick(ms);
      expect(world.dues).toEqual(from(noon, minute, 10));
      expect(world.count("RunEnded")).toBe(10);
      await world.stop();
    },
  );
});

it("a node whose clock shows a hair less than it slept for goes on", async () => {
  vi.useFakeTimers({ now: noon });
  let isAway = false;
  const driver = Layer.succeed(Driver.Driver, hairBehind(() => isAway));
  const cron = await createCron({ service: "hair", driver, logLevel: "none" });
  const dues: Array<number> = [];
  await cron.add("job", "* * * * *", ({ dueAt }) => void dues.push(dueAt));
  await cron.start();
  await vi.advanceTimersByTimeAsync(4.5 * minute);
  isAway = true;
  await vi.advanceTimersByTimeAsync(2 * minute);
  isAway = false;
  await vi.advanceTimersByTimeAsync(3.5 * minute);
  expect(dues.filter((dueAt) => dueAt <= noon + 4 * minute || dueAt >= noon + 8 * minute))
    .toEqual([1, 2, 3, 4, 8, 9, 10].map((n) => noon + n * minute));
  const stopped = cron.stop();
  await vi.advanceTimersByTimeAsync(minute);
  await stopped;
});
