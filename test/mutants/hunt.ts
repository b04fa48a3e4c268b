/**
 * How many seeds it takes until a mutant is noticed.
 *
 * @module
 */
import type { Simulation } from "./build.ts";
import type { Mutant } from "./mutant.ts";

/** How a mutant was noticed. */
export interface Catch {
  readonly seeds: number;
  /** The promise that was broken, or the rate that left its bound. */
  readonly by: string;
}

/** After so many seeds, and every so many from there on, a rate means something. */
const rateSeeds = 40;

/** Runs seeds in the simulator of some build until what a mutant breaks is noticed, at most `limit` of them. */
export const hunt = (
  { judge, merge, run }: Simulation,
  { broken, faults, isLossy, rate }: Mutant,
  from: number,
  limit: number,
): Catch | undefined => {
  const counters = new Map<string, number>();
  for (let seeds = 1; seeds <= limit; seeds++) {
    const { history, violations } = run({ seed: from + seeds - 1, faults, isLossy });
    const found = violations.find(({ rule }) => broken.includes(rule));
    if (found !== undefined) return { seeds, by: found.rule };
    merge(counters, history.counters);
    if (rate === undefined || seeds % rateSeeds !== 0) continue;
    const { value = 0 } = judge(counters).find(({ name }) => name === rate.name) ?? {};
    if (value > rate.limit) return { seeds, by: `${rate.name}: ${value} per 1,000, ${rate.limit} allowed` };
  }
  return undefined;
};
