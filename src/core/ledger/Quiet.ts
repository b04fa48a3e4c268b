/**
 * R59: what a store keeps of a group of shelves for a while: since when its first row waits. A row that begins to wait earlier is told in
 * the same step; one that goes, or waits later, is not, so that the instant is too early at times and never too late.
 */
import { type Exchanged, quietMs } from "../words/Exchange.ts";

/** What is kept. */
export interface Quiet {
  /** Until then it is told, epoch milliseconds by the store's clock. */
  readonly endsAt: number;
  /** Since when the first row waits, epoch milliseconds; Infinity if none does. */
  readonly first: number;
}

/** Stands for since when, where it was not looked at. */
export const unknown: number = -Infinity;

/** What is kept of a group that was looked at. */
export const from = (first: number, now: number): Quiet => ({ endsAt: now + quietMs, first });

/** The same once a row waits since another instant. */
export const lowered = (quiet: Quiet, since: number): Quiet => since < quiet.first ? { ...quiet, first: since } : quiet;

/** Since when the first row of a shelf waits, by what was found on it from the beginning. */
export const firstIn = (found: Exchanged): number =>
  found._tag === "Due" ? found.due[0]?.[1] ?? found.next ?? Infinity : unknown;

/** What is told of a shelf whose group is quiet until an instant; undefined if that is not known. A clock that was set ends it. */
export const told = (quiet: Quiet | undefined, until: number, now: number): Exchanged | undefined => {
  if (quiet === undefined) return undefined;
  const { endsAt, first } = quiet;
  const holds = endsAt > now && endsAt <= now + quietMs && first > until;
  return holds ? { _tag: "Due", due: [], next: first === Infinity ? undefined : first } : undefined;
};
