/**
 * What went wrong when: the schedule of faults that a failing seed prints.
 */

import { demand, demandNumber, demandParts } from "../../core/words/InvalidInput.ts";

/** One thing that went wrong. */
export interface Mishap {
  /** Counted from 1 over all that could have happened, so that a single one can be spared. */
  readonly number: number;
  /** Milliseconds since the beginning. */
  readonly sinceMs: number;
  readonly what: string;
  /** Index of the node it happened to. */
  readonly node?: number | undefined;
  readonly job?: string | undefined;
  readonly forMs?: number | undefined;
}

/** A mishap in one line, as in `+31.250 s  crash of n2`. */
export const line = ({ forMs, job, node, number, sinceMs, what }: Mishap): string =>
  `+${(sinceMs / 1_000).toFixed(3).padStart(7)} s  ${what}${node === undefined ? "" : ` of n${node}`}` +
  `${job === undefined ? "" : ` of ${job}`}${forMs === undefined ? "" : ` for ${(forMs / 1_000).toFixed(1)} s`}` +
  `  (#${number})`;

/**
 * The schedule of a history, one line each.
 *
 * @example
 * ```ts
 * import { Simulation } from "ringcron/testing";
 *
 * const { history } = Simulation.run({ seed: 1 });
 * console.log(Simulation.describe(history.timeline ?? [])[0]?.includes(" s  ")); // true
 * ```
 */
export const describe = (mishaps: ReadonlyArray<Mishap>): ReadonlyArray<string> => {
  demand(Array.isArray(mishaps), "mishaps", mishaps, "a list");
  for (const mishap of mishaps) {
    demandParts("mishap", mishap);
    demandNumber("sinceMs", mishap.sinceMs);
  }
  return mishaps.map(line);
};
