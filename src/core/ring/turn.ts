/**
 * Whose turn it is after owner and successor: the others in the order of the job's hash.
 */
import type * as View from "../words/View.ts";
import * as Ring from "./Ring.ts";

/** The members that declare a job and are neither owner nor successor, in their turns. Cost: O(members × log members). */
export const othersAmong = (
  { members }: View.View,
  place: Ring.Place | undefined,
  { definition, name }: { readonly definition: string; readonly name: string },
): ReadonlyArray<string> => {
  const others = members.filter(({ incarnation: id, jobs, state }) =>
    state === "active" && jobs.get(name) === definition && id !== place?.owner && id !== place?.successor
  );
  return Ring.rank(others.map(({ incarnation: id }) => ({ id })), name);
};

/** The turn of one of them, from 2 on. Cost: as `othersAmong`. */
export const turnAmong = (
  view: View.View,
  place: Ring.Place | undefined,
  incarnation: string,
  job: { readonly definition: string; readonly name: string },
): number => 2 + othersAmong(view, place, job).indexOf(incarnation);
