/**
 * Answers to claims and looks: a node learns what the reply says, never what it asked for.
 */
import { lastStart } from "../words/ClaimItem.ts";
import type { Run } from "../words/Fire.ts";
import { startsAt as startOfRun } from "../words/start.ts";
import type {
  ActiveRun,
  ClaimItem,
  ClaimReply,
  ClaimResult,
  ClaimStatus,
  Completion,
  PauseNote,
  PeekReply,
} from "../words/Request.ts";
import { announce, isThere } from "./announcing.ts";
import type { Instant } from "./FleetClock.ts";
import type { Draft, Reading } from "./Draft.ts";
import { addCompletion, emit, isBeforeLapse, lookahead, patience } from "./Draft.ts";
import { leaveToOwners } from "./forgotten.ts";
import { findRun, setRun } from "./held.ts";
import { farAheadMs, tellDecidedAhead } from "./hearing.ts";
import { forgetIfOver, setJob, updateJob } from "./jobs.ts";
import { checked, type Handed } from "./handed.ts";
import { awaitPlace, freePlaces } from "./places.ts";
import * as Requests from "./requests.ts";
import { isDeclared, withdrawn } from "./role.ts";
import { cancel, giveBack, holdAgain, reportAgain } from "./runs.ts";
import { heedShelf, yielding } from "./shelves.ts";
import { type Alike, busyFrom, conditionAfter, pauseAfter, retryAfter, slim, startOfNext } from "./standing.ts";
import type { JobEntry, LocalRun } from "./State.ts";
import { askAgainMs, lateFrom, unreadableMs } from "./times.ts";
import { toSync, type Wish, wished } from "./wish.ts";

/** The ends that are being reported, as long as nothing comes and goes among them. */
interface Reported {
  readonly lists: ReadonlyArray<ReadonlyArray<Completion>>;
  readonly count: number;
  readonly ends: ReadonlySet<string>;
}

const reported = new WeakMap<Reading, Reported>();

const endOf = ({ fence, job }: Pick<Run, "fence" | "job">): string => `${fence} ${job}`;

/** Whether the end of a run is being reported. A node that is behind asks so of thousands of runs, with thousands on their way. */
const isReported = (draft: Reading, run: Run): boolean => {
  const lists = [draft.completions, draft.unrecorded];
  for (const { request } of draft.flights.values()) if (request._tag === "Complete") lists.push(request.items);
  const count = lists.reduce((sum, list) => sum + list.length, 0);
  const before = reported.get(draft);
  if (before?.count === count && lists.every((list, index) => list === before.lists[index])) {
    return before.ends.has(endOf(run));
  }
  const ends = new Set(lists.flatMap((list) => list.map(endOf)));
  reported.set(draft, { lists, count, ends });
  return ends.has(endOf(run));
};

/** Whether a run is here, or its end is being reported. */
const isUnderWay = (draft: Reading, run: Run): boolean => findRun(draft, run) !== undefined || isReported(draft, run);

/**
 * When a run starts. What people ask for is due when they ask, and what is started again was due before: where such an instant
 * lies far ahead, the clock that told it was wrong.
 */
const startOf = (run: Run, now: number): number => {
  const { kind, notBefore } = run;
  const startsAt = startOfRun(run);
  const isOfBefore = kind === "manual" || kind === "rerun" || notBefore !== undefined;
  return isOfBefore && startsAt > now + farAheadMs ? now : startsAt;
};

/**
 * Takes on the runs the store says this node holds, unless it had them before: an answer may be older than the end of a
 * run. Those of a job that is no longer declared go back. So do all that were asked for before the membership lapsed: they
 * may have been taken away since, whether it was renewed meanwhile or not.
 */
