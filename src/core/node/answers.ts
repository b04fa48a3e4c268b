/**
 * Answers to claims and looks: a node learns what the reply says, never what it asked for.
 */
import type { Run, SkipDecision } from "../words/Fire.ts";
import type { ActiveRun, ClaimItem, ClaimReply, ClaimResult, ClaimStatus, PeekReply } from "../words/Request.ts";
import type { Instant } from "./FleetClock.ts";
import * as Decision from "./Decision.ts";
import * as NextFire from "../schedule/NextFire.ts";
import type { Draft } from "./Draft.ts";
import { actsAsOwner, emit, lookahead, patience } from "./Draft.ts";
import { leaveToOwners } from "./forgotten.ts";
import { findRun, setRun } from "./held.ts";
import { farAheadMs, tellDecidedAhead } from "./hearing.ts";
import { forgetIfOver, setJob, updateJob } from "./jobs.ts";
import { giveBack, holdAgain, reportAgain } from "./runs.ts";
import * as Requests from "./requests.ts";
import type { JobEntry } from "./State.ts";

/** Whether the end of a run is being reported. */
const isReported = (draft: Draft, { fence, job }: Run): boolean => {
  const isIt = (end: { readonly job: string; readonly fence: number }) => end.job === job && end.fence === fence;
  if (draft.completions.some(isIt)) return true;
  for (const { request } of draft.flights.values()) {
    if (request._tag === "Complete" && request.items.some(isIt)) return true;
  }
  return false;
};

/** Whether a run is here, or its end is being reported. */
const isUnderWay = (draft: Draft, run: Run): boolean => findRun(draft, run) !== undefined || isReported(draft, run);

/**
 * When a run starts. What people ask for is due when they ask, and what is started again was due before: where such an instant
 * lies far ahead, the clock that told it was wrong.
 */
const startOf = ({ dueAt, kind }: Run, now: number): number =>
  (kind === "manual" || kind === "rerun") && dueAt > now + farAheadMs ? now : dueAt;

/**
 * Takes on the runs the store says this node holds, unless it had them before: an answer may be older than the end of a
 * run. Those of a job that is no longer declared go back. So do all that were asked for before the membership lapsed: they
 * may have been taken away since, whether it was renewed meanwhile or not.
 */
const takeRuns = (
  draft: Draft,
  entry: JobEntry,
  sent: Instant,
  runs: ReadonlyArray<Run>,
  over: ReadonlyArray<Run>,
): Pick<JobEntry, "active" | "lastFence"> => {
  let { active, lastFence } = entry;
  const isStale = draft.hasLapsed || sent.mono <= draft.lapsedAt;
  for (const run of over) {
    // Its handler has settled here, and the store has lost that report.
    if (isUnderWay(draft, run)) continue;
    active += 1;
    reportAgain(draft, run);
  }
  for (const run of runs) {
    if (run.fence <= entry.lastFence) {
      // It is over here. Either this answer is older than the report, or the store has lost the report.
      const local = findRun(draft, run);
      if (local?.phase === "held" && !isReported(draft, run)) holdAgain(draft, local);
      else if (!isUnderWay(draft, run)) {
        active += 1;
        reportAgain(draft, run);
      }
      continue;
    }
    lastFence = Math.max(lastFence, run.fence);
    active += 1;
    if (entry.isWithdrawn || isStale) giveBack(draft, run);
    else {
      const { policies } = entry.spec;
      const startsAt = startOf(run, draft.now);
      setRun(draft, { run, policies, phase: "pending", startsAt, startedAt: 0, timesOutAt: Infinity });
    }
  }
  return { active, lastFence };
};

/** Whether the watermark is where this claim was to move it, by this claim or a copy that asked for less. */
const isThere = ({ to }: ClaimItem, { status, watermark }: ClaimResult): boolean => status === "ok" && watermark === to;

const announceSkips = (draft: Draft, item: ClaimItem, result: ClaimResult): void => {
  if (!isThere(item, result)) return;
  const tell = (skip: SkipDecision) => emit(draft, { _tag: "FireSkipped", job: item.job, ...skip });
  item.skips.forEach(tell);
  if (item.overlap !== "skip") return;
  for (const { dueAt } of item.runs) {
    const isTaken = result.runs.some((run) => run.dueAt === dueAt);
    if (!isTaken) tell({ reason: "overlap", count: 1, firstDueAt: dueAt, lastDueAt: dueAt });
  }
};

/**
 * Fires that the store left without a run besides those of the claim: it had forgotten the job, or its definition changed. How
 * many they were is counted here; if none was due, there is nothing to tell.
 */
