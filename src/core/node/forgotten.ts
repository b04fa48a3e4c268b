/**
 * A store that has forgotten what it acknowledged, because it was emptied or put back to a copy: whoever is back first knows
 * where its own jobs stand, and of the others only what the store tells, which may be old. It leaves those to the nodes that
 * knew them, for as long as they may need to be back, lest fires run again that ran before.
 */
import type * as View from "../words/View.ts";
import { type Draft, patience } from "./Draft.ts";
import { updateJob } from "./jobs.ts";

/** Who tried which job, and who was there, before the store was found to have forgotten this node. */
export interface Remembered {
  readonly positions: ReadonlyMap<string, number>;
  readonly members: ReadonlyArray<View.Member>;
}

/** What this node remembers of the fleet. */
export const remember = (draft: Draft): Remembered => {
  const positions = new Map<string, number>();
  for (const [name, { position }] of draft.jobs) positions.set(name, position);
  return { positions, members: draft.view.members };
};

/** Asks about every job: at once where this node was the owner, else once those who knew it better have had their time. */
export const askAnew = (draft: Draft, { members, positions }: Remembered): void => {
  const present = new Set(draft.view.members.map(({ incarnation }) => incarnation));
  const isComplete = members.every(({ incarnation }) => present.has(incarnation));
  // While some are missing it cannot be known who knew what. They have as long as a member has to be heard of; a rank that is
  // there needs no more than its grace.
  const waitMs = (position: number): number =>
    isComplete ? patience(draft) * position : Math.max(draft.config.leaseMs, 2 * patience(draft));
  const yields = new Map<string, number>();
  for (const name of draft.jobs.keys()) {
    const position = positions.get(name) ?? -1;
    if (position > 0) yields.set(name, draft.now + waitMs(position));
  }
  draft.yields = yields;
  for (const name of draft.jobs.keys()) updateJob(draft, name, () => ({ wantsSync: true }));
};

/** Leaves the jobs of others to them for a while: the store has forgotten something, and perhaps more than this node can tell. */
export const leaveToOwners = (draft: Draft): void => {
  const [until = 0] = draft.yields.values();
  if (until > draft.now) return;
  const yields = new Map<string, number>();
  for (const [name, { position }] of draft.jobs) if (position > 0) yields.set(name, draft.now + draft.config.leaseMs);
  draft.yields = yields;
};