const takeRuns = (
  draft: Draft<"runs" | "reports">,
  entry: JobEntry,
  sent: Instant,
  runs: ReadonlyArray<Run>,
  over: ReadonlyArray<Run>,
): Taken => {
  const wanted: Array<LocalRun> = [];
  const { checkAt } = entry.handed;
  let { active, lastFence } = entry.handed;
  if (runs.length === 0 && over.length === 0) return { handed: entry.handed, wanted };
  const isStale = draft.hasLapsed || isBeforeLapse(draft, sent);
  for (const run of over) {
    // Its handler has settled here, and the store has lost that report.
    if (isUnderWay(draft, run)) continue;
    active += 1;
    reportAgain(draft, run);
  }
  for (const run of runs) {
    if (run.fence <= entry.handed.lastFence) {
      // It is over here. Either this answer is older than the report, or the store has lost the report.
      const local = findRun(draft, run);
      if (local !== undefined && run.cancelAt !== undefined) wanted.push(local);
      const own = entry.standing.retry?.own;
      if (local?.phase === "held" && !isReported(draft, run)) holdAgain(draft, local);
      else if (!isUnderWay(draft, run)) {
        active += 1;
        if (own?.fence === run.fence) addCompletion(draft, own);
        else reportAgain(draft, run);
      }
      continue;
    }
    lastFence = Math.max(lastFence, run.fence);
    active += 1;
    if (run.cancelAt !== undefined || !isDeclared(entry.role) || isStale) giveBack(draft, run);
    else {
      const { payload: given, policies, version } = entry.spec;
      const startsAt = startOf(run, draft.now);
      const usual = { run, policies, phase: "pending", startsAt, startedAt: 0, timesOutAt: Infinity } as const;
      const local = version === undefined ? usual : { ...usual, given: { payload: given, version } };
      if (run.payload === undefined) setRun(draft, local);
      else {
        const { payload, ...bare } = run;
        setRun(draft, { ...local, run: bare, payload });
      }
    }
  }
  return { handed: { active, lastFence, checkAt }, wanted };
};

/** What an answer hands to this node, and which of its runs somebody wants cancelled. */
interface Taken {
  readonly handed: Handed;
  readonly wanted: ReadonlyArray<LocalRun>;
}

/** Answers after which the members are to be heard of at once. */
const askForView = (draft: Draft<"beat">, status: ClaimStatus): void => {
  // The store has dropped this node, or has never heard of it; or a fresh view tells whether those with the newer definition are
  // still there.
  if (status === "absent" || status === "outdated") draft.beatAt = draft.at.mono;
  if (status === "outdated") draft.knownVersion = 0;
};

/** A fire of a claim that was not due yet by the store's clock, so that nothing could be said of it. */
const dueLater = (item: ClaimItem, storeTime: number) =>
  item._tag === "Claim" ? item.runs.find((run) => startOfRun(run) > storeTime) : undefined;

/** How a job goes on after an answer. `startsAt` is when the first fire after the watermark of the answer starts, Infinity if it tells none or there is none. */
const afterwards = (
  draft: Reading,
  entry: JobEntry,
  item: ClaimItem,
  result: ClaimResult,
  startsAt: number,
  storeTime: number,
): Wish => {
  const { requests, role, wish } = entry;
  const soon = draft.now + 50;
  // What was wished for and not answered is still wished for.
  const sync = wish.sync || requests.flight === "wish";
  // Queued fires are taken by a sync that knows of them. While a run here is in their way they wait for its end.
  const hasTaken = item._tag === "Sync" && item.take > 0;
  const syncNext = wish.sync || (result.queued > 0 && result.runs.length === 0 && !hasTaken && freePlaces(draft) > 0);
  // Who asks for another reason may be the first to see that those who should have claimed have not.
  const isLeft = role._tag === "Bystander" && startsAt + 2 * patience(draft) <= draft.now;
  // A node that had not looked for long learns only now where the job stands, and what it heard of may still be undone.
  const isOverdue = isLeft || (wish.isOverdue && startsAt <= draft.now);
  // An attempt that this node thinks is to be taken, and the store does not yet.
  const early = (result.retryAt ?? Infinity) - lookahead(draft) <= draft.now ? soon : 0;
  // The answer may be older than what was heard meanwhile.
  const isQueued = result.queued > 0 || (wish.isQueued && wish.sync);
  switch (result.status) {
    case "ok":
    case "new":
      return { sync: syncNext, isOverdue: false, isQueued, notBefore: early };
    case "moved":
      return { sync, isOverdue, isQueued, notBefore: early };
    case "at":
      return { sync: syncNext, isOverdue, isQueued, notBefore: early };
    case "paused":
      return { sync: syncNext, isOverdue: false, isQueued, notBefore: Math.max(early, wish.notBefore) };
    case "early": {
      const notBefore = item._tag === "Claim" ? Math.max(soon, lastStart(item) - lookahead(draft)) : soon;
      return { sync, isOverdue: wish.isOverdue, isQueued, notBefore };
    }
    case "stale":
      return { sync, isOverdue: wish.isOverdue, isQueued, notBefore: soon };
    case "busy": {
      const ahead = dueLater(item, storeTime);
      // While an attempt waits for its time it is in the way until then.
      const until = Math.max(draft.now + askAgainMs(draft, entry, item), (result.retryAt ?? 0) - lookahead(draft));
      const notBefore = ahead !== undefined && item.overlap !== "wait" ? Math.max(soon, startOfRun(ahead)) : until;
      return { sync: wish.sync, isOverdue: false, isQueued, notBefore };
    }
    case "outdated":
      return { sync: wish.sync, isOverdue: false, isQueued, notBefore: 0 };
    case "absent":
      // What it asks for waits until it has joined again.
      return { sync: true, isOverdue: wish.isOverdue, isQueued, notBefore: soon };
    case "corrupt":
    case "newer":
      if (entry.standing.condition !== "unreadable") {
        emit(draft, { _tag: result.status === "corrupt" ? "RecordCorrupt" : "RecordNewer", job: item.job });
      }
      return { sync: true, isOverdue: false, isQueued, notBefore: draft.now + unreadableMs };
  }
};

