/**
 * Ownership for a node, which asks again whenever members come or go: what each job likes best of those who stay is kept. It shows in no
 * answer: who is matched does not depend on what was known before.
 */
import type * as View from "../words/View.ts";
import * as Ownership from "./Ownership.ts";
import * as Ring from "./Ring.ts";

const rings = new WeakMap<View.Declared, Ring.Tracked>();

/** Who has which place in a view, as a node asks for it: job by job. */
export interface Placing {
  /** Owner and successor of a job; undefined if nobody owns it. */
  readonly placeOf: (job: string) => Ring.Place | undefined;
  /** The current definition of each job. */
  readonly definitions: View.Declared;
}

const placing = ({ definitions, places }: Ownership.Ownership): Placing => ({
  definitions,
  placeOf: (job) => places.get(job),
});

/**
 * What `Ownership.of` tells, for who never changes a map of declared jobs. Cost where all members have one such map, as those of one
 * deployment do, after one of them has come or gone: linear in the jobs; none where one of them is alone.
 */
export const placingOf = (view: View.View): Placing => {
  const [jobs, ...others] = new Set(view.members.map((member) => member.jobs));
  if (jobs === undefined || others.length > 0) return placing(Ownership.of(view));
  const active = view.members.filter(({ state }) => state === "active");
  const [only, ...more] = active;
  if (only !== undefined && more.length === 0) {
    const place = { owner: only.incarnation, successor: undefined };
    return { definitions: jobs, placeOf: (job) => jobs.has(job) ? place : undefined };
  }
  const ring = rings.get(jobs) ?? Ring.track(jobs.keys());
  rings.set(jobs, ring);
  ring.assign(active.map(({ incarnation, weight }) => ({ id: incarnation, weight })));
  return placing({ places: ring.places(), definitions: jobs });
};
