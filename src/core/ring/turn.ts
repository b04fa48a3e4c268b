/**
 * Whose turn it is after owner and successor: the others in the order of the job's hash.
 */
import type * as View from "../words/View.ts";
import * as Ring from "./Ring.ts";

/** The turn of a member that is neither owner nor successor, from 2 on. Cost: O(members × log members). */
export const turnAmong = (
  { members }: View.View,
  place: Ring.Place | undefined,
  incarnation: string,
  { definition, name }: { readonly definition: string; readonly name: string },
): number => {
  const others = members.filter(({ incarnation: id, jobs, state }) =>
    state === "active" && jobs.get(name) === definition && id !== place?.owner && id !== place?.successor
  );
  return 2 + Ring.rank(others.map(({ incarnation: id }) => ({ id })), name).indexOf(incarnation);
};
