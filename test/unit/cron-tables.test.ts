/**
 * What other crons promise, as facts: each row is a schedule, an instant and the answer there. Where ours differs on
 * purpose, the row says so and why.
 */
import { describe, expect, it } from "vitest";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as NextFire from "../../src/core/schedule/NextFire.ts";

const read = CronExpression.parseUnsafe;
const utc = (text: string): number => Date.parse(`${text.replace(" ", "T")}${text.length > 10 ? "" : "T00:00"}Z`);
const shown = (instant: number | undefined): string =>
  instant === undefined ? "never" : new Date(instant).toISOString().slice(0, 19).replace("T", " ").replace(/:00$/, "");

type Row = readonly [text: string, at: string, due: boolean];
type NextRow = readonly [text: string, after: string, next: string];

const isDue = ([text, at, due]: Row): void =>
  expect(NextFire.matches(read(text), utc(at)), `${text} at ${at}`).toBe(due);
const comesNext = ([text, after, next]: NextRow): void =>
  expect(shown(NextFire.next(read(text), utc(after))), `${text} after ${after}`).toBe(next);

describe("robfig/cron, the cron of dcron", () => {
  it.each<Row>([
    ["0/15 * * * *", "2012-07-09 15:00", true],
    ["0/15 * * * *", "2012-07-09 15:45", true],
    ["0/15 * * * *", "2012-07-09 15:40", false],
    ["5/15 * * * *", "2012-07-09 15:05", true],
    ["5/15 * * * *", "2012-07-09 15:20", true],
    ["5/15 * * * *", "2012-07-09 15:50", true],
    ["0/15 * * Jul *", "2012-07-15 15:00", true],
    ["0/15 * * Jun *", "2012-07-15 15:00", false],
    ["30 08 ? Jul Sun", "2012-07-15 08:30", true],
    ["30 08 15 Jul ?", "2012-07-15 08:30", true],
    ["30 08 ? Jul Sun", "2012-07-16 08:30", false],
    ["30 08 15 Jul ?", "2012-07-16 08:30", false],
    ["@hourly", "2012-07-09 15:00", true],
    ["@hourly", "2012-07-09 15:04", false],
    ["@daily", "2012-07-09 15:00", false],
    ["@daily", "2012-07-09 00:00", true],
    ["@weekly", "2012-07-09 00:00", false],
    ["@weekly", "2012-07-08 00:00", true],
    ["@weekly", "2012-07-08 01:00", false],
    ["@monthly", "2012-07-08 00:00", false],
    ["@monthly", "2012-07-01 00:00", true],
    ["* * 1,15 * Sun", "2012-07-15 00:00", true],
    ["* * 1,15 * Sun", "2012-06-15 00:00", true],
    ["* * 1,15 * Sun", "2012-08-01 00:00", true],
    ["* * * * Mon", "2012-07-15 00:00", false],
    ["* * 1,15 * *", "2012-07-09 00:00", false],
    ["* * 1,15 * *", "2012-07-15 00:00", true],
    ["* * */2 * Sun", "2012-07-15 00:00", true],
    // Version 3 takes */10 for no star, so the Sunday would do. Here, as in Vixie's cron, in OCPS and in robfig's own
    // versions before 3, what begins with a star is one, and the 15th is not among the days.
    ["* * */10 * Sun", "2012-07-15 00:00", false],
  ])("%s at %s: %s", (...row) => isDue(row));

  it.each<NextRow>([
    ["0/15 * * * *", "2012-07-09 14:45", "2012-07-09 15:00"],
    ["0/15 * * * *", "2012-07-09 14:59", "2012-07-09 15:00"],
    ["0/15 * * * *", "2012-07-09 14:59:59", "2012-07-09 15:00"],
    ["20-35/15 * * * *", "2012-07-09 15:45", "2012-07-09 16:20"],
    ["*/15 * * * *", "2012-07-09 23:46", "2012-07-10 00:00"],
    ["20-35/15 * * * *", "2012-07-09 23:45", "2012-07-10 00:20"],
    ["15/35 20-35/15 * * * *", "2012-07-09 23:35:51", "2012-07-10 00:20:15"],
    ["15/35 20-35/15 1/2 * * *", "2012-07-09 23:35:51", "2012-07-10 01:20:15"],
    ["15/35 20-35/15 10-12 * * *", "2012-07-09 23:35:51", "2012-07-10 10:20:15"],
    ["15/35 20-35/15 1/2 */2 * *", "2012-07-09 23:35:51", "2012-07-11 01:20:15"],
    ["15/35 20-35/15 * 9-20 * *", "2012-07-09 23:35:51", "2012-07-10 00:20:15"],
    ["15/35 20-35/15 * 9-20 Jul *", "2012-07-09 23:35:51", "2012-07-10 00:20:15"],
    ["0 0 0 9 Apr-Oct ?", "2012-07-09 23:35", "2012-08-09 00:00"],
    // The two day fields: any Monday or any fifth day there (version 3), both here; see above.
    ["0 0 0 */5 Apr,Aug,Oct Mon", "2012-07-09 23:35", "2012-08-06 00:00"],
    ["0 0 0 */5 Oct Mon", "2012-07-09 23:35", "2012-10-01 00:00"],
    ["0 0 0 * Feb Mon", "2012-07-09 23:35", "2013-02-04 00:00"],
    ["0 0 0 * Feb Mon/2", "2012-07-09 23:35", "2013-02-01 00:00"],
    ["0 * * * * *", "2012-12-31 23:59:45", "2013-01-01 00:00"],
    ["0 0 0 29 Feb ?", "2012-07-09 23:35", "2016-02-29 00:00"],
    ["TZ=America/New_York 0 0 * * *", "2012-07-09 04:00", "2012-07-10 04:00"],
    ["TZ=Asia/Tokyo  @midnight", "2012-07-09 00:00", "2012-07-09 15:00"],
    // The second step of a range may pass its end; N/step runs to the greatest value.
    ["0 0 0 ? * 5-6/2", "2012-07-09", "2012-07-13 00:00"],
    // There the phase of @every is the moment of the start; in a fleet that would differ from node to node.
    ["@every 5m", "2012-07-09 14:47:11", "2012-07-09 14:50"],
    // A night that the clocks change: there 02:30 is lost in the gap and 01:30 runs twice. Here neither.
    ["TZ=America/New_York 0 30 2 11 Mar ?", "2012-03-11 05:00", "2012-03-11 07:00"],
    ["TZ=America/New_York 0 30 1 04 Nov ?", "2012-11-04 05:45", "2013-11-04 06:30"],
    ["TZ=America/New_York DST=both 0 30 1 04 Nov ?", "2012-11-04 05:45", "2012-11-04 06:30"],
    ["TZ=America/New_York DST=skip 0 30 2 11 Mar ?", "2012-03-11 05:00", "2013-03-11 06:30"],
  ])("%s after %s: %s", (...row) => comesNext(row));

  it.each([
    // Read there as a schedule that never fires; refused here.
    "0 0 0 30 Feb ?",
    "0 0 0 31 Apr ?",
    "xyz",
    "60 0 * * *",
    "0 60 * * *",
    "0 0 * * XYZ",
    "5--5 * * * *",
    "jan-x * * * *",
    "*/-12 * * * *",
    "*//2 * * * *",
    "@unrecognized",
    // `?` in other fields than those of days is a star there; it means nothing to anybody else.
    "? * * * *",
  ])("%s is refused", (text) => expect(CronExpression.parse(text)._tag).toBe("Failure"));

  it.each([
    // A descending range is an error there; here it wraps.
    ["59-3 * * * *", "0-3,59 * * * *"],
    // Fractions and milliseconds of @every are refused here, seven fields are read.
    ["0 0 0 1 1 ? 2026", "0 0 0 1 1 * 2026"],
  ])("%s is read, unlike there", (text, canonical) => expect(CronExpression.format(read(text))).toBe(canonical));
});

