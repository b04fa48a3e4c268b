import { describe, expect, it } from "vitest";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as NextFire from "../../src/core/schedule/NextFire.ts";

const read = CronExpression.parseUnsafe;
const iso = (instant: number | undefined): string => instant === undefined ? "never" : new Date(instant).toISOString();
const between = (text: string, from: string, to: string): string[] =>
  [...NextFire.between(read(text), Date.parse(from) - 1, Date.parse(to))].map((it) =>
    iso(it).slice(5, 19).replace(/:00$/, "")
  );

/**
 * Real nights. Each row: what happens, the zone, a stretch in UTC, a job, and its fires in UTC under the rules
 * default, skip, both, earlier, later; a rule that is left out answers as `default`.
 */
const nights: ReadonlyArray<
  readonly [string, string, string, string, string, Partial<Record<CronExpression.DstRule, string>>]
> = [
  // 02:00 EST becomes 03:00 EDT at 07:00Z.
  ["hour skipped", "America/New_York", "2026-03-08T04:00Z", "2026-03-09T04:00Z", "30 2 * * *", {
    default: "03-08T07:00",
    skip: "",
  }],
  ["hour skipped", "America/New_York", "2026-03-08T04:00Z", "2026-03-09T04:00Z", "0,30 2,3 * * *", {
    default: "03-08T07:00 03-08T07:30",
  }],
  ["hour skipped, at its ends", "America/New_York", "2026-03-08T05:00Z", "2026-03-08T12:00Z", "59 59 1,2 * * *", {
    default: "03-08T06:59:59 03-08T07:00",
    skip: "03-08T06:59:59",
  }],
  ["hour skipped", "America/New_York", "2026-03-08T05:00Z", "2026-03-08T08:00Z", "*/30 * * * *", {
    default: "03-08T05:00 03-08T05:30 03-08T06:00 03-08T06:30 03-08T07:00 03-08T07:30 03-08T08:00",
  }],
  ["hour skipped", "America/New_York", "2026-03-08T05:00Z", "2026-03-08T09:00Z", "45 1-3 * * *", {
    default: "03-08T06:45 03-08T07:45",
    earlier: "03-08T06:45 03-08T07:00 03-08T07:45",
    later: "03-08T06:45 03-08T07:00 03-08T07:45",
  }],
  // 02:00 EDT becomes 01:00 EST at 06:00Z.
  ["hour repeated", "America/New_York", "2026-11-01T04:00Z", "2026-11-02T04:00Z", "30 1 * * *", {
    default: "11-01T05:30",
    both: "11-01T05:30 11-01T06:30",
    later: "11-01T06:30",
  }],
  ["hour repeated", "America/New_York", "2026-11-01T04:00Z", "2026-11-01T08:00Z", "0 * * * *", {
    default: "11-01T04:00 11-01T05:00 11-01T06:00 11-01T07:00 11-01T08:00",
    earlier: "11-01T04:00 11-01T05:00 11-01T07:00 11-01T08:00",
    later: "11-01T04:00 11-01T06:00 11-01T07:00 11-01T08:00",
  }],
  ["hour repeated", "America/New_York", "2026-11-01T04:00Z", "2026-11-01T12:00Z", "0 1-2 * * *", {
    default: "11-01T05:00 11-01T06:00 11-01T07:00",
    earlier: "11-01T05:00 11-01T07:00",
    later: "11-01T06:00 11-01T07:00",
  }],
  ["hour repeated, at its ends", "America/New_York", "2026-11-01T04:00Z", "2026-11-01T09:00Z", "0 1,2 * * *", {
    default: "11-01T05:00 11-01T07:00",
    both: "11-01T05:00 11-01T06:00 11-01T07:00",
    later: "11-01T06:00 11-01T07:00",
  }],
  // Half an hour: 02:00 +10:30 becomes 02:30 +11 at 15:30Z; back from 02:00 +11 to 01:30 +10:30 at 15:00Z.
  ["half an hour skipped", "Australia/Lord_Howe", "2026-10-03T12:00Z", "2026-10-03T18:00Z", "0,15,45 2 * * *", {
    default: "10-03T15:30 10-03T15:45",
    skip: "10-03T15:45",
  }],
  ["half an hour repeated", "Australia/Lord_Howe", "2026-04-04T12:00Z", "2026-04-04T18:00Z", "15,45 1 * * *", {
    default: "04-04T14:15 04-04T14:45",
    both: "04-04T14:15 04-04T14:45 04-04T15:15",
    later: "04-04T14:15 04-04T15:15",
  }],
  // 02:45 +12:45 becomes 03:45 +13:45 at 14:00Z.
  ["three quarters off the hour", "Pacific/Chatham", "2026-09-26T12:00Z", "2026-09-26T18:00Z", "0 3 * * *", {
    default: "09-26T14:00",
    skip: "",
  }],
  // Midnight does not exist: 00:00 CST becomes 01:00 CDT at 05:00Z.
  ["midnight skipped", "America/Havana", "2026-03-08T00:00Z", "2026-03-09T00:00Z", "@daily", {
    default: "03-08T05:00",
    skip: "",
  }],
  // 01:00 CDT becomes 00:00 CST at 05:00Z.
  ["midnight repeated", "America/Havana", "2026-11-01T00:00Z", "2026-11-01T12:00Z", "@daily", {
    default: "11-01T04:00",
    both: "11-01T04:00 11-01T05:00",
    later: "11-01T05:00",
  }],
  // Friday 30 December 2011 did not exist; 31 December began at 10:00Z.
  ["a day skipped", "Pacific/Apia", "2011-12-29T12:00Z", "2011-12-31T00:00Z", "0 9,17 * * *", {
    default: "12-29T19:00 12-30T03:00 12-30T10:00 12-30T19:00",
    skip: "12-29T19:00 12-30T03:00 12-30T19:00",
  }],
  ["a day skipped", "Pacific/Apia", "2011-12-29T12:00Z", "2012-01-02T00:00Z", "0 9 * * FRI", {
    default: "12-30T10:00",
    skip: "",
  }],
  ["a day skipped", "Pacific/Apia", "2011-12-30T08:00Z", "2011-12-30T12:00Z", "0 * * * *", {
    default: "12-30T08:00 12-30T09:00 12-30T10:00 12-30T11:00 12-30T12:00",
  }],
  // No daylight saving, a new offset: +11 becomes +8 at 15:00Z, three hours come twice.
  ["offset lowered", "Antarctica/Casey", "2010-03-04T12:00Z", "2010-03-05T00:00Z", "30 0 * * *", {
    default: "03-04T13:30",
    both: "03-04T13:30 03-04T16:30",
    later: "03-04T16:30",
  }],
  // Ramadan: back to +00 at 02:00Z on 15 February 2026, forward again at 02:00Z on 22 March.
  ["an hour back in February", "Africa/Casablanca", "2026-02-15T00:00Z", "2026-02-15T06:00Z", "30 2 * * *", {
    default: "02-15T01:30",
    both: "02-15T01:30 02-15T02:30",
    later: "02-15T02:30",
  }],
  // An offset with seconds: -00:44:30 until midnight of 7 January 1972, which the change skips.
  ["an offset with seconds", "Africa/Monrovia", "1972-01-06T00:00Z", "1972-01-07T12:00Z", "0 0,8 * * *", {
    default: "01-06T00:44:30 01-06T08:44:30 01-07T00:44:30 01-07T08:00",
    skip: "01-06T00:44:30 01-06T08:44:30 01-07T08:00",
  }],
];

