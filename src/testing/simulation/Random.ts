/**
 * A seeded source of random numbers: the same seed gives the same sequence in every runtime.
 */
import { demandNumber } from "../../core/words/InvalidInput.ts";
import { mix } from "../../core/words/hash.ts";

/** Draws numbers; integers only, so that runtimes agree. */
export interface Random {
  /** A whole number from 0 up to but not including `below`. */
  readonly below: (below: number) => number;
  /** A whole number from `from` to `to`, both included. */
  readonly between: (from: number, to: number) => number;
  /** True with a probability of `permille` / 1,000. */
  readonly chance: (permille: number) => boolean;
}

/**
 * A source for a seed.
 *
 * @example
 * ```ts
 * import { Random } from "ringcron/testing";
 *
 * console.log(Random.make(1).below(10) === Random.make(1).below(10)); // true
 * ```
 */
export const make = (seed: number): Random => {
  demandNumber("seed", seed);
  let state = mix(seed ^ 0x51ed270b);
  const bits = (): number => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state);
  };
  const below = (limit: number): number => bits() % limit;
  return {
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (permille) => below(1_000) < permille,
  };
};

/** One of several independent sources for a seed. */
export const stream = (seed: number, salt: number): Random => {
  demandNumber("seed", seed);
  demandNumber("salt", salt);
  return make(mix(Math.imul(seed, 0x9e3779b1) ^ mix(salt)));
};
