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
  const definitions = new Map<string, string>();
  for (const member of view.members) {
    for (const job of member.jobs.keys()) {
      if (!definitions.has(job)) definitions.set(job, View.currentDefinition(view, job) as string);
    }
  }
  const active = view.members.filter((member) => member.state === "active");
  const places = Ring.places(
    active.map(({ incarnation, jobs, weight }) => ({
      id: incarnation,
      weight,
      jobs: { has: (job: string) => jobs.get(job) === definitions.get(job) },
    })),
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
