import { describe, expect, it } from "vitest";
import type * as Machine from "../../src/core/node/Machine.ts";
import { Bench, type BenchNode, config, epoch, job } from "./support/bench.ts";

const second = 1_000;
const hour = 3_600_000;

/** Three nodes with jobs each second, and one that catches up on all it missed. */
const fleet = (...jobs: ReadonlyArray<Machine.JobSpec>) => {
  const bench = new Bench();
  const declared = jobs.length > 0 ? jobs : ["a", "b", "c", "d"].map((name) => job(name, "* * * * * *"));
  const nodes = ["x", "y", "z"].map((name) => bench.node(name).join(...declared));
  return { bench, nodes, jobs: declared };
};

/** Due instants by job, as the store's clock has them. */
const startsOf = (bench: Bench, name: string, from: number, to: number): ReadonlyArray<number> =>
  bench.started.filter(({ at, run }) => run.job === name && at >= epoch + from && at < epoch + to)
    .map(({ run }) => run.dueAt - epoch);

/** The store's clock is wrong by so much up to an instant; whatever happens meanwhile happens at the beginning. */
const wrongUntil = (bench: Bench, byMs: number, until: number, meanwhile: () => void = () => {}): void => {
  bench.storeAheadMs = byMs;
  meanwhile();
  bench.until(until);
  bench.storeAheadMs = 0;
};

const nudge = (nodes: ReadonlyArray<BenchNode>): void => {
  for (const node of nodes) node.feed({ _tag: "Nudged" });
};

const told = (nodes: ReadonlyArray<BenchNode>) => nodes.flatMap((node) => node.happened("StoreClockStepped"));

// R11.
describe("a membership that a store renewed while its clock stood back", () => {
  it.each([-1_500, -3_000, -8_000])("by %i ms is relied on no longer than the store keeps it", (byMs) => {
    const { bench, nodes } = fleet();
    bench.until(10_400);
    wrongUntil(bench, byMs, 10_500, () => nudge(nodes));
    for (const { state } of nodes) {
      const { at, lease } = state;
      const offset = at.wall - at.mono;
      const kept = bench.service.members.get(state.incarnation)?.endsAt ?? 0;
      expect((lease?.sent.mono ?? 0) + (lease?.ttlMs ?? 0) + offset).toBeLessThanOrEqual(kept + 20);
    }
    // What was promised before it leapt stands.
    expect(nodes.flatMap((node) => node.happened("LeaseLost"))).toEqual([]);
  });
});

describe("a store whose clock stands back", () => {
  it("is not asked without a pause", () => {
    const { bench, nodes } = fleet();
    bench.until(12_400);
    wrongUntil(bench, -hour / 2, 18_500);
    for (const node of nodes) expect(node.requests("Beat", 12_400, 18_500).length, node.name).toBeLessThan(10);
  });
});

describe("a store whose clock leaps for 300 ms", () => {
  it.each([hour, -hour, 30_000, -30_000])("by %i ms starts nothing early and silences nothing", (byMs) => {
    const { bench, jobs, nodes } = fleet();
    bench.until(10_400);
    wrongUntil(bench, byMs, 10_700);
    bench.until(30_500);
    for (const { name } of jobs) {
      const starts = startsOf(bench, name, 12_000, 30_500);
      expect(starts, name).toEqual(Array.from({ length: 19 }, (_, n) => (12 + n) * second));
    }
    for (const { at, run } of bench.started) expect(at).toBeGreaterThanOrEqual(run.dueAt - 1);
    for (const { at, run } of bench.started) expect(at).toBeLessThan(run.dueAt + 2_500);
    expect(told(nodes)).toEqual([]);
  });
});

describe("a node that joins while the store's clock is an hour ahead for 300 ms", () => {
  it("starts nothing early, and does not decide what is not due", () => {
    const { bench, jobs } = fleet();
    bench.until(10_400);
    bench.storeAheadMs = hour;
    const late = bench.node("late").join(...jobs);
    bench.until(10_700);
    bench.storeAheadMs = 0;
    bench.until(30_500);
    for (const { at, run } of bench.started) expect(at).toBeGreaterThanOrEqual(run.dueAt - 1);
    for (const { name } of jobs) expect(bench.record(name)?.watermark, name).toBeLessThan(epoch + 40_000);
    expect(late.happened("Joined").length).toBe(1);
    expect(late.happened("StoreClockStepped")).toEqual([]);
  });
});

