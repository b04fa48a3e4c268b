/**
 * While much of a shelf is overdue, which its owner takes on the oldest first, it takes on some of what is due now besides: that is not
 * to wait until all before it is decided (R53).
 */
import type { ShelfAsk } from "../words/Request.ts";
import type { Reading } from "./Draft.ts";
import type { Shelf } from "./Shelf.ts";

/** What is overdue by less than this is not yet behind. Milliseconds. */
const behindMs = 10_000;

/** How far ahead it is asked for, so often as what is overdue is. Milliseconds. */
const aheadMs = 5_000;

/** Which part of what is taken on of a shelf it may be. */
const part = 4;

/** What is asked about what is due now of a shelf of this node; undefined where nothing older waits. */
export const presentOf = (draft: Reading, { name, next, until }: Shelf, share: number): ShelfAsk | undefined => {
  const after = Math.floor(draft.now - behindMs);
  if (next >= after || until >= after || draft.phase === "leaving") return undefined;
  return { shelf: name, after, until: Math.floor(draft.now + aheadMs), limit: Math.max(1, Math.floor(share / part)) };
};

/** Whether an answer is about that, and tells nothing of what is older. */
export const isApart = ({ after }: ShelfAsk, { until }: Shelf): boolean => after > until;

/** Whether what starts at an instant stays here because it was asked for so. */
export const isPresent = (draft: Reading, { present }: Shelf, startsAt: number): boolean =>
  startsAt <= present && startsAt > draft.now - behindMs;
