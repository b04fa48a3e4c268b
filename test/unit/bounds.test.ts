/**
 * Bounds of a schedule: from `startAt` on, before `endAt`.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Effect from "effect/Effect";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import { InvalidInput } from "../../src/core/words/InvalidInput.ts";
import * as NextFire from "../../src/core/schedule/NextFire.ts";
import * as Job from "../../src/shell/Job.ts";

const at = (text: string): number => Date.parse(`2026-03-${text}Z`);

const within = (text: string, bounds: CronExpression.BoundOptions): CronExpression.CronExpression => {
  const result = CronExpression.within(CronExpression.parseUnsafe(text), bounds);
  if (result._tag === "Failure") throw result.failure;
  return result.success;
};

const daily = within("0 9 * * *", { startAt: "2026-03-02T09:00:00Z", endAt: new Date(at("05T09:00")) });
const fires = ["02T09:00", "03T09:00", "04T09:00"].map(at);

describe("a bounded schedule", () => {
  it("has the fires from startAt on, that instant among them, and those before endAt, without it", () => {
    expect([...NextFire.between(daily, 0, Infinity)]).toEqual(fires);
    expect(NextFire.next(daily, at("02T08:59"))).toBe(fires[0]);
    expect(NextFire.next(daily, at("04T09:00"))).toBeUndefined();
    expect(NextFire.matches(daily, at("02T09:00"))).toBe(true);
    expect(NextFire.matches(daily, at("05T09:00"))).toBe(false);
    expect(NextFire.matches(daily, at("01T09:00"))).toBe(false);
  });

  it("is looked up backwards alike", () => {
    expect(NextFire.previous(daily, Date.UTC(2199, 0, 1))).toBe(fires[2]);
    expect(NextFire.previous(daily, at("04T09:00"))).toBe(fires[1]);
    expect(NextFire.previous(daily, at("02T09:00"))).toBeUndefined();
  });

  it("keeps the narrower of two bounds", () => {
    const narrower = CronExpression.within(daily, { startAt: 0, endAt: at("04T00:00") });
    expect(narrower._tag === "Success" && [...NextFire.between(narrower.success, 0, Infinity)])
      .toEqual(fires.slice(0, 2));
  });

  it("says its bounds in its text, in English, and is equal to no other", () => {
    const text = "START=2026-03-02T09:00:00Z END=2026-03-05T09:00:00Z 0 9 * * *";
    expect(CronExpression.format(daily)).toBe(text);
    expect(CronExpression.equals(CronExpression.parseUnsafe(text), daily)).toBe(true);
    expect(CronExpression.equals(CronExpression.parseUnsafe("0 9 * * *"), daily)).toBe(false);
    expect(CronExpression.describe(daily))
      .toBe("at 09:00, UTC, from 2026-03-02T09:00:00Z on, before 2026-03-05T09:00:00Z");
    const zoned = CronExpression.parseUnsafe("TZ=Europe/Berlin DST=later END=2027-01-01T00:00:00+01:00 @daily");
    expect(CronExpression.format(zoned)).toBe("TZ=Europe/Berlin DST=later END=2026-12-31T23:00:00Z 0 0 * * *");
  });

  it("is another definition of its job, whichever way the bounds are said", () => {
    const definition = (schedule: string, options: Job.JobOptions = {}) => {
      const spec = Job.spec(Job.make("a", schedule, () => Effect.void, options));
      return spec._tag === "Success" ? spec.success.definition : "none";
    };
    const bound = definition("0 9 * * *", { endAt: "2026-03-05T09:00:00Z" });
    expect(bound).not.toBe(definition("0 9 * * *"));
    expect(bound).not.toBe(definition("0 9 * * *", { startAt: "2026-03-05T09:00:00Z" }));
    expect(definition("END=2026-03-05T10:00:00+01:00 0 9 * * *")).toBe(bound);
  });

  const schedules = ["30 2 * * *", "0 * * * *", "*/7 1-3 * * *", "0 0 L * *", "@every 100m", "0 9 * * FRI#2"];

  it("has the fires of the schedule that lie within, for any bounds, zone and rule, and no others", () => {
    fc.assert(fc.property(
      fc.constantFrom(...schedules),
      fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana"),
      fc.constantFrom("default", "skip", "both", "earlier", "later" as const),
      // Around the nights on which the clocks of these zones change.
      fc.constantFrom(Date.UTC(2026, 2, 8), Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 4), Date.UTC(2026, 10, 1)),
      fc.tuple(fc.integer({ min: -3e6, max: 3e6 }), fc.integer({ min: -3e6, max: 3e6 })),
      fc.integer({ min: -4e6, max: 4e6 }),
      (text, timeZone, dst, night, [one, other], pick) => {
        const whole = CronExpression.parseUnsafe(text, { timeZone, dst: dst as "default" });
        const [startAt, endAt] = [night + 100 * Math.min(one, other), night + 100 * Math.max(one, other) + 1];
        const result = CronExpression.within(whole, { startAt, endAt });
        const wanted = [...NextFire.between(whole, startAt - 1, endAt - 1)];
        if (result._tag === "Failure") {
          expect(wanted).toEqual([]);
          return;
        }
        const bounded = result.success;
        expect([...NextFire.between(bounded, 0, Infinity)]).toEqual(wanted);
        const instant = night + 100 * pick;
        expect(NextFire.next(bounded, instant)).toBe(wanted.find((due) => due > instant));
        expect(NextFire.previous(bounded, instant)).toBe(wanted.findLast((due) => due < instant));
        expect(CronExpression.equals(CronExpression.parseUnsafe(CronExpression.format(bounded)), bounded)).toBe(true);
      },
    ));
  });
});