describe("Vixie's cron, its manual", () => {
  it.each<NextRow>([
    ["5 0 * * *", "2026-01-01 00:05", "2026-01-02 00:05"],
    ["15 14 1 * *", "2026-01-01 14:15", "2026-02-01 14:15"],
    ["0 22 * * 1-5", "2026-01-02 22:00", "2026-01-05 22:00"],
    ["23 0-23/2 * * *", "2026-01-01 00:23", "2026-01-01 02:23"],
    ["5 4 * * sun", "2026-01-01", "2026-01-04 04:05"],
    ["30 4 1,15 * 5", "2026-01-01", "2026-01-01 04:30"],
    ["30 4 1,15 * 5", "2026-01-01 04:30", "2026-01-02 04:30"],
    ["30 4 1,15 * 5", "2026-01-09 04:30", "2026-01-15 04:30"],
    ["0 4 8-14 * *", "2026-01-01", "2026-01-08 04:00"],
    ["0 8-11 * * *", "2026-01-01 10:30", "2026-01-01 11:00"],
    ["0 0-4,8-12 * * *", "2026-01-01 04:00", "2026-01-01 08:00"],
    ["0 */2 * * *", "2026-01-01 22:00", "2026-01-02 00:00"],
    ["0 0 * * 0", "2026-01-01", "2026-01-04 00:00"],
    ["0 0 * * 7", "2026-01-01", "2026-01-04 00:00"],
    ["@yearly", "2026-01-01", "2027-01-01 00:00"],
    ["@annually", "2026-01-01", "2027-01-01 00:00"],
    // "*/2" begins with a star, so both fields must match: Fridays with an odd date.
    ["0 0 */2 * 5", "2026-01-01", "2026-01-09 00:00"],
  ])("%s after %s: %s", (...row) => comesNext(row));

  // Jobs of the start of a machine have no meaning in a fleet.
  it("@reboot is refused", () => expect(CronExpression.parse("@reboot")._tag).toBe("Failure"));
});

