import * as Equal from "effect/Equal";
import { describe, expect, it } from "vitest";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as NextFire from "../../src/core/schedule/NextFire.ts";

const read = CronExpression.parseUnsafe;
const canonical = (text: string, options?: CronExpression.ParseOptions): string =>
  CronExpression.format(read(text, options));

const failure = (text: string, options?: CronExpression.ParseOptions): CronExpression.CronExpressionError => {
  const result = CronExpression.parse(text, options);
  if (result._tag === "Success") throw new Error(`${JSON.stringify(text)} was read as ${canonical(text, options)}`);
  return result.failure;
};

describe("a text is read", () => {
  it.each([
    ["* * * * *", "* * * * *"],
    ["0 * * * * *", "* * * * *"],
    ["  5\t4 * *  *  ", "5 4 * * *"],
    ["1/10 * * * * *", "1/10 * * * * *"],
    ["1,11,21,31,41,51 * * * * *", "1/10 * * * * *"],
    ["05 007 * * *", "5 7 * * *"],
    ["0 9 * jan-MAR,Dec mOn-FRI", "0 9 * 1-3,12 1-5"],
    ["0 0 * * 7", "0 0 * * 0"],
    ["0 0 * * 0-7", "0 0 * * *"],
    ["0 0 * * 5-7", "0 0 * * 0,5,6"],
    ["0 0 * * FRI-MON", "0 0 * * 0,1,5,6"],
    ["0 0 * * SUN-MON", "0 0 * * 0,1"],
    ["0 0 * * MON-SUN", "0 0 * * *"],
    ["0 22-2 * * *", "0 0-2,22,23 * * *"],
    ["0 22-4/2 * * *", "0-0 0,2,4,22 * * *"],
    ["0 0 30-2 * *", "0 0 1,2,30,31 * *"],
    ["0 0 1 NOV-FEB *", "0 0 1 1,2,11,12 *"],
    ["1-0 * * * *", "* * * * *"],
    ["*/60 * * * *", "0 * * * *"],
    ["0 0 ? * ?", "0 0 * * *"],
    ["0 0 L,15 * *", "0 0 15,L * *"],
    ["0 0 l-3,15w,Lw * *", "0 0 15W,L-3,LW * *"],
    ["0 0 * * 5L", "0 0 * * 5#L"],
    ["0 0 * * FRI#L", "0 0 * * 5#L"],
    ["0 0 * * FRIL", "0 0 * * 5#L"],
    ["0 0 * * fri#2,7#1", "0 0 * * 0#1,5#2"],
    ["0 12 1 * +MON", "0 12 1 * +1"],
    ["0 0 0 1 1 * 2030", "0 0 0 1 1 * 2030"],
    ["0 0 0 1 1 * *", "0 0 1 1 *"],
    ["0 0 0 1 1 * 2197/2,2198", "0 0 0 1 1 * 2197-2199"],
    ["@yearly", "0 0 1 1 *"],
    ["@annually", "0 0 1 1 *"],
    ["@monthly", "0 0 1 * *"],
    ["@weekly", "0 0 * * 0"],
    ["@Daily", "0 0 * * *"],
    ["@midnight", "0 0 * * *"],
    ["@hourly", "0 * * * *"],
    ["@minutely", "* * * * *"],
    ["@every 90s", "@every 1m30s"],
    ["@every 1d2h3m4s", "@every 1d2h3m4s"],
    ["@every 25h", "@every 1d1h"],
    ["2026-03-01T09:00:00Z", "@at 2026-03-01T09:00:00Z"],
    ["@manual", "@manual"],
    ["@Manual ", "@manual"],
    ["TZ=Europe/Berlin @MANUAL", "TZ=Europe/Berlin @manual"],
    // What N begins goes on to Saturday, and Sunday is the first day whether it is called 0 or 7.
    ["0 0 * * 1/2", "0 0 * * 1/2"],
    ["0 0 * * MON/2", "0 0 * * 1/2"],
    ["0 0 * * 7/2", "0 0 * * 0/2"],
    ["0 0 * * SUN/2", "0 0 * * 0/2"],
    ["0 0 * * 6/2", "0 0 * * 6"],
    ["0 0 * * 5-7", "0 0 * * 0,5,6"],
    ["@at 2026-03-01T09:00:00.250+01:00", "@at 2026-03-01T08:00:00.250Z"],
    ["2026-03-01T09:00-05:30", "@at 2026-03-01T14:30:00Z"],
    ["TZ=Europe/Berlin 0 9 * * *", "TZ=Europe/Berlin 0 9 * * *"],
    ["CRON_TZ=Asia/Tokyo\t@daily", "TZ=Asia/Tokyo 0 0 * * *"],
    ["TZ=utc 0 9 * * *", "0 9 * * *"],
    ["TZ=+0530 0 9 * * *", "TZ=+05:30 0 9 * * *"],
    ["TZ=-00:00 0 9 * * *", "0 9 * * *"],
    ["TZ=Europe/Berlin DST=later 30 2 * * *", "TZ=Europe/Berlin DST=later 30 2 * * *"],
    ["DST=default 30 2 * * *", "30 2 * * *"],
  ])("%j as %j", (text, expected) => {
    expect(canonical(text)).toBe(expected);
    expect(CronExpression.equals(read(expected), read(text))).toBe(true);
  });

  it("with its values where fields of fixed times and others differ", () => {
    // The same minutes: but only the second follows elapsed time, so they are not the same schedule.
    expect(canonical("0,1,2,3 3 * * *")).toBe("0,1,2,3 3 * * *");
    expect(canonical("0-3 3 * * *")).toBe("0-3 3 * * *");
    expect(canonical("5-5 3 * * *")).toBe("5-5 3 * * *");
    expect(CronExpression.equals(read("0-3 3 * * *"), read("0,1,2,3 3 * * *"))).toBe(false);
  });

  it("with either day field, unless one begins with a star", () => {
    expect(canonical("0 0 1-31 * MON")).toBe("0 0 * * *");
    expect(canonical("0 0 15 * 0-6")).toBe("0 0 * * *");
    expect(canonical("0 0 */2 * MON")).toBe("0 0 1/2 * +1");
    expect(canonical("0 0 ? * MON")).toBe("0 0 * * 1");
    expect(canonical("0 0 1 * MON")).toBe("0 0 1 * 1");
    expect(canonical("0 0 *,L * MON")).toBe("0 0 * * 1");
  });

  it("into a frozen value of plain data that two clones equal", () => {
    const expression = read("0 9 L * FRI#2", { timeZone: "Europe/Berlin" });
    expect(Object.isFrozen(expression) && Object.isFrozen(expression.plan)).toBe(true);
    expect(CronExpression.equals(structuredClone(expression), expression)).toBe(true);
    expect(Equal.equals(structuredClone(expression), expression)).toBe(true);
    expect(CronExpression.isCronExpression(structuredClone(expression))).toBe(true);
    expect([null, 1, "* * * * *", {}, { _tag: "Cron" }].some(CronExpression.isCronExpression)).toBe(false);
    for (
      const other of [
        "TZ=UTC 0 9 L * FRI#2",
        "TZ=Europe/Berlin DST=skip 0 9 L * FRI#2",
        "TZ=Europe/Berlin 0 9 L * FRI#3",
      ]
    ) {
      expect(CronExpression.equals(read(other), expression), other).toBe(false);
    }
  });

  it("with prefixes before options", () => {
    expect(read("TZ=Asia/Tokyo @daily", { timeZone: "UTC" }).timeZone).toBe("Asia/Tokyo");
    expect(read("@daily", { timeZone: "Asia/Tokyo", dst: "both" })).toMatchObject({
      timeZone: "Asia/Tokyo",
      dst: "both",
    });
  });
});