const announceFound = (draft: Draft, item: ClaimItem, result: ClaimResult, entry: JobEntry | undefined): void => {
  for (const skip of result.skips ?? []) {
    if (skip.reason === "overlap") {
      // Of jobs that must not overlap it is told by what is missing among the runs, also after an answer that was lost.
      if (item.overlap === "allow") emit(draft, { _tag: "FireSkipped", job: item.job, ...skip });
    } else if (entry !== undefined) {
      const { expression } = entry.spec;
      for (const counted of Decision.skipped(expression, skip.firstDueAt, skip.lastDueAt, skip.reason)) {
        emit(draft, { _tag: "FireSkipped", job: item.job, ...counted });
      }
    }
  }
};

/** How soon a record that could not be read is looked at again: whoever has mended it does not want to wait. Milliseconds. */
const unreadableMs = 3_000;

/** How a job goes on after an answer. */
type Course = Pick<JobEntry, "isOverdue" | "isPaused" | "lookAt" | "wantsSync">;

/** `nextDueAt` is the first fire after the watermark of the answer, Infinity if it tells none or there is none. */
const afterwards = (
  draft: Draft,
  entry: JobEntry,
  item: ClaimItem,
  result: ClaimResult,
  nextDueAt: number,
): Course => {
  const { isPaused, lookAt } = entry;
  const soon = draft.now + 50;
  // What was wished for and not answered is still wished for.
  const wantsSync = entry.wantsSync || entry.requests.flight === "wish";
  // Queued fires are taken by a sync that knows of them. While a run here is in their way they wait for its end.
  const hasTaken = item.from === undefined && item.take > 0;
  const wantsNext = entry.wantsSync || (result.queued > 0 && result.runs.length === 0 && !hasTaken);
  // Who asks for another reason may be the first to see that those who should have claimed have not.
  const isLeft = entry.position > 1 && nextDueAt + 2 * patience(draft) <= draft.now;
  // A node that had not looked for long learns only now where the job stands, and what it heard of may still be undone.
  const isOverdue = isLeft || (entry.isOverdue && nextDueAt <= draft.now);
  switch (result.status) {
    case "ok":
    case "new":
      return { wantsSync: wantsNext, isOverdue: false, isPaused: false, lookAt: 0 };
    case "moved":
      return { wantsSync, isOverdue, isPaused: false, lookAt: 0 };
    case "at":
      return { wantsSync: wantsNext, isOverdue, isPaused: false, lookAt: 0 };
    case "paused":
      return { wantsSync: wantsNext, isOverdue: false, isPaused: true, lookAt };
    case "early":
      return { wantsSync, isOverdue: entry.isOverdue, isPaused, lookAt: Math.max(soon, item.to - lookahead(draft)) };
    case "stale":
      return { wantsSync, isOverdue: entry.isOverdue, isPaused, lookAt: soon };
    case "busy": {
      const ahead = item.runs.find((run) => run.dueAt > draft.now);
      const waitMs = actsAsOwner(draft, entry) ? draft.config.graceMs : draft.config.leaseMs;
      const at = item.overlap === "wait" ? draft.now + waitMs : Math.max(soon, ahead?.dueAt ?? 0);
      return { wantsSync: entry.wantsSync, isOverdue: false, isPaused, lookAt: at };
    }
    case "outdated":
      // A fresh view tells whether those with the newer definition are still there.
      draft.beatAt = draft.at.mono;
      draft.knownVersion = 0;
      return { wantsSync: entry.wantsSync, isOverdue: false, isPaused: false, lookAt: 0 };
    case "absent":
      // The store has dropped this node, or has never heard of it: what it asks for waits until it has joined again.
      draft.beatAt = draft.at.mono;
      return { wantsSync: true, isOverdue: entry.isOverdue, isPaused, lookAt: soon };
    case "corrupt":
    case "newer":
      if (!entry.isUnreadable) {
        emit(draft, { _tag: result.status === "corrupt" ? "RecordCorrupt" : "RecordNewer", job: item.job });
      }
      return { wantsSync: true, isOverdue: false, isPaused: false, lookAt: draft.now + unreadableMs };
  }
};

/**
 * Answers after which it is known what became of the claim. One that found the record unreadable is none of them: an earlier copy
 * may have been committed before.
 */
const settling: ReadonlySet<ClaimStatus> = new Set<ClaimStatus>(["ok", "new", "moved", "outdated"]);

/** Which claim of this node moved the watermark to where it is, if it was one. */
const movedBy = (entry: JobEntry, item: ClaimItem, result: ClaimResult) => {
  const { regressedFrom, watermark } = result;
  if (isThere(item, result) && entry.requests.claim?.to === item.to) return item.claimId;
  return watermark === entry.watermark && regressedFrom === undefined ? entry.movedBy : undefined;
};

