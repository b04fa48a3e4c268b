/**
 * Fires that wait for the run before them, as an observer beside the store sees them.
 */
import * as JobRecord from "../../core/ledger/JobRecord.ts";
import type { ClaimItem, HistoryEntry } from "../../core/words/Request.ts";
import * as History from "./History.ts";
import type { World } from "./World.ts";

/** Fires that waited, or were to, and gave way to others. */
export const noteGivenWay = (
  { history }: World,
  { count, firstDueAt, job, lastDueAt, reason }: Extract<HistoryEntry, { _tag: "Skip" }>,
  at: number,
): void => {
  if (count < 0 || (reason !== "coalesced" && reason !== "queue-full")) return;
  for (const { dueAt, job: of } of history.waited) {
    if (of !== job || dueAt < firstDueAt || dueAt > lastDueAt) continue;
    history.gaveWay.push({ at, job, dueAt });
    History.count(history, "waiting fire coalesced");
  }
  if (reason === "queue-full") History.count(history, "waiting fire queue-full");
};

/** Which fires began to wait, and which runs are to stop because of them. */
export const noteWaiting = (
  { history, now }: World,
  { job, maxQueued = Infinity, overlap }: ClaimItem,
  before: JobRecord.JobRecord | undefined,
  { active, waiting = [] }: JobRecord.JobRecord,
  log: History.Log,
): void => {
  const { cancels, name, waited } = log;
  const at = Math.floor(now);
  const known = before?.waiting ?? [];
  for (const dueAt of waiting) {
    if (known.includes(dueAt)) continue;
    History.count(log, "fire that waits");
    waited.push({ at, job: name, dueAt });
  }
  for (const dueAt of known) {
    if (active.some((run) => run.dueAt === dueAt && run.kind === "late")) {
      History.count(log, "waiting fire handed out");
    }
  }
  const most = overlap === "queue-all" ? maxQueued : 1;
  if (waiting.length > Math.max(most, known.length)) {
    history.incidents.push({ at, what: "more wait than may", job, incarnation: "" });
  }
  if (overlap !== "cancel-previous") return;
  const goesOn = active.find(({ cancelAt, claimId, heldUntil }) =>
    claimId !== undefined && cancelAt === undefined && heldUntil === undefined
  );
  if (goesOn !== undefined && waiting.some((dueAt) => !known.includes(dueAt))) {
    history.incidents.push({ at, what: "not told to stop", job, incarnation: JobRecord.holder(goesOn.claimId) });
  }
  for (const { cancelAt, claimId, dueAt, fence, kind, notBefore } of before?.active ?? []) {
    const left = active.find((run) => run.fence === fence);
    const isOver = left === undefined && claimId === undefined && notBefore !== undefined &&
      !active.some((run) => run.dueAt === dueAt && run.fence > fence);
    if (!isOver && (left === undefined || (left.cancelAt === cancelAt && left.notBefore === notBefore))) continue;
    History.count(log, "run cancelled by a fire");
    cancels.push({ at, job: name, dueAt, kind, fence });
  }
  for (const { cancelAt, dueAt, fence, kind } of active) {
    if (cancelAt === undefined || before?.active.some((run) => run.fence === fence) === true) continue;
    History.count(log, "run cancelled as it is handed out");
    cancels.push({ at, job: name, dueAt, kind, fence, isUnstarted: true });
  }
};
