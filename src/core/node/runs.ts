/**
 * Runs: starting them at their due instant, ending them, giving back what must not be started here any more.
 */
import type { Run } from "../words/Fire.ts";
import type { CompleteReply, Completion } from "../words/Request.ts";
import { maxHoldMs } from "../ledger/JobRecord.ts";
import type { Draft } from "./Draft.ts";
import { addCompletion, checkTime, emit, hasLease, isLooking, maxItems, send } from "./Draft.ts";
import { allRuns, deleteRun, findRun, runsOf, setRun, takeLimit, takeStart } from "./held.ts";
import { forgetIfOver, updateJob } from "./jobs.ts";
import type { AbortReason, JobEntry, LocalRun, RunEnd } from "./State.ts";

const record = (
  draft: Draft,
  run: Run,
  outcome: Completion["outcome"],
  startedAt: number,
  rerun: boolean,
  holds = false,
): void => {
  addCompletion(draft, {
    job: run.job,
    fence: run.fence,
    dueAt: run.dueAt,
    attempt: run.attempt,
    outcome,
    startedAt: Math.floor(startedAt),
    endedAt: Math.floor(draft.now),
    rerun,
    ...(holds ? { holds } : {}),
  });
};

/** Hands a run back that was not started here, or that must be started again elsewhere. */
export const giveBack = (draft: Draft, run: Run): void => record(draft, run, "abandoned", 0, true);

/** Ends a run in the store that ended here before. */
export const reportAgain = (draft: Draft, run: Run): void => record(draft, run, "abandoned", 0, false);

/** Says again of a run that is over that its handler goes on. */
export const holdAgain = (draft: Draft, local: LocalRun): void =>
  record(draft, local.run, "timed-out", local.startedAt, false, true);

const tellEnd = (
  draft: Draft,
  local: LocalRun,
  outcome: Completion["outcome"],
  { cause, error }: Pick<RunEnd, "cause" | "error">,
): void => {
  const endedAt = Math.floor(draft.now);
  const startedAt = Math.floor(local.startedAt);
  emit(draft, { _tag: "RunEnded", run: local.run, outcome, startedAt, endedAt, error, cause });
};

const end = (
  draft: Draft,
  local: LocalRun,
  outcome: Completion["outcome"],
  { cause, error }: Pick<RunEnd, "cause" | "error"> = { cause: undefined, error: undefined },
): void => {
  deleteRun(draft, local);
  record(draft, local.run, outcome, local.startedAt, false);
  // What waited for the end of this run may be claimed as soon as the report of it is on its way.
  updateJob(draft, local.run.job, () => ({}));
  tellEnd(draft, local, outcome, { cause, error });
};

const start = (draft: Draft, local: LocalRun): void => {
  const { policies, run } = local;
  const isTooLate = run.kind === "rerun" && policies.delivery === "at-most-once" &&
    draft.now - run.dueAt > Math.max(policies.catchUp.withinMs, draft.config.leaseMs);
  if (isTooLate) return end(draft, local, "abandoned");
  const timesOutAt = policies.timeoutMs === undefined ? Infinity : draft.at.mono + policies.timeoutMs;
  setRun(draft, { ...local, phase: "running", startedAt: draft.now, timesOutAt });
  draft.commands.push({ _tag: "Start", run, startedAt: Math.floor(draft.now) });
  emit(draft, { _tag: "RunStarted", run, latenessMs: draft.now - run.dueAt });
};

const abort = (draft: Draft, { run }: LocalRun, reason: AbortReason): void => {
  draft.commands.push({ _tag: "Abort", job: run.job, fence: run.fence, reason });
};

/** How long a handler may take to heed that its time is up before the store is told that it goes on. Milliseconds. */
const settlingMs = 100;

/** The run is over, and its handler is not: until it is, no other run of a job that must not overlap may start anywhere. */
const hold = (draft: Draft, local: LocalRun): void => {
  setRun(draft, { ...local, phase: "held", timesOutAt: draft.at.mono + maxHoldMs });
  holdAgain(draft, local);
  emit(draft, { _tag: "RunHeld", run: local.run, untilAt: Math.floor(draft.now) + maxHoldMs });
};

/** Nobody waits any longer for a handler that goes on. */
const abandon = (draft: Draft, local: LocalRun): void => {
  deleteRun(draft, local);
  emit(draft, { _tag: "HandlerAbandoned", run: local.run });
};

const pass = (draft: Draft, local: LocalRun): void => {
  if (local.phase === "running") {
    abort(draft, local, "timeout");
    tellEnd(draft, local, "timed-out", { cause: undefined, error: undefined });
    setRun(draft, { ...local, phase: "stopping", timesOutAt: draft.at.mono + settlingMs });
  } else if (local.phase === "stopping") {
    hold(draft, local);
  } else {
    abandon(draft, local);
    record(draft, local.run, "timed-out", local.startedAt, false);
  }
};

