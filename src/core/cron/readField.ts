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
import { spread } from "./spread.ts";

interface Reading {
  readonly spec: FieldSpec;
  readonly jobName: string | undefined;
  readonly plain: Array<string>;
  steps: boolean;
  lastDays: number;
  workdays: number;
  lastWorkdays: number;
  ordinals: Array<number> | undefined;
}

/** Why an item is refused: what would be allowed; `undefined` when it is read. */
type Refusal = string | undefined;

const valueOf = (spec: FieldSpec, text: string): number => {
  if (/^\d{1,4}$/.test(text)) {
    const value = Number(text);
    const max = spec.field === "weekdays" ? 7 : spec.max;
    return value >= spec.min && value <= max ? value : -1;
  }
  const at = text.length === 3 ? spec.names.indexOf(text.toUpperCase()) : -1;
  return at < 0 || at % 3 !== 0 ? -1 : spec.min + at / 3;
};

const stepOf = (spec: FieldSpec, text: string): number => {
  const step = Number(text);
  return step >= 1 && step <= spec.max - spec.min + 1 ? step : -1;
};

const addRange = (reading: Reading, from: number, to: number, step: number): void => {
  const { min, max } = reading.spec;
  reading.plain.push(`${from}-${Math.min(to, max)}/${step}`);
  if (to > max) {
    // The count of the steps goes on over the wrap.
    const next = from + Math.ceil((max + 1 - from) / step) * step - (max - min + 1);
    const end = to - (max - min + 1);
    if (next <= end) reading.plain.push(`${next}-${end}/${step}`);
  }
};

const range = /^(\*|[a-z]{3}|\d{1,4})(?:-([a-z]{3}|\d{1,4}))?(?:\/(\d{1,4}))?$/i;

const readPlain = (reading: Reading, item: string): Refusal => {
  const { spec } = reading;
  const match = range.exec(item);
  if (match === null) return spec.allowed;
  const [, first = "", last, stepText] = match;
  let step = 1;
  if (stepText !== undefined) {
    step = stepOf(spec, stepText);
    if (step < 0) return `a step from 1 to ${spec.max - spec.min + 1}`;
  }
  if (first === "*") {
    if (last !== undefined) return spec.allowed;
    reading.steps = true;
    addRange(reading, spec.min, spec.max, step);
    return undefined;
  }
  let from = valueOf(spec, first);
  let to = last === undefined ? from : valueOf(spec, last);
  if (from < 0 || to < 0) return spec.allowed;
  if (from > spec.max) {
    from = 0;
    if (to > spec.max) to = 0;
  }
  if (last === undefined && stepText !== undefined) to = spec.max;
  else if (to < from) {
    if (spec.field === "years") return "a range of years that ascends";
    to += spec.max - spec.min + 1;
  }
  if (last !== undefined || stepText !== undefined) reading.steps = true;
  addRange(reading, from, to, step);
  return undefined;
};

const readSpread = (reading: Reading, item: string): Refusal => {
  const { spec, jobName } = reading;
  const match = /^H(?:\((\d{1,2})-(\d{1,2})\))?(?:\/(\d{1,2}))?$/i.exec(item);
  if (match === null || spec.field === "years") return spec.allowed;
  if (jobName === undefined) return "H only together with the option jobName, from whose hash the value is taken";
  const [, first, last, stepText] = match;
  const from = first === undefined ? spec.min : valueOf(spec, first);
  // A month has at least 28 days: a day taken by hash must come every month.
  const to = last === undefined ? (spec.field === "days" ? 28 : spec.max) : valueOf(spec, last);
  if (from < 0 || to < from || to > spec.max) return `H(a-b) with ${spec.min} <= a <= b <= ${spec.max}`;
  const size = to - from + 1;
  if (stepText === undefined) {
    const value = from + spread(jobName, spec.field, size);
    reading.plain.push(`${value}`);
    return undefined;
  }
  const step = stepOf(spec, stepText);
  if (step < 0 || step > size) return `a step from 1 to ${size}`;
  reading.steps = true;
  addRange(reading, from + spread(jobName, spec.field, step), to, step);
  return undefined;
};

const readSpecialDay = (reading: Reading, item: string): boolean => {
  const match = /^(?:L(?:-(\d{1,2}))?(W)?|(\d{1,2})W)$/i.exec(item);
  if (match === null) return false;
  const [, before = "0", working, day] = match;
  if (day !== undefined) {
    if (valueOf(reading.spec, day) < 0) return false;
    reading.workdays |= 1 << (Number(day) - 1);
    return true;
  }
  if (Number(before) > 30) return false;
  if (working === undefined) reading.lastDays |= 1 << Number(before);
  else reading.lastWorkdays |= 1 << Number(before);
  return true;
};

const readOrdinal = (reading: Reading, item: string): boolean => {
  const match = /^([a-z]{3}|\d)(?:#([1-5L])|L)$/i.exec(item);
  if (match === null) return false;
  const weekday = valueOf(reading.spec, match[1] ?? "");
  if (weekday < 0) return false;
  const nth = Number(match[2]);
  reading.ordinals ??= [0, 0, 0, 0, 0, 0];
  reading.ordinals[nth >= 1 ? nth - 1 : 5]! |= 1 << (weekday % 7);
  return true;
};

const yearsOf = (plain: ReadonlyArray<string>): readonly number[] => {
  const years = new Set<number>();
  for (const text of plain) {
    const [from = 0, to = 0, step = 1] = text.split(/[-/]/).map(Number);
    for (let year = from; year <= to; year += step) years.add(year);
  }
  return Object.freeze([...years].sort((a, b) => a - b));
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
  const reading: Reading = {
    spec,
    jobName,
    plain: [],
    steps: false,
    lastDays: 0,
    workdays: 0,
    lastWorkdays: 0,
    ordinals: undefined,
  };
  const and = spec.field === "weekdays" && text.startsWith("+");
  const isDay = spec.field === "days" || spec.field === "weekdays";
  let position = at + (and ? 1 : 0);
  for (const item of (and ? text.slice(1) : text).split(",")) {
    let refusal: Refusal;
    if (/^h/i.test(item)) refusal = readSpread(reading, item);
    else if (item === "?" && isDay) refusal = readPlain(reading, "*");
    else if (spec.field === "days" && readSpecialDay(reading, item)) refusal = undefined;
    else if (spec.field === "weekdays" && readOrdinal(reading, item)) refusal = undefined;
    else refusal = readPlain(reading, item);
    if (refusal !== undefined) throw new CronExpressionError(spec.field, item, position, refusal, source);
    position += item.length + 1;
  }
  const isYears = spec.field === "years";
  const [low, high] = isYears || reading.plain.length === 0 ? [0, 0] : plainSet(index, reading.plain.join(","));
  const { steps, lastDays, workdays, lastWorkdays, ordinals } = reading;
  const years = isYears ? yearsOf(reading.plain) : undefined;
  const star = /^[*?]/.test(text);
  // Shared by all expressions with this text.
  if (ordinals !== undefined) Object.freeze(ordinals);
  return { low, high, years, star, steps, and, lastDays, workdays, lastWorkdays, ordinals };
};
