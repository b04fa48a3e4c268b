/**
 * The strict reader of a whole expression: prefixes, nicknames and the split into fields.
 *
 * @module
 */
import { CronExpressionError } from "./CronExpressionError.ts";
import { type FieldSet, fieldSpecs } from "./fieldSet.ts";
import { allDays, allWeekdays, type Plan, type SpecialDays, type Wall } from "./plan.ts";
import { readField } from "./readField.ts";
import { readEvery, readOnce } from "./readInstant.ts";
import { isPossible } from "./wall.ts";

/** What a text says: its prefixes and its plan. */
export interface Reading {
  readonly timeZone: string | undefined;
  readonly timeZoneAt: number;
  readonly dst: string | undefined;
  readonly dstAt: number;
  readonly plan: Plan;
}

/** The most characters an expression may have. */
export const longest = 1000;

const nicknames: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
  "@minutely": "* * * * *",
};

const allowedNicknames = `${Object.keys(nicknames).join(", ")}, @every 90s or @at with an instant`;

/**
 * Sets already read, one table per field: a fleet's fields are few, its expressions many.
 * Kept texts are short and their number is bounded, so no caller can fill the memory.
 */
const known: ReadonlyArray<Map<string, FieldSet>> = fieldSpecs.map(() => new Map());
const knownLimit = 500;
const knownLength = 24;

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
  if (text.length <= knownLength && !/h/i.test(text)) {
    if (table.size >= knownLimit) table.clear();
    table.set(text, set);
  }
  return set;
};

const zeroSeconds: FieldSet = {
  low: 1,
  high: 0,
  years: undefined,
  star: false,
  steps: false,
  and: false,
  lastDays: 0,
  workdays: 0,
  lastWorkdays: 0,
  ordinals: undefined,
};

const noOrdinals: readonly number[] = Object.freeze([0, 0, 0, 0, 0, 0]);

const specialOf = (days: FieldSet, weekdays: FieldSet): SpecialDays | undefined => {
  // A set of all days already holds every special one.
  const { lastDays, workdays, lastWorkdays } = days.low === allDays ? zeroSeconds : days;
  const ordinals = weekdays.low === allWeekdays ? undefined : weekdays.ordinals;
  if ((lastDays | workdays | lastWorkdays) === 0 && ordinals === undefined) return undefined;
  return Object.freeze({ lastDays, workdays, lastWorkdays, ordinals: ordinals ?? noOrdinals });
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
  let dayBits = days.low;
  let weekdayBits = weekdays.low;
  let special = specialOf(days, weekdays);
  let either = !days.star && !weekdays.star && !weekdays.and;
  if (either && (dayBits === allDays || weekdayBits === allWeekdays)) {
    either = false;
    dayBits = allDays;
    weekdayBits = allWeekdays;
    special = undefined;
  }
  return {
    _tag: "Wall",
    secondsLow: seconds.low,
    secondsHigh: seconds.high,
    minutesLow: minutes.low,
    minutesHigh: minutes.high,
    hours: hours.low,
    days: dayBits,
    months: months.low,
    weekdays: weekdayBits,
    either,
    elapsed: minutes.steps || hours.steps,
    years: years === undefined || years.years?.length === 231 ? undefined : years.years,
    special,
  };
};

const isBlank = (code: number): boolean => code === 32 || code === 9;

const readFields = (body: string, at: number, source: string, jobName: string | undefined): Wall => {
  const texts: Array<string> = [];
  const starts: Array<number> = [];
  for (let i = 0; i < body.length;) {
    if (isBlank(body.charCodeAt(i))) {
      i++;
      continue;
    }
    const start = i;
    while (i < body.length && !isBlank(body.charCodeAt(i))) i++;
    starts.push(at + start);
    texts.push(body.slice(start, i));
  }
  if (texts.length < 5 || texts.length > 7) {
    const allowed = "5 fields (minutes hours days months weekdays), 6 with seconds first, 7 with years last, " +
      "or a nickname such as @daily";
    throw new CronExpressionError("expression", body, at, allowed, source);
  }
  const sets: Array<FieldSet> = [];
  let first = 0;
  if (texts.length === 5) {
    sets.push(zeroSeconds);
    first = 1;
  }
  for (let i = 0; i < texts.length; i++) sets.push(fieldOf(first + i, texts[i]!, starts[i]!, source, jobName));
  const plan = planOf(sets);
  if (!isPossible(plan)) {
    const days = 3 - first;
    const allowed = "a day that comes in at least one of the chosen months and years";
    throw new CronExpressionError("days", texts[days]!, starts[days]!, allowed, source);
  }
  return plan;
};

const readBody = (body: string, at: number, source: string, jobName: string | undefined): Plan => {
  if (body.charCodeAt(0) !== 64) {
    return /^\d{4}-\d\d-/.test(body) ? readOnce(body, at, source) : readFields(body, at, source, jobName);
  }
  const [, word = "", blank = "", rest = ""] = /^(\S+)([ \t]*)(.*)$/s.exec(body) ?? [];
  const name = word.toLowerCase();
  const restAt = at + word.length + blank.length;
  if (name === "@every") return readEvery(rest, restAt, source);
  if (name === "@at") return readOnce(rest, restAt, source);
  if (rest === "" && Object.hasOwn(nicknames, name)) return readFields(nicknames[name]!, at, source, jobName);
  throw new CronExpressionError("expression", body, at, allowedNicknames, source);
};

const prefix = /^(?:(?:CRON_)?TZ=([^ \t]*)[ \t]+)?(?:DST=([^ \t]*)[ \t]+)?/;

/**
 * Reads a whole expression.
 *
 * @throws {CronExpressionError} for whatever is not understood, is out of range or never comes.
 */
export const readText = (source: string, jobName: string | undefined): Reading => {
  if (source.length > longest) {
    throw new CronExpressionError("expression", source, 0, `at most ${longest} characters`, source);
  }
  let start = 0;
  let end = source.length;
  while (start < end && isBlank(source.charCodeAt(start))) start++;
  while (end > start && isBlank(source.charCodeAt(end - 1))) end--;
  let body = start === 0 && end === source.length ? source : source.slice(start, end);
  let timeZone: string | undefined;
  let dst: string | undefined;
  let timeZoneAt = 0;
  let dstAt = 0;
  const initial = body.charCodeAt(0);
  // Only C, T and D begin a prefix, and no field of digits and stars does.
  if (initial === 67 || initial === 84 || initial === 68) {
    const match = prefix.exec(body)!;
    [, timeZone, dst] = match;
    timeZoneAt = start + body.indexOf("=") + 1;
    body = body.slice(match[0].length);
    start += match[0].length;
    if (dst !== undefined) dstAt = source.lastIndexOf(`DST=${dst}`, start) + 4;
  }
  return { timeZone, timeZoneAt, dst, dstAt, plan: readBody(body, start, source, jobName) };
};