describe("when the clocks change", () => {
  const rules = ["default", "skip", "both", "earlier", "later"] as const;
  it.each(nights)("%s in %s, %s to %s: %s", (_, zone, from, to, text, answers) => {
    for (const rule of rules) {
      const expected = answers[rule] ?? answers.default;
      expect(between(`TZ=${zone} DST=${rule} ${text}`, from, to).join(" "), rule).toBe(expected);
    }
  });

  it.each(nights)("%s in %s, %s to %s: %s, asked at any moment", (_, zone, from, to, text) => {
    const [start, end] = [Date.parse(from), Date.parse(to)];
    for (const rule of rules) {
      const expression = read(`TZ=${zone} DST=${rule} ${text}`);
      const fires = [...NextFire.between(expression, start - 1, end)];
      for (let at = start; at < end; at += 100_500) {
        const next = NextFire.next(expression, at);
        expect(iso(next! > end ? undefined : next), `${rule} after ${iso(at)}`).toBe(iso(fires.find((it) => it > at)));
        const previous = NextFire.previous(expression, at);
        expect(iso(previous! < start ? undefined : previous), `${rule} before ${iso(at)}`).toBe(
          iso(fires.findLast((it) => it < at)),
        );
      }
    }
  });

  it("a job that every year falls into the gap is not lost, and with skip never comes", () => {
    const text = "TZ=America/New_York 30 2 8-14 3 +SUN";
    expect(between(text, "2026-01-01T00:00Z", "2028-01-01T00:00Z")).toEqual(["03-08T07:00", "03-14T07:00"]);
    expect(iso(NextFire.next(read(text.replace(" ", " DST=skip ")), Date.UTC(2026, 0)))).toBe("never");
  });

  it("the second time is found after the last day of the years", () => {
    const last = read("TZ=America/New_York DST=both 0 30 1 1 11 * 2026");
    expect(NextFire.nextMany(last, 0, 5).map(iso)).toEqual(["2026-11-01T05:30:00.000Z", "2026-11-01T06:30:00.000Z"]);
    expect(iso(NextFire.previous(last, Date.UTC(2100, 0)))).toBe("2026-11-01T06:30:00.000Z");
  });

  it("the first instant after a gap is found from the second before it", () => {
    const expression = read("TZ=America/New_York DST=both 30 2 8 3 *");
    const gap = Date.UTC(2026, 2, 8, 7);
    expect(NextFire.next(expression, gap - 1)).toBe(gap);
    expect(NextFire.matches(expression, gap)).toBe(true);
    expect(NextFire.previous(expression, gap + 1)).toBe(gap);
  });
});

