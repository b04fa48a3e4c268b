/**
 * Cancelling runs of a job (R44).
 */
import { cancelled } from "./ending.ts";
import type { Open } from "./Moment.ts";
import type { JobRecord, OpenHistory, StoredRun } from "./Record.ts";

/** What became of a request to cancel runs. */
export interface Cancelled<N extends Open> {
  /** The record after it, the very one that was given if nothing changed. */
  readonly record: JobRecord<N>;
  /** The lines it adds to the history. */
  readonly history: ReadonlyArray<OpenHistory>;
  /** How many runs are cancelled by it, or were to be already. */
  readonly count: number;
  /** Nodes that hold some are to look. */
  readonly isMarked: boolean;
}

/**
 * R44: marks the runs that somebody holds, of whom each learns it with its next contact; ends those that nobody holds. A run that is
 * over, and whose handler goes on, is followed by no attempt any more. With a fence it is about that run alone.
 *
 * Cost: linear in the active runs of the job.
 */
export const cancelRuns = <N extends Open>(
  record: JobRecord<N>,
  job: string,
  fence: number | undefined,
  now: number,
): Cancelled<N> => {
  const history: Array<OpenHistory> = [];
  let [count, isMarked] = [0, false];
  const active = record.active.flatMap((run): ReadonlyArray<StoredRun<N>> => {
    const isOver = run.heldUntil !== undefined;
    if ((fence !== undefined && run.fence !== fence) || (isOver && run.notBefore === undefined)) return [run];
    count += 1;
    if (isOver) return [{ ...run, notBefore: undefined }];
    if (run.claimId === undefined) {
      // What waits is the attempt after the one that it still has the number of.
      const attempt = run.attempt + (run.notBefore === undefined ? 0 : 1);
      history.push(cancelled(job, { ...run, attempt }, now));
      return [];
    }
    if (run.cancelAt !== undefined) return [run];
    isMarked = true;
    return [{ ...run, cancelAt: now }];
  });
  const isSame = active.length === record.active.length && active.every((run, index) => run === record.active[index]);
  return { record: isSame ? record : { ...record, active }, history, count, isMarked };
};
