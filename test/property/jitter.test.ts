/**
 * R51: the starts of fires that jitter moves, against all instants of a schedule.
 */
import fc from "fast-check";
import process from "node:process";
import { describe, expect, it } from "vitest";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as Jitter from "../../src/core/schedule/jitter.ts";
import * as NextFire from "../../src/core/schedule/NextFire.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const expressions = [
  "* * * * * *",
  "1/10 * * * * *",
  "*/5 2-4 * * *",
  "30 2 * * *",
  "@hourly",
  "@every 90s",
  "@at 2026-03-29T01:00:00Z",
  "START=2026-03-29T00:30:00Z END=2026-03-29T01:30:30Z * * * * *",
].flatMap((text) =>
  ["UTC", "Europe/Berlin", "Australia/Lord_Howe"].map((timeZone) => CronExpression.parseUnsafe(text, { timeZone }))
);

const hour = 3_600_000;

/** Around the changes of clocks in Berlin and on Lord Howe Island. */
const cases = fc.record({
  expression: fc.constantFrom(...expressions),
  from: fc.tuple(
    fc.constantFrom(Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1), Date.UTC(2026, 3, 4, 15)),
    fc.integer({ min: -3 * hour, max: 2 * hour }),
  ).map(([at, off]) => at + off),
  jitter: fc.record({
    key: fc.constantFrom("a/b", "billing/invoices", "x/tenant:42/é"),
    mostMs: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 86_400_000 })),
  }),
});

const check = (law: (it: typeof cases extends fc.Arbitrary<infer T> ? T : never) => void) =>
  fc.assert(fc.property(cases, (it) => void law(it)), { numRuns: 200, seed });

describe(`starts that are moved, SEED=${seed}`, () => {
  it("lie after their instant by at most the jitter, before the next fire and the end, in whole milliseconds", () => {
    check(({ expression, from, jitter }) => {
      const fires = NextFire.nextMany(expression, from, 20);
      for (const due of fires) {
        const start = Jitter.startOf(expression, jitter, due);
        const until = NextFire.next(expression, due) ?? expression.endAt ?? Infinity;
        expect(Number.isInteger(start)).toBe(true);
        expect(start).toBeGreaterThanOrEqual(due);
        expect(start).toBeLessThan(Math.min(until, due + jitter.mostMs + 1));
        expect(Jitter.startOf(expression, undefined, due)).toBe(due);
      }
    });
  });

  it("are found again from any instant", () => {
    check(({ expression, from, jitter }) => {
      const fires = [...NextFire.between(expression, from - hour, from + hour)].slice(0, 300);
      const first = fires[0] ?? from;
      const last = fires.at(-1) ?? from;
      for (const at of [from, ...fires.slice(0, 20).flatMap((due) => [due, due + 1, due + 500])]) {
        if (at < first || at >= last) continue;
        const started = fires.filter((due) => Jitter.startOf(expression, jitter, due) <= at);
        const open = fires.find((due) => Jitter.startOf(expression, jitter, due) > at);
        if (started.length > 0) expect(Jitter.startedBy(expression, jitter, at)).toBe(started.at(-1));
        if (open === undefined) continue;
        const found = Jitter.startAfter(expression, jitter, at + 0.25);
        if (started.length > 0) expect(found).toBe(Jitter.startOf(expression, jitter, open));
      }
    });
  });

  it("are spread over the whole of the jitter, and differ from job to job and from service to service", () => {
    const hourly = CronExpression.parseUnsafe("@hourly");
    const jobs = Array.from({ length: 1_000 }, (_, n) => Jitter.of("billing", `tenant:${n}`, 60_000));
    const moved = jobs.map((jitter) => Jitter.startOf(hourly, jitter, hour) - hour);
    for (let tenth = 0; tenth < 10; tenth++) {
      const within = moved.filter((ms) => ms >= tenth * 6_000 && ms < (tenth + 1) * 6_000).length;
      expect(within).toBeGreaterThan(60);
      expect(within).toBeLessThan(150);
    }
    expect(new Set(moved).size).toBeGreaterThan(950);
    const other = Jitter.startOf(hourly, Jitter.of("staging", "tenant:1", 60_000), hour) - hour;
    expect(other).not.toBe(moved[1]);
    const again = Jitter.startOf(hourly, Jitter.of("billing", "tenant:1", 60_000), 2 * hour) - 2 * hour;
    expect(again).not.toBe(moved[1]);
  });

  it("are the same for good: nodes of different releases agree", () => {
    const hourly = CronExpression.parseUnsafe("@hourly");
    const starts = ["a", "b", "tenant:42"].map((job) =>
      Jitter.startOf(hourly, Jitter.of("demo", job, 60_000), hour) - hour
    );
    expect(starts).toEqual([59_840, 32_216, 804]);
  });
});
