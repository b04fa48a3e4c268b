/**
 * The test of a list of mutants: each is noticed, and it is the rule that was noticed.
 *
 * @module
 */
import { expect, test } from "vitest";
import * as Simulation from "../../src/testing/Simulation.ts";
import { build } from "./build.ts";
import { hunt } from "./hunt.ts";
import type { Mutant } from "./mutant.ts";

/** A mutant that takes more seeds than this to be noticed is not noticed. */
const limit = 200;

/** Declares a test for each mutant. */
export const expectNoticed = (mutants: ReadonlyArray<Mutant>): void => {
  test.each(mutants)("the checker notices a fleet without $name", async (mutant) => {
    const { from = 1 } = mutant;
    const found = hunt(await build(mutant), mutant, from, limit);
    if (found === undefined) return expect.fail(`nothing was noticed in ${limit} seeds`);
    console.log(`without ${mutant.name}: noticed after ${found.seeds} seeds by ${found.by}`);
    // With the rule the same world is in order: it is the rule that was noticed. Worlds with every fault are those of the
    // campaign, which is in order.
    if (mutant.faults === undefined && mutant.rate === undefined) return;
    const [first, count] = mutant.rate === undefined ? [from + found.seeds - 1, 1] : [from, found.seeds];
    expect(hunt(Simulation, mutant, first, count)).toBeUndefined();
  }, 300_000);
};
