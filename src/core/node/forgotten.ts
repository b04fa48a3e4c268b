/**
 * A store that has forgotten what it acknowledged, because it was emptied or put back to a copy: whoever is back first knows
 * where its own jobs stand, and of the others only what the store tells, which may be old. It leaves those to the nodes that
 * knew them, for as long as they may need to be back, lest fires run again that ran before.
 */
import type * as View from "../words/View.ts";
import { type Draft, patience } from "./Draft.ts";
import { updateJob } from "./jobs.ts";
import type { JobEntry } from "./State.ts";

/** Who tried which job, and who was there, before the store was found to have forgotten this node. */
export interface Remembered {
  readonly positions: ReadonlyMap<string, number>;
  readonly view: View.View;
}

/** What this node remembers of the fleet. */
export const remember = (draft: Draft): Remembered => {
  const positions = new Map<string, number>();
  for (const [name, { position }] of draft.jobs) positions.set(name, position);
  return { positions, view: draft.view };
};

/** Leaves jobs to others until some instant, 0 for none, and for no shorter time than it has left them already. */
const leave = (draft: Draft, untilOf: (entry: JobEntry) => number): void => {
  const yields = new Map<string, number>();
  for (const [name, entry] of draft.jobs) {
    const until = Math.max(untilOf(entry), draft.yields.get(name) ?? 0);
    if (until > 0) yields.set(name, until);
  }
  draft.yields = yields;
};

/** Asks about every job: at once where this node was the owner, else once those who knew it better have had their time. */
export const askAnew = (draft: Draft, { positions, view }: Remembered): void => {
  const present = new Set(draft.view.members.map(({ incarnation }) => incarnation));
  // A copy from before has members in it whether they live or not.
  const isComplete = draft.view.version >= view.version &&
    view.members.every(({ incarnation }) => present.has(incarnation));
  // While some are missing it cannot be known who knew what. They have as long as a member has to be heard of; a rank that is
  // there needs no more than its grace.
  const waitMs = (position: number): number =>
    isComplete ? patience(draft) * position : Math.max(draft.config.leaseMs, 2 * patience(draft));
  leave(draft, ({ spec }) => {
    const position = positions.get(spec.name) ?? -1;
    return position > 0 ? draft.now + waitMs(position) : 0;
  });
  for (const name of draft.jobs.keys()) updateJob(draft, name, () => ({ wantsSync: true }));
};

/** A job that this node does not own. */
const jobOfAnother = ({ jobs }: Draft): string | undefined => {
  for (const [name, { position }] of jobs) if (position > 0) return name;
  return undefined;
};

/** What is told within this time is told of one loss. Milliseconds. */
const tellingMs = 1_000;

/** Leaves the jobs of others to them for a while: the store has forgotten something, and perhaps more than this node can tell. */
export const leaveToOwners = (draft: Draft): void => {
  const until = draft.now + draft.config.leaseMs;
  const other = jobOfAnother(draft);
  // Many answers tell of it one after the other, and each time all jobs are visited.
  if (other === undefined || (draft.yields.get(other) ?? 0) > until - tellingMs) return;
  leave(draft, ({ position }) => position > 0 ? until : 0);
};
