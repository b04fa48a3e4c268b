/**
 * R57: what an invocation that lives for seconds asks of a job, having looked at it once. It remembers nothing and joins nothing:
 * where the job stands is what the look has told, and so is the time.
 *
 * @module
 */
import { leaseOf } from "../ledger/lease.ts";
import * as Jitter from "../schedule/jitter.ts";
import * as NextFire from "../schedule/NextFire.ts";
import type { ActiveRun, Asked, ClaimItem, JobState } from "../words/Request.ts";
import { atOnce, beginning, overlapOf } from "./asking.ts";
import * as Decision from "../schedule/Decision.ts";
import { runsLeft } from "./standing.ts";
import type { JobSpec } from "./State.ts";

/** How a tick asks. Milliseconds. */
export interface Ticking {
  readonly service: string;
  /** How long after its start a fire is left to others. */
  readonly graceMs: number;
  /** How long it may wait for a fire to be due. */
  readonly waitMs: number;
  /** How late a fire may be and still count as on time, and as the current one where `catchUp` is `skip`. */
  readonly intervalMs: number;
  /** Whether a definition in force is replaced by its own. */
  readonly overrules: boolean;
}

/** What a look has told of a job. */
export interface Looked {
  /** The store's clock, epoch milliseconds. */
  readonly now: number;
  /** Undefined if the store does not know the job. */
  readonly state: JobState | undefined;
}

/** What is to be asked about a job, and what becomes of it if it is not. */
export interface Wanted {
  /** Undefined if nothing is to be asked. */
  readonly item: ClaimItem | undefined;
  /** How many runs may come of it. */
  readonly places: number;
  /** Another definition is in force, and it may not be replaced. */
  readonly isOutdated: boolean;
}

const nothing: Wanted = { item: undefined, places: 0, isOutdated: false };

/** Whether a run is for whoever asks: one that people asked for, one that waits for its time, or one whose holder may be gone. */
const isFree = ({ attempt, dueAt, fence, holder, notBefore }: ActiveRun, now: number, graceMs: number): boolean => {
  // The number of a queued fire may be a little ahead of the clock.
  if (holder === "" && attempt === 0) return graceMs === 0 || fence + graceMs <= now;
  if (holder === "") return (notBefore ?? dueAt) + graceMs <= now;
  const lease = leaseOf(holder);
  // Whether a node is gone is proved by asking.
  return lease === undefined || lease < now;
};

const isQueued = ({ attempt, holder }: ActiveRun): boolean => attempt === 0 && holder === "";

/** What is to be asked about a job. `places` bounds the runs that may come of it, `claimId` is nobody else's. */
export const ask = (
  ticking: Ticking,
  spec: JobSpec,
  { now, state }: Looked,
  places: number,
  claimId: string,
): Wanted => {
  const { definition, expression, name, policies } = spec;
  const { graceMs, intervalMs, overrules, service, waitMs } = ticking;
  const isOther = state !== undefined && state.definition !== definition;
  if (isOther && !overrules) return { ...nothing, isOutdated: true };
  const jitter = Jitter.of(service, name, policies.jitterMs);
  const asked = (nextDueAt: number | undefined): Asked => ({
    job: name,
    claimId,
    nextDueAt,
    nextStartsAt: Jitter.moved(expression, jitter, nextDueAt),
    floor: undefined,
    floorBy: undefined,
    definition,
    overlap: overlapOf(policies),
    rerun: policies.delivery === "at-least-once",
    maxConcurrent: policies.maxConcurrent,
    maxQueued: policies.maxQueued,
    limit: policies.limit,
    counted: state?.counted,
    begins: state === undefined ? beginning(spec, jitter, now) : undefined,
  });
  if (state === undefined || isOther) {
    return { ...nothing, item: { _tag: "Sync", take: 0, ...asked(NextFire.next(expression, now)) } };
  }
  const mostRuns = Math.min(places, runsLeft(policies, state));
  const plan = state.paused || mostRuns === 0 ? undefined : Decision.plan(expression, policies, state.watermark, {
    now: now - graceMs,
    aheadMs: graceMs === 0 ? waitMs : 0,
    lateAfterMs: intervalMs,
    currentWithinMs: intervalMs,
    mostRuns,
    jitter,
  });
  if (plan !== undefined) {
    const { runs, skips, to } = plan;
    return {
      item: { _tag: "Claim", from: state.watermark, to, runs, skips, ...asked(plan.nextDueAt) },
      places: runs.length,
      isOutdated: false,
    };
  }
  const free = state.active.filter((run) => isFree(run, now, graceMs));
  if (free.length === 0 || places === 0) return nothing;
  const queued = free.filter(isQueued).length;
  const active = state.active.length - state.active.filter(isQueued).length;
  const take = queued === 0 ? 0 : Math.min(atOnce(policies), active + Math.min(places, queued));
  return {
    item: { _tag: "Sync", take, ...asked(NextFire.next(expression, state.watermark)) },
    places: Math.min(places, free.length),
    isOutdated: false,
  };
};
