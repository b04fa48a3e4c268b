/**
 * What a node declares, and the digest it tells the store instead while the store knows the jobs behind it.
 */
import { fingerprint } from "../words/hash.ts";
import type * as View from "../words/View.ts";
import { fits } from "./placement.ts";
import { isDeclared } from "./role.ts";
import type { State } from "./State.ts";

/** The definition of each job that is declared here, and that this node could run. */
export const declared = ({ config, jobs }: Pick<State, "config" | "jobs">): View.Declared => {
  const definitions = new Map<string, string>();
  for (const [name, { role, spec }] of jobs) {
    if (isDeclared(role) && fits(config, spec)) definitions.set(name, spec.definition);
  }
  return definitions;
};

/** The same for the same jobs with the same definitions. */
export const digestOf = (state: Pick<State, "config" | "jobs">): string =>
  fingerprint([...declared(state)].map(([name, definition]) => `${name}=${definition}`).sort().join(","));
