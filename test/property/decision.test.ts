import fc from "fast-check";
import process from "node:process";
import { describe, expect, it } from "vitest";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as Decision from "../../src/core/schedule/Decision.ts";
import * as Jitter from "../../src/core/schedule/jitter.ts";
import * as NextFire from "../../src/core/schedule/NextFire.ts";
import type { Policies } from "../../src/core/words/Policy.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const expressions = [
  "* * * * * *",
  "*/7 * * * * *",
  "1/10 * * * * *",
  "* * * * *",
  "*/5 2-4 * * *",
  "30 2 * * *",
  "@hourly",
  "@every 90s",
  "@at 2026-03-29T01:00:00Z",
].flatMap((text) =>
  ["UTC", "Europe/Berlin", "Australia/Lord_Howe"].map((timeZone) => CronExpression.parseUnsafe(text, { timeZone }))
);

/** Around the changes of clocks in Berlin and on Lord Howe Island, or any instant. */
const anchor = fc.oneof(
  fc.constantFrom(Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1), Date.UTC(2026, 3, 4, 15)),
  fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) }),
);
/** The fleet's clock has fractions, and whole seconds are where fires are: the interesting instants lie around those. */
const now = fc.tuple(
  anchor.map((at) => Math.floor(at / 1_000) * 1_000),
  fc.oneof(fc.constantFrom(-0.5, 0, 0.5), fc.nat(999), fc.double({ min: -1, max: 1, noNaN: true })),
).map(([second, off]) => second + off);

const policies: fc.Arbitrary<Policies> = fc.record({
  catchUp: fc.record({
    mode: fc.constantFrom("skip", "latest", "all"),
    withinMs: fc.oneof(fc.nat(60).map((s) => s * 1_000), fc.nat(7_200_000)),
    max: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 10_000 })),
  }),
  overlap: fc.constantFrom("skip", "allow"),
  maxConcurrent: fc.constant(100),
  delivery: fc.constant("at-most-once"),
  timeoutMs: fc.constant(undefined),
});

const cases = fc.record({
  expression: fc.constantFrom(...expressions),
  policies,
  now,
  behindMs: fc.oneof(fc.nat(900).map((seconds) => seconds * 1_000), fc.nat(3_600_000)),
  aheadMs: fc.constantFrom(0, 1, 220, 1_520, 20_000),
  lateAfterMs: fc.constantFrom(50, 1_000),
  currentWithinMs: fc.constantFrom(1_000, 10_000),
  jitter: fc.option(fc.record({ key: fc.constantFrom("a/b", "a/c"), mostMs: fc.integer({ min: 1, max: 600_000 }) }), {
    nil: undefined,
    freq: 1,
  }),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

/** What is to run of some fires, by going through all of them. */
const expected = (
  { expression, jitter, policies, currentWithinMs }: Case,
  fires: ReadonlyArray<number>,
  now: number,
) => {
  const { max, mode, withinMs } = policies.catchUp;
  const startOf = (due: number) => Jitter.startOf(expression, jitter, due);
  const past = fires.filter((due) => startOf(due) <= now);
  const inWindow = (due: number, window: number) => Math.floor(now) - startOf(due) <= window;
  const newest = past.slice(-1);
  const caughtUp = mode === "all"
    ? past.filter((due) => inWindow(due, withinMs)).slice(-max)
    : newest.filter((due) => inWindow(due, mode === "skip" ? Math.min(withinMs, currentWithinMs) : withinMs));
  return [...caughtUp, ...fires.filter((due) => startOf(due) > now)];
};

const decided = (it: Case) => {
  const { behindMs, expression, policies, ...moment } = it;
  const from = Math.floor(moment.now) - behindMs;
  const horizon = Math.floor(moment.now) + moment.aheadMs;
  const fires = [...NextFire.between(expression, from, horizon)]
    .filter((due) => Jitter.startOf(expression, moment.jitter, due) <= horizon);
  return { fires, from, moment, plan: Decision.plan(expression, policies, from, moment) };
};

const check = (law: (it: Case) => void) =>
  fc.assert(fc.property(cases, (it) => void law(it)), { numRuns: 2_000, seed });

describe(`decisions, SEED=${seed}`, () => {
  it("each fire up to the new watermark has exactly one, and no other instant has any", () => {
    check((it) => {
      const { fires, plan } = decided(it);
      if (plan === undefined) return expect(fires).toEqual([]);
      const covered = fires.filter((due) => due <= plan.to);
      expect(covered.at(-1)).toBe(plan.to);
      const skipped = plan.skips.flatMap(({ count, firstDueAt, lastDueAt }) => {
        const range = fires.filter((due) => due >= firstDueAt && due <= lastDueAt);
        expect([range.length, range[0], range.at(-1)]).toEqual([count, firstDueAt, lastDueAt]);
        return range;
      });
      expect([...skipped, ...plan.runs.map(({ dueAt }) => dueAt)]).toEqual(covered);
      expect(plan.nextDueAt).toBe(NextFire.next(it.expression, plan.to));
    });
  });

  it("those run that the policy says, late or due", () => {
    check((it) => {
      const { fires, moment, plan } = decided(it);
      const limit = it.policies.overlap === "allow" ? 100 : 1;
      const runs = expected(it, fires, moment.now).slice(0, limit);
      expect(plan?.runs.map(({ dueAt }) => dueAt) ?? []).toEqual(runs);
      const startOf = (due: number) => Jitter.startOf(it.expression, it.jitter, due);
      for (const { dueAt, kind, startsAt = dueAt } of plan?.runs ?? []) {
        expect(startsAt).toBe(startOf(dueAt));
        expect(kind).toBe(Math.floor(moment.now) - startsAt > it.lateAfterMs ? "late" : "due");
      }
      for (const { lastDueAt, firstDueAt, reason } of plan?.skips ?? []) {
        const isOld = (due: number) => Math.floor(moment.now) - startOf(due) > it.policies.catchUp.withinMs;
        expect([isOld(firstDueAt), isOld(lastDueAt)]).toEqual(Array(2).fill(reason === "window"));
        const other = it.policies.catchUp.mode === "latest" ? "coalesced" : "catch-up";
        expect(["window", other]).toContain(reason);
      }
    });
  });

  it("plan after plan decides every fire once, and then there is nothing left", () => {
    check((it) => {
      const { fires, from: start, moment } = decided(it);
      const runs: Array<number> = [];
      let skipped = 0;
      let from = start;
      let plan = Decision.plan(it.expression, it.policies, from, moment);
      for (let n = 0; plan !== undefined && n <= fires.length; n++) {
        expect(plan.to).toBeGreaterThan(from);
        runs.push(...plan.runs.map(({ dueAt }) => dueAt));
        skipped += plan.skips.reduce((sum, { count }) => sum + count, 0);
        from = plan.to;
        plan = Decision.plan(it.expression, it.policies, from, moment);
      }
      expect(plan).toBe(undefined);
      expect(runs.length + skipped).toBe(fires.length);
      expect(runs).toEqual(expected(it, fires, moment.now));
    });
  });
});
