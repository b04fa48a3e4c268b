/**
 * The bit sets of a plan as ascending values, and values as the shortest runs of cron.
 *
 * @module
 */
import { lowest } from "./calendar.ts";

/** The values of a bit set whose bit 0 is `first`. */
export const valuesOf = (bits: number, first: number): Array<number> => {
  const values: Array<number> = [];
  for (let rest = bits; rest !== 0; rest &= rest - 1) values.push(lowest(rest) + first);
  return values;
};

/** The values of seconds or minutes. */
export const sixtyOf = (low: number, high: number): Array<number> => [...valuesOf(low, 0), ...valuesOf(high, 30)];

/** The step of three or more evenly spaced values, or 0. */
export const stepOf = (values: ReadonlyArray<number>): number => {
  const [first = 0, second = 0] = values;
  const step = second - first;
  return values.length > 2 && values.every((value, i) => value === first + i * step) ? step : 0;
};

/** Ascending values as runs of consecutive ones. */
export const runsOf = (values: ReadonlyArray<number>): Array<readonly [from: number, to: number]> => {
  const runs: Array<[number, number]> = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === value - 1) run[1] = value;
    else runs.push([value, value]);
  }
  return runs;
};
