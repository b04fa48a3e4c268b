/**
 * When this node asks which schedules in the store are due, and what becomes of the answer (R53, R54).
 *
 * The owner of a shelf asks ahead, and takes on what is due until a horizon; its successor and the others ask, each a while later, for
 * what nobody has claimed. So requests and memory follow what is due, not what exists, and a node without handlers does nothing here.
 */
import { shelfPlaces } from "../ring/shelfPlaces.ts";
import type { DueReply, DueRequest, ShelfAsk } from "../words/Request.ts";
import * as Schedules from "../words/Schedules.ts";
import type { View } from "../words/View.ts";
import { isApart, presentOf } from "./backlog.ts";
import type { Draft, Reading } from "./Draft.ts";
import { hasLease, hearsBy, isAwaiting, lookahead, send } from "./Draft.ts";
import { setJob, sweep } from "./jobs.ts";
import { load, toldUpTo } from "./loaded.ts";
import * as Role from "./role.ts";
import * as Shelf from "./Shelf.ts";
import type { JobEntry } from "./State.ts";
import { change, gapMs, waitMs } from "./shelfTimes.ts";
import { toSync } from "./wish.ts";

/** How far ahead the owner takes on what is due. Milliseconds. */
const horizonMs = 60_000;

/** How much earlier it asks about one shelf with another. Milliseconds. */
const gatherMs = 5_000;

/** How many schedules a node takes on from the shelves that it owns, each having its share; of what nobody has claimed, at once. */
const mostLoaded = 4_000;

/** How many of all of them it takes on first: what has waited longest starts before the rest is read. */
const mostFirst = 300;
const mostOverdue = 50;

/**
 * All of a shelf is asked for again with the first beat after so long: somebody may have put something. By its owner after the longest
 * silence at the latest, whenever it beats. Milliseconds.
 */
const anewMs = 30_000;

/** This node has handlers for schedules. */
export const addHandlers = (draft: Draft<"jobs">, handlers: ReadonlyArray<string>): void => {
  if (handlers.length === 0) return;
  draft.shelving = { ...draft.shelving, handlers: new Set([...draft.shelving.handlers, ...handlers]) };
};

/** Nobody knows any more who owns what. What is under way here is followed to its end, and by nobody taken on. */
export const forgetShelves = (draft: Draft<"jobs">): void => {
  const { lookAt, looks, shelves } = Shelf.none;
  if (draft.shelving.shelves.size > 0) draft.shelving = { ...draft.shelving, lookAt, looks, shelves };
};

/** All of some shelves is asked for again: somebody may have changed something. */
const readAnew = (draft: Draft<"jobs">, shelves: Iterable<Shelf.Shelf>): void => {
  const changed: Array<Shelf.Shelf> = [];
  for (const shelf of shelves) if (shelf.anewAt > draft.now) changed.push({ ...shelf, anewAt: draft.now });
  if (changed.length > 0) change(draft, changed);
};

/** Everything that is known of what is due may be wrong. */
export const doubtShelves = (draft: Draft<"jobs">): void => readAnew(draft, draft.shelving.shelves.values());

/** Somebody has done something to a schedule, to some of a shelf, or to some of a handler, whose name ends as that of a shelf begins. */
export const heedShelf = (draft: Draft<"jobs">, name: string): void => {
  const { shelves } = draft.shelving;
  if (name.endsWith("#") && Schedules.handlerOf(name) !== undefined) {
    return readAnew(draft, [...shelves.values()].filter((shelf) => shelf.name.startsWith(name)));
  }
  const parts = Schedules.partsOf(name);
  const shelf = shelves.get(parts === undefined ? name : Schedules.shelfOf(parts));
  if (shelf !== undefined) readAnew(draft, [shelf]);
};

/** Somebody has put or changed a schedule by this node: until its owner must have heard of it, this node claims it as well (R53). */
export const helpOut = (draft: Draft<"jobs">, name: string): void => {
  const parts = Schedules.partsOf(name);
  const shelf = parts === undefined ? undefined : draft.shelving.shelves.get(Schedules.shelfOf(parts));
  if (shelf === undefined || shelf.role._tag === "Owner") return;
  change(draft, [{ ...shelf, own: new Set(shelf.own).add(name) }]);
};

/** By then the owner of a shelf has asked for all of it. Milliseconds. */
const helpMs = ({ config }: Pick<Reading, "config">): number => Math.max(config.maxSilenceMs, 2 * anewMs);

/** The role of a node in a schedule that it has put itself and does not own: as its owner's, until that has heard or shows that it has. */
const helping = ({ config, now }: Reading, { role }: Shelf.Shelf): Role.Role =>
  Role.isAnothers(role) ? { ...role, ownedUntil: now + helpMs({ config }) } : role;

