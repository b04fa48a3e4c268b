import fc from "fast-check";
import process from "node:process";
import { describe, expect, it } from "vitest";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as NextFire from "../../src/core/schedule/NextFire.ts";
import { cases } from "./time-cases.ts";
import { agreesWithEveryDay, agreesWithEverySecond, type Case, end, keepsTheLaws } from "./time-laws.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const check = (numRuns: number, law: (it: Case) => number): void =>
  fc.assert(fc.property(cases, (it) => void law(it)), { numRuns, seed });

describe(`times, SEED=${seed}`, () => {
  it("are those of a clock that is looked at every second", () => check(600, agreesWithEverySecond), 60_000);
  it("are those of a calendar that is looked at every day", () => check(120, agreesWithEveryDay), 60_000);
  it("keep the laws, and schedules the round trip through text", () => check(1500, keepsTheLaws), 60_000);
});

describe(`any text, SEED=${seed}`, () => {
  const word = fc.constantFrom(
    ..."* ? L W # H / - , + 0 1 5 7 15 31 59 60 99 MON SUN JAN FEB L-3 LW 5L FRI#2 H(0-29) */5 1/10 @every 90s @daily @at"
      .split(" "),
    ..."TZ= CRON_TZ=UTC DST=both \t \n \0 ٣ ５ 0x10 1e3 -1 1.5 __proto__ 2026-03-01T09:00:00Z".split(" "),
    " ",
    "  ",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(word, { maxLength: 20 }).map((words) => words.join("")),
    fc.array(word, { maxLength: 9 }).map((words) => words.join(" ")),
  );

  it("is a schedule or a typed error with a short message", () => {
    fc.assert(
      fc.property(text, (it) => {
        const result = CronExpression.parse(it, { jobName: "a" });
        if (result._tag === "Success") {
          expect(
            CronExpression.equals(result.success, CronExpression.parseUnsafe(CronExpression.format(result.success))),
          )
            .toBe(true);
          expect(CronExpression.describe(result.success)).not.toMatch(/undefined|NaN| {2}/);
          return;
        }
        expect(result.failure).toBeInstanceOf(CronExpression.CronExpressionError);
        expect(result.failure.message.length).toBeLessThan(700);
        expect(result.failure.position).toBeLessThanOrEqual(it.length);
      }),
      { numRuns: 3000, seed },
    );
  });

  it("and any number is an instant or none", () => {
    const expression = CronExpression.parseUnsafe("*/7 3 * * MON", { timeZone: "Europe/Berlin" });
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.constantFrom(-1, 0, -0, end * 1000, end * 1000 - 1)), (instant) => {
        const next = NextFire.next(expression, instant);
        const inside = instant >= 0 && instant < end * 1000;
        if (!inside) expect(next).toBeUndefined();
        if (next !== undefined) expect(next).toBeGreaterThan(instant);
        const previous = NextFire.previous(expression, instant);
        if (previous !== undefined) expect(previous).toBeLessThan(instant);
      }),
      { numRuns: 2000, seed },
    );
  });
});
