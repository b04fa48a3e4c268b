/**
 * When a shelf is to be asked about: by its owner ahead of what is due, by the others after it.
 */
import * as Agenda from "./Agenda.ts";
import { type Draft, patience, type Reading, spread } from "./Draft.ts";
import { isPlaced } from "./role.ts";
import type { Shelf } from "./Shelf.ts";

/** How long before the first of the others is due the owner asks again, so that its view is fresh before it claims. Milliseconds. */
const leadMs = 10_000;

/** From one ask about a shelf that is due to the next one by its owner, and about one that somebody said has changed. Milliseconds. */
export const gapMs = 1_000;
const hintGapMs = 100;

/** How long after its instant this node asks for what nobody has claimed; the owner asks ahead. Milliseconds. */
export const waitMs = (draft: Reading, { name, role }: Shelf): number => {
  if (role._tag === "Owner") return -leadMs;
  return role._tag === "Successor" ? patience(draft) : (3 + spread(draft, name)) * patience(draft);
};

/** From one ask about a shelf to the next. Milliseconds. */
const restMs = ({ config }: Reading, { role }: Shelf): number =>
  role._tag === "Owner" ? gapMs : role._tag === "Successor" ? config.graceMs : config.leaseMs;

const planned = (draft: Reading, shelf: Shelf): Shelf => {
  const { anewAt, askedAt, next, role } = shelf;
  if (!isPlaced(role)) return { ...shelf, lookAt: Infinity };
  const atNext = Math.max(next + waitMs(draft, shelf), askedAt + restMs(draft, shelf));
  return { ...shelf, lookAt: Math.min(Math.max(anewAt, askedAt + hintGapMs), atNext) };
};

/** Changes some shelves, and when they are asked about with that. Cost: linear in those that are changed. */
export const change = (draft: Draft<"jobs">, changed: Iterable<Shelf>): void => {
  let { looks, shelves } = draft.shelving;
  for (const it of changed) {
    const shelf = planned(draft, it);
    const { lookAt, name } = shelf;
    if (lookAt < Infinity && lookAt !== shelves.get(name)?.lookAt) looks = Agenda.add(looks, lookAt, name, draft.edit);
    shelves = shelves.set(shelf, draft.edit);
  }
  if (Agenda.isOvergrown(looks, shelves.size)) looks = Agenda.ofAll(shelves, (it) => it.lookAt);
  looks = Agenda.settled(looks, (at, name) => shelves.get(name)?.lookAt === at);
  draft.shelving = { ...draft.shelving, shelves, looks, lookAt: looks.first?.at ?? Infinity };
};

/** Something of a shelf waits since an instant, and is not among the jobs any more. */
export const noteNext = (draft: Draft<"jobs">, name: string, at: number): void => {
  const shelf = draft.shelving.shelves.get(name);
  if (shelf !== undefined && at < shelf.next) change(draft, [{ ...shelf, next: at }]);
};
