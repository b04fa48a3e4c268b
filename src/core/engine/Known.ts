/**
 * What one engine remembers of a service between its operations: texts as they were last seen, who was a member, and which
 * of its own changes may still arrive.
 *
 * Nothing is answered from memory alone. A guess that is wrong costs another request.
 */
import { layoutFor, layouts } from "../ledger/layout.ts";
import { type Seen, seen } from "./rows.ts";

/** A change that was sent: while its row is as it expects, a late copy of it may still be made. */
interface Sent {
  readonly expect: string | undefined;
  readonly notAfter: number;
}

/** An operation that is not over: as others are faster it decides anew, and sends what none of its changes tells yet. */
export interface Open {
  readonly incarnation: string;
  readonly keys: () => ReadonlySet<string>;
  /** It hands nothing over later than this, epoch milliseconds of the store. */
  readonly until: number;
}

/** So many rows that were used last are remembered at the least, and twice as many at the most. */
const mostRows = 131_072;

/**
 * So many rows at the least keep what their texts were read as, and twice as many at the most: of those that were seen once, and of
 * those that are in use. The others rest, and are read again when they are asked for.
 */
const mostFresh = 1_024;
const mostUsed = 16_384;

/** How many joins are remembered. */
const maxJoins = 1_000;

/** What is remembered of one service. */
export interface Known {
  /** The text under a key as last seen; undefined if there was none, or if it is not remembered. */
  readonly row: (key: string) => Seen | undefined;
  /** Remembers what is under a key. */
  readonly see: (key: string, row: Seen | undefined) => void;
  /** Whether an incarnation is a member, as far as is known: who has not been heard of either way may be one. */
  readonly isMember: (incarnation: string) => boolean;
  /** Remembers whether one incarnation is a member. */
  readonly seeMember: (incarnation: string, isMember: boolean) => void;
  /** Remembers who all the members are, and the highest layout that each of them reads. */
  readonly seeMembers: (reads: ReadonlyMap<string, number>) => void;
  /** The layout to write: every member that is known of reads it. */
  readonly layout: () => number;
  /** When an incarnation joined by the store's clock, epoch milliseconds; undefined if that is not remembered. */
  readonly joinedAt: (incarnation: string) => number | undefined;
  /** Remembers it: one engine serves few nodes. */
  readonly seeJoin: (incarnation: string, since: number) => void;
  /** Which definition of each job this engine last saw to it that the store has; of no job if the store was emptied since. */
  told: ReadonlyMap<string, string>;
  /** What is being told in pieces, by their names; undefined when the store was seen to have them all, or nothing is told so. */
  telling: { readonly digest: string; readonly parts: ReadonlyMap<string, string> } | undefined;
  /** Forgets everything. */
  readonly forget: () => void;
  /** Remembers that a change of a row was sent. */
  readonly send: (key: string, sent: Sent) => void;
  /** An operation begins that may hand something over. */
  readonly begin: (operation: Open) => void;
  /** It is over. One that nobody goes on with is never said to be. */
  readonly end: (operation: Open) => void;
  /**
   * Until when something that was asked for besides an operation can still be done to a row, epoch milliseconds of the store; 0
   * if nothing can. `storeTime` is a time that the store has told.
   */
  readonly doubtUntil: (key: string, storeTime: number, operation: Open) => number;
}

/** A row as it is remembered: where nobody has read it lately, and its version is its text, that text alone. */
type Kept = Seen | string;

