/**
 * What comes next, in the order of time: a pairing heap whose versions share what they have in common.
 *
 * Nothing is ever taken out of its middle. Who has another plan for something notes it again, and what is taken from the
 * front counts only if it is still meant. Adding: O(1); taking the first: O(log n) over time.
 */

interface Note<A> {
  /** When, on the clock of whoever keeps the agenda. */
  readonly at: number;
  readonly what: A;
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

const merge = <A>(one: Note<A>, other: Note<A>): Note<A> => {
  const [first, second] = other.at < one.at ? [other, one] : [one, other];
  const beside = { at: second.at, what: second.what, later: second.later, beside: first.later };
  return { at: first.at, what: first.what, later: beside, beside: undefined };
};

/** Notes something. */
export const add = <A>({ first, size }: Agenda<A>, at: number, what: A): Agenda<A> => {
  const note: Note<A> = { at, what, later: undefined, beside: undefined };
  return { first: first === undefined ? note : merge(first, note), size: size + 1 };
};

/** What is left without the first note. */
export const rest = <A>({ first, size }: Agenda<A>): Agenda<A> => {
  const pairs: Array<Note<A>> = [];
  for (let note = first?.later; note !== undefined;) {
    const partner: Note<A> | undefined = note.beside;
    pairs.push(partner === undefined ? note : merge(note, partner));
    note = partner?.beside;
  }
  let merged = pairs.pop();
  for (let pair = pairs.pop(); pair !== undefined && merged !== undefined; pair = pairs.pop()) {
    merged = merge(merged, pair);
  }
  // A note that had neighbours has none at the top.
  if (merged?.beside !== undefined) merged = { ...merged, beside: undefined };
  return { first: merged, size: Math.max(0, size - 1) };
};
