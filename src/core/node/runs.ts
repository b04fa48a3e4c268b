/**
 * Runs: starting them at their due instant, ending them, giving back what must not be started here any more.
 */
import type { Run } from "../words/Fire.ts";
import { startsAt } from "../words/start.ts";
import type { CompleteReply, Completion } from "../words/Request.ts";
import { maxHoldMs } from "../ledger/JobRecord.ts";
import type { Draft, Reading } from "./Draft.ts";
import { addCompletion, checkTime, emit, hasLease, maxItems, send, tell } from "./Draft.ts";
import { checked, reported } from "./handed.ts";
import { unreadableMs } from "./times.ts";
import { allRuns, deleteRun, findRun, runsOf, setRun, takeLimits, takeStarts } from "./held.ts";
import { forgetIfOver, planAnew, setJob } from "./jobs.ts";
import { retryAt } from "./retry.ts";
import { mayStart } from "./places.ts";
import { isDeclared, isLooking } from "./role.ts";
import { lasted, next, ofEnd, type Said, settlingMs } from "./said.ts";
import { retryReported } from "./standing.ts";
import type { AbortReason, LocalRun, RunEnd } from "./State.ts";
import { toSync, type Wish } from "./wish.ts";

const record = (
  draft: Draft<"reports">,
  run: Run,
  outcome: Completion["outcome"],
  startedAt: number,
  rerun: boolean,
  holds = false,
  said: Said | undefined = undefined,
): void => {
  const completion: Completion = {
    job: run.job,
    fence: run.fence,
    dueAt: run.dueAt,
    attempt: run.attempt,
    outcome,
    startedAt: Math.floor(startedAt),
    endedAt: Math.floor(draft.now),
    rerun,
  };
  if (!holds && said === undefined) return addCompletion(draft, completion);
  addCompletion(draft, { ...completion, ...(holds ? { holds } : {}), ...said });
};

/** Hands a run back that was not started here, or that must be started again elsewhere. */
export const giveBack = (draft: Draft<"reports">, run: Run): void => record(draft, run, "abandoned", 0, true);

/** Ends a run in the store that ended here before. */
export const reportAgain = (draft: Draft<"reports">, run: Run): void => record(draft, run, "abandoned", 0, false);

/** How a run ended that was told to stop. */
const outcomeOf = ({ over }: LocalRun): Completion["outcome"] => over ?? "timed-out";

/** Says again of a run that is over that its handler goes on. */
export const holdAgain = (draft: Draft<"reports">, local: LocalRun): void =>
  record(draft, local.run, outcomeOf(local), local.startedAt, false, true, next(local.retryAt, lasted));

/** A run that ended by its limit is over: its handler has settled, or nobody waits for that any longer. */
const settled = (draft: Draft<"reports">, local: LocalRun): void =>
  record(draft, local.run, outcomeOf(local), local.startedAt, false, false, next(local.retryAt, lasted));

const tellEnd = (
  draft: Reading,
  local: LocalRun,
  outcome: Completion["outcome"],
  { cause, error }: Pick<RunEnd, "cause" | "error">,
  retryAt: number | undefined,
): void => {
  const at = Math.floor(draft.now);
  const startedAt = Math.floor(local.startedAt);
  const ended = { _tag: "RunEnded", run: local.run, outcome, startedAt, endedAt: at, error, cause, at } as const;
  tell(draft, retryAt === undefined ? ended : { ...ended, retryAt });
};

const retryOf = (draft: Reading, { policies, run }: LocalRun, outcome: Completion["outcome"]): number | undefined =>
  retryAt(policies.retry, draft.config.service, run, outcome, draft.now);

const end = (
  draft: Draft<"jobs" | "runs" | "reports">,
  local: LocalRun,
  outcome: Completion["outcome"],
  { cause, error, isFinal, returned }: Omit<RunEnd, "job" | "fence" | "outcome"> = {
    cause: undefined,
    error: undefined,
  },
): void => {
  const retryAt = isFinal === true ? undefined : retryOf(draft, local, outcome);
  deleteRun(draft, local);
  record(draft, local.run, outcome, local.startedAt, false, false, ofEnd(local.run, retryAt, { error, returned }));
  // What waited for the end of this run may be claimed as soon as the report of it is on its way.
  planAnew(draft, local.run.job);
  tellEnd(draft, local, outcome, { cause, error }, retryAt);
};

