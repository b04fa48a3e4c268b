/**
 * Every mutant of the library that the simulator must notice.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";
import { node } from "./node.ts";
import { schedules } from "./schedules.ts";
import { port } from "./port.ts";
import { store } from "./store.ts";

/** By what they are mutants of; each list has a test of its own, so that two of them run side by side. */
export const lists: Readonly<Record<"node" | "port" | "schedules" | "store", ReadonlyArray<Mutant>>> = {
  store,
  port,
  node,
  schedules,
};

/** All of them. */
export const mutants: ReadonlyArray<Mutant> = Object.values(lists).flat();

/** One of them. */
export const named = (name: string): Mutant => {
  const found = mutants.find((mutant) => mutant.name === name);
  if (found === undefined) throw new Error(`no mutant is called ${name}`);
  return found;
};