describe("a node whose own clock is wrong", () => {
  it.each([-hour, -20_000, 20_000, hour])("by %i ms joins once a second answer has confirmed it", (wallError) => {
    const { bench, jobs } = fleet();
    bench.until(10_400);
    const late = bench.node("late");
    late.wallError = wallError;
    late.join(...jobs);
    bench.until(30_500);
    const [joined] = late.happened("Joined");
    expect(joined?.at).toBeLessThan(epoch + 15_000);
    for (const { at, run } of bench.started) expect(at).toBeGreaterThanOrEqual(run.dueAt - 5);
  });
});

describe("what a store promised while its clock was an hour ahead", () => {
  it("lasts no longer afterwards than what nodes ever ask for: a lease, a silence and two answers", () => {
    const { bench, nodes } = fleet();
    bench.until(10_400);
    wrongUntil(bench, hour, 12_500, () => nudge(nodes));
    bench.until(20_000);
    const { leaseMs, maxSilenceMs, requestTimeoutMs } = config;
    const mostMs = leaseMs + maxSilenceMs + 2 * requestTimeoutMs + 1_000;
    const kept = [...bench.service.members.values()].map(({ endsAt }) => endsAt - epoch - 20_000);
    expect(kept.length).toBe(3);
    for (const leftMs of [...kept, bench.service.amnestyUntil - epoch - 20_000]) expect(leftMs).toBeLessThan(mostMs);
  });
});

describe("a store whose clock stands back for a moment", () => {
  it.each([[1_200, 0], [5_000, 3]])("by an hour for %i ms: %i of the promises from before are cut", (forMs, cut) => {
    const { bench, nodes } = fleet();
    bench.until(10_400);
    const promisedAt = () =>
      nodes.map(({ state }) => bench.service.members.get(state.incarnation)?.endsAt ?? 0).map((endsAt) =>
        endsAt - epoch
      );
    const before = promisedAt();
    bench.storeAheadMs = -hour;
    nudge(nodes);
    bench.until(10_400 + forMs);
    nudge(nodes);
    bench.until(10_500 + forMs);
    expect(promisedAt().filter((endsAt, index) => endsAt < (before[index] ?? 0)).length).toBe(cut);
    bench.storeAheadMs = 0;
  });
});

describe("what somebody asks for while the store's clock leaps", () => {
  it("starts when it is handed out, not when that clock said, and the job goes on", () => {
    const { bench, nodes } = fleet();
    bench.until(10_400);
    bench.storeAheadMs = hour;
    bench.control({ _tag: "Trigger", job: "a", key: "k" });
    bench.storeAheadMs = 0;
    for (const node of nodes) node.feed({ _tag: "Nudged", job: "a" });
    bench.until(30_500);
    const manual = bench.started.filter(({ run }) => run.kind === "manual");
    expect(manual.map(({ run }) => run.dueAt - epoch > hour)).toEqual([true]);
    expect(manual[0]?.at).toBeLessThan(epoch + 13_000);
    expect(startsOf(bench, "a", 20_000, 30_500).filter((dueAt) => dueAt < hour).length).toBe(11);
  });
});