const isTooLate = (draft: Reading, { policies, run }: LocalRun): boolean =>
  run.kind === "rerun" && policies.delivery === "at-most-once" &&
  draft.now - (run.startsAt ?? run.dueAt) > Math.max(policies.catchUp.withinMs, draft.config.leaseMs);

const start = (draft: Draft<"runs">, local: LocalRun): void => {
  const { given, payload = given?.payload, policies, run } = local;
  const timesOutAt = policies.timeoutMs === undefined ? Infinity : draft.at.mono + policies.timeoutMs;
  setRun(draft, { ...local, phase: "running", startedAt: draft.now, timesOutAt });
  const asked = payload === undefined && given === undefined ? run : { ...run, payload, version: given?.version };
  draft.commands.push({ _tag: "Start", run: asked, startedAt: Math.floor(draft.now) });
};

const abort = (draft: Reading, { run }: LocalRun, reason: AbortReason): void => {
  draft.commands.push({ _tag: "Abort", job: run.job, fence: run.fence, reason });
};

/** Somebody wants a run cancelled (R44). What it comes to after that counts no more; while its handler goes on it is held. */
export const cancel = (draft: Draft<"jobs" | "runs" | "reports">, local: LocalRun): void => {
  if (local.phase === "pending") end(draft, local, "cancelled");
  if (local.phase !== "running") return;
  abort(draft, local, "cancelled");
  tellEnd(draft, local, "cancelled", { cause: undefined, error: undefined }, undefined);
  setRun(draft, { ...local, phase: "stopping", over: "cancelled", timesOutAt: draft.at.mono + settlingMs });
};

/** The run is over, and its handler is not: until it is, no other run of a job that must not overlap may start anywhere. */
const hold = (draft: Draft<"runs" | "reports">, local: LocalRun): void => {
  setRun(draft, { ...local, phase: "held", timesOutAt: draft.at.mono + maxHoldMs });
  holdAgain(draft, local);
  emit(draft, { _tag: "RunHeld", run: local.run, untilAt: Math.floor(draft.now) + maxHoldMs });
};

/** Nobody waits any longer for a handler that goes on. */
const abandon = (draft: Draft<"runs">, local: LocalRun): void => {
  deleteRun(draft, local);
  emit(draft, { _tag: "HandlerAbandoned", run: local.run });
};

const pass = (draft: Draft<"runs" | "reports">, local: LocalRun): void => {
  if (local.phase === "running") {
    abort(draft, local, "timeout");
    const next = retryOf(draft, local, "timed-out");
    tellEnd(draft, local, "timed-out", { cause: undefined, error: undefined }, next);
    setRun(draft, { ...local, phase: "stopping", timesOutAt: draft.at.mono + settlingMs, retryAt: next });
  } else if (local.phase === "stopping") {
    hold(draft, local);
  } else {
    abandon(draft, local);
    settled(draft, local);
  }
};

/** Starts what is due, times out what lasts too long. */
export const driveRuns = (draft: Draft<"jobs" | "runs" | "reports">): void => {
  for (const local of takeLimits(draft)) pass(draft, local);
  if (!hasLease(draft)) return;
  const started: Array<Run> = [];
  for (const local of takeStarts(draft, mayStart)) {
    if (isTooLate(draft, local)) end(draft, local, "abandoned");
    else {
      start(draft, local);
      started.push(local.run);
    }
  }
  // Listeners would delay the runs that are yet to start.
  const at = Math.floor(draft.now);
  for (const run of started) {
    tell(draft, { _tag: "RunStarted", run, latenessMs: draft.now - startsAt(run), at });
  }
};

/** Takes the ends that handlers came to. An end nobody waits for any more is ignored. */
export const endRuns = (draft: Draft<"jobs" | "runs" | "reports">, ends: ReadonlyArray<RunEnd>): void => {
  for (const ended of ends) {
    const local = findRun(draft, ended);
    if (local?.phase === "running") end(draft, local, ended.outcome, ended);
    else if (local?.phase === "stopping" || local?.phase === "held") {
      deleteRun(draft, local);
      settled(draft, local);
    }
  }
};

