/**
 * What a node declares, and the digest it tells the store instead while the store knows the jobs behind it.
 */
import { fingerprint } from "../words/hash.ts";
import type * as View from "../words/View.ts";
import type { State } from "./State.ts";

/** The definition of each job that is declared here. */
export const declared = ({ jobs }: Pick<State, "jobs">): View.Declared => {
  const definitions = new Map<string, string>();
  for (const [name, entry] of jobs) if (!entry.isWithdrawn) definitions.set(name, entry.spec.definition);
  return definitions;
};

/** The same for the same jobs with the same definitions. */
export const digestOf = (state: Pick<State, "jobs">): string =>
  fingerprint([...declared(state)].map(([name, definition]) => `${name}=${definition}`).sort().join(","));
