import * as fc from "fast-check";
import { expect, it } from "vitest";
import { make } from "../../adapters/etcd/time.ts";

const maxSkewMs = 500;

interface Way {
  /** How late the node wakes. Milliseconds. */
  readonly lateMs: number;
  readonly thereMs: number;
  readonly backMs: number;
}

/** Asks as a driver does before its first operation: what it finds, and after how many answers. */
const settle = (offMs: number, startedAt: number, ways: ReadonlyArray<Way>) => {
  const clock = make(maxSkewMs);
  let now = startedAt;
  let answers = 0;
  for (const { backMs, lateMs, thereMs } of ways) {
    const waitMs = answers === 0 ? 0 : clock.settlesIn(now);
    if (waitMs === undefined) break;
    expect(waitMs).toBeLessThanOrEqual(1_000);
    now += waitMs + lateMs;
    const [sentAt, toldAt] = [now, now + thereMs - offMs];
    now += thereMs + backMs;
    clock.observe("http://etcd.example:2379", new Date(toldAt).toUTCString(), sentAt, now);
    answers++;
  }
  return {
    answers,
    isSettled: clock.settlesIn(now) === undefined,
    problem: clock.problem(now),
    bounds: clock.bounds(now),
  };
};

const way = fc.record({
  lateMs: fc.integer({ min: 0, max: 15 }),
  thereMs: fc.integer({ min: 0, max: 15 }),
  backMs: fc.integer({ min: 0, max: 15 }),
});
const ways = fc.array(way, { minLength: 9, maxLength: 9 });
const startedAt = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_001_000 });

it("finds every clock that is off by clearly more than is permitted", () => {
  fc.assert(
    fc.property(fc.integer({ min: 600, max: 9_000 }), fc.boolean(), startedAt, ways, (byMs, isAhead, at, all) => {
      const found = settle(isAhead ? byMs : -byMs, at, all);
      expect(found.problem, JSON.stringify(found)).toContain(isAhead ? "ahead of" : "behind");
    }),
    { numRuns: 2_000 },
  );
});

it("never blames a clock that is off by less, and comes to an end", () => {
  fc.assert(
    fc.property(fc.integer({ min: -maxSkewMs, max: maxSkewMs }), startedAt, ways, (offMs, at, all) => {
      const found = settle(offMs, at, all);
      expect(found.problem).toBeUndefined();
      // etcd's clock less this node's.
      expect(found.bounds?.low).toBeLessThanOrEqual(-offMs);
      expect(found.bounds?.high).toBeGreaterThanOrEqual(-offMs);
      if (Math.abs(offMs) < 300) expect(found.isSettled, JSON.stringify(found)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

it("settles a clock that is right with few answers", () => {
  const quick = { lateMs: 1, thereMs: 1, backMs: 1 };
  for (let phase = 0; phase < 1_000; phase++) {
    expect(settle(0, 1_700_000_000_000 + phase, Array(9).fill(quick)).answers).toBeLessThanOrEqual(4);
  }
});