/** Somebody else has claimed a schedule: a node that did so in its owner's place leaves it to that. */
export const yielding = ({ shelving }: Reading, { role, spec: { shelf = "" } }: JobEntry): Role.Role =>
  Role.isAnothers(role) ? shelving.shelves.get(shelf)?.role ?? role : role;

/** After a beat: what may have been put meanwhile is asked for, and what is over is let go of. */
export const renewShelves = (draft: Draft<"jobs">): void => {
  const { loaded, shelves } = draft.shelving;
  if (loaded.size > 0) sweep(draft);
  if (shelves.size === 0) return;
  const afterMs = Math.min(anewMs, draft.config.maxSilenceMs / 2);
  readAnew(
    draft,
    [...shelves.values()].filter(({ readAt, role }) => Role.isPlaced(role) && readAt + afterMs <= draft.now),
  );
};

/** The places of this node's shelves in a view, and of the schedules of them that are among its jobs. */
export const placeShelves = (draft: Draft<"jobs">, view: Pick<View, "members">): void => {
  const { handlers, loaded, shelves } = draft.shelving;
  if (handlers.size === 0) return;
  const places = shelfPlaces(view);
  const members = new Map(draft.view.members.map((member) => [member.incarnation, member]));
  const placed: Array<Shelf.Shelf> = [];
  for (const handler of handlers) {
    for (const name of Schedules.shelvesOf(handler)) {
      const place = places.get(name);
      const before = shelves.get(name);
      const owner = members.get(place?.owner ?? "");
      const heardBy = owner === undefined ? undefined : hearsBy(draft, owner);
      const role = Role.placed(before?.role ?? Role.unplaced, place, draft.incarnation, heardBy);
      const shelf = before !== undefined && before.role._tag === role._tag
        ? { ...before, role }
        : Shelf.fresh(name, role, draft.now);
      placed.push(shelf);
    }
  }
  change(draft, placed);
  for (const name of [...loaded.keys()]) {
    const entry = draft.jobs.get(name);
    const role = draft.shelving.shelves.get(entry?.spec.shelf ?? "")?.role;
    if (entry === undefined || role === undefined || !Role.isDeclared(entry.role)) continue;
    const isOther = role._tag !== entry.role._tag;
    // A command may be about what runs here, whoever owns it by now.
    const wish = entry.handed.active > 0 || (isOther && Role.isLooking(role)) ? toSync(entry.wish) : entry.wish;
    setJob(draft, entry, { role, wish: { ...wish, notBefore: 0 } });
  }
  sweep(draft);
};

/** What a leaving node has to do with until the others know that it goes; undefined: nothing is bounded by that. */
const horizon = (draft: Reading): number =>
  Math.floor(Math.min(draft.now + horizonMs, draft.leaving?.handoverUntil ?? Infinity));

/** Whether something of a shelf of this node is due before an instant at which others have it. */
export const isShelfDueBy = (draft: Reading, instant: number): boolean => {
  for (const { anewAt, next, role } of draft.shelving.shelves.values()) {
    if (role._tag === "Owner" && (anewAt <= draft.now || next - lookahead(draft) <= instant)) return true;
  }
  return false;
};

/** How many of each shelf are among the jobs. */
const loadedOf = ({ jobs, shelving }: Reading): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const name of shelving.loaded.keys()) {
    const shelf = jobs.get(name)?.spec.shelf ?? "";
    counts.set(shelf, (counts.get(shelf) ?? 0) + 1);
  }
  return counts;
};

const owned = ({ shelving }: Reading): number => {
  let count = 0;
  for (const { role } of shelving.shelves.values()) if (role._tag === "Owner") count += 1;
  return count;
};

/** How many are asked for: its share of all that a node takes on, which is small where nothing of the shelf was read yet. */
const limitOf = (shelf: Shelf.Shelf, shareOf: (most: number) => number, loaded: number): number => {
  if (shelf.role._tag === "Owner") return Shelf.isFresh(shelf) ? shareOf(mostFirst) : shareOf(mostLoaded) - loaded;
  return shelf.own.size > 0 ? shareOf(mostLoaded) : mostOverdue;
};