describe("a store whose clock stays where it leapt", () => {
  it.each([30_000, hour])("%i ms ahead is followed after some seconds, and told", (byMs) => {
    const { bench, jobs, nodes } = fleet();
    bench.until(10_400);
    bench.storeAheadMs = byMs;
    bench.until(30_500);
    expect(told(nodes).map((event) => [event.byMs, event.untilAt])).toEqual(nodes.map(() => [byMs, undefined]));
    for (const { at } of told(nodes)) expect(at - epoch - byMs).toBeLessThan(17_000);
    for (const { name } of jobs) {
      expect(startsOf(bench, name, 20_000, 30_500).slice(-10)).toEqual(
        Array.from({ length: 10 }, (_, n) => (21 + n) * second + byMs),
      );
    }
  });

  it("half a minute back is told with when fires go on, and they do", () => {
    const { bench, jobs, nodes } = fleet();
    bench.until(20_400);
    bench.storeAheadMs = -30_000;
    bench.until(40_000);
    for (const node of nodes) {
      const [step, ...others] = node.happened("StoreClockStepped");
      expect([step?.byMs, others]).toEqual([-30_000, []]);
      expect(step?.untilAt).toBeGreaterThanOrEqual(epoch + 20_000);
      expect(step?.untilAt).toBeLessThanOrEqual(epoch + 24_000);
      const [ahead] = node.happened("DecidedAhead");
      expect(ahead?.untilAt).toBe(step?.untilAt);
      expect(ahead?.jobs.length).toBeGreaterThan(0);
    }
    const named = new Set(nodes.flatMap((node) => node.happened("DecidedAhead").flatMap((event) => event.jobs)));
    expect([...named].sort()).toEqual(jobs.map(({ name }) => name));
    bench.until(70_500);
    for (const { name } of jobs) {
      const starts = bench.started.filter(({ run }) => run.job === name).map(({ run }) => run.dueAt);
      expect(new Set(starts).size, "none twice").toBe(starts.length);
      expect(startsOf(bench, name, 60_000, 70_500).slice(-5), name).toEqual(
        Array.from({ length: 5 }, (_, n) => (36 + n) * second),
      );
    }
  });

  it("is believed at once where the wall clock of the node stepped too", () => {
    const { bench, nodes } = fleet();
    bench.until(10_400);
    bench.storeAheadMs = -5_000;
    for (const node of nodes) node.wallError = -5_000;
    bench.until(12_000);
    expect(told(nodes).map(({ byMs }) => byMs)).toEqual(nodes.map(() => -5_000));
  });

  it("is no leap when it is half a second off", () => {
    const { bench, nodes } = fleet();
    bench.until(10_400);
    bench.storeAheadMs = 500;
    bench.until(20_000);
    expect(nodes.map(({ state }) => state.clock.leap)).toEqual([undefined, undefined, undefined]);
    expect(told(nodes)).toEqual([]);
  });
});

describe("a store that booted in another century", () => {
  const century = 36_525 * 24 * hour;

  it("has its jobs fire again when a person takes back what is decided, though all nodes remember it", () => {
    const { bench, jobs, nodes } = fleet();
    bench.storeAheadMs = century;
    for (const node of nodes) node.wallError = century;
    bench.until(10_400);
    bench.storeAheadMs = 0;
    for (const node of nodes) node.wallError = 0;
    bench.until(60_000);
    for (const { name } of jobs) expect(startsOf(bench, name, 20_000, 60_000), name).toEqual([]);
    expect(nodes.flatMap((node) => node.happened("DecidedAhead")).length).toBeGreaterThan(0);
    for (const { name } of jobs) {
      const reply = bench.control({ _tag: "Rewind", job: name });
      expect(reply.dueAt).toBeGreaterThan(epoch + century);
      nodes[0]?.feed({ _tag: "Nudged", job: name });
    }
    // The others hear of it at their next beat, as of a pause.
    bench.until(60_000 + 300_000 + 30_500);
    for (const { name } of jobs) {
      const starts = startsOf(bench, name, 375_000, 390_500);
      expect(starts.slice(-15), name).toEqual(Array.from({ length: 15 }, (_, n) => (376 + n) * second));
      expect(bench.control({ _tag: "Rewind", job: name }).dueAt).toBeUndefined();
    }
    expect(nodes.flatMap((node) => node.happened("StoreRegressed"))).toEqual([]);
    const skips = nodes.flatMap((node) => node.happened("FireSkipped"));
    expect(skips.filter(({ reason }) => reason === "regressed")).toEqual([]);
  });
});

describe("a node whose own clock is wrong, and that has less time to join than a second answer takes", () => {
  it("joins at the next try", () => {
    const bench = new Bench();
    const node = bench.node("x");
    node.wallError = 2 * second;
    const spec = job("a", "* * * * * *");
    node.join(spec);
    bench.until(2_000);
    node.feed({ _tag: "JoinAbandoned", reason: "Unavailable", detail: "for the test" });
    expect(node.happened("Joined")).toEqual([]);
    bench.until(3_500);
    node.join();
    bench.until(4_000);
    expect(node.happened("Joined").length).toBe(1);
  });
});
