/**
 * R27: whether a fire overlaps with runs of its job.
 *
 * A run counts once its holder was heard of after the fire was due: until then it may be a run of a node that is dead and not known
 * to be, and those overlap with nothing. Who claims and holds the run itself is heard of now. Whoever cannot tell leaves a
 * mark: if the runs that were in the way end, or go on, the fire overlapped with them, and if they are taken from a node
 * that is gone, it did not.
 */
import type { RunDecision } from "../words/Fire.ts";
import type { Asked, Claim } from "../words/Request.ts";
import { leaseOf } from "./lease.ts";
import type { Moment, Open } from "./Moment.ts";
import { holder } from "./Record.ts";
import type { JobRecord, StoredRun } from "./Record.ts";
import * as Waiting from "./Waiting.ts";

/** What becomes of a fire: it runs, is skipped, waits for the run before it, or cannot be decided yet. */
export type Verdict = "run" | "skip" | "wait" | "busy";

/** What becomes of the runs of a claim, in their order, and the mark that is left if one of them cannot be decided yet. */
export interface Judged {
  readonly verdicts: ReadonlyArray<Verdict>;
  readonly busyUntil: number | undefined;
}

/** How many runs of the job may be active at once. */
const atMost = (item: Asked): number => item.overlap === "allow" ? item.maxConcurrent ?? Infinity : 1;

/**
 * Since when a run keeps others from starting: since it was to start, or handed out. One that was taken over is another than the one that
 * died, and what people ask for waits for its turn.
 */
const began = ({ attempt, dueAt, fence, kind, notBefore, startsAt = dueAt }: StoredRun<Open>): Open =>
  (notBefore !== undefined && kind !== "rerun") || (attempt === 1 && (kind === "due" || kind === "late"))
    ? startsAt
    : fence;

const covers = (run: StoredRun<Open>, startsAt: number): boolean => {
  const since = began(run);
  // What is still open is now, and so after each fire that is due.
  return typeof since === "number" && since <= startsAt;
};

/** Judges the runs of a claim. One that cannot be decided yet is to refuse it. */
export const judge = (
  record: JobRecord<Open>,
  item: Claim,
  { incarnation, moment }: { readonly incarnation: string; readonly moment: Moment },
): Judged => {
  const { active, busyUntil } = record;
  if (Waiting.waits(item)) return { verdicts: Waiting.judge(record, item, moment), busyUntil };
  const most = atMost(item);
  const { held, overlap, runs, sureAfter } = item;
  // It has ended there, and the report of that is under way; or it was handed over, and the answer is.
  const isUnheld = ({ claimId, fence }: StoredRun<Open>): boolean =>
    held !== undefined && holder(claimId) === incarnation && !held.some((run) => run.fence === fence);
  // An attempt that waits in the record needs no node to be alive, and a lease is the word of who has it.
  const isSure = ({ claimId }: StoredRun<Open>): boolean =>
    claimId === undefined || holder(claimId) === incarnation || leaseOf(claimId) !== undefined ||
    (sureAfter !== undefined && moment.isAfter(sureAfter));
  let handed = 0;
  let mark = busyUntil;
  let isMarkable = true;
  const verdictOf = ({ dueAt, startsAt = dueAt }: RunDecision): Verdict => {
    const isFull = active.length + handed >= most;
    const isMarked = busyUntil !== undefined && busyUntil >= dueAt;
    if (!isFull && (!isMarked || overlap === "wait")) return "run";
    if (overlap === "wait") return "busy";
    if (overlap === "skip" && handed > 0) return "skip";
    if (!moment.isAfter(startsAt - 1)) return isFull ? "busy" : "run";
    const covering = active.filter((run) => covers(run, startsAt) && !isUnheld(run));
    const sure = covering.filter(isSure);
    if (sure.length + handed >= most || (isMarked && sure.length === covering.length)) return "skip";
    // The mark is of all that was due until then.
    if (covering.length + handed < most) isMarkable = false;
    else if (isMarkable) mark = Math.max(mark ?? dueAt, dueAt);
    return "busy";
  };
  const verdicts = runs.map((run) => {
    const verdict = verdictOf(run);
    if (verdict === "run") handed += 1;
    return verdict;
  });
  return { verdicts, busyUntil: mark };
};
