/**
 * When a job wants something: a claim, a look that settles a doubt, or nothing before it is due.
 */
import type { ClaimItem, ClaimResult } from "../words/Request.ts";
import { isOneByOne } from "./asking.ts";
import {
  actsAsOwner,
  busyGapMs,
  lookahead,
  patience,
  type Reading,
  reportingAhead,
  runningGapMs,
  workingMs,
} from "./Draft.ts";
import { isLeft } from "./definition.ts";
import { doubtUntil } from "./requests.ts";
import { isLooking, isPlaced } from "./role.ts";
import { nextStart } from "./standing.ts";
import type { JobEntry } from "./State.ts";

/** How soon a record that could not be read is looked at again: whoever has mended it does not want to wait. Milliseconds. */
export const unreadableMs = 3_000;

/** Whether its runs may overlap. */
export const canOverlap = (entry: JobEntry): boolean => entry.spec.policies.overlap === "allow";

/** Whether a fire that overlaps waits in the record (R45), so that anybody may decide it once it is due. */
export const queues = ({ spec: { policies: { overlap } } }: JobEntry): boolean =>
  overlap !== "skip" && overlap !== "allow";

/** Whether a claim is still to be asked about: copies of it may hand a run to this node. */
const isInDoubt = ({ requests }: JobEntry): boolean => requests.copies.length > 0;

/** Whether runs of the job go on here. */
const isBusy = (draft: Reading, entry: JobEntry): boolean => entry.handed.active > 0 && draft.runs.has(entry.spec.name);

/** Whether this node takes an attempt that waits ahead of its time, and others a grace later. */
export const isRetrier = (draft: Reading, entry: JobEntry): boolean =>
  entry.standing.retry?.own !== undefined || actsAsOwner(draft, entry);

/** When this node asks for an attempt that waits, fleet time. A pause does not hold it up: its fire has begun. */
const retryTime = (draft: Reading, { role, standing: { retry } }: JobEntry, isOwner: boolean): number => {
  if (retry === undefined) return Infinity;
  if (retry.own !== undefined || isOwner) return retry.at - lookahead(draft);
  return isLooking(role) ? retry.at + patience(draft) : Infinity;
};

/**
 * When to look again for the end of a run elsewhere that fires wait for: who has it takes them, or is gone. What people ask for has time
 * until a node that is gone is known to be.
 */
export const lateFrom = (
  draft: Reading,
  entry: JobEntry,
  { late = 0, queued, runs }: ClaimResult,
): number | undefined => {
  if (runs.length > 0 || (late === 0 && queued === 0)) return undefined;
  const isOwner = actsAsOwner(draft, entry);
  const { leaseMs } = draft.config;
  if (late === 0) return draft.now + (isOwner ? leaseMs : 2 * leaseMs);
  return draft.now + (isOwner ? runningGapMs(draft) : busyGapMs(draft));
};

/**
 * How soon to ask again whether a run is still in the way of what is due: while it may be of a node that died, soon; later than that
 * its node lives, and its end is looked for by who owns the job.
 */
export const askAgainMs = (draft: Reading, entry: JobEntry, { overlap }: Pick<ClaimItem, "overlap">): number => {
  const { graceMs, leaseMs } = draft.config;
  const isRecent = draft.now - (entry.standing.startsAt ?? 0) < workingMs(draft) + 2 * graceMs;
  if (actsAsOwner(draft, entry)) return isRecent || overlap === "wait" ? graceMs : leaseMs;
  return isRecent ? Math.max(graceMs, runningGapMs(draft)) : 2 * leaseMs;
};

/** When this node looks for the end of what fires in the record wait for, as whoever has that run may be gone. Fleet time. */
const waitTime = ({ role, standing: { lateAt } }: JobEntry, isOwner: boolean): number =>
  lateAt !== undefined && (isOwner || isLooking(role)) ? lateAt : Infinity;

