/**
 * `#fields` for Workers, whose bundles are billed by size: of what `cron-schedule` reads it is given ranges with steps alone, `from-to/step`
 * and commas between them.
 */

/** The values that a field stands for, as they are written. */
export const valuesOf = (_: number, text: string): ReadonlyArray<number> =>
  text.split(",").flatMap((range) => {
    const [from = 0, to = from, step = 1] = range.split(/[-/]/).map(Number);
    return Array.from({ length: Math.floor((to - from) / step) + 1 }, (__, n) => from + n * step);
  });
