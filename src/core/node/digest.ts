/**
 * What a node declares, and the digest it tells the store instead while the store knows the jobs behind it.
 */
import { policiesVersion } from "../ledger/policiesText.ts";
import { fingerprint } from "../words/hash.ts";
import { defaults } from "../words/Policy.ts";
import * as Schedules from "../words/Schedules.ts";
import type * as View from "../words/View.ts";
import { fits } from "./placement.ts";
import { isDeclaredJob } from "./role.ts";
import type { State } from "./State.ts";

/** The definition of each job that is declared here, and that this node could run. */
export const declared = ({ config, jobs }: Pick<State, "config" | "jobs">): View.Declared => {
  const definitions = new Map<string, string>();
  jobs.forEach((entry, name) => {
    const { spec } = entry;
    if (isDeclaredJob(entry) && fits(config, spec)) definitions.set(name, spec.definition);
  });
  return definitions;
};

/** The same as the store is told it: with the handlers that this node has. */
export const told = (state: Pick<State, "config" | "jobs" | "shelving">): View.Declared => {
  const { handlers } = state.shelving;
  return handlers.size === 0 ? declared(state) : Schedules.joined(declared(state), handlers);
};

/** The versions of their policies, where those are not the defaults. */
const policiesOf = ({ jobs }: Pick<State, "jobs">, declared: View.Declared): View.Declared => {
  const versions = new Map<string, string>();
  jobs.forEach(({ spec: { policies } }, name) => {
    if (policies === defaults || !declared.has(name)) return;
    const version = policiesVersion(policies);
    if (version !== "") versions.set(name, version);
  });
  return versions;
};

/** What a node declares: all that is told of it, and the versions of policies. */
export interface Declaring {
  readonly declared: View.Declared;
  readonly policies: View.Declared;
}

/** What this node declares. */
export const declaringOf = (state: Pick<State, "config" | "jobs" | "shelving">): Declaring => {
  const declared = told(state);
  return { declared, policies: policiesOf(state, declared) };
};

/** The same for the same jobs with the same definitions and policies. */
export const digestOf = ({ declared, policies }: Declaring): string => {
  const said: Array<string> = [];
  for (const [name, definition] of declared) said.push(`${name}=${definition}${policies.get(name) ?? ""}`);
  return fingerprint(said.sort().join(","));
};
