/**
 * A store that has forgotten what it acknowledged, because it was emptied or put back to a copy: whoever is back first knows
 * where its own jobs stand, and of the others only what the store tells, which may be old. It leaves those to the nodes that
 * knew them, for as long as they may need to be back, lest fires run again that ran before.
 */
import type * as View from "../words/View.ts";
import { checkTime, type Draft, patience, type Reading } from "./Draft.ts";
import { checked } from "./handed.ts";
import { setJob, updateJob } from "./jobs.ts";
import { isAnothers, type Role } from "./role.ts";
import { doubtShelves } from "./shelves.ts";
import type { JobEntry } from "./State.ts";
import { toSync } from "./wish.ts";

/** Who tried which job, and who was there, before the store was found to have forgotten this node. */
export interface Remembered {
  readonly roles: ReadonlyMap<string, Role>;
  readonly view: View.View;
}

/** What this node remembers of the fleet. */
export const remember = (draft: Reading): Remembered => {
  const roles = new Map<string, Role>();
  for (const [name, { role }] of draft.jobs) roles.set(name, role);
  return { roles, view: draft.view };
};

/** Leaves jobs to others until some instant, 0 for none, and for no shorter time than it has left them already. */
const leave = (draft: Draft<"jobs">, untilOf: (entry: JobEntry) => number): void => {
  const yields = new Map<string, number>();
  for (const [name, entry] of draft.jobs) {
    const until = Math.max(untilOf(entry), draft.yields.get(name) ?? 0);
    if (until > 0) yields.set(name, until);
  }
  draft.yields = yields;
};

/** Asks about every job: at once where this node was the owner, else once those who knew it better have had their time. */
export const askAnew = (draft: Draft<"jobs">, { roles, view }: Remembered): void => {
  const present = new Set(draft.view.members.map(({ incarnation }) => incarnation));
  // A copy from before has members in it whether they live or not.
  const isComplete = draft.view.version >= view.version &&
    view.members.every(({ incarnation }) => present.has(incarnation));
  // While some are missing it cannot be known who knew what. They have as long as a member has to be heard of; a rank that is
  // there needs no more than its grace.
  const waitMs = (rank: number): number =>
    isComplete ? patience(draft) * rank : Math.max(draft.config.leaseMs, 2 * patience(draft));
  leave(draft, ({ spec }) => {
    const role = roles.get(spec.name);
    if (role === undefined || !isAnothers(role)) return 0;
    return draft.now + waitMs(role._tag === "Successor" ? 1 : 2);
  });
  for (const name of draft.jobs.keys()) updateJob(draft, name, ({ wish }) => ({ wish: toSync(wish) }));
  doubtShelves(draft);
};

/** A job that this node does not own. */
const jobOfAnother = ({ jobs }: Reading): string | undefined => {
  for (const [name, { role }] of jobs) if (isAnothers(role)) return name;
  return undefined;
};

/** What is told within this time is told of one loss. Milliseconds. */
const tellingMs = 1_000;

/**
 * Leaves the jobs of others to them for a while, as the store has forgotten something, and perhaps more than this node can tell. What
 * it ran of those may stand in the record as going on; nobody but this node knows better, and it would not ask about them again.
 */
export const leaveToOwners = (draft: Draft<"jobs">): void => {
  const until = draft.now + draft.config.leaseMs;
  const other = jobOfAnother(draft);
  // Many answers tell of it one after the other, and each time all jobs are visited.
  if (other === undefined || (draft.yields.get(other) ?? 0) > until - tellingMs) return;
  leave(draft, ({ role }) => isAnothers(role) ? until : 0);
  const checkAt = checkTime(draft);
  for (const entry of [...draft.jobs.values()]) {
    const { handed, role } = entry;
    if (isAnothers(role) && handed.lastFence > 0) {
      setJob(draft, entry, { handed: checked(handed, Math.min(handed.checkAt, checkAt)) });
    }
  }
};
