/**
 * What a failing seed needs to fail: kinds of faults, single mishaps and the length of the chaos are taken away one after
 * the other as long as it still fails.
 */
import type { Faults } from "./Faults.ts";
import type { Mishap } from "./Timeline.ts";

/** What can be taken away. */
export interface Trial {
  readonly faults: Faults;
  readonly chaosMs: number;
  readonly spared: ReadonlySet<number>;
}

/** What came of a trial. */
export interface Outcome {
  readonly fails: boolean;
  readonly timeline: ReadonlyArray<Mishap>;
}

/** The smallest trial found, at most about `limit` runs. `first` must fail. */
export const shrink = (first: Trial, attempt: (trial: Trial) => Outcome, limit: number = 200): Trial => {
  let best = first;
  let runs = 0;
  const tryOut = (change: Partial<Trial>): boolean => {
    if (runs++ >= limit) return false;
    const trial = { ...best, ...change };
    if (!attempt(trial).fails) return false;
    best = trial;
    return true;
  };
  for (const name of Object.keys(best.faults) as Array<keyof Faults>) {
    if (best.faults[name] !== 0) tryOut({ faults: { ...best.faults, [name]: 0 } });
  }
  for (let chaosMs = best.chaosMs / 2; chaosMs >= 5_000 && tryOut({ chaosMs }); chaosMs /= 2);
  // Half of the mishaps at a time, then a quarter, down to each by itself.
  const { timeline } = attempt(best);
  for (let size = Math.ceil(timeline.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < timeline.length; start += size) {
      const numbers = timeline.slice(start, start + size).map(({ number }) => number);
      if (numbers.some((number) => !best.spared.has(number))) tryOut({ spared: new Set([...best.spared, ...numbers]) });
    }
  }
  return best;
};