describe("OCPS 1.0 to 1.4", () => {
  it.each<Row>([
    ["15 10 * * *", "2025-03-10 10:15", true],
    ["15 10 * * *", "2025-03-10 10:14", false],
    ["15 10 * * *", "2025-03-10 10:15:30", false],
    ["30 8 * jan Mon", "2025-01-06 08:30", true],
    ["30 8 * jan Mon", "2025-02-03 08:30", false],
    ["5-59/15 9 * * *", "2025-03-10 09:05", true],
    ["5-59/15 9 * * *", "2025-03-10 09:50", true],
    ["5-59/15 9 * * *", "2025-03-10 09:15", false],
    ["0 12 1 * MON", "2025-10-01 12:00", true],
    ["0 12 1 * MON", "2025-10-06 12:00", true],
    ["0 12 1 * MON", "2025-10-07 12:00", false],
    ["0 12 * * MON", "2025-10-06 12:00", true],
    ["0 12 * * MON", "2025-10-07 12:00", false],
    ["0 12 1-31 * MON", "2025-10-07 12:00", true],
    ["0 12 1-31 * MON", "2025-10-08 11:00", false],
    ["@yearly", "2026-01-01", true],
    ["@yearly", "2026-01-02", false],
    ["@monthly", "2026-02-01", true],
    ["@weekly", "2025-10-05", true],
    ["@weekly", "2025-10-06", false],
    ["@daily", "2025-10-07 00:01", false],
    ["@hourly", "2025-10-07 10:00", true],
    ["30 15 10 * * *", "2025-03-10 10:15:30", true],
    ["30 15 10 * * *", "2025-03-10 10:15:29", false],
    ["0 15 10 * * * 2025", "2025-03-10 10:15", true],
    ["0 15 10 * * * 2025", "2026-03-10 10:15", false],
    ["0 0 0 1 1 * 1970-2199/2", "2026-01-01", true],
    ["0 0 0 1 1 * 1970-2199/2", "2025-01-01", false],
    ["0 0 L * *", "2025-02-28", true],
    ["0 0 L * *", "2025-02-27", false],
    ["0 0 * * FRI#L", "2025-02-28", true],
    ["0 0 * * FRI#L", "2025-02-21", false],
    ["0 0 * * TUE#3", "2025-06-17", true],
    ["0 0 * * TUE#3", "2025-06-10", false],
    ["0 12 15W * *", "2025-06-16 12:00", true],
    ["0 12 15W * *", "2025-06-15 12:00", false],
    ["0 12 1W * *", "2025-02-03 12:00", true],
    ["0 12 1W * *", "2025-02-01 12:00", false],
    ["0 12 1 * +MON", "2025-09-01 12:00", true],
    ["0 12 1 * +MON", "2025-09-08 12:00", false],
    ["0 12 1 * +MON", "2025-10-01 12:00", false],
  ])("%s at %s: %s", (...row) => isDue(row));

  it.each(["60 0 * * *", "0 0 /30 * *", "@daily 0 0 * * *", "0 12 1-15W * *", "0 12 +1 * MON", "? 12 * * *"])(
    "%s is refused",
    (text) => expect(CronExpression.parse(text)._tag).toBe("Failure"),
  );

  it.each([
    // Refused there: descending ranges, nicknames in other case. Wrapping and any case were asked for.
    ["0 0 10-5 * *", "Success"],
    ["@Daily", "Success"],
    // Accepted there: what can never come. A job that never runs is a mistake better heard of early.
    ["* * 31 2 *", "Failure"],
    ["@reboot", "Failure"],
  ])("%s: %s, unlike there", (text, result) => expect(CronExpression.parse(text)._tag).toBe(result));
});

