/**
 * What an answer to a claim says to whoever listens: fires that do not run, and fires of another member that this node has decided.
 */
import type { SkipDecision } from "../words/Fire.ts";
import type { Claim, ClaimItem, ClaimResult } from "../words/Request.ts";
import * as Decision from "../schedule/Decision.ts";
import { actsAsOwner, emit, type Reading } from "./Draft.ts";
import { isAnothers } from "./role.ts";
import type { JobEntry } from "./State.ts";
import { holdsUp } from "./times.ts";

/** Whether the watermark is where this claim was to move it, by this claim or a copy that asked for less. */
export const isThere = (item: ClaimItem, { status, watermark }: ClaimResult): item is Claim =>
  item._tag === "Claim" && status === "ok" && watermark === item.to;

const announceSkips = (draft: Reading, item: ClaimItem, result: ClaimResult): void => {
  if (!isThere(item, result)) return;
  const tell = (skip: SkipDecision) => emit(draft, { _tag: "FireSkipped", job: item.job, ...skip });
  item.skips.forEach(tell);
  // No fire is owed beyond the limit, so none is skipped.
  const isSpent = item.limit !== undefined && (result.counted ?? 0) >= item.limit;
  if (item.overlap !== "skip" || isSpent) return;
  for (const { dueAt } of item.runs) {
    const isTaken = result.runs.some((run) => run.dueAt === dueAt);
    if (!isTaken) tell({ reason: "overlap", count: 1, firstDueAt: dueAt, lastDueAt: dueAt });
  }
};

/**
 * Fires that the store left without a run besides those of the claim: it had forgotten the job, or its definition changed. How
 * many they were is counted here; if none was due, there is nothing to tell.
 */
const announceFound = (draft: Reading, item: ClaimItem, result: ClaimResult, entry: JobEntry | undefined): void => {
  for (const skip of result.skips ?? []) {
    if (skip.count >= 0) {
      // Of jobs that must not overlap it is told by what is missing among the runs, also after an answer that was lost.
      if (item.overlap !== "skip") emit(draft, { _tag: "FireSkipped", job: item.job, ...skip });
    } else if (entry !== undefined) {
      const { expression } = entry.spec;
      for (const counted of Decision.skipped(expression, skip.firstDueAt, skip.lastDueAt, skip.reason)) {
        emit(draft, { _tag: "FireSkipped", job: item.job, ...counted });
      }
    }
  }
};

/** Who has a run of the job decides at once, owner or not: nobody was too late for that. */
const isTakenOver = (draft: Reading, item: ClaimItem, result: ClaimResult, entry: JobEntry): boolean =>
  isThere(item, result) && item.runs.length + item.skips.length > 0 && isAnothers(entry.role) &&
  !actsAsOwner(draft, entry) && !holdsUp(draft, entry);

/** Tells all of it. `entry` is the job as it was before the answer, if it is still known here. */
export const announce = (
  draft: Reading,
  item: ClaimItem,
  result: ClaimResult,
  entry: JobEntry | undefined,
): void => {
  if (entry !== undefined && isTakenOver(draft, item, result, entry)) {
    emit(draft, { _tag: "TakenOver", job: item.job, upTo: result.watermark as number });
  }
  announceSkips(draft, item, result);
  announceFound(draft, item, result, entry);
};
