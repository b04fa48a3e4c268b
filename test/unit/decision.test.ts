import { describe, expect, it } from "vitest";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as Decision from "../../src/core/schedule/Decision.ts";
import * as Policy from "../../src/core/words/Policy.ts";

const second = 1_000;
const minute = 60_000;
const day = 86_400_000;
const t0 = Date.UTC(2026, 0, 1);
const everyMinute = CronExpression.parseUnsafe("* * * * *");
const everySecond = CronExpression.parseUnsafe("* * * * * *");
const daily = CronExpression.parseUnsafe("0 12 * * *");

type Change = Partial<Omit<Policy.Policies, "catchUp">> & { readonly catchUp?: Partial<Policy.CatchUp> };
const policies = ({ catchUp, ...rest }: Change = {}): Policy.Policies => ({
  ...Policy.defaults,
  ...rest,
  catchUp: { ...Policy.defaults.catchUp, ...catchUp },
});
const at = (now: number, rest: Partial<Decision.Moment> = {}): Decision.Moment => ({
  now,
  aheadMs: 500,
  lateAfterMs: 1_000,
  currentWithinMs: 10_000,
  ...rest,
});
const ran = (plan: Decision.Plan | undefined) => plan?.runs.map(({ dueAt }) => (dueAt - t0) / minute);

describe("nothing is decided", () => {
  it("before the first fire comes within reach", () => {
    expect(Decision.plan(daily, policies(), t0, at(t0 + day / 2 - 501))).toBe(undefined);
    expect(Decision.plan(daily, policies(), t0, at(t0 + day / 2 - 500))?.runs).toEqual([
      { dueAt: t0 + day / 2, kind: "due" },
    ]);
  });

  it("twice: the watermark is after the fire", () => {
    const noon = t0 + day / 2;
    expect(Decision.plan(daily, policies(), noon, at(noon + 1_000))).toBe(undefined);
    expect(Decision.plan(daily, policies(), noon - 1, at(noon + 1_000))?.to).toBe(noon);
  });

  it("of a job that only people start", () => {
    expect(Decision.plan(CronExpression.parseUnsafe("@manual"), policies(), t0, at(t0 + day))).toBe(undefined);
  });

  it("of a schedule that is over", () => {
    const once = CronExpression.parseUnsafe("@at 2026-01-01T00:00:00Z");
    expect(Decision.plan(once, policies(), t0, at(t0 + day))).toBe(undefined);
    expect(Decision.plan(once, policies(), t0 - 1, at(t0))?.nextDueAt).toBe(undefined);
  });
});