/** Answers after which it is known what became of the claim. */
const settling: ReadonlySet<ClaimStatus> = new Set<ClaimStatus>(["ok", "new", "moved", "outdated"]);

/** Which claim of this node moved the watermark to where it is, if it was one. */
const movedBy = ({ requests, standing }: JobEntry, item: ClaimItem, result: ClaimResult) => {
  const { regressedFrom, watermark } = result;
  if (isThere(item, result) && requests.claim?.to === item.to) return item.claimId;
  return watermark === standing.watermark && regressedFrom === undefined ? standing.movedBy : undefined;
};

const tellPause = (draft: Reading, job: string, before: PauseNote | undefined, after: PauseNote | undefined): void => {
  if (after === undefined) {
    if (before !== undefined) emit(draft, { _tag: "JobResumed", job });
  } else if (before === undefined || before.by !== after.by || before.reason !== after.reason) {
    emit(draft, { _tag: "JobPaused", job, by: after.by, reason: after.reason });
  }
};

/** Whether each fire of the schedule is decided, and none is to come. */
const isFinished = ({ spec, standing: { startsAt, watermark } }: JobEntry): boolean =>
  watermark !== undefined && startsAt === undefined && spec.expression.plan._tag !== "Manual";

const learnResult = (
  draft: Draft<"beat" | "jobs" | "runs" | "reports">,
  entry: JobEntry | undefined,
  item: ClaimItem,
  sent: Instant,
  result: ClaimResult,
  storeTime: number,
  alike: Alike,
): void => {
  for (const run of result.lost) emit(draft, { _tag: "RunLost", run });
  if (result.regressedFrom !== undefined && item.floor !== undefined) {
    emit(draft, { _tag: "StoreRegressed", job: item.job, from: item.floor, to: result.regressedFrom });
  }
  announce(draft, item, result, entry);
  if (entry === undefined) return;
  const { handed, wanted } = takeRuns(draft, entry, sent, result.runs, result.over ?? []);
  const { doubtUntil, status, watermark } = result;
  const { definition, requests, standing } = entry;
  const counted = Math.max(standing.counted ?? 0, result.counted ?? 0) || undefined;
  const startsAt = watermark === undefined
    ? undefined
    : startOfNext(draft.config.service, entry.spec, { counted }, watermark);
  const wish = afterwards(draft, entry, item, result, startsAt ?? Infinity, storeTime);
  // A schedule that is gone or another one: what it is now, its shelf tells.
  const isStored = entry.spec.shelf !== undefined;
  const isGone = status === "outdated" && isStored;
  if (isGone) heedShelf(draft, item.job);
  else askForView(draft, status);
  const condition = conditionAfter(standing.condition, status);
  const pause = pauseAfter(standing, condition, result);
  tellPause(draft, item.job, standing.pause, pause);
  const isInTheWay = status === "busy" && dueLater(item, storeTime) === undefined;
  const busySince = isInTheWay ? busyFrom(standing, watermark, draft.now) : 0;
  // The record can be read, and may not have been when ends of its runs were reported.
  if (result.queued > 0 && freePlaces(draft) === 0) awaitPlace(draft, item.job);
  const canRecord = condition !== "unreadable" && draft.unrecorded.some(({ job }) => job === item.job);
  if (canRecord) draft.reportAgainAt = draft.at.mono;
  const told = setJob(draft, entry, {
    role: isGone ? withdrawn : status === "moved" && isStored ? yielding(draft, entry) : entry.role,
    definition: status === "outdated" && !isGone ? "refused" : definition,
    standing: watermark === undefined ? { ...standing, condition, pause, counted } : slim({
      watermark,
      movedBy: movedBy(entry, item, result),
      startsAt,
      condition,
      pause,
      counted,
      retry: retryAfter(standing.retry, result.retryAt),
      lateAt: lateFrom(draft, entry, result),
      waiting: result.waiting,
      busySince,
    }, alike),
    wish: wished(wish),
    requests: condition === "unreadable"
      ? Requests.unread({ ...requests, isUnanswered: false }, Math.floor(draft.now) + unreadableMs)
      : Requests.answered(requests, settling.has(status), doubtUntil, storeTime),
    handed,
  });
  for (const local of wanted) cancel(draft, local);
  if (isFinished(told) && !isFinished(entry)) emit(draft, { _tag: "JobFinished", job: item.job });
  forgetIfOver(draft, item.job);
};

