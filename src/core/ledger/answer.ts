/**
 * What a claimant is told of a job.
 */
import type { Asked, ClaimStatus } from "../words/Request.ts";
import type { Open } from "./Moment.ts";
import { asRun, holder, pauseOf, retryAt } from "./Record.ts";
import type { JobRecord, OpenHistory, OpenResult, OpenRun, OpenSkip, StoredRun } from "./Record.ts";

/** The answer to one claim item, the record after it, and what it adds to the history. */
export interface Claimed {
  /** The record after it, the very one that was given if nothing changed; undefined if there is none. */
  readonly record: JobRecord<Open> | undefined;
  /** What the claimant is told. */
  readonly result: OpenResult;
  /** The lines it adds to the history, oldest first. */
  readonly history: ReadonlyArray<OpenHistory>;
  /** Every node is to look again. Default: no. */
  readonly touches?: boolean | undefined;
  /** Runs are to stop, which their holders are to hear of. Default: none are. */
  readonly isMarked?: boolean | undefined;
}

/** What is told besides where the job stands. */
export interface Told {
  readonly history?: ReadonlyArray<OpenHistory>;
  readonly lost?: ReadonlyArray<OpenRun>;
  readonly skips?: ReadonlyArray<OpenSkip>;
  readonly regressedFrom?: number | undefined;
  readonly touches?: boolean | undefined;
  readonly isMarked?: boolean | undefined;
}

const none: ReadonlyArray<never> = [];
const untold: Told = {};

/** Runs that a claimant holds: those that go on, and those that ended by their limit. */
interface Held {
  readonly runs: ReadonlyArray<OpenRun>;
  readonly over: ReadonlyArray<OpenRun>;
}

const noneHeld: Held = { runs: none, over: none };

const heldBy = (incarnation: string, job: string, active: ReadonlyArray<StoredRun<Open>>): Held => {
  let runs: Array<OpenRun> | undefined;
  let over: Array<OpenRun> | undefined;
  for (const run of active) {
    if (holder(run.claimId) !== incarnation) continue;
    if (run.heldUntil === undefined) (runs ??= []).push(asRun(job, run));
    else (over ??= []).push(asRun(job, run));
  }
  return { runs: runs ?? none, over: over ?? none };
};

/**
 * Where the job stands. Who was refused before it could tell the store what that has forgotten, or be told what nobody has
 * decided, is not told this either: it would take it for what it knew all along.
 */
const standing = (status: ClaimStatus, record: JobRecord<Open> | undefined, { floor }: Asked): Open | undefined => {
  if (record === undefined) return undefined;
  const { since, watermark } = record;
  if (floor === undefined || (status !== "stale" && status !== "absent" && status !== "outdated")) return watermark;
  const isUntold = typeof since === "number" && floor < since;
  const isForgotten = typeof watermark === "number" && floor > watermark;
  return isUntold || isForgotten ? undefined : watermark;
};

/**
 * R4: whatever the answer, it lists all active runs the claimant holds, so that none can be held without its knowledge, and apart
 * from them those that ended by their limit.
 */
export const answer = (
  status: ClaimStatus,
  record: JobRecord<Open> | undefined,
  item: Asked,
  { incarnation }: { readonly incarnation: string },
  { history = none, lost = none, isMarked, regressedFrom, skips = none, touches }: Told = untold,
): Claimed => {
  const { job } = item;
  const { over, runs } = record === undefined ? noneHeld : heldBy(incarnation, job, record.active);
  const pause = record && status === "paused" ? pauseOf(record) : undefined;
  const waits = record && retryAt(record);
  const counted = record?.counted;
  const late = record?.waiting === undefined || record.paused ? 0 : record.waiting.length;
  const queued = record === undefined ? 0 : record.queue.length + late;
  const watermark = standing(status, record, item);
  const usual = { job, status, watermark, runs, over, lost, skips, regressedFrom, queued };
  const waiting = record?.waiting;
  const isUsual = pause === undefined && counted === undefined && waits === undefined && waiting === undefined;
  const result = isUsual ? usual : {
    ...usual,
    ...(pause === undefined ? {} : { pause }),
    ...(counted === undefined ? {} : { counted }),
    ...(waits === undefined ? {} : { retryAt: waits }),
    ...(late === 0 ? {} : { late }),
    ...(waiting === undefined ? {} : { waiting }),
  };
  return { record, result, history, touches, isMarked };
};