it("a job that only people start has no instant", () => {
  const manual = read("@manual");
  for (const at of [0, 1, Date.UTC(2026, 0), Date.UTC(2200, 11, 31, 23, 59, 59)]) {
    expect(NextFire.next(manual, at)).toBeUndefined();
    expect(NextFire.previous(manual, at)).toBeUndefined();
    expect(NextFire.matches(manual, at)).toBe(false);
  }
  expect([...NextFire.between(manual, 0, Infinity)]).toEqual([]);
  expect(NextFire.nextMany(manual, 0, 5)).toEqual([]);
});

describe("any number", () => {
  const expressions = ["* * * * * *", "0 0 29 2 *", "@every 90s", "2026-03-01T09:00:00.250Z", "TZ=Asia/Kolkata @daily"]
    .map((it) => read(it));
  const end = Date.UTC(2201, 0);

  it("outside 1970 to 2200 has no next and no previous", () => {
    for (const expression of expressions) {
      for (const at of [NaN, Infinity, -Infinity, -1, -0.5, end, Number.MAX_VALUE, 8.64e15]) {
        expect(NextFire.next(expression, at)).toBeUndefined();
        expect(NextFire.previous(expression, at)).toBeUndefined();
        expect(NextFire.matches(expression, at)).toBe(false);
        expect([...NextFire.between(expression, at, end)]).toEqual([]);
        expect(NextFire.nextMany(expression, at, 3)).toEqual([]);
      }
    }
  });

  it("at the ends is answered", () => {
    const every = read("* * * * * *");
    expect(NextFire.matches(every, 0)).toBe(true);
    expect(NextFire.next(every, 0)).toBe(1000);
    expect(NextFire.previous(every, 1)).toBe(0);
    expect(NextFire.previous(every, 0)).toBeUndefined();
    expect(NextFire.next(every, end - 1001)).toBe(end - 1000);
    expect(NextFire.next(every, end - 1000)).toBeUndefined();
    expect(NextFire.next(read("0 0 29 2 *"), Date.UTC(2196, 2))).toBeUndefined();
    expect(NextFire.next(read("@every 80000d"), 0)).toBe(80_000 * 86_400_000);
    expect(NextFire.next(read("@every 80000d"), 80_000 * 86_400_000)).toBeUndefined();
  });

  it("between two seconds is answered as the instant that it is", () => {
    const every = read("* * * * * *");
    expect(NextFire.next(every, 999.5)).toBe(1000);
    expect(NextFire.next(every, 1000.5)).toBe(2000);
    expect(NextFire.previous(every, 1000.5)).toBe(1000);
    expect(NextFire.matches(every, 1000.5)).toBe(false);
    const once = read("2026-03-01T09:00:00.250Z");
    const at = Date.UTC(2026, 2, 1, 9, 0, 0, 250);
    expect([NextFire.next(once, at - 1), NextFire.next(once, at), NextFire.previous(once, at + 1)]).toEqual([
      at,
      undefined,
      at,
    ]);
    expect(NextFire.matches(once, at)).toBe(true);
  });

  it("of answers is given when it is a whole number", () => {
    const hourly = read("@hourly");
    expect(NextFire.nextMany(hourly, 0, 3)).toEqual([3_600_000, 7_200_000, 10_800_000]);
    for (const count of [0, -1, NaN, Infinity, 1.5]) expect(NextFire.nextMany(hourly, 0, count)).toEqual([]);
  });
});