/** Whether each fire of the schedule is decided, and none is to come. */
const isFinished = ({ dueAt, spec, watermark }: JobEntry): boolean =>
  watermark !== undefined && dueAt === undefined && spec.expression.plan._tag !== "Manual";

const learnResult = (
  draft: Draft,
  item: ClaimItem,
  sent: Instant,
  result: ClaimResult,
  storeTime: number,
): void => {
  const entry = draft.jobs.get(item.job);
  for (const run of result.lost) emit(draft, { _tag: "RunLost", run });
  if (result.regressedFrom !== undefined && item.floor !== undefined) {
    emit(draft, { _tag: "StoreRegressed", job: item.job, from: item.floor, to: result.regressedFrom });
  }
  announceSkips(draft, item, result);
  announceFound(draft, item, result, entry);
  if (entry === undefined) return;
  const taken = takeRuns(draft, entry, sent, result.runs, result.over ?? []);
  const { doubtUntil, status, watermark } = result;
  const dueAt = watermark === undefined ? undefined : NextFire.next(entry.spec.expression, watermark);
  const course = afterwards(draft, entry, item, result, dueAt ?? Infinity);
  if (course.isPaused !== entry.isPaused) {
    emit(draft, { _tag: course.isPaused ? "JobPaused" : "JobResumed", job: item.job });
  }
  const isOutdated = status === "outdated";
  const told: JobEntry = {
    ...entry,
    watermark: watermark ?? entry.watermark,
    movedBy: watermark === undefined ? entry.movedBy : movedBy(entry, item, result),
    dueAt: watermark === undefined ? entry.dueAt : dueAt,
    isPaused: course.isPaused,
    isOutdated: entry.isOutdated || isOutdated,
    isRefused: entry.isRefused || isOutdated,
    isUnreadable: status === "corrupt" || status === "newer",
    wantsSync: course.wantsSync,
    isOverdue: course.isOverdue,
    // The answer may be older than what was heard meanwhile.
    isQueued: result.queued > 0 || (entry.isQueued && entry.wantsSync),
    requests: Requests.answered(entry.requests, settling.has(status), doubtUntil, storeTime),
    lookAt: course.lookAt,
    active: taken.active,
    lastFence: taken.lastFence,
  };
  setJob(draft, told);
  if (isFinished(told) && !isFinished(entry)) emit(draft, { _tag: "JobFinished", job: item.job });
  forgetIfOver(draft, item.job);
};

/** Takes the answer to a claim. */
export const learnClaim = (
  draft: Draft,
  items: ReadonlyArray<ClaimItem>,
  sent: Instant,
  reply: ClaimReply,
): void => {
  const moved: Array<string> = [];
  if (items.some(({ floor }, index) => floor !== undefined && reply.results[index]?.regressedFrom !== undefined)) {
    leaveToOwners(draft);
  }
  items.forEach((item, index) => {
    const result = reply.results[index];
    if (result === undefined) return;
    if (result.watermark !== draft.jobs.get(item.job)?.watermark) moved.push(item.job);
    learnResult(draft, item, sent, result, reply.storeTime);
  });
  tellDecidedAhead(draft, moved);
};

/** A claim without an answer: whether it was committed is unknown, so the same claim is asked again. */
export const loseClaim = (draft: Draft, items: ReadonlyArray<ClaimItem>): void => {
  for (const item of items) {
    updateJob(draft, item.job, ({ requests, wantsSync }) => ({
      wantsSync: wantsSync || requests.flight === "wish",
      requests: Requests.lost(requests),
    }));
  }
};

/** Takes the answer to a look that settles doubts: by now no copy can be applied any more. */
export const learnPeek = (
  draft: Draft,
  jobs: ReadonlyArray<string>,
  sent: Instant,
  reply: PeekReply,
): void => {
  const states = new Map(reply.jobs.map((state) => [state.job, state]));
  for (const name of jobs) {
    const entry = draft.jobs.get(name);
    if (entry === undefined) continue;
    const held = states.get(name)?.active.filter((run) => run.holder === draft.incarnation) ?? [];
    const isOver = (run: ActiveRun) => run.isOver === true;
    const taken = takeRuns(draft, entry, sent, held.filter((run) => !isOver(run)), held.filter(isOver));
    setJob(draft, {
      ...entry,
      requests: Requests.looked(entry.requests, reply.storeTime),
      checkAt: entry.checkAt < reply.storeTime ? Infinity : entry.checkAt,
      active: taken.active,
      lastFence: taken.lastFence,
    });
    forgetIfOver(draft, name);
  }
};

/** A look without an answer is repeated. */
export const losePeek = (draft: Draft, jobs: ReadonlyArray<string>): void => {
  for (const name of jobs) updateJob(draft, name, ({ requests }) => ({ requests: Requests.lost(requests) }));
};