/** Starts what is due, times out what lasts too long. */
export const driveRuns = (draft: Draft): void => {
  for (let local = takeLimit(draft); local !== undefined; local = takeLimit(draft)) pass(draft, local);
  if (!hasLease(draft)) return;
  for (let local = takeStart(draft); local !== undefined; local = takeStart(draft)) start(draft, local);
};

/** Takes the ends that handlers came to. An end nobody waits for any more is ignored. */
export const endRuns = (draft: Draft, ends: ReadonlyArray<RunEnd>): void => {
  for (const ended of ends) {
    const local = findRun(draft, ended);
    if (local?.phase === "running") end(draft, local, ended.outcome, ended);
    else if (local?.phase === "stopping" || local?.phase === "held") {
      deleteRun(draft, local);
      record(draft, local.run, "timed-out", local.startedAt, false);
    }
  }
};

/** Gives back every run of some jobs that is not started yet. */
export const giveBackPending = (draft: Draft, jobs: Iterable<string>): void => {
  for (const job of jobs) {
    for (const local of runsOf(draft, job)) {
      if (local.phase !== "pending") continue;
      deleteRun(draft, local);
      giveBack(draft, local.run);
    }
  }
};

/**
 * The membership cannot be relied on any more: what is not started goes back, and what will be started again elsewhere
 * is told to stop. At-most-once runs go on, nobody else will start them.
 */
export const surrender = (draft: Draft): void => {
  for (const local of allRuns(draft)) {
    // It is over; only its handler goes on, and is reported when it settles.
    if (local.phase === "stopping" || local.phase === "held") continue;
    if (local.phase === "running") {
      if (local.policies.delivery === "at-most-once") continue;
      abort(draft, local, "lease-lost");
    }
    deleteRun(draft, local);
    giveBack(draft, local.run);
  }
};

/** Time is up: everything is told to stop, and recorded as cancelled or given back. */
export const cancelAll = (draft: Draft): void => {
  for (const local of allRuns(draft)) {
    if (local.phase === "held") {
      abandon(draft, local);
      continue;
    }
    if (local.phase === "running") abort(draft, local, "stopping");
    if (local.phase === "stopping") {
      abandon(draft, local);
      record(draft, local.run, "timed-out", local.startedAt, false);
      continue;
    }
    if (local.phase === "running" && local.policies.delivery === "at-most-once") {
      end(draft, local, "cancelled");
    } else {
      deleteRun(draft, local);
      giveBack(draft, local.run);
    }
  }
};

/** How long ends gather while the last report is under way: on a slow store its answer would be too long a wait. Milliseconds. */
const gatherMs = 250;

/** When the next report may leave, monotonic. */
export const reportTime = (draft: Draft): number => {
  let time = -Infinity;
  for (const { request, sent } of draft.flights.values()) {
    if (request._tag === "Complete") time = Math.max(time, sent.mono + gatherMs);
  }
  return time;
};

/** Reports ends, all that have gathered in one request. */
export const driveCompletions = (draft: Draft): void => {
  if (draft.completions.length === 0 || draft.at.mono < reportTime(draft)) return;
  const items = draft.completions.slice(0, maxItems);
  draft.completions = draft.completions.slice(maxItems);
  const { service } = draft.config;
  send(draft, { _tag: "Complete", service, incarnation: draft.incarnation, items });
};

/**
 * Takes the answer to a completion. A run that was given back is asked for again: somebody must take it. So are queued
 * fires, whose turn it may be now.
 */
export const learnComplete = (draft: Draft, items: ReadonlyArray<Completion>, reply: CompleteReply): void => {
  items.forEach((item, index) => {
    if (item.holds === true) return;
    const isOpenAgain = item.rerun && reply.results[index] === "ok" && draft.phase !== "leaving";
    const isNext = ({ isQueued }: JobEntry) => isQueued && draft.phase !== "leaving";
    updateJob(draft, item.job, (entry) => ({
      active: Math.max(0, entry.active - 1),
      wantsSync: entry.wantsSync || ((isOpenAgain || isNext(entry)) && !entry.isWithdrawn),
      checkAt: isLooking(entry) ? entry.checkAt : checkTime(draft),
    }));
    forgetIfOver(draft, item.job);
  });
};

/** A completion without an answer is reported again; the second time is harmless. */
export const loseComplete = (draft: Draft, items: ReadonlyArray<Completion>): void => {
  draft.completions = [...items, ...draft.completions];
};