// R26.
describe("catch-up", () => {
  const behind = at(t0 + 10 * minute + 5 * second);

  it("latest: the newest runs late, those before it are coalesced", () => {
    expect(Decision.plan(everyMinute, policies(), t0, behind)).toEqual({
      to: t0 + 10 * minute,
      runs: [{ dueAt: t0 + 10 * minute, kind: "late" }],
      skips: [{ reason: "coalesced", count: 9, firstDueAt: t0 + minute, lastDueAt: t0 + 9 * minute }],
      nextDueAt: t0 + 11 * minute,
    });
  });

  it("latest: what is older than the window is skipped for that", () => {
    const plan = Decision.plan(everyMinute, policies({ catchUp: { withinMs: 3 * minute } }), t0, behind);
    expect(plan?.skips).toEqual([
      { reason: "window", count: 7, firstDueAt: t0 + minute, lastDueAt: t0 + 7 * minute },
      { reason: "coalesced", count: 2, firstDueAt: t0 + 8 * minute, lastDueAt: t0 + 9 * minute },
    ]);
    expect(ran(plan)).toEqual([10]);
  });

  it("latest: nothing runs if even the newest is older than the window, and the watermark stands at it", () => {
    const plan = Decision.plan(daily, policies({ catchUp: { withinMs: minute } }), t0, at(t0 + day));
    expect(plan).toEqual({
      to: t0 + day / 2,
      runs: [],
      skips: [{ reason: "window", count: 1, firstDueAt: t0 + day / 2, lastDueAt: t0 + day / 2 }],
      nextDueAt: t0 + 1.5 * day,
    });
  });

  it("the window includes its edge, to the millisecond", () => {
    const noon = t0 + day / 2;
    const kept = (late: number) =>
      Decision.plan(daily, policies({ catchUp: { withinMs: 5_000 } }), t0, at(noon + late))?.runs.length;
    expect([kept(5_000), kept(5_000.9), kept(5_001)]).toEqual([1, 1, 0]);
  });

  it("skip: only the one that is due right now runs", () => {
    const skip = policies({ catchUp: { mode: "skip" } });
    const current = Decision.plan(everyMinute, skip, t0, behind);
    expect([ran(current), current?.skips]).toEqual([[10], [
      { reason: "catch-up", count: 9, firstDueAt: t0 + minute, lastDueAt: t0 + 9 * minute },
    ]]);
    const narrow = policies({ catchUp: { mode: "skip", withinMs: 5 * minute } });
    expect(Decision.plan(everyMinute, narrow, t0, behind)?.skips).toEqual([
      { reason: "window", count: 5, firstDueAt: t0 + minute, lastDueAt: t0 + 5 * minute },
      { reason: "catch-up", count: 4, firstDueAt: t0 + 6 * minute, lastDueAt: t0 + 9 * minute },
    ]);
    const tooLate = Decision.plan(everyMinute, skip, t0, { ...behind, now: behind.now + 20 * second });
    expect([ran(tooLate), tooLate?.skips[0]?.count, tooLate?.to]).toEqual([[], 10, t0 + 10 * minute]);
  });

  it("all: each runs, oldest first", () => {
    const all = policies({ catchUp: { mode: "all" }, overlap: "allow" });
    const plan = Decision.plan(everyMinute, all, t0, behind);
    expect([ran(plan), plan?.skips]).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], []]);
  });

  it("all: the newest `max` within the window, the older ones are skipped", () => {
    const few = policies({ catchUp: { mode: "all", max: 3 }, overlap: "allow" });
    const plan = Decision.plan(everyMinute, few, t0, behind);
    expect([ran(plan), plan?.skips]).toEqual([[8, 9, 10], [
      { reason: "catch-up", count: 7, firstDueAt: t0 + minute, lastDueAt: t0 + 7 * minute },
    ]]);
    const both = policies({ catchUp: { mode: "all", max: 3, withinMs: 5 * minute }, overlap: "allow" });
    expect(Decision.plan(everyMinute, both, t0, behind)?.skips.map(({ count, reason }) => [reason, count])).toEqual([
      ["window", 5],
      ["catch-up", 2],
    ]);
    const recent = policies({ catchUp: { mode: "all", withinMs: 90 * second }, overlap: "allow" });
    expect(ran(Decision.plan(everyMinute, recent, t0, behind))).toEqual([9, 10]);
  });

  it("a fire ahead takes no place among those that are caught up", () => {
    const few = policies({ catchUp: { mode: "all", max: 2 }, overlap: "allow" });
    const hair = at(t0 + 11 * minute - 0.5);
    expect(ran(Decision.plan(everyMinute, few, t0, hair))).toEqual([9, 10, 11]);
    expect(ran(Decision.plan(everyMinute, policies(), t0, { ...hair, aheadMs: 0 }))).toEqual([10]);
  });
});

describe("overlap", () => {
  it("where runs must not overlap one is decided at a time, and the interval ends with it", () => {
    const all = policies({ catchUp: { mode: "all" } });
    const plan = Decision.plan(everyMinute, all, t0, at(t0 + 10 * minute));
    expect([ran(plan), plan?.to, plan?.nextDueAt]).toEqual([[1], t0 + minute, t0 + 2 * minute]);
  });

  it("one claim holds at most 100 runs", () => {
    const all = policies({ catchUp: { mode: "all", max: 10_000, withinMs: day }, overlap: "allow" });
    const plan = Decision.plan(everyMinute, all, t0, at(t0 + 300 * minute));
    expect(plan?.runs.length).toBe(Decision.maxRuns);
    expect(plan?.to).toBe(plan?.runs.at(-1)?.dueAt);
  });
});

it("a run is late when its due instant is longer past than that takes, and due otherwise", () => {
  const noon = t0 + day / 2;
  const kind = (now: number) => Decision.plan(daily, policies(), t0, at(now))?.runs[0]?.kind;
  expect([noon - 400, noon, noon + 1_000, noon + 1_001].map(kind)).toEqual(["due", "due", "due", "late"]);
});

describe.each([30, 3_650])("a job of every second that is %i days behind", (days) => {
  it.each(["latest", "all", "skip"] as const)("%s: is decided in bounded time, and says so", (mode) => {
    let steps = 0;
    const counting: CronExpression.CronExpression = {
      ...everySecond,
      get plan() {
        steps += 1;
        return everySecond.plan;
      },
    };
    const now = t0 + days * day + 250;
    const plan = Decision.plan(
      counting,
      policies({ catchUp: { mode, withinMs: days * day, max: 10_000 } }),
      t0,
      at(now),
    );
    // Counting them all would take 2.6 million, or 315.
    expect(steps).toBeLessThan(100_000);
    const oldest = mode === "all" ? now - 250 - 9_999 * second : now - 250;
    expect(plan?.runs[0]?.dueAt).toBe(oldest);
    expect(plan?.skips.map(({ count, firstDueAt, lastDueAt }) => [count, firstDueAt, lastDueAt])).toEqual([
      [-1, t0 + second, oldest - second],
    ]);
  });
});
