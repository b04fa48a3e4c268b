/**
 * Who would run what: held to ownership and to schedules, over random fleets.
 */
import fc from "fast-check";
import process from "node:process";
import { CronExpression, type FleetChange, NextFire, Ownership, plan, whatIf } from "ringcron/core";
import type { View } from "ringcron";
import { describe, expect, it } from "vitest";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const names = ["a", "b", "c", "d", "e"];

/** Members with random weights, states and jobs; jobs have one of two definitions. */
const views: fc.Arbitrary<View.View> = fc.record({
  members: fc.subarray(names, { minLength: 0 }),
  jobs: fc.integer({ min: 0, max: 30 }),
  salt: fc.integer({ min: 0, max: 1_000 }),
}).map(({ jobs, members, salt }) => ({
  version: 1,
  storeTime: 1_000,
  members: members.map((name, at): View.Member => ({
    incarnation: `${name}${salt}`,
    name,
    weight: 1 + (salt + at) % 3,
    state: (salt + at) % 7 === 0 ? "leaving" : "active",
    deployment: at,
    nextBeatAt: 0,
    leaseEndsAt: 0,
    jobs: new Map(
      Array.from({ length: jobs }, (_, n): [string, string] => [`job-${n}`, n % 9 === 0 && at === 1 ? "new" : "old"])
        .filter((_, n) => (n * 7 + at + salt) % 5 !== 0),
    ),
  })),
}));

const check = <A>(arbitrary: fc.Arbitrary<A>, law: (value: A) => void): void =>
  fc.assert(fc.property(arbitrary, law), { seed, numRuns: 200 });

describe(`what if, SEED=${seed}`, () => {
  it("nothing changed, nothing moves", () => {
    check(views, (view) => {
      const found = whatIf(view, {});
      expect([found.moved, found.view]).toEqual([[], view]);
      for (const { owns, wouldOwn } of found.members) expect(wouldOwn).toBe(owns);
    });
  });

  const changes: fc.Arbitrary<readonly [View.View, FleetChange]> = views.chain((view) => {
    const there = view.members.map(({ name }) => name);
    return fc.tuple(
      fc.constant(view),
      fc.record({
        leave: fc.subarray(there),
        join: fc.array(fc.record({ name: fc.constantFrom("x", "y"), weight: fc.integer({ min: 1, max: 5 }) }), {
          maxLength: 3,
        }),
        weights: fc.dictionary(
          there.length === 0 ? fc.constant("") : fc.constantFrom(...there),
          fc.integer({ min: 1, max: 9 }),
        )
          .filter((it) => !Object.hasOwn(it, "")),
      }),
    );
  });

  it("what moves is what has another owner in the view that it tells, and the shares are those of it", () => {
    check(changes, ([view, change]) => {
      const found = whatIf(view, change);
      const [now, then] = [Ownership.of(view), Ownership.of(found.view)];
      const moved = new Map(found.moved.map((it) => [it.job, it]));
      expect(found.jobs).toBe(now.definitions.size);
      let orphans = 0;
      for (const job of now.definitions.keys()) {
        const [from, to] = [now.places.get(job)?.owner, then.places.get(job)?.owner];
        if (to === undefined) orphans += 1;
        if (from === to) expect(moved.has(job)).toBe(false);
        else expect([moved.get(job)?.from?.incarnation, moved.get(job)?.to?.incarnation]).toEqual([from, to]);
      }
      expect(found.withoutOwner).toBe(orphans);
      const sum = (of: "owns" | "wouldOwn") => found.members.reduce((total, it) => total + (it[of] ?? 0), 0);
      expect([sum("owns"), sum("wouldOwn")]).toEqual([now.places.size, [...now.definitions.keys()].length - orphans]);
      for (const { name, wouldOwn } of found.members) {
        if (wouldOwn === undefined) expect(change.leave).toContain(name);
      }
      expect(found.view.members.length).toBe(
        view.members.filter(({ name }) => !change.leave?.includes(name)).length + (change.join?.length ?? 0),
      );
    });
  });

  it("names that nobody has are refused", () => {
    const view: View.View = { version: 1, storeTime: 0, members: [] };
    for (
      const [change, field] of [[{ leave: ["z"] }, "leave"], [{ weights: { z: 1 } }, "weights"], [{ go: 1 }, "go"]]
    ) {
      expect(() => whatIf(view, change as FleetChange)).toThrow(
        expect.objectContaining({ _tag: "InvalidInput", field }),
      );
    }
  });
});

describe("a plan", () => {
  const texts = ["* * * * *", "0 * * * *", "*/7 */3 * * *", "30 9 * * MON-FRI", "@manual"];
  const jobs = texts.map((text, at) => ({
    name: `job-${at}`,
    expression: CronExpression.parseUnsafe(text, { timeZone: "Europe/Berlin" }),
  }));
  const start = Date.UTC(2026, 2, 28, 22);
  const spans = fc.tuple(views, fc.integer({ min: 0, max: 7_200_000 }), fc.integer({ min: 0, max: 36_000_000 }));

  it("has each fire once, in order, with the owner and the successor of its job", () => {
    check(spans, ([view, after, long]) => {
      const [from, to] = [start + after, start + after + long];
      const fires = plan(view, jobs, from, to, { limit: 100_000 });
      const { places } = Ownership.of(view);
      expect(fires.length).toBe(
        jobs.reduce((sum, it) => sum + [...NextFire.between(it.expression, from - 1, to - 1)].length, 0),
      );
      for (const [at, { dueAt, job, owner, startsAt, successor }] of fires.entries()) {
        const before = fires[at - 1];
        expect(before === undefined || before.dueAt < dueAt || (before.dueAt === dueAt && before.job < job)).toBe(true);
        expect([dueAt >= from, dueAt < to, startsAt]).toEqual([true, true, dueAt]);
        expect([owner?.incarnation, successor?.incarnation]).toEqual([
          places.get(job)?.owner,
          places.get(job)?.successor,
        ]);
      }
      const middle = from + Math.floor(long / 2);
      const halves = [
        plan(view, jobs, from, middle, { limit: 100_000 }),
        plan(view, jobs, middle, to, { limit: 100_000 }),
      ];
      expect(halves.flat()).toEqual(fires);
      expect(plan(view, jobs, from, to, { limit: 5 })).toEqual(fires.slice(0, 5));
    });
  });
});
