/**
 * Forgetting a job that nobody declares any more.
 */
import type { FireEntry } from "../words/Request.ts";
import { demandNumber, demandParts } from "../words/InvalidInput.ts";
import { holder, type JobRecord } from "./Record.ts";

/** Whether a record may go, and what its going adds to the history. */
export interface Removal {
  /** `running` while a member holds a run of it, `queued` while fires wait for their turn. */
  readonly result: "ok" | "running" | "queued";
  /** Who holds its runs, by incarnation; empty unless it is running. */
  readonly holders: ReadonlyArray<string>;
  /** The lines that it adds to the history. */
  readonly history: ReadonlyArray<FireEntry>;
}

/** Of a job without a record. */
export const nothing: Removal = { result: "ok", holders: [], history: [] };

/**
 * R35: what stands in the way of removing a record, at an instant of the store's clock. A run whose node is gone does not: nobody
 * would find out for a job that nobody declares. It is recorded as lost, one that was given back as cancelled.
 *
 * Cost: linear in the active runs of the job.
 */
export const of = (
  record: JobRecord,
  job: string,
  now: number,
  isMember: (incarnation: string) => boolean,
): Removal => {
  demandParts("record", record, "queue", "active");
  demandNumber("now", now);
  const holders = new Set<string>();
  const history: Array<FireEntry> = [];
  for (const { attempt, claimId, dueAt, fence, heldUntil } of record.active) {
    const by = holder(claimId);
    const isOver = heldUntil !== undefined;
    if (by !== "" && isMember(by)) {
      if (!isOver || now <= heldUntil) holders.add(by);
    } else if (!isOver) {
      const outcome = by === "" ? "cancelled" : "lost";
      history.push({ _tag: "Run", job, dueAt, attempt, fence, outcome, startedAt: 0, endedAt: now, incarnation: by });
    }
  }
  if (holders.size > 0) return { result: "running", holders: [...holders], history: [] };
  if (record.queue.length > 0 || record.waiting !== undefined) return { result: "queued", holders: [], history: [] };
  return { result: "ok", holders: [], history };
};
