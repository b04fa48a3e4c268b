/**
 * Draws from a seed, so that the faults of a campaign can be repeated.
 *
 * @module
 */
import { seededRandom } from "../../support/faults.ts";

/** Draws. */
export interface Random {
  chance(share: number): boolean;
  /** A whole number, both ends included. */
  between(from: number, upTo: number): number;
  pick<A>(choices: ReadonlyArray<A>): A;
  /** One of the names, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Partial<Record<K, number>>>): K;
}

/** The draws of a seed. */
export const makeRandom = (seed: number): Random => {
  const random = seededRandom(seed);
  const between = (from: number, upTo: number) => from + Math.floor(random() * (upTo - from + 1));
  return {
    between,
    chance: (share) => random() < share,
    pick: (choices) => choices[between(0, choices.length - 1)] as typeof choices[number],
    weighted: <K extends string>(weights: Readonly<Partial<Record<K, number>>>) => {
      const entries = Object.entries(weights) as Array<[K, number]>;
      let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [name, weight] of entries) if ((left -= weight) < 0) return name;
      return (entries.at(-1) as [K, number])[0];
    },
  };
};
