/**
 * What comes next, in the order of time: a pairing heap whose versions share what they have in common.
 *
 * Nothing is ever taken out of its middle. Who has another plan for something notes it again, and what is taken from the
 * front counts only if it is still meant. Adding: O(1); taking the first: O(log n) over time, O(1) among those of one instant.
 */
import type { Edit } from "./PersistentMap.ts";

/** So many at most stand in one list, which each series of changes copies once. */
const most = 64;

/** More of the same instant: the first `count` of a list, and those before it. An object for each would take five times as much. */
interface Same<A> {
  /** Whose list it is: who may write behind its end, where no version that is there already looks. */
  readonly edit: Edit;
  readonly whats: ReadonlyArray<A>;
  readonly count: number;
  readonly next: Same<A> | undefined;
}

/** With one more. */
const more = <A>(same: Same<A> | undefined, what: A, edit: Edit): Same<A> => {
  if (same === undefined || same.count === most) return { edit, whats: [what], count: 1, next: same };
  const { count, next, whats } = same;
  if (same.edit !== edit || whats.length !== count) {
    return { edit, whats: [...whats.slice(0, count), what], count: count + 1, next };
  }
  (whats as Array<A>).push(what);
  return { edit, whats, count: count + 1, next };
};

/** The one that was added last. */
const lastOf = <A>({ count, whats }: Same<A>): A => whats[count - 1] as A;

/** Without the one that was added last. */
const less = <A>({ count, edit, next, whats }: Same<A>): Same<A> | undefined =>
  count === 1 ? next : { edit, whats, count: count - 1, next };

interface Note<A> {
  /** When, on the clock of whoever keeps the agenda. */
  readonly at: number;
  readonly what: A;
  readonly same: Same<A> | undefined;
  /** The first of those that come later. */
  readonly later: Note<A> | undefined;
  /** The next of those that its neighbour comes before. */
  readonly beside: Note<A> | undefined;
}

/** An agenda. */
export interface Agenda<A> {
  /** What comes first, and when. */
  readonly first: Note<A> | undefined;
  /** How many notes it holds, those that do not count any more among them. */
  readonly size: number;
}

/** Nothing is planned. */
export const empty: Agenda<never> = { first: undefined, size: 0 };

/** Notes of one instant, of which the second has none that come later. */
const join = <A>({ at, later, same, what }: Note<A>, other: Note<A>): Note<A> => {
  const edit: Edit = {};
  let joined = more(same, other.what, edit);
  for (let it = other.same; it !== undefined; it = less(it)) joined = more(joined, lastOf(it), edit);
  return { at, what, same: joined, later, beside: undefined };
};

const merge = <A>(one: Note<A>, other: Note<A>): Note<A> => {
  if (one.at === other.at) {
    if (other.later === undefined) return join(one, other);
    if (one.later === undefined) return join(other, one);
  }
  const [first, second] = other.at < one.at ? [other, one] : [one, other];
  const { at, later, same, what } = second;
  return {
    at: first.at,
    what: first.what,
    same: first.same,
    later: { at, what, same, later, beside: first.later },
    beside: undefined,
  };
};

/** Notes something before or after a first note: what `merge` does, without the note that it would take apart. */
const noted = <A>(first: Note<A>, at: number, what: A, edit: Edit): Note<A> => {
  const { later, same } = first;
  if (at === first.at) return { at, what: first.what, same: more(same, what, edit), later, beside: undefined };
  if (at < first.at) return { at, what, same: undefined, later: first, beside: undefined };
  const note: Note<A> = { at, what, same: undefined, later: undefined, beside: later };
  return { at: first.at, what: first.what, same, later: note, beside: undefined };
};

/** Notes something, in one series of changes with all else that has its token. */
export const add = <A>({ first, size }: Agenda<A>, at: number, what: A, edit: Edit): Agenda<A> => ({
  first: first === undefined
    ? { at, what, same: undefined, later: undefined, beside: undefined }
    : noted(first, at, what, edit),
  size: size + 1,
});

/** One of what is planned for all, each by its key; nothing is noted of what is planned for never. */
export const ofAll = <V>(
  all: { readonly forEach: (act: (value: V, key: string) => void) => void },
  plannedAt: (value: V) => number,
): Agenda<string> => {
  const edit: Edit = {};
  let agenda: Agenda<string> = empty;
  all.forEach((value, key) => {
    const at = plannedAt(value);
    if (at < Infinity) agenda = add(agenda, at, key, edit);
  });
  return agenda;
};

const withoutFirst = <A>({ at, later, same }: Note<A>): Note<A> | undefined => {
  if (same !== undefined) return { at, what: lastOf(same), same: less(same), later, beside: undefined };
  const pairs: Array<Note<A>> = [];
  for (let note = later; note !== undefined;) {
    const partner: Note<A> | undefined = note.beside;
    pairs.push(partner === undefined ? note : merge(note, partner));
    note = partner?.beside;
  }
  let merged = pairs.pop();
  for (let pair = pairs.pop(); pair !== undefined && merged !== undefined; pair = pairs.pop()) {
    merged = merge(merged, pair);
  }
  // A note that had neighbours has none at the top.
  return merged?.beside === undefined ? merged : { ...merged, beside: undefined };
};

/** What is left without the first note. */
export const rest = <A>({ first, size }: Agenda<A>): Agenda<A> =>
  first === undefined ? empty : { first: withoutFirst(first), size: size - 1 };

/** What is left behind those at the front that are no longer meant. */
export const settled = <A>(agenda: Agenda<A>, isMeant: (at: number, what: A) => boolean): Agenda<A> => {
  let left = agenda;
  while (left.first !== undefined && !isMeant(left.first.at, left.first.what)) left = rest(left);
  return left;
};

/** Whether it holds so many more notes than could count that it is to be made anew. */
export const isOvergrown = ({ size }: Agenda<unknown>, meant: number): boolean => size > 4 * meant + 64;