describe("between", () => {
  const hourly = read("@hourly");

  it("excludes its start, includes its end, and starts anew each time", () => {
    const fires = NextFire.between(hourly, 3_600_000, 10_800_000);
    expect([...fires]).toEqual([7_200_000, 10_800_000]);
    expect([...fires]).toEqual([7_200_000, 10_800_000]);
    expect([...NextFire.between(hourly, 10_800_000, 3_600_000)]).toEqual([]);
    expect([...NextFire.between(hourly, 0, NaN)]).toEqual([]);
  });

  it("computes only what is asked for", () => {
    const [first] = NextFire.between(read("* * * * * *"), 0, Infinity);
    expect(first).toBe(1000);
  });
});

describe("every", () => {
  it("counts from 1970 whatever the zone and the start", () => {
    const every = read("TZ=Asia/Kolkata @every 90s");
    expect(NextFire.next(every, 89_999)).toBe(90_000);
    expect(NextFire.next(every, 90_000)).toBe(180_000);
    expect(NextFire.previous(every, 90_001)).toBe(90_000);
    expect(NextFire.previous(every, 90_000)).toBe(0);
    expect(NextFire.matches(every, 0)).toBe(true);
  });
});

describe("time", () => {
  it.each(["0 0 29 2 +MON", "0 0 0 31 12 +SUN 2195-2200", "TZ=Africa/Casablanca 0 0 29 2 *"])(
    "is short however distant the answer: %s",
    (text) => {
      // A search by days or minutes takes a thousand times as long; what else the machine does lasts for some of the tries.
      const [near, distant] = [read("* * * * *"), read(text)].map((expression) => {
        const tries = Array.from({ length: 20 }, () => {
          const began = performance.now();
          for (let i = 0; i < 100; i++) NextFire.next(expression, i * 10_000_000_000);
          return performance.now() - began;
        });
        return Math.min(...tries);
      });
      expect((distant ?? Infinity) / (near ?? 0)).toBeLessThan(200);
    },
  );
});