/** Asks about every shelf whose time has come, in one request. */
export const driveShelves = (draft: Draft<"jobs" | "traffic">): void => {
  const { lookAt, shelves } = draft.shelving;
  if (lookAt > draft.now || !(draft.phase === "member" || draft.phase === "leaving")) return;
  if (!hasLease(draft) || draft.leaving?.isGone === true || isAwaiting(draft, "Due")) return;
  const counts = loadedOf(draft);
  const sharing = Math.max(1, owned(draft));
  const shareOf = (most: number): number => Math.max(1, Math.floor(most / sharing));
  const asks: Array<ShelfAsk> = [];
  const asked: Array<Shelf.Shelf> = [];
  for (const shelf of shelves.values()) {
    const isOwner = shelf.role._tag === "Owner";
    const soon = draft.now + (isOwner ? gatherMs : 0);
    if (shelf.lookAt > soon) continue;
    if (draft.phase === "leaving" && !isOwner) {
      // What stays planned in the past would have this step come again and again.
      asked.push({ ...shelf, askedAt: draft.now, anewAt: Infinity, next: Infinity });
      continue;
    }
    const isAnew = shelf.anewAt <= soon;
    // What was found before counts, as it is found again.
    const limit = limitOf(shelf, shareOf, isAnew ? 0 : counts.get(shelf.name) ?? 0);
    const until = isOwner
      ? horizon(draft)
      : Math.floor(draft.now + (shelf.own.size > 0 ? helpMs(draft) : -waitMs(draft, shelf)));
    const after = isAnew ? -1 : Math.min(shelf.until, until);
    const present = isOwner ? presentOf(draft, shelf, shareOf(mostLoaded)) : undefined;
    if (limit > 0) {
      asks.push({ shelf: shelf.name, after, until: Math.max(0, until), limit });
      asked.push({
        ...shelf,
        // What is left of it is asked for with the answer.
        askedAt: isOwner && Shelf.isFresh(shelf) ? draft.now - gapMs : draft.now,
        keep: Math.max(shelf.keep, until),
        anewAt: !isAnew ? shelf.anewAt : isOwner ? draft.now + draft.config.maxSilenceMs : Infinity,
        readAt: isAnew ? draft.now : shelf.readAt,
        next: Infinity,
        present: present?.until ?? -1,
      });
      if (present !== undefined) asks.push(present);
    } else asked.push({ ...shelf, askedAt: draft.now });
  }
  if (asked.length > 0) change(draft, asked);
  const { expected } = draft.shelving;
  if (asks.length > 0) send(draft, { _tag: "Due", service: draft.config.service, asks, expected });
};

/** How many the next answer may tell of: where this one left some, as many as a node takes on. */
const expectedAfter = ({ asks }: DueRequest, { shelves }: DueReply): number => {
  const isMore = asks.some(({ until }, index) => (shelves[index]?.next ?? Infinity) <= until);
  return isMore ? mostLoaded : shelves.reduce((count, { schedules }) => count + schedules.length, 0);
};

/** Takes the answer: what is due is among the jobs from now on. */
export const learnDue = (draft: Draft<"jobs">, request: DueRequest, reply: DueReply): void => {
  const { asks } = request;
  const { shelves } = reply;
  const changed: Array<Shelf.Shelf> = [];
  asks.forEach((ask, index) => {
    const shelf = draft.shelving.shelves.get(ask.shelf);
    const due = shelves[index];
    if (shelf === undefined || due === undefined || !Role.isPlaced(shelf.role)) return;
    const isOwner = shelf.role._tag === "Owner";
    for (const stored of due.schedules) {
      const name = Schedules.nameOf(stored.handler, stored.id);
      if (isOwner || stored.since + waitMs(draft, shelf) <= draft.now) load(draft, shelf.role, stored);
      else if (shelf.own.has(name)) load(draft, helping(draft, shelf), stored);
    }
    if (isApart(ask, shelf)) return;
    const next = due.next ?? Infinity;
    const taken = toldUpTo(ask, next);
    const ownNext = isOwner || shelf.own.size === 0 ? Infinity : Math.min(...due.schedules.map(({ since }) => since));
    const sure = ownNext < Infinity ? Math.min(taken, ownNext - 1) : taken;
    const own = shelf.anewAt <= draft.now ? shelf.own : Shelf.noneOwn;
    const keep = isOwner ? sure : shelf.keep;
    changed.push({ ...shelf, own, until: sure, keep, next: Math.min(shelf.next, next, ownNext) });
  });
  if (changed.length > 0) change(draft, changed);
  draft.shelving = { ...draft.shelving, expected: expectedAfter(request, reply) };
};

/** An ask without an answer is asked anew. */
export const loseDue = (draft: Draft<"jobs">, { asks }: DueRequest): void => {
  const shelves = asks.flatMap(({ shelf }) => draft.shelving.shelves.get(shelf) ?? []);
  readAnew(draft, shelves);
};
