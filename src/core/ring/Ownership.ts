/**
 * Ownership in a view (R20): the ring over all jobs of the fleet, each among the members that declare it as it is now.
 */
import * as View from "../words/View.ts";
import { demandParts } from "../words/InvalidInput.ts";
import * as Ring from "./Ring.ts";

/** Who has which place in a view. */
export interface Ownership {
  /** Owner and successor of each job. */
  readonly places: ReadonlyMap<string, Ring.Place>;
  /** The current definition of each job. */
  readonly definitions: ReadonlyMap<string, string>;
}

/** Of those who declare the same the one whose definitions count: members of one deployment share a map, and are as one here. */
const tellersOf = (members: ReadonlyArray<View.Member>): ReadonlyMap<View.Declared, View.Member> => {
  const tellers = new Map<View.Declared, View.Member>();
  for (const member of members) {
    const other = tellers.get(member.jobs);
    const isLater = other === undefined || member.deployment > other.deployment ||
      (member.deployment === other.deployment && member.incarnation > other.incarnation);
    if (isLater) tellers.set(member.jobs, member);
  }
  return tellers;
};

/**
 * Derives ownership from a view. A pure function of the view, so nodes with equal views agree.
 *
 * Cost: O(jobs × members).
 *
 * @example
 * ```ts
 * import { Ownership } from "ringcron/core";
 * import { View } from "ringcron";
 *
 * console.log(Ownership.of(View.empty).places.size); // 0
 * ```
 */
export const of = (view: View.View): Ownership => {
  demandParts("view", view, "members");
  const tellers = tellersOf(view.members);
  const told = { ...view, members: [...tellers.values()] };
  const definitions = new Map<string, string>();
  for (const member of told.members) {
    for (const [job, definition] of member.jobs) {
      if (definitions.has(job)) continue;
      const current = told.members.length === 1 ? definition : View.currentDefinition(told, job);
      definitions.set(job, current as string);
    }
  }
  const isCurrent = (jobs: View.Declared, job: string) => jobs.get(job) === definitions.get(job);
  const limits = new Map<View.Declared, Ring.RingMember["jobs"]>();
  for (const jobs of tellers.keys()) {
    // Who may own all of them need not be asked about each.
    const mayAll = jobs.size === definitions.size && [...jobs.keys()].every((job) => isCurrent(jobs, job));
    limits.set(jobs, mayAll ? undefined : { has: (job) => isCurrent(jobs, job) });
  }
  const active = view.members.filter((member) => member.state === "active");
  const places = Ring.places(
    active.map(({ incarnation, jobs, weight }) => ({ id: incarnation, weight, jobs: limits.get(jobs) })),
    definitions.keys(),
  );
  return { places, definitions };
};

/**
 * How many jobs each member owns, by incarnation; who owns none is left out.
 *
 * Cost: linear in the jobs.
 *
 * @example
 * ```ts
 * import { Ownership } from "ringcron/core";
 * import { View } from "ringcron";
 *
 * console.log(Ownership.owned(Ownership.of(View.empty)).size); // 0
 * ```
 */
export const owned = (ownership: Ownership): ReadonlyMap<string, number> => {
  demandParts("ownership", ownership, "places");
  const counts = new Map<string, number>();
  for (const { owner } of ownership.places.values()) {
    if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return counts;
};