/** Whether a run here keeps what is due from starting: who holds it knows that it goes on, and so decides at once, owner or not. */
export const holdsUp = (draft: Reading, entry: JobEntry): boolean =>
  entry.spec.policies.overlap === "skip" && isBusy(draft, entry);

/** Whether its fires wait for the end of a run here, also one that began only after they were due. */
export const waitsForOwn = (entry: JobEntry): boolean =>
  isOneByOne(entry.spec.policies) || (!canOverlap(entry) && entry.standing.busySince > 0);

/**
 * The longest that a node with a run may be silent and yet be a member, with an amnesty: who is one for so long after an instant
 * was heard of since. Milliseconds.
 */
export const silentMs = ({ config }: Reading): number => 2 * config.leaseMs + 2 * config.requestTimeoutMs;

/** When the job's own course wants a claim or a sync whose owner claims so far ahead of a start. Fleet time. */
const claimTimeAhead = (draft: Reading, entry: JobEntry, aheadMs: number): number => {
  const { definition, handed, requests, role, spec, standing, wish } = entry;
  if (!isPlaced(role) || isLeft(definition)) return Infinity;
  const soonest = Math.max(wish.notBefore, draft.yields.get(spec.name) ?? 0);
  if (wish.sync || (requests.isUnanswered && isLooking(role))) return soonest;
  const isOwner = actsAsOwner(draft, entry);
  const isInTheWay = holdsUp(draft, entry);
  const retried = Math.max(soonest, Math.min(retryTime(draft, entry, isOwner), waitTime(entry, isOwner)));
  if (standing.condition === "paused" || standing.startsAt === undefined) return retried;
  if (role._tag === "Bystander" && !wish.isOverdue && !isOwner && !isInTheWay) return retried;
  if (handed.active > 0 && waitsForOwn(entry)) return retried;
  const later = isOwner ? -aheadMs : isInTheWay ? 0 : patience(draft);
  return Math.min(retried, Math.max(soonest, standing.startsAt + later));
};

/** How far ahead of its due instant the owner claims a fire. Whether it overlaps with a run is decided when it is due. */
const claimsAhead = (draft: Reading, entry: JobEntry): number => {
  const { handed, standing } = entry;
  if (canOverlap(entry)) return lookahead(draft);
  if (standing.retry !== undefined || isBusy(draft, entry)) return 0;
  return handed.active === 0 ? lookahead(draft) : reportingAhead(draft);
};

/** When the job's own course wants a claim or a sync, fleet time. */
export const claimTime = (draft: Reading, entry: JobEntry): number =>
  claimTimeAhead(draft, entry, claimsAhead(draft, entry));

/** When doubt is over and the store can tell for certain, or is to be asked about runs that are over here. Fleet time. */
export const settleTime = (entry: JobEntry): number =>
  (isInDoubt(entry) ? doubtUntil(entry.requests) : entry.handed.checkAt) + 1;

/** When to look at a job, at the latest a little too early: what is planned stands while the store becomes slower. Fleet time. */
export const plannedLook = (draft: Reading, entry: JobEntry): number => {
  if (entry.requests.flight !== undefined) return Infinity;
  const isBehindRun = entry.standing.retry !== undefined || (entry.handed.active > 0 && isBusy(draft, entry));
  const aheadMs = isBehindRun && !canOverlap(entry) ? 0 : draft.leadMs;
  return Math.min(claimTimeAhead(draft, entry, aheadMs), settleTime(entry));
};

/** When a fire of a job is expected to start anywhere in the fleet. Fleet time. */
export const plannedDue = (draft: Reading, entry: JobEntry): number => {
  const { definition, role, spec, standing } = entry;
  if (standing.condition === "paused" || isLeft(definition) || !isPlaced(role)) return Infinity;
  // Before the store has told where the job stands it is due when it would be if it were not behind.
  const { startsAt, watermark } = standing;
  return (watermark === undefined ? nextStart(draft.config.service, spec, standing, draft.now) : startsAt) ?? Infinity;
};
