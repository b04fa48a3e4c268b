/**
 * The strict reader of a whole expression: prefixes, nicknames and the split into fields.
 *
 * @module
 */
import { CronExpressionError } from "./CronExpressionError.ts";
import { type FieldSet, fieldSpecs, keep } from "./fieldSet.ts";
import { allDays, allWeekdays, type Plan, type Wall } from "./plan.ts";
import { readField } from "./readField.ts";
import { readEvery, readOnce } from "./readInstant.ts";
import { dayFrom } from "./wall.ts";

/** What a text says: its prefixes and its plan. */
export interface Reading {
  readonly timeZone: string | undefined;
  readonly dst: string | undefined;
  readonly startAt: number | undefined;
  readonly endAt: number | undefined;
  readonly plan: Plan;
}

/** The most characters an expression may have. */
export const longest = 1000;

/** What `@manual` stands for: not for fields. */
const never = "@";

const nicknames: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
  "@minutely": "* * * * *",
  "@manual": never,
};

const allowedTexts = "5 fields (minutes hours days months weekdays), 6 (seconds first), 7 (years last), " +
  `${Object.keys(nicknames).join(", ")}, @every 90s, @at with an instant`;

/** Sets already read, one table per field: a fleet's fields are few, its expressions many. */
const known: ReadonlyArray<Map<string, FieldSet>> = fieldSpecs.map(() => new Map());

const fieldOf = (
  index: number,
  text: string,
  at: number,
  source: string,
  jobName: string | undefined,
): FieldSet => {
  const table = known[index]!;
  const found = table.get(text);
  if (found !== undefined) return found;
  const set = readField(index, text, at, source, jobName);
  // What H stands for depends on the job.
  return /h/i.test(text) ? set : keep(table, text, set);
};

const planOf = (sets: ReadonlyArray<FieldSet>): Wall => {
  const [seconds, minutes, hours, days, months, weekdays, years] = sets as [
    FieldSet,
    FieldSet,
    FieldSet,
    FieldSet,
    FieldSet,
    FieldSet,
    FieldSet?,
  ];
  const either = !days.star && !weekdays.star && !weekdays.and;
  const isEveryDay = either && (days.low === allDays || weekdays.low === allWeekdays);
  const special = days.special && weekdays.special
    ? Object.freeze({ ...days.special, ordinals: weekdays.special.ordinals })
    : days.special ?? weekdays.special;
  return {
    _tag: "Wall",
    secondsLow: seconds.low,
    secondsHigh: seconds.high,
    minutesLow: minutes.low,
    minutesHigh: minutes.high,
    hours: hours.low,
    days: isEveryDay ? allDays : days.low,
    months: months.low,
    weekdays: isEveryDay ? allWeekdays : weekdays.low,
    either: either && !isEveryDay,
    elapsed: minutes.steps || hours.steps,
    years: years?.years,
    special: isEveryDay ? undefined : special,
  };
};

const refused = (body: string, at: number, source: string): CronExpressionError =>
  new CronExpressionError("expression", body, at, allowedTexts, source);

const readFields = (body: string, at: number, source: string, jobName: string | undefined): Wall => {
  const fields: Array<[text: string, at: number]> = [];
  let start = at;
  for (const text of body.split(/[ \t]/)) {
    if (text !== "") fields.push([text, start]);
    start += text.length + 1;
  }
  if (fields.length === 5) fields.unshift(["0", at]);
  if (fields.length < 6 || fields.length > 7) throw refused(body, at, source);
  const plan = planOf(fields.map(([text, start], i) => fieldOf(i, text, start, source, jobName)));
  // The 30th of February.
  if (dayFrom(plan, 0) === Infinity) {
    const allowed = "a day that these months and years have";
    throw new CronExpressionError("days", ...fields[3]!, allowed, source);
  }
  return plan;
};

const readBody = (body: string, at: number, source: string, jobName: string | undefined): Plan => {
  if (/^\d{4}-\d\d-/.test(body)) return readOnce(body, at, source);
  // Nothing that every object has begins with an @.
  const fields = body.startsWith("@") ? nicknames[body.toLowerCase()] : body;
  if (fields === never) return { _tag: "Manual" };
  if (fields !== undefined) return readFields(fields, at, source, jobName);
  const match = /^@(?:every|(at))(?:[ \t]+(.*))?$/is.exec(body);
  if (match === null) throw refused(body, at, source);
  const [, once, text = ""] = match;
  return (once === undefined ? readEvery : readOnce)(text, at + body.length - text.length, source);
};

const prefixes = new RegExp(
  "^[ \\t]*" + ["(?:CRON_)?TZ", "DST", "START", "END"].map((it) => `(?:${it}=([^ \\t]*)[ \\t]+(?=[^ \\t]))?`).join(""),
);

/**
 * Reads a whole expression.
 *
 * @throws {CronExpressionError} for whatever is not understood, is out of range or never comes.
 */
export const readText = (source: string, jobName: string | undefined): Reading => {
  if (source.length > longest) {
    throw new CronExpressionError("expression", source, 0, `${longest} characters`, source);
  }
  const [{ length }, timeZone, dst, start, end] = prefixes.exec(source) as unknown as [
    string,
    ...Array<string | undefined>,
  ];
  const bound = (field: "startAt" | "endAt", name: string, text: string | undefined) =>
    text === undefined ? text : readOnce(text, source.indexOf(name) + name.length, source, field).atMs;
  return {
    timeZone,
    dst,
    startAt: bound("startAt", "START=", start),
    endAt: bound("endAt", "END=", end),
    plan: readBody(source.slice(length).replace(/[ \t]+$/, ""), length, source, jobName),
  };
};
