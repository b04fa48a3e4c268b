/**
 * When a job wants something: a claim, a look that settles a doubt, or nothing before it is due.
 */
import * as NextFire from "../schedule/NextFire.ts";
import { actsAsOwner, type Draft, lookahead, patience, reportingAhead } from "./Draft.ts";
import { doubtUntil } from "./requests.ts";
import type { JobEntry } from "./State.ts";

/** Whether its runs may overlap. */
export const canOverlap = (entry: JobEntry): boolean => entry.spec.policies.overlap === "allow";

/** Jobs that catch up on everything take their fires one after the other instead of skipping them. */
export const waits = (entry: JobEntry): boolean => !canOverlap(entry) && entry.spec.policies.catchUp.mode === "all";

/** Whether a claim is still to be asked about: copies of it may hand a run to this node. */
const isInDoubt = ({ requests }: JobEntry): boolean => requests.copies.length > 0;

/** Whether runs of the job go on here. */
const isBusy = (draft: Draft, entry: JobEntry): boolean => entry.active > 0 && draft.runs.has(entry.spec.name);

/** When the job's own course wants a claim or a sync whose owner claims so far ahead of a due instant. Fleet time. */
const claimTimeAhead = (draft: Draft, entry: JobEntry, aheadMs: number): number => {
  if (entry.isWithdrawn || entry.isOutdated || entry.position < 0) return Infinity;
  const soonest = Math.max(entry.lookAt, draft.yields.get(entry.spec.name) ?? 0);
  if (entry.wantsSync || (entry.requests.isUnanswered && entry.position <= 1)) return soonest;
  if (entry.isPaused || entry.dueAt === undefined) return Infinity;
  const isOwner = actsAsOwner(draft, entry);
  if (entry.position > 1 && !entry.isOverdue && !isOwner) return Infinity;
  if (entry.active > 0 && waits(entry)) return Infinity;
  return Math.max(soonest, entry.dueAt + (isOwner ? -aheadMs : patience(draft)));
};

/** How far ahead of its due instant the owner claims a fire. Whether it overlaps with a run is decided when it is due. */
const claimsAhead = (draft: Draft, entry: JobEntry): number =>
  entry.active === 0 || canOverlap(entry) ? lookahead(draft) : isBusy(draft, entry) ? 0 : reportingAhead(draft);

/** When the job's own course wants a claim or a sync, fleet time. */
export const claimTime = (draft: Draft, entry: JobEntry): number =>
  claimTimeAhead(draft, entry, claimsAhead(draft, entry));

/** When doubt is over and the store can tell for certain, or is to be asked about runs that are over here. Fleet time. */
export const settleTime = (entry: JobEntry): number =>
  (isInDoubt(entry) ? doubtUntil(entry.requests) : entry.checkAt) + 1;

/** When to look at a job, at the latest a little too early: what is planned stands while the store becomes slower. Fleet time. */
export const plannedLook = (draft: Draft, entry: JobEntry): number => {
  if (entry.requests.flight !== undefined) return Infinity;
  const aheadMs = entry.active > 0 && !canOverlap(entry) && isBusy(draft, entry) ? 0 : draft.leadMs;
  return Math.min(claimTimeAhead(draft, entry, aheadMs), settleTime(entry));
};

/** When a job is expected to be due anywhere in the fleet. Fleet time. */
export const plannedDue = (draft: Draft, entry: JobEntry): number => {
  if (entry.isPaused || entry.isOutdated || entry.position < 0) return Infinity;
  // Before the store has told where the job stands it is due when it would be if it were not behind.
  return (entry.watermark === undefined ? NextFire.next(entry.spec.expression, draft.now) : entry.dueAt) ?? Infinity;
};
