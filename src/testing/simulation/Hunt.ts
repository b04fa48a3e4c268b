/**
 * How many seeds it takes until a mutation is noticed.
 */
import { merge } from "./History.ts";
import type { Mutation } from "./Mutations.ts";
import * as Rates from "./Rates.ts";

/** How a mutation was noticed. */
export interface Catch {
  readonly seeds: number;
  /** The promise that was broken, or the rate that left its bound. */
  readonly by: string;
}

interface Report {
  readonly violations: ReadonlyArray<{ readonly rule: string }>;
  readonly history: { readonly counters: ReadonlyMap<string, number> };
}

/** After so many seeds, and every so many from there on, a rate means something. */
const rateSeeds = 40;

/** Runs seeds of a mutation until it is noticed, at most `limit` of them; undefined if it is not. */
export const hunt = (
  { broken, rate }: Mutation,
  attempt: (seed: number) => Report,
  from: number,
  limit: number,
): Catch | undefined => {
  const counters = new Map<string, number>();
  for (let seeds = 1; seeds <= limit; seeds++) {
    const { history, violations } = attempt(from + seeds - 1);
    const found = violations.find(({ rule }) => (broken as ReadonlyArray<string>).includes(rule));
    if (found !== undefined) return { seeds, by: found.rule };
    merge(counters, history.counters);
    if (rate === undefined || seeds % rateSeeds !== 0) continue;
    const { value = 0 } = Rates.judge(counters).find(({ name }) => name === rate.name) ?? {};
    if (value > rate.limit) return { seeds, by: `${rate.name}: ${value} per 1,000, ${rate.limit} allowed` };
  }
  return undefined;
};