/** Keys that were named lately, in two generations; `rest` is called with each that was not named for longer than one. */
class Lately {
  readonly #most: number;
  readonly #rest: (key: string) => void;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(most: number, rest: (key: string) => void) {
    this.#most = most;
    this.#rest = rest;
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  add(key: string): void {
    this.#young.add(key);
    if (this.#young.size < this.#most) return;
    const before = this.#old;
    this.#old = this.#young;
    this.#young = new Set();
    for (const it of before) if (!this.#old.has(it)) this.#rest(it);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}

/** Nothing is known. */
export const make = (): Known => {
  // Two generations: what is used of the old one moves to the young one, and the rest of it goes when that is full. A single
  // map from which the oldest is taken each time takes longer for each, the more were taken from its front.
  let [young, old] = [new Map<string, Kept>(), new Map<string, Kept>()];
  // Where there are many rows most of them rest, and what their texts were read as takes more room than all the rest.
  const shed = (key: string): void => {
    const map = young.has(key) ? young : old;
    const row = map.get(key);
    if (typeof row !== "object" || row.record === undefined) return;
    const { text, version } = row;
    map.set(key, text === version ? version : seen(text, version));
  };
  const used = new Lately(mostUsed, shed);
  const fresh = new Lately(mostFresh, (key) => {
    if (!used.has(key)) shed(key);
  });
  const keep = (key: string, row: Seen): void => {
    const before = young.get(key) ?? old.get(key);
    young.set(key, row);
    if (before === undefined) fresh.add(key);
    else if (row.record !== undefined) used.add(key);
    if (young.size <= mostRows) return;
    old = young;
    young = new Map();
  };
  const rowOf = (key: string): Seen | undefined => {
    const row = young.get(key);
    if (typeof row === "object" || (row === undefined && old.size === 0)) return row;
    const before = row ?? old.get(key);
    if (before === undefined) return undefined;
    // Whoever asks is about to read it.
    const awake = typeof before === "string" ? seen(before, before) : before;
    keep(key, awake);
    return awake;
  };
  const sentByKey = new Map<string, Array<Sent>>();
  const operations = new Set<Open>();
  let members: Set<string> | undefined;
  const gone = new Set<string>();
  const joins = new Map<string, number>();
  let layout = layoutFor([], layouts);

  return {
    told: new Map(),
    telling: undefined,
    row: rowOf,
    see: (key, row) => {
      if (row !== undefined) return keep(key, row);
      young.delete(key);
      old.delete(key);
    },
    isMember: (incarnation) => !gone.has(incarnation) && members?.has(incarnation) !== false,
    seeMember: (incarnation, isMember) => {
      if (isMember) {
        gone.delete(incarnation);
        members?.add(incarnation);
      } else {
        // Of those that are gone only the present ones matter, and they are few.
        if (gone.size >= 1_000) gone.clear();
        gone.add(incarnation);
      }
    },
    seeMembers: (reads) => {
      members = new Set(reads.keys());
      gone.clear();
      layout = layoutFor(reads.values(), layouts);
    },
    layout: () => layout,
    joinedAt: (incarnation) => joins.get(incarnation),
    seeJoin: (incarnation, since) => {
      joins.delete(incarnation);
      joins.set(incarnation, since);
      if (joins.size > maxJoins) joins.delete(joins.keys().next().value as string);
    },
    forget: () => {
      for (const map of [young, old, sentByKey, joins]) map.clear();
      fresh.clear();
      used.clear();
      gone.clear();
      operations.clear();
      members = undefined;
      layout = layoutFor([], layouts);
    },
    send: (key, sent) => {
      const before = sentByKey.get(key);
      if (before === undefined) sentByKey.set(key, [sent]);
      else before.push(sent);
    },
    begin: (operation) => {
      operations.add(operation);
    },
    end: (operation) => {
      operations.delete(operation);
    },
    doubtUntil: (key, storeTime, operation) => {
      let until = 0;
      for (const other of operations) {
        if (other.until < storeTime) operations.delete(other);
        else if (other !== operation && other.incarnation === operation.incarnation && other.keys().has(key)) {
          until = Math.max(until, other.until);
        }
      }
      const before = sentByKey.get(key);
      if (before === undefined) return until;
      const present = rowOf(key)?.version;
      let open = 0;
      for (const sent of before) {
        // A text that was replaced does not come back, unless the job was forgotten: what expected it can be made no more.
        if (sent.expect !== present || sent.notAfter < storeTime) continue;
        before[open++] = sent;
        until = Math.max(until, sent.notAfter);
      }
      if (open === 0) sentByKey.delete(key);
      else before.length = open;
      return until;
    },
  };
};
