/**
 * The strict reader of one field.
 *
 * It checks every item, turns what `cron-schedule` does not know (open steps such as `1/10`, ranges that wrap, `7` for
 * Sunday, `H`) into what it does, and keeps the special days for itself.
 *
 * @module
 */
import { CronExpressionError } from "./CronExpressionError.ts";
import { type FieldSet, type FieldSpec, fieldSpecs, plainSet } from "./fieldSet.ts";
import type { SpecialDays } from "./plan.ts";
import { spread } from "./spread.ts";

type Range = readonly [from: number, to: number, step: number];

interface Reading {
  readonly spec: FieldSpec;
  readonly jobName: string | undefined;
  /** The ranges read so far. */
  readonly plain: Array<Range>;
  steps: boolean;
  special: { -readonly [K in keyof SpecialDays]: K extends "ordinals" ? Array<number> : number } | undefined;
}

/** Why an item is refused: what would be allowed; `undefined` when it is read. */
type Refusal = string | undefined;

/** The value of digits or of a name, or -1. */
const valueOf = ({ field, max, min, names }: FieldSpec, text: string): number => {
  const value = /^\d/.test(text) ? Number(text) : min + names.indexOf(text.toUpperCase()) / 3;
  return Number.isInteger(value) && value >= min && value <= (field === "weekdays" ? 7 : max) ? value : -1;
};

const addRange = ({ plain, spec }: Reading, from: number, to: number, step: number): void => {
  const { max, size } = spec;
  plain.push([from, Math.min(to, max), step]);
  if (to > max) {
    // The count of the steps goes on over the wrap.
    const next = from + Math.ceil((max + 1 - from) / step) * step - size;
    const end = to - size;
    if (next <= end) plain.push([next, end, step]);
  }
};

const readPlain = (reading: Reading, item: string): Refusal => {
  const { spec } = reading;
  const match = /^(?:\*|([a-z]{3}|\d{1,4})(?:-([a-z]{3}|\d{1,4}))?)(?:\/(\d{1,4}))?$/i.exec(item);
  if (match === null) return spec.allowed;
  const [, first, last, stepText = 1] = match;
  const step = Number(stepText);
  if (step < 1 || step > spec.size) return `steps from 1 to ${spec.size}`;
  let from = first === undefined ? spec.min : valueOf(spec, first);
  let to = last !== undefined ? valueOf(spec, last) : item === first ? from : spec.max;
  if (from < 0 || to < 0) return spec.allowed;
  if (from > spec.max) {
    from = 0;
    if (to > spec.max) to = 0;
  }
  if (to < from) {
    if (spec.field === "years") return "an ascending range";
    to += spec.size;
  }
  if (item !== first) reading.steps = true;
  addRange(reading, from, to, step);
  return undefined;
};

const readSpread = (reading: Reading, item: string): Refusal => {
  const { spec, jobName } = reading;
  const match = /^H(?:\((\d{1,2})-(\d{1,2})\))?(?:\/(\d{1,2}))?$/i.exec(item);
  if (match === null || spec.field === "years") return spec.allowed;
  if (jobName === undefined) return "H with option jobName";
  const [, first, last, stepText] = match;
  const from = first === undefined ? spec.min : valueOf(spec, first);
  // A month has at least 28 days: a day taken by hash must come every month.
  const to = last === undefined ? (spec.field === "days" ? 28 : spec.max) : valueOf(spec, last);
  if (from < 0 || to < from || to > spec.max) return `H(a-b) with ${spec.min} <= a <= b <= ${spec.max}`;
  const size = to - from + 1;
  // One value is a step as long as the range.
  const step = Number(stepText ?? size);
  if (step < 1 || step > size) return `steps from 1 to ${size}`;
  if (stepText !== undefined) reading.steps = true;
  addRange(reading, from + spread(jobName, spec.field, step), to, step);
  return undefined;
};

const specialOf = (reading: Reading): NonNullable<Reading["special"]> =>
  reading.special ??= { lastDays: 0, workdays: 0, lastWorkdays: 0, ordinals: [0, 0, 0, 0, 0, 0] };

const readSpecialDay = (reading: Reading, item: string): boolean => {
  const match = /^(?:L(?:-(\d{1,2}))?(W)?|(\d{1,2})W)$/i.exec(item);
  if (match === null) return false;
  const [, before = 0, working, day] = match;
  const bit = day === undefined ? Number(before) : Number(day) - 1;
  if (bit < 0 || bit > 30) return false;
  specialOf(reading)[day !== undefined ? "workdays" : working ? "lastWorkdays" : "lastDays"] |= 1 << bit;
  return true;
};

const readOrdinal = (reading: Reading, item: string): boolean => {
  const match = /^([a-z]{3}|\d)(?:#([1-5L])|L)$/i.exec(item);
  if (match === null) return false;
  const weekday = valueOf(reading.spec, match[1] ?? "");
  if (weekday < 0) return false;
  const nth = Number(match[2]);
  specialOf(reading).ordinals[nth >= 1 ? nth - 1 : 5]! |= 1 << (weekday % 7);
  return true;
};

const yearsOf = (plain: ReadonlyArray<Range>): readonly number[] | undefined => {
  const years = new Set<number>();
  for (const [from, to, step] of plain) {
    for (let year = from; year <= to; year += step) years.add(year);
  }
  return years.size === fieldSpecs[6]!.size ? undefined : Object.freeze([...years].sort((a, b) => a - b));
};

/**
 * Reads the text of field `index` (0 seconds to 6 years).
 *
 * @throws {CronExpressionError} for an item that is not understood; `at` is the text's position in `source`.
 */
export const readField = (
  index: number,
  text: string,
  at: number,
  source: string,
  jobName: string | undefined,
): FieldSet => {
  const spec = fieldSpecs[index]!;
  const { field } = spec;
  const reading: Reading = { spec, jobName, plain: [], steps: false, special: undefined };
  const and = field === "weekdays" && text.startsWith("+");
  let position = at + (and ? 1 : 0);
  for (const item of text.slice(position - at).split(",")) {
    const isSpecial = field === "days"
      ? readSpecialDay(reading, item)
      : field === "weekdays" && readOrdinal(reading, item);
    const refusal = isSpecial
      ? undefined
      : /^h/i.test(item)
      ? readSpread(reading, item)
      : readPlain(reading, item === "?" && /days/.test(field) ? "*" : item);
    if (refusal !== undefined) throw new CronExpressionError(field, item, position, refusal, source);
    position += item.length + 1;
  }
  const { plain, special, steps } = reading;
  const isYears = field === "years";
  const ranges = plain.map(([from, to, step]) => `${from}-${to}/${step}`);
  const [low, high] = isYears || plain.length === 0 ? [0, 0] : plainSet(index, ranges.join(","));
  // Shared by all expressions with this text.
  if (special !== undefined) Object.freeze(Object.freeze(special).ordinals);
  return {
    low,
    high,
    years: isYears ? yearsOf(plain) : undefined,
    special: low === 2 ** spec.size - 1 ? undefined : special,
    star: /^[*?]/.test(text),
    steps,
    and,
  };
};