/** Takes the answer to a claim. */
export const learnClaim = (
  draft: Draft<"beat" | "jobs" | "runs" | "reports">,
  items: ReadonlyArray<ClaimItem>,
  sent: Instant,
  reply: ClaimReply,
): void => {
  const moved: Array<string> = [];
  const alike: Alike = new Map();
  if (items.some(({ floor }, index) => floor !== undefined && reply.results[index]?.regressedFrom !== undefined)) {
    leaveToOwners(draft);
  }
  items.forEach((item, index) => {
    const result = reply.results[index];
    if (result === undefined) return;
    const entry = draft.jobs.get(item.job);
    if (result.watermark !== entry?.standing.watermark) moved.push(item.job);
    learnResult(draft, entry, item, sent, result, reply.storeTime, alike);
  });
  tellDecidedAhead(draft, moved);
};

/** A claim without an answer: whether it was committed is unknown, so the same claim is asked again. */
export const loseClaim = (draft: Draft<"jobs">, items: ReadonlyArray<ClaimItem>): void => {
  for (const item of items) {
    updateJob(draft, item.job, ({ requests, wish }) => ({
      wish: requests.flight === "wish" ? toSync(wish) : wish,
      requests: Requests.lost(requests),
    }));
  }
};

/** Takes the answer to a look that settles doubts: by now no copy can be applied any more. */
export const learnPeek = (
  draft: Draft<"jobs" | "runs" | "reports">,
  jobs: ReadonlyArray<string>,
  sent: Instant,
  reply: PeekReply,
): void => {
  const states = new Map(reply.jobs.map((state) => [state.job, state]));
  for (const name of jobs) {
    const entry = draft.jobs.get(name);
    if (entry === undefined) continue;
    if (reply.unreadable?.includes(name) === true) {
      const until = Math.floor(draft.now) + unreadableMs;
      const { checkAt } = entry.handed;
      setJob(draft, entry, {
        requests: Requests.unread(entry.requests, until),
        handed: checkAt < Infinity ? checked(entry.handed, Math.max(checkAt, until)) : entry.handed,
      });
      continue;
    }
    const held = states.get(name)?.active.filter((run) => run.holder === draft.incarnation) ?? [];
    const isOver = (run: ActiveRun) => run.isOver === true;
    const { handed, wanted } = takeRuns(draft, entry, sent, held.filter((run) => !isOver(run)), held.filter(isOver));
    setJob(draft, entry, {
      requests: Requests.looked(entry.requests, reply.storeTime),
      handed: handed.checkAt < reply.storeTime ? checked(handed, Infinity) : handed,
    });
    for (const local of wanted) cancel(draft, local);
    forgetIfOver(draft, name);
  }
};

/** A look without an answer is repeated. */
export const losePeek = (draft: Draft<"jobs">, jobs: ReadonlyArray<string>): void => {
  for (const name of jobs) updateJob(draft, name, ({ requests }) => ({ requests: Requests.lost(requests) }));
};