// Numbers of weekdays are one lower here than in Quartz, where Sunday is 1; names are the same.
describe("Quartz, its tutorial and reference", () => {
  it.each<NextRow>([
    ["0 0 12 * * ?", "2026-01-01 12:00", "2026-01-02 12:00"],
    ["0 15 10 ? * *", "2026-01-01", "2026-01-01 10:15"],
    ["0 15 10 * * ? 2005", "2005-12-31 10:15", "never"],
    ["0 * 14 * * ?", "2026-01-01 14:59", "2026-01-02 14:00"],
    ["0 0/5 14 * * ?", "2026-01-01 14:55", "2026-01-02 14:00"],
    ["0 0/5 14,18 * * ?", "2026-01-01 14:55", "2026-01-01 18:00"],
    ["0 0-5 14 * * ?", "2026-01-01 14:05", "2026-01-02 14:00"],
    ["0 10,44 14 ? 3 WED", "2026-03-04 14:10", "2026-03-04 14:44"],
    ["0 15 10 ? * MON-FRI", "2026-01-02 10:15", "2026-01-05 10:15"],
    ["0 15 10 15 * ?", "2026-01-15 10:15", "2026-02-15 10:15"],
    ["0 15 10 L * ?", "2026-01-31 10:15", "2026-02-28 10:15"],
    ["0 15 10 L * ?", "2028-01-31 10:15", "2028-02-29 10:15"],
    ["0 15 10 L-2 * ?", "2026-02-01", "2026-02-26 10:15"],
    ["0 15 10 ? * 5L", "2026-01-01", "2026-01-30 10:15"],
    ["0 15 10 ? * FRIL 2002-2005", "2005-12-01", "2005-12-30 10:15"],
    ["0 15 10 ? * FRIL 2002-2005", "2005-12-30 10:15", "never"],
    ["0 15 10 ? * 5#3", "2026-01-01", "2026-01-16 10:15"],
    ["0 0 12 1/5 * ?", "2026-01-01 12:00", "2026-01-06 12:00"],
    ["0 0 12 1/5 * ?", "2026-01-31 12:00", "2026-02-01 12:00"],
    ["0 11 11 11 11 ?", "2026-01-01", "2026-11-11 11:11"],
    // 15W: the 15th is a Saturday, a Sunday, a Tuesday.
    ["0 0 0 15W * ?", "2026-08-01", "2026-08-14 00:00"],
    ["0 0 0 15W * ?", "2026-03-01", "2026-03-16 00:00"],
    ["0 0 0 15W * ?", "2026-09-01", "2026-09-15 00:00"],
    // Within the month: the 1st is a Saturday, the 31st a Sunday.
    ["0 0 0 1W * ?", "2026-07-31", "2026-08-03 00:00"],
    ["0 0 0 31W * ?", "2026-05-02", "2026-05-29 00:00"],
    ["0 0 0 LW * ?", "2026-05-02", "2026-05-29 00:00"],
    ["0 0 0 L-3W * ?", "2026-02-01", "2026-02-25 00:00"],
    // No 31st: nothing that month, not the month's last working day.
    ["0 0 0 31W * ?", "2026-05-29", "2026-07-31 00:00"],
    // Not every month has a fifth Monday.
    ["0 0 0 ? * MON#5", "2026-01-01", "2026-03-30 00:00"],
    ["0 0 22-2 * * ?", "2026-01-01 23:00", "2026-01-02 00:00"],
    ["0 0 0 1 NOV-FEB ?", "2026-03-01", "2026-11-01 00:00"],
    ["0 0 0 ? * SAT-TUE", "2026-01-01", "2026-01-03 00:00"],
    // "L" with others in a list, which Quartz refuses.
    ["0 0 0 L,15 * ?", "2026-01-15", "2026-01-31 00:00"],
  ])("%s after %s: %s", (...row) => comesNext(row));

  it.each([
    // A bare L for Saturday, C, and a star beside a weekday for "any day" are not read or mean something else.
    "0 0 0 ? * L",
    "0 0 0 5C * ?",
    "0 0 0 ? * FRI#6",
  ])("%s is refused", (text) => expect(CronExpression.parse(text)._tag).toBe("Failure"));
});