describe("bounds that say nothing are refused by name", () => {
  const refusal = (schedule: string, options: object): unknown => {
    const spec = Job.spec(Job.make("a", schedule, () => Effect.void, options as Job.JobOptions));
    return spec._tag === "Failure" ? spec.failure : undefined;
  };

  it.each([
    ["null", null],
    ["a number in a text", "1767225600000"],
    ["a date without a time", "2026-03-01"],
    ["a time without an offset", "2026-03-01T09:00:00"],
    ["the 30th of February", "2026-02-30T09:00:00Z"],
    ["no date", new Date(NaN)],
    ["a fraction", 1.5],
    ["a negative one", -1],
    ["one after 2200", 8e15],
    ["NaN", NaN],
    ["infinite", Infinity],
    ["a boolean", true],
    ["an object", {}],
    ["a big integer", 5n],
  ])("%s", (_, value) => {
    for (const field of ["startAt", "endAt"]) {
      const error = refusal("0 9 * * *", { [field]: value });
      expect(error).toBeInstanceOf(InvalidInput);
      expect(error).toMatchObject({ field, allowed: expect.stringContaining("1970 to 2200") });
    }
  });

  it("a limit to the runs of a schedule that has none", () => {
    expect(refusal("@manual", { limit: 3 })).toMatchObject({ _tag: "InvalidInput", field: "limit", value: "3" });
  });

  it("an end that is not after the start, and bounds without a fire", () => {
    const start = "2026-03-01T10:00:00Z";
    for (const endAt of [start, "2026-02-01T00:00:00Z"]) {
      expect(refusal("0 9 * * *", { startAt: start, endAt }))
        .toMatchObject({ _tag: "InvalidInput", field: "endAt", allowed: "later than startAt, 2026-03-01T10:00:00Z" });
    }
    expect(refusal("0 9 * * *", { startAt: start, endAt: "2026-03-01T11:00:00Z" }))
      .toMatchObject({ _tag: "InvalidInput", field: "endAt" });
    expect(refusal("0 0 0 1 1 * 2020", { startAt: start })).toMatchObject({ _tag: "InvalidInput", field: "startAt" });
    expect(refusal("@manual", { startAt: start })).toMatchObject({ _tag: "InvalidInput", field: "startAt" });
    expect(refusal("END=2026-02-01T00:00:00Z 0 9 * * *", { startAt: start }))
      .toMatchObject({ _tag: "InvalidInput", field: "startAt" });
  });

  it.each([
    ["START=2026-03-01 0 9 * * *", "startAt", "2026-03-01", 6],
    ["TZ=UTC END=soon 0 9 * * *", "endAt", "soon", 11],
    ["START=2026-03-01T09:00:00Z END=2026-03-01T09:00:00Z 0 9 * * *", "endAt", expect.any(String), 0],
    ["END=2026-03-01T09:00:00Z START=2026-02-01T09:00:00Z 0 9 * * *", "seconds", "START=2026-02-01T09:00:00Z", 25],
    ["START=2026-03-01T09:00:00Z", "expression", "START=2026-03-01T09:00:00Z", 0],
  ])("in a text: %s", (text, field, piece, position) => {
    const result = CronExpression.parse(text);
    expect(result._tag === "Failure" && result.failure).toMatchObject({ field, text: piece, position });
  });

  it("a misspelt bound of within", () => {
    const result = CronExpression.within(daily, { startsAt: 1 } as never);
    expect(result._tag === "Failure" && result.failure).toMatchObject({ field: "startsAt" });
    expect(CronExpression.within(daily, null as never)._tag).toBe("Failure");
    expect(CronExpression.within(daily, undefined as never)._tag).toBe("Success");
  });
});