describe("H", () => {
  const at = (text: string, jobName: string): string => canonical(text, { jobName });

  it("is the same for the same job, spread over jobs, and not the same in all fields", () => {
    expect(at("H H * * *", "a")).toBe(at("H H * * *", "a"));
    const minutes = new Set(Array.from({ length: 300 }, (_, i) => at("H * * * *", `job-${i}`).split(" ")[0]));
    expect(minutes.size).toBeGreaterThan(55);
    const equal = Array.from({ length: 300 }, (_, i) => at("H H * * * *", `job-${i}`).split(" "))
      .filter(([second, minute]) => second === minute);
    expect(equal.length).toBeLessThan(20);
  });

  it("stays in its range, counts by its step and comes every month", () => {
    for (let i = 0; i < 200; i++) {
      const jobName = `job-${i}`;
      expect(Number(at("H(10-19) 5 * * *", jobName).split(" ")[0])).toSatisfy((it: number) => it >= 10 && it <= 19);
      expect(Number(at("0 0 H * *", jobName).split(" ")[2])).toBeLessThanOrEqual(28);
      const fires = NextFire.nextMany(read("H/15 * * * *", { jobName }), 0, 5).map((it) => it / 60_000);
      expect(fires.map((it, n) => it - fires[0]! - n * 15)).toEqual([0, 0, 0, 0, 0]);
    }
  });

  it("has these values for ever: another hash would move every job", () => {
    expect(at("H H H * * *", "billing")).toBe("50 55 5 * * *");
    expect(at("H(0-29)/10 H H H H", "reports")).toBe("4-24/10 18 7 10 2");
  });
});