/** Gives back every run of some jobs that is not started yet. */
export const giveBackPending = (draft: Draft<"runs" | "reports">, jobs: Iterable<string>): void => {
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
export const surrender = (draft: Draft<"runs" | "reports">): void => {
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
export const cancelAll = (draft: Draft<"jobs" | "runs" | "reports">): void => {
  for (const local of allRuns(draft)) {
    if (local.phase === "held") {
      abandon(draft, local);
      continue;
    }
    if (local.phase === "running") abort(draft, local, "stopping");
    if (local.phase === "stopping") {
      abandon(draft, local);
      settled(draft, local);
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
export const reportTime = (draft: Reading): number => {
  let time = -Infinity;
  for (const { request, sent } of draft.flights.values()) {
    if (request._tag === "Complete") time = Math.max(time, sent.mono + gatherMs);
  }
  return time;
};

/** What could not be recorded is to be reported once more. */
export const reportAllAgain = (draft: Draft<"reports">): void => {
  draft.completions = [...draft.unrecorded, ...draft.completions];
  draft.unrecorded = [];
  draft.reportAgainAt = Infinity;
};

/** Reports ends, all that have gathered in one request. */
export const driveCompletions = (draft: Draft<"reports" | "traffic">): void => {
  if (draft.at.mono >= draft.reportAgainAt) reportAllAgain(draft);
  if (draft.completions.length === 0 || draft.at.mono < reportTime(draft)) return;
  const items = draft.completions.slice(0, maxItems);
  draft.completions = draft.completions.slice(maxItems);
  const { service } = draft.config;
  send(draft, { _tag: "Complete", service, incarnation: draft.incarnation, items });
};

/** The longest pause between two reports of what cannot be recorded. Milliseconds. */
const longestAgainMs = 60_000;

/** Plans when to report again what could not be recorded: a record may stay as it is for days. */
const planReports = (draft: Draft<"reports">, { results }: CompleteReply): void => {
  if (results.includes("unreadable")) {
    const pauseMs = Math.min(longestAgainMs, unreadableMs * 2 ** Math.min(draft.refusals, 10));
    draft.reportAgainAt = Math.min(draft.reportAgainAt, draft.at.mono + pauseMs);
    draft.refusals += 1;
  } else if (draft.unrecorded.length === 0) draft.refusals = 0;
};

/**
 * Takes the answer to a completion. A run that was given back is asked for again: somebody must take it. So are queued
 * fires, whose turn it may be now.
 */
export const learnComplete = (
  draft: Draft<"jobs" | "reports">,
  items: ReadonlyArray<Completion>,
  reply: CompleteReply,
): void => {
  const { open } = reply;
  items.forEach((item, index) => {
    if (reply.results[index] === "unreadable") {
      draft.unrecorded = [...draft.unrecorded, item];
      return;
    }
    if (item.holds === true) return;
    const { retryAt } = item;
    const isOpenAgain = item.rerun && reply.results[index] === "ok" && draft.phase !== "leaving";
    const isOpen = open?.includes(item.job) === true;
    const isNext = ({ isQueued }: Wish) => (isQueued || isOpen) && draft.phase !== "leaving";
    const entry = draft.jobs.get(item.job);
    if (entry === undefined) return;
    const { handed, role, standing, wish } = entry;
    const left = reported(handed);
    setJob(draft, entry, {
      handed: isLooking(role) ? left : checked(left, checkTime(draft)),
      wish: (isOpenAgain || isNext(wish)) && isDeclared(role)
        ? toSync(isOpen ? { ...wish, isQueued: true } : wish)
        : wish,
      standing: retryAt === undefined || reply.results[index] !== "ok"
        ? standing
        : { ...standing, retry: retryReported(standing.retry, retryAt, item) },
    });
    forgetIfOver(draft, item.job);
  });
  planReports(draft, reply);
};

/** A completion without an answer is reported again; the second time is harmless. */
export const loseComplete = (draft: Draft<"reports">, items: ReadonlyArray<Completion>): void => {
  draft.completions = [...items, ...draft.completions];
};
