/**
 * Ownership for a node, which asks again whenever members come or go: what each job likes best of those who stay is kept. It shows in no
 * answer: who is matched does not depend on what was known before.
 */
import type * as View from "../words/View.ts";
import * as Ownership from "./Ownership.ts";
import * as Ring from "./Ring.ts";

const rings = new WeakMap<View.Declared, Ring.Tracked>();

/**
 * What `Ownership.of` tells, for who never changes a map of declared jobs. Cost where all members have one such map, as those of one
 * deployment do, after one of them has come or gone: linear in the jobs.
 */
export const ownershipOf = (view: View.View): Ownership.Ownership => {
  const [jobs, ...others] = new Set(view.members.map((member) => member.jobs));
  if (jobs === undefined || others.length > 0) return Ownership.of(view);
  const ring = rings.get(jobs) ?? Ring.track(jobs.keys());
  rings.set(jobs, ring);
  const active = view.members.filter(({ state }) => state === "active");
  ring.assign(active.map(({ incarnation, weight }) => ({ id: incarnation, weight })));
  return { places: ring.places(), definitions: jobs };
};
