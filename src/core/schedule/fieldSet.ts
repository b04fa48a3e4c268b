/**
 * The fields of an expression, and the set of values that the text of one field stands for.
 *
 * @module
 */
import { valuesOf } from "#fields";
import type { CronField } from "./CronExpressionError.ts";
import { firstYear, lastYear, type SpecialDays } from "./plan.ts";

/** What one field may hold. */
export interface FieldSpec {
  readonly field: CronField;
  readonly min: number;
  readonly max: number;
  /** How many values there are. */
  readonly size: number;
  /** Three-letter names; the first one stands for `min`. */
  readonly names: string;
  /** What is allowed, for messages. */
  readonly allowed: string;
}

const spec = (field: CronField, min: number, max: number, more: string, names = ""): FieldSpec => ({
  field,
  min,
  max,
  size: max - min + 1,
  names,
  allowed: `${min} to ${max}${more}, *, lists (1,2), ranges (1-5), steps (*/2, 1/2)`,
});

/** Seconds, minutes, hours, days, months, weekdays, years: in the order they are written. */
export const fieldSpecs: ReadonlyArray<FieldSpec> = [
  spec("seconds", 0, 59, ", H"),
  spec("minutes", 0, 59, ", H"),
  spec("hours", 0, 23, ", H"),
  spec("days", 1, 31, ", H, ?, L, L-3, 15W, LW"),
  spec("months", 1, 12, ", JAN to DEC, H", "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"),
  spec("weekdays", 0, 6, ", 7 (Sunday), SUN to SAT, H, ?, FRI#2, 5L, +MON", "SUNMONTUEWEDTHUFRISAT"),
  spec("years", firstYear, lastYear, ""),
];

/** The value of the text of one field. */
export interface FieldSet {
  /** Values as bits: 0 to 29 of seconds and minutes, otherwise bit `value - min`. */
  readonly low: number;
  /** 30 to 59 of seconds and minutes. */
  readonly high: number;
  /** Ascending; undefined for all of them. */
  readonly years: readonly number[] | undefined;
  /** Days that bits cannot say; undefined if there are none, or if the bits are all set. */
  readonly special: SpecialDays | undefined;
  /** Begins with `*` or `?`. */
  readonly star: boolean;
  /** Written with a wildcard, range or step. */
  readonly steps: boolean;
  /** Begins with `+`: must match together with the days. */
  readonly and: boolean;
}

/** Kept texts are short and their number is bounded, so no caller can fill the memory. */
const knownLimit = 500;
const knownLength = 24;

/** Keeps by its text what a text of a field was read as, if there is room for it. */
export const keep = <A>(table: Map<string, A>, text: string, read: A): A => {
  if (text.length > knownLength) return read;
  if (table.size >= knownLimit) table.clear();
  table.set(text, read);
  return read;
};

/** Sets by their texts, those of each field for themselves: what `H` stands for is one of few. */
const known: ReadonlyArray<Map<string, readonly [low: number, high: number]>> = fieldSpecs.map(() => new Map());

/**
 * The values of a plain field as bits, `[low, high]`.
 *
 * `cron-schedule` reads the text, or what stands for it in a Worker's bundle. It is given only what our reader has checked and written
 * out: numbers in range, ascending ranges and whole steps, for that is all it reads reliably.
 */
export const plainSet = (index: number, text: string): readonly [low: number, high: number] => {
  const table = known[index]!;
  const found = table.get(text);
  if (found !== undefined) return found;
  const { min } = fieldSpecs[index]!;
  let low = 0;
  let high = 0;
  for (const value of valuesOf(index, text)) {
    const bit = value - min;
    if (index < 2 && bit >= 30) high |= 1 << (bit - 30);
    else low |= 1 << bit;
  }
  return keep(table, text, [low, high]);
};
