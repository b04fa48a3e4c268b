/**
 * Every mutant of the library that the simulator must notice.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";
import { node } from "./node.ts";
import { port } from "./port.ts";
import { store } from "./store.ts";

/** All of them. */
export const mutants: ReadonlyArray<Mutant> = [...store, ...port, ...node];

/** One of them. */
export const named = (name: string): Mutant => {
  const found = mutants.find((mutant) => mutant.name === name);
  if (found === undefined) throw new Error(`no mutant is called ${name}`);
  return found;
};