describe("a text is refused", () => {
  it.each<[string, CronExpression.CronField, string, number]>([
    ["", "expression", "", 0],
    [" \t ", "expression", "", 3],
    ["* * * *", "expression", "* * * *", 0],
    ["* * * * * * * *", "expression", "* * * * * * * *", 0],
    ["*\n* * * *", "expression", "*\n* * * *", 0],
    ["60 * * * *", "minutes", "60", 0],
    ["2040-2030 * * * *", "minutes", "2040-2030", 0],
    ["0 24 * * *", "hours", "24", 2],
    ["0 0 0 * *", "days", "0", 4],
    ["0 0 32 * *", "days", "32", 4],
    ["0 0 * 13 *", "months", "13", 6],
    ["0 0 * 0 *", "months", "0", 6],
    ["0 0 * * 8", "weekdays", "8", 8],
    ["60 * * * * *", "seconds", "60", 0],
    ["0 0 0 1 1 * 1969", "years", "1969", 12],
    ["0 0 0 1 1 * 2201", "years", "2201", 12],
    ["0 0 0 1 1 * 2030-2028", "years", "2030-2028", 12],
    ["0 0 0 1 1 * H", "years", "H", 12],
    ["*/0 * * * *", "minutes", "*/0", 0],
    ["*/61 * * * *", "minutes", "*/61", 0],
    ["*/1e3 * * * *", "minutes", "*/1e3", 0],
    ["0x10 * * * *", "minutes", "0x10", 0],
    ["5x * * * *", "minutes", "5x", 0],
    ["1.5 * * * *", "minutes", "1.5", 0],
    ["-1 * * * *", "minutes", "-1", 0],
    ["+1 * * * *", "minutes", "+1", 0],
    ["0,,1 * * * *", "minutes", "", 2],
    ["0, * * * *", "minutes", "", 2],
    ["1,2,99 * * * *", "minutes", "99", 4],
    ["1-2-3 * * * *", "minutes", "1-2-3", 0],
    ["*-5 * * * *", "minutes", "*-5", 0],
    ["/5 * * * *", "minutes", "/5", 0],
    ["1//2 * * * *", "minutes", "1//2", 0],
    ["00000 * * * *", "minutes", "00000", 0],
    ["٣ * * * *", "minutes", "٣", 0],
    ["５ * * * *", "minutes", "５", 0],
    ["\0 * * * *", "minutes", "\0", 0],
    ["? * * * *", "minutes", "?", 0],
    ["L * * * *", "minutes", "L", 0],
    ["W * * * *", "minutes", "W", 0],
    ["0 0 15#2 * *", "days", "15#2", 4],
    ["0 0 W * *", "days", "W", 4],
    ["0 0 1-15W * *", "days", "1-15W", 4],
    ["0 0 32W * *", "days", "32W", 4],
    ["0 0 0W * *", "days", "0W", 4],
    ["0 0 L-31 * *", "days", "L-31", 4],
    ["0 0 ?/2 * *", "days", "?/2", 4],
    ["0 0 MON * *", "days", "MON", 4],
    ["0 0 * JANUARY *", "months", "JANUARY", 6],
    ["0 0 * ANF *", "months", "ANF", 6],
    ["0 0 * * L", "weekdays", "L", 8],
    ["0 0 * * 15W", "weekdays", "15W", 8],
    ["0 0 * * FRI#6", "weekdays", "FRI#6", 8],
    ["0 0 * * FRI#0", "weekdays", "FRI#0", 8],
    ["0 0 * * FRI#", "weekdays", "FRI#", 8],
    ["0 0 * * #2", "weekdays", "#2", 8],
    ["0 0 * * 8L", "weekdays", "8L", 8],
    ["0 0 * * MON,+TUE", "weekdays", "+TUE", 12],
    ["0 0 * * JAN", "weekdays", "JAN", 8],
    ["__proto__ * * * *", "minutes", "__proto__", 0],
    ["@reboot", "expression", "@reboot", 0],
    ["@fortnightly", "expression", "@fortnightly", 0],
    ["@constructor", "expression", "@constructor", 0],
    ["@daily 0 0 * * *", "expression", "@daily 0 0 * * *", 0],
    ["@every", "expression", "", 6],
    ["@manual 5", "expression", "@manual 5", 0],
    ["@manually", "expression", "@manually", 0],
    ["@at 2026-02-30T00:00:00Z", "expression", "2026-02-30T00:00:00Z", 4],
    ["@at 2026-13-01T00:00:00Z", "expression", "2026-13-01T00:00:00Z", 4],
    ["@at 2026-01-01T24:00:00Z", "expression", "2026-01-01T24:00:00Z", 4],
    ["@at 2026-01-01T09:00.5Z", "expression", "2026-01-01T09:00.5Z", 4],
    ["@every 0s", "expression", "0s", 7],
    ["@every -5s", "expression", "-5s", 7],
    ["@every 1.5h", "expression", "1.5h", 7],
    ["@every 500ms", "expression", "500ms", 7],
    ["@every 1s1h", "expression", "1s1h", 7],
    ["@every NaN", "expression", "NaN", 7],
    ["@every 9999999999s", "expression", "9999999999s", 7],
    ["@every  5", "expression", "5", 8],
    ["2026-02-30T00:00:00Z", "expression", "2026-02-30T00:00:00Z", 0],
    ["2026-03-01T24:00:00Z", "expression", "2026-03-01T24:00:00Z", 0],
    ["2026-03-01T09:00:00", "expression", "2026-03-01T09:00:00", 0],
    ["@at 1969-12-31T23:59:59Z", "expression", "1969-12-31T23:59:59Z", 4],
    ["@at 2201-01-01T00:00:00Z", "expression", "2201-01-01T00:00:00Z", 4],
    ["@at 2026-03-01T09:00:00+24:00", "expression", "2026-03-01T09:00:00+24:00", 4],
    ["TZ= * * * * *", "timeZone", "", 3],
    [" CRON_TZ=Mars/Olympus * * * * *", "timeZone", "Mars/Olympus", 9],
    ["TZ=UTC+25 * * * * *", "timeZone", "UTC+25", 3],
    ["TZ=+24:00 * * * * *", "timeZone", "+24:00", 3],
    ["TZ=IST * * * * *", "timeZone", "IST", 3],
    ["TZ=../etc/passwd * * * * *", "timeZone", "../etc/passwd", 3],
    ["TZ=UTC", "expression", "TZ=UTC", 0],
    ["TZ=UTC \t", "expression", "TZ=UTC", 0],
    ["TZ=UTC DST=never * * * * *", "dst", "never", 11],
    // Days that never come.
    ["0 0 30 2 *", "days", "30", 4],
    ["0 0 31 4,6 *", "days", "31", 4],
    ["0 0 0 29 2 * 2025-2027", "days", "29", 6],
    ["0 0 0 29 2 * 2100", "days", "29", 6],
    ["0 0 31W 2,4 *", "days", "31W", 4],
    ["0 0 L-30 2,4 *", "days", "L-30", 4],
    ["0 0 8 * +MON#1", "days", "8", 4],
    ["0 0 0 * 2 MON#5 2026-2027", "days", "*", 6],
  ])("%j: %s %j at %i", (text, field, piece, position) => {
    const error = failure(text);
    expect({ field: error.field, text: error.text, position: error.position }).toEqual({
      field,
      text: piece,
      position,
    });
    expect(error._tag).toBe("CronExpressionError");
    expect(text.slice(position).startsWith(piece)).toBe(true);
    expect(error.message).toContain(`${field}: ${JSON.stringify(piece)} at position ${position}`);
    expect(error.message).toContain(error.allowed);
    expect(() => read(text)).toThrow(error.message);
  });

  it("for a wrong option", () => {
    expect(failure("@daily", { timeZone: "Nowhere" })).toMatchObject({
      field: "timeZone",
      text: "Nowhere",
      position: 0,
    });
    expect(failure("@daily", { timeZone: 5 as never })).toMatchObject({ field: "timeZone", text: "number" });
    expect(failure("@daily", { dst: "sometimes" as never })).toMatchObject({ field: "dst", text: "sometimes" });
    expect(failure("@daily", { jobName: {} as never })).toMatchObject({ field: "jobName", text: "object" });
    for (const field of ["timeZone", "dst", "jobName"]) {
      expect(failure("@daily", { [field]: null })).toMatchObject({ field, text: "null" });
      expect(failure("@daily", { [field]: ["UTC"] })).toMatchObject({ field, text: "object" });
      expect(CronExpression.parse("@daily", { [field]: undefined })._tag).toBe("Success");
    }
    for (const options of [null, "Europe/Berlin", 5, true, Symbol("UTC")]) {
      expect(failure("@daily", options as never)).toMatchObject({ field: "options", allowed: "an object" });
    }
    expect(failure("@daily", { tz: "Europe/Berlin" } as never)).toMatchObject({
      field: "options",
      text: "tz",
      allowed: "timeZone, dst, jobName",
    });
    expect(failure("H * * * *").allowed).toContain("jobName");
    expect(failure("H(5-2) * * * *", { jobName: "a" }).field).toBe("minutes");
    expect(failure("H/61 * * * *", { jobName: "a" }).field).toBe("minutes");
    for (const value of [undefined, null, 5, {}, { toString: () => "* * * * *" }]) {
      expect(failure(value as never).field).toBe("expression");
    }
  });

  it("with a short message, however long it is", () => {
    for (
      const text of [
        "x".repeat(10_000),
        `${"x".repeat(900)} * * * *`,
        `TZ=${"x".repeat(900)} * * * * *`,
        ",".repeat(999),
      ]
    ) {
      expect(failure(text).message.length).toBeLessThan(600);
    }
  });

  it("or read, in little time, when it is a long list", () => {
    const list = Array.from({ length: 300 }, (_, i) => i % 60).join(",");
    expect(canonical(`${list} * * * *`)).toBe("* * * * *");
    const began = performance.now();
    for (let i = 0; i < 100; i++) CronExpression.parse("0 0 0 30 2 +FRI#1 1970-2200");
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe("a schedule is described", () => {
  it.each([
    ["* * * * *", "every minute, UTC"],
    ["*/5 * * * *", "every 5 minutes, UTC"],
    ["1/10 * * * * *", "every 10 seconds from 1, UTC"],
    ["0 * * * *", "every hour, UTC"],
    ["TZ=Europe/Berlin 0 9 * * MON-FRI", "at 09:00 on Monday to Friday, Europe/Berlin"],
    ["30 2 1,15 * *", "at 02:30 on the 1st and 15th of the month, UTC"],
    ["0 0 29 2 *", "at 00:00 on the 29th in February, UTC"],
    ["0 12 1 * +MON", "at 12:00 on the 1st of the month if it is Monday, UTC"],
    ["0 12 1 * MON", "at 12:00 on the 1st of the month or Monday, UTC"],
    ["0 0 L-3,15W * *", "at 00:00 on 3 days before the last and the working day nearest to the 15th of the month, UTC"],
    ["0 0 * * FRI#2,5L", "at 00:00 on the second Friday and the last Friday of the month, UTC"],
    ["*/7 9-17 * * *", "every 7 minutes of hours 9 to 17, UTC"],
    ["* * 9 * * *", "every second of hour 9, UTC"],
    ["0 0 0 1 1 * 2026-2030", "at 00:00 on the 1st in January in 2026 to 2030, UTC"],
    ["@every 90s", "every 1m30s, counted from 1970-01-01T00:00:00Z"],
    ["2026-03-01T09:00:00Z", "once at 2026-03-01T09:00:00Z"],
    ["@manual", "only when somebody starts it"],
  ])("%j as %j", (text, expected) => expect(CronExpression.describe(read(text))).toBe(expected));
});
