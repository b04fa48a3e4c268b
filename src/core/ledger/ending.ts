/**
 * The end of a run in the record of its job, and the attempt that follows it where it failed.
 */
import type { Completion } from "../words/Request.ts";
import { demandParts } from "../words/InvalidInput.ts";
import { extended, leaseOf } from "./lease.ts";
import { copied, holder } from "./Record.ts";
import type { JobRecord, OpenHistory, StoredRun } from "./Record.ts";
import type { Open } from "./Moment.ts";

/** How long a run that ended by its limit still counts for overlap while its handler goes on (R33). Milliseconds. */
export const maxHoldMs = 3_600_000;

/** The line of the history about the end of a run. */
export const runEntry = (
  job: string,
  run: StoredRun<Open>,
  { endedAt, error, outcome, startedAt }: Pick<
    OpenHistory & { _tag: "Run" },
    "outcome" | "startedAt" | "endedAt" | "error"
  >,
): OpenHistory => ({
  _tag: "Run",
  job,
  dueAt: run.dueAt,
  attempt: run.attempt,
  fence: run.fence,
  outcome,
  startedAt,
  endedAt,
  incarnation: holder(run.claimId),
  // What else a report says of an error is for the next attempt, or for whoever waits.
  ...(outcome !== "failed" || error === undefined ? {} : { error: error.split("\n", 1)[0] }),
});

/** A run that is over, and whose handler is waited for no longer: what waits now is the attempt that follows, if one does. */
export const following = (run: StoredRun<Open>): StoredRun<Open> | undefined =>
  run.notBefore === undefined ? undefined : { ...run, claimId: undefined, heldUntil: undefined };

/** The line of the history about a run that was cancelled, and did not end by itself. */
export const cancelled = (job: string, run: StoredRun<Open>, endedAt: Open): OpenHistory =>
  runEntry(job, run, { outcome: "cancelled", startedAt: 0, endedAt });

/** An attempt that failed, as the one that follows it waits. */
const retried = (run: StoredRun, { error }: Completion, notBefore: number): StoredRun => ({
  ...run,
  notBefore,
  previousError: error,
  retries: (run.retries ?? 0) + 1,
});

/**
 * R56: a run whose holder has a lease, with one that ends no sooner than asked; undefined for any other, one that is over, and one that
 * was cancelled.
 */
const extendedRun = (run: StoredRun, until: number): StoredRun | undefined => {
  const { cancelAt, claimId, heldUntil } = run;
  const lease = claimId === undefined ? undefined : leaseOf(claimId);
  if (claimId === undefined || lease === undefined || heldUntil !== undefined || cancelAt !== undefined) {
    return undefined;
  }
  return lease >= until ? run : { ...run, claimId: extended(claimId, until) };
};

/** The record after a run ended, what the holder is told, and the history line. */
export interface Completed {
  /** The record after it, the very one that was given if nothing changed. */
  readonly record: JobRecord;
  /** `gone` if the record no longer had the run. */
  readonly result: "ok" | "gone";
  /** The lines it adds to the history. */
  readonly history: ReadonlyArray<OpenHistory>;
}

/**
 * R12, R42: ends a run, or gives it back to be started elsewhere, or lets the next attempt of it wait for its time. A run the
 * record does not have any more changes nothing. One that ended by its limit while its handler goes on stays until that settles,
 * its node is gone, or an hour is over.
 *
 * @example
 * ```ts
 * import { JobRecord } from "ringcron/core";
 *
 * const record = {
 *   watermark: 1_000, since: 0, lastFence: 1, paused: false, definition: "d", deployment: 1, claimId: undefined,
 *   nextDueAt: undefined, active: [], queue: [],
 * };
 * const ended = JobRecord.complete(record, {
 *   job: "a", fence: 1, dueAt: 1_000, attempt: 1, outcome: "succeeded", startedAt: 1_000, endedAt: 1_001, rerun: false,
 * });
 * console.log(ended.result); // gone
 * ```
 */
export const complete = (record: JobRecord, item: Completion): Completed => {
  demandParts("record", record, "active");
  demandParts("item", item);
  const run = record.active.find(({ fence }) => fence === item.fence);
  if (run === undefined) return { record, result: "gone", history: [] };
  const change = (next: StoredRun<Open> | undefined): JobRecord => {
    const changed = copied(record);
    changed.active = next === undefined
      ? record.active.filter((other) => other !== run)
      : record.active.map((other) => other === run ? next as StoredRun : other);
    return changed;
  };
  if (item.extendsTo !== undefined) {
    const longer = extendedRun(run, item.extendsTo);
    if (longer === undefined) return { record, result: "gone", history: [] };
    return { record: longer === run ? record : change(longer), result: "ok", history: [] };
  }
  // Its end is in the history already; a copy of the report that it goes on changes nothing.
  if (run.heldUntil !== undefined) {
    return { record: item.holds === true ? record : change(following(run)), result: "ok", history: [] };
  }
  // Nobody holds it: a copy of the report. Who has given it back may be told by an older answer that it has it, and knows of no end.
  if (run.claimId === undefined && (item.rerun || run.notBefore !== undefined || item.outcome === "abandoned")) {
    return { record, result: "ok", history: [] };
  }
  if (item.rerun && run.cancelAt !== undefined) {
    return { record: change(undefined), result: "ok", history: [cancelled(item.job, run, item.endedAt)] };
  }
  if (item.rerun) return { record: change({ ...run, claimId: undefined }), result: "ok", history: [] };
  const over = item.retryAt === undefined || run.cancelAt !== undefined
    ? run.notBefore === undefined ? run : { ...run, notBefore: undefined }
    : retried(run, item, item.retryAt);
  return {
    record: change(item.holds === true ? { ...over, heldUntil: item.endedAt + maxHoldMs } : following(over)),
    result: "ok",
    history: [runEntry(item.job, run, item)],
  };
};
