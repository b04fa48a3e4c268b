/**
 * Who has which shelf of schedules in a view (R53), apart from the jobs: a handler that comes moves none of those.
 */
import * as Schedules from "../words/Schedules.ts";
import type * as View from "../words/View.ts";
import * as Ring from "./Ring.ts";

const nowhere: ReadonlyMap<string, Ring.Place> = new Map();

/** Owner and successor of each shelf, each among the members that have its handler. */
export const shelfPlaces = (view: Pick<View.View, "members">): ReadonlyMap<string, Ring.Place> => {
  const active = view.members.filter((member) => member.state === "active");
  const handlerOf = new Map<string, string>();
  for (const { handlers } of active) {
    for (const handler of handlers ?? []) {
      for (const shelf of Schedules.shelvesOf(handler)) handlerOf.set(shelf, handler);
    }
  }
  if (handlerOf.size === 0) return nowhere;
  return Ring.places(
    active.map(({ handlers, incarnation, weight }) => ({
      id: incarnation,
      weight,
      jobs: { has: (shelf: string) => handlers?.has(handlerOf.get(shelf) ?? "") === true },
    })),
    handlerOf.keys(),
  );
};
