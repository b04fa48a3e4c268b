/**
 * Shelves: what the schedules of one handler in one partition are to this node. Data, and when a shelf is to be asked about.
 */
import * as Agenda from "./Agenda.ts";
import { PersistentMap } from "./PersistentMap.ts";
import type { Role } from "./role.ts";

/** A shelf whose handler this node has. Instants are fleet time; Infinity: there is none. */
export interface Shelf {
  readonly name: string;
  readonly role: Role;
  /** What waits since this instant or an earlier one was taken on, if it was not taken from there since; -1: nothing was. */
  readonly until: number;
  /**
   * Schedules that start by then stay here: what an ask that is under way is for, or else what the last one told. Those that start
   * later make room, as more is due than a node takes on.
   */
  readonly keep: number;
  /** What starts a while ago or later, up to this instant, stays here as well: it is due while older ones wait; -1: nothing. */
  readonly present: number;
  /** Since when the next one after them waits, as it was last told. */
  readonly next: number;
  /** When all of it is asked for again, whatever was taken on; Infinity: not unless somebody says so. */
  readonly anewAt: number;
  /** When all of it was asked for last. */
  readonly readAt: number;
  /** Schedules of it that this node has put, until it has taken them on: their owner may not have heard of them yet. */
  readonly own: ReadonlySet<string>;
  /** When it was asked about last. */
  readonly askedAt: number;
  /** When it is to be asked about; Infinity while it is. */
  readonly lookAt: number;
}

/** What a node has to do with schedules in the store. */
export interface Shelving {
  /** The handlers that it has. */
  readonly handlers: ReadonlySet<string>;
  /** Their shelves, while this node is a member. */
  readonly shelves: PersistentMap<Shelf>;
  /** When each of them is to be asked about; what stands there of former plans does not count. */
  readonly looks: Agenda.Agenda<string>;
  /** When the first of them is, fleet time. */
  readonly lookAt: number;
  /** The schedules that are among the jobs. */
  readonly loaded: PersistentMap<string>;
  /** How many the next answer may tell of, as the last one did. */
  readonly expected: number;
}

/** A node without handlers. */
export const none: Shelving = {
  handlers: new Set(),
  shelves: PersistentMap.by(({ name }) => name),
  looks: Agenda.empty,
  lookAt: Infinity,
  loaded: PersistentMap.by((name) => name),
  expected: 0,
};

/** Nothing was put here. */
export const noneOwn: ReadonlySet<string> = new Set();

/** A shelf that nothing is known of. */
export const fresh = (name: string, role: Role, now: number): Shelf => ({
  name,
  role,
  until: -1,
  keep: -1,
  present: -1,
  next: Infinity,
  anewAt: now,
  readAt: -Infinity,
  own: noneOwn,
  askedAt: -Infinity,
  lookAt: now,
});

/** Whether nothing of it was read yet. */
export const isFresh = ({ readAt }: Shelf): boolean => readAt === -Infinity;
