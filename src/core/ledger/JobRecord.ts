/**
 * The record of one job in the store, and the algebra of claims on it.
 *
 * These functions are the meaning of the protocol, and the only place where it is written: the engine runs them for every
 * store, in production and in the simulator.
 */
import type { RunDecision, RunKind } from "../words/Fire.ts";
import type { Asked, Claim, ClaimItem, ClaimStatus, PauseNote } from "../words/Request.ts";
import { lastStart } from "../words/ClaimItem.ts";
import type { Moment, Open } from "./Moment.ts";
import { demandParts } from "../words/InvalidInput.ts";
import { isSpent, recount, turn } from "./limit.ts";
import * as Overlap from "./Overlap.ts";
import * as Queue from "./Queue.ts";
import * as Waiting from "./Waiting.ts";
import { answer, type Claimed } from "./answer.ts";
import { cancelled, following, runEntry } from "./ending.ts";
import { pausedWithAll } from "./Pause.ts";
import { asRun, copied, holder } from "./Record.ts";
import { restore, takeoverId } from "./restore.ts";
import type { JobRecord, OpenHistory, OpenRun, OpenSkip, StoredRun } from "./Record.ts";

export type { Claimed } from "./answer.ts";
export { complete, type Completed, maxHoldMs } from "./ending.ts";
export { holder, pauseOf, waitsSince } from "./Record.ts";
export type { JobRecord, OpenHistory, OpenResult, OpenRun, OpenSkip, StoredRun } from "./Record.ts";

/** What a claim needs to know besides the record. */
export interface ClaimContext {
  /** The store's clock. */
  readonly moment: Moment;
  /** The claimant's identity. */
  readonly incarnation: string;
  /** The claimant's deployment. */
  readonly deployment: number;
  /** A claim that arrives later is refused as `stale` (R2); epoch milliseconds. */
  readonly expiresAt: number;
  /** Whether an incarnation is a member right now. */
  readonly isMember: (incarnation: string) => boolean;
  /** What was said of the pause of all jobs, while all are paused: a job that is registered then is paused. Default: none are. */
  readonly allPaused?: (() => PauseNote | undefined) | undefined;
  /**
   * It is a schedule in the store: whoever puts it says what it is, and no claim registers it, or makes it another one. Default: a
   * job, which is what those say who declare it.
   */
  readonly isPut?: boolean | undefined;
}

/** How far ahead of its start a fire may be claimed, by the store's clock (R10). Milliseconds. */
export const maxAheadMs = 2_000;

/**
 * A watermark farther ahead of the clock than this is of a clock that was wrong, milliseconds. People may take it back, and nodes
 * that remember it do not insist on it (R6).
 */
export const absurdMs = 86_400_000;

/**
 * How many attempts of a fire may begin that do not follow on one that failed: a handler that kills its node must not walk through
 * the whole fleet. Those that do are counted apart (R42).
 */
export const maxAttempts = 5;

const none: ReadonlyArray<never> = [];

interface Changed {
  readonly record: JobRecord<Open>;
  readonly history: ReadonlyArray<OpenHistory>;
}

/** What people asked for stays what it is, however often it is tried; what follows on a failure, until its node is gone. */
const kindAgain = ({ claimId, kind, notBefore }: StoredRun<Open>): RunKind =>
  kind === "manual" || kind === "backfill"
    ? kind
    : claimId === undefined && notBefore !== undefined
    ? "retry"
    : "rerun";

/**
 * R28, R29, R42: runs whose holder is gone are lost, or handed to the claimant with the next attempt. A run that was given back was
 * never started, and one that failed is to be followed by another attempt, so they are handed on whatever the delivery; the latter
 * once it is time. One that had ended by its limit is only dropped.
 */
const recover = (
  record: JobRecord<Open>,
  item: Asked,
  context: ClaimContext,
): Changed & { readonly lost: ReadonlyArray<OpenRun> } => {
  const { incarnation, isMember, moment } = context;
  const isHeld = ({ claimId, heldUntil }: StoredRun<Open>) => {
    if (heldUntil !== undefined && moment.isAfter(heldUntil)) return false;
    const by = holder(claimId);
    return by !== "" && (by === incarnation || isMember(by));
  };
  const aheadMs = Math.min(item.aheadMs ?? 0, maxAheadMs);
  const isWaiting = ({ claimId, notBefore }: StoredRun<Open>) =>
    claimId === undefined && notBefore !== undefined && !moment.isAfter(notBefore - aheadMs - 1);
  if (record.active.every((run) => isHeld(run) || isWaiting(run))) return { record, lost: [], history: [] };
  const lost: Array<OpenRun> = [];
  const history: Array<OpenHistory> = [];
  const active: Array<StoredRun<Open>> = [];
  let { lastFence } = record;
  for (const stored of record.active) {
    const isOver = !isHeld(stored) && stored.heldUntil !== undefined;
    const run = isOver ? following(stored) : stored;
    if (run === undefined) continue;
    const begun = run.attempt - (run.retries ?? 0);
    if (isHeld(run) || isWaiting(run)) {
      active.push(run);
    } else if (run.cancelAt !== undefined) {
      history.push(cancelled(item.job, run, moment.stamp(0)));
    } else if ((item.rerun || run.claimId === undefined) && begun < maxAttempts) {
      lastFence = moment.next(lastFence);
      const claimId = takeoverId(item.claimId);
      active.push({ ...run, attempt: run.attempt + 1, kind: kindAgain(run), fence: lastFence, claimId });
    } else {
      lost.push(asRun(item.job, run));
      history.push(runEntry(item.job, run, { outcome: "lost", startedAt: 0, endedAt: moment.stamp(0) }));
    }
  }
  return { record: { ...record, lastFence, active, busyUntil: undefined }, lost, history };
};

/** No fire is to come. */
const noFire = { nextDueAt: undefined, nextStartsAt: undefined };

const skipEntry = (job: string, at: Open, skip: OpenSkip): OpenHistory => ({ _tag: "Skip", job, at, ...skip });

/**
 * R6, R19: registers a job, or starts it anew under a changed definition: what lies before owes nothing and is recorded so. A job
 * that the store has forgotten goes on from its floor if the claimant says that its fires are to run, perhaps again; one that
 * is new begins where the claimant says.
 */
const register = (
  stored: JobRecord | undefined,
  item: Asked,
  { allPaused, deployment, incarnation, moment }: ClaimContext,
): Changed & { readonly skips: ReadonlyArray<OpenSkip> } => {
  const known = stored === undefined ? item.floor : Math.max(stored.watermark, item.floor ?? 0);
  const goesOn = stored === undefined && known !== undefined && item.resumes === true;
  const begins = known === undefined ? item.begins : undefined;
  const watermark = goesOn ? known : begins?.watermark ?? moment.stamp(known ?? 0);
  const isForgotten = stored === undefined && !goesOn && known !== undefined && moment.isAfter(known);
  const { counted } = recount({ counted: stored?.counted }, item);
  const next = isSpent({ counted }, item) ? noFire : begins ?? item;
  const pause = stored === undefined ? pausedWithAll(allPaused?.()) : stored;
  // All fields one by one, as a record that is read has them: with a spread among them an engine keeps it as a dictionary.
  const record: JobRecord<Open> = {
    watermark,
    since: stored?.since ?? (known === undefined || isForgotten ? watermark : 0),
    toldBy: isForgotten ? incarnation : stored?.toldBy,
    lastFence: stored?.lastFence ?? 0,
    paused: pause.paused,
    pausedBy: pause.pausedBy,
    pauseReason: pause.pauseReason,
    pausedWithAll: pause.pausedWithAll,
    definition: item.definition,
    deployment,
    claimId: undefined,
    nextDueAt: next.nextDueAt,
    nextStartsAt: next.nextStartsAt,
    counted,
    active: stored?.active ?? none,
    queue: stored?.queue ?? none,
    busyUntil: undefined,
    nextSlot: stored?.nextSlot,
    waiting: stored?.waiting,
    past: undefined,
  };
  if (goesOn || known === undefined || !moment.isAfter(known)) return { record, history: [], skips: [] };
  const now = moment.stamp(0);
  const reason = stored === undefined ? "regressed" : "definition-changed";
  const skip: OpenSkip = { reason, count: -1, firstDueAt: known, lastDueAt: now };
  return { record, history: [skipEntry(item.job, now, skip)], skips: [skip] };
};

const linesOf = (job: string, skips: ReadonlyArray<OpenSkip>, moment: Moment): ReadonlyArray<OpenHistory> =>
  skips.length === 0 ? none : skips.map((skip) => skipEntry(job, moment.stamp(0), skip));

/** Two lists as one. Most of those that meet here are empty, and nothing is made of them. */
const joined = <A>(first: ReadonlyArray<A>, second: ReadonlyArray<A>): ReadonlyArray<A> =>
  second.length === 0 ? first : first.length === 0 ? second : [...first, ...second];

/** Commits the interval: the only place where a watermark moves by a claim. */
const commit = (
  record: JobRecord<Open>,
  item: Claim,
  context: ClaimContext,
  verdicts: ReadonlyArray<Overlap.Verdict>,
): Changed & { readonly skips: ReadonlyArray<OpenSkip> } => {
  const { moment } = context;
  let { active } = record;
  const skips: Array<OpenSkip> = [];
  let late: Array<number> | undefined;
  let { counted, lastFence } = record;
  for (let index = 0; index < item.runs.length && !isSpent({ counted }, item); index++) {
    const { dueAt, kind, startsAt } = item.runs[index] as RunDecision;
    if (verdicts[index] === "skip") {
      skips.push({ reason: "overlap", count: 1, firstDueAt: dueAt, lastDueAt: dueAt });
    } else if (verdicts[index] === "wait") {
      (late ??= []).push(dueAt);
    } else {
      lastFence = moment.next(lastFence);
      const run = { dueAt, attempt: 1, kind, fence: lastFence, claimId: item.claimId, heldUntil: undefined };
      const handed = startsAt === undefined ? run : { ...run, startsAt };
      active = active.length === 0 ? [handed] : [...active, handed];
      if (item.limit !== undefined) counted = (counted ?? 0) + 1;
    }
  }
  const isNewer = item.overlap === "cancel-previous" && verdicts.includes("run");
  const lined = late && Waiting.lineUp({ counted, waiting: record.waiting }, item, late, isNewer);
  if (lined !== undefined) skips.push(...lined.skips);
  const next = isSpent({ counted }, item) ? noFire : item;
  const committed = copied(record);
  committed.watermark = item.to;
  committed.lastFence = lastFence;
  committed.deployment = Math.max(record.deployment, context.deployment);
  committed.claimId = item.claimId;
  committed.nextDueAt = next.nextDueAt;
  committed.nextStartsAt = next.nextStartsAt;
  committed.counted = counted;
  committed.active = active;
  if (record.busyUntil !== undefined && record.busyUntil <= item.to) committed.busyUntil = undefined;
  if (lined !== undefined) committed.waiting = lined.waiting;
  return {
    record: committed,
    history: linesOf(item.job, joined(item.skips, skips), moment),
    skips,
  };
};

/**
 * One job of a claim. The order of the checks is part of the protocol (R13): what was committed under this claim id comes
 * first (R1), then everything that refuses, and the compare-and-swap decides last.
 *
 * A claimant that would be handed a run must be a member in the same step: a copy that arrives after its farewell leaves
 * nothing behind.
 *
 * Cost: linear in the active runs of the job.
 *
 * @example
 * ```ts
 * import { JobRecord, Moment } from "ringcron/core";
 *
 * const claimed = JobRecord.claim(undefined, {
 *   _tag: "Sync", job: "a", claimId: "n1.1", nextDueAt: undefined, floor: undefined, floorBy: undefined,
 *   definition: "d", overlap: "skip", rerun: false, take: 0,
 * }, { moment: Moment.exact(5_000), incarnation: "n1", deployment: 1, expiresAt: 9_000, isMember: () => true });
 * console.log(claimed.result.status, claimed.result.watermark); // new 5000
 * ```
 */
export const claim = (
  stored: JobRecord | undefined,
  item: ClaimItem,
  context: ClaimContext,
): Claimed => {
  demandParts("item", item, "claimId");
  if (item._tag === "Claim") demandParts("item", item, "runs", "skips");
  demandParts("context", context, "moment", "isMember");
  if (stored !== undefined) demandParts("stored", stored, "active", "queue");
  const { isMember, incarnation, moment } = context;
  const as: JobRecord<Open> | undefined = stored;
  const isCommitted = stored !== undefined &&
    (stored.claimId === item.claimId || stored.active.some((run) => run.claimId === item.claimId));
  if (isCommitted) return answer("ok", as, item, context);
  if (moment.isAfter(context.expiresAt)) return answer("stale", as, item, context);
  if (stored === undefined || stored.definition !== item.definition) {
    // R49: a schedule that was removed stays so, and one that was changed is what it was changed to.
    if (context.isPut === true) return answer("outdated", as, item, context);
    if (stored !== undefined && context.deployment < stored.deployment) return answer("outdated", as, item, context);
    const { history, record, skips } = register(stored, item, context);
    const restored = restore(record, item);
    if (restored.active !== record.active && !isMember(incarnation)) return answer("absent", as, item, context);
    if (stored !== undefined) return answer("new", restored, item, context, { history, skips });
    const recalled = Waiting.recall(restored, item, 0);
    return answer("new", recalled.record, item, context, {
      history: joined(linesOf(item.job, recalled.skips, moment), history),
      skips: joined(recalled.skips, skips),
      regressedFrom: item.floor === undefined ? undefined : 0,
    });
  }

  const floor = item.floor ?? 0;
  const isBehind = floor > stored.watermark;
  const isReplaced = item.floorBy !== undefined && floor === stored.watermark && stored.claimId !== undefined &&
    stored.claimId !== item.floorBy;
  const regressedFrom = isBehind || isReplaced ? stored.watermark : undefined;
  // The job was registered anew since: what was due between was decided by nobody. One of those who know tells it, and is told so
  // until it has heard.
  const isTeller = stored.toldBy === undefined || stored.toldBy === incarnation;
  const undecided: ReadonlyArray<OpenSkip> = item.floor !== undefined && item.floor < stored.since && isTeller
    ? [{ reason: "regressed", count: -1, firstDueAt: item.floor, lastDueAt: stored.since }]
    : none;
  const heard: JobRecord = undecided.length === 0 || stored.toldBy !== undefined
    ? stored
    : { ...stored, toldBy: incarnation };
  const known: JobRecord<Open> = isBehind ? { ...heard, watermark: floor } : heard;
  const recalled = isBehind
    ? Waiting.recall(known, item, stored.watermark)
    : heard !== stored
    ? Waiting.recall(known, item, 0)
    : { record: known, skips: none };
  const repaired = recalled.record;
  const gap = joined(recalled.skips, undecided);
  // Who finds that the store has forgotten something decides nothing on it in the same step: others may know more.
  if (item._tag === "Claim" && (isBehind || item.from !== repaired.watermark)) {
    return answer("moved", repaired, item, context, { regressedFrom, skips: gap });
  }
  const recovered = recover(restore(repaired, item), item, context);
  const turned = item._tag === "Sync"
    ? Waiting.withinLimit(turn(recovered.record, item, moment), item, moment)
    : undefined;
  const record = turned !== undefined && item._tag === "Sync"
    ? Queue.take(turned.record, takeoverId(item.claimId), item.take, moment, item.limit)
    : recovered.record;
  const before: ReadonlyArray<StoredRun<Open>> = stored.active;
  const isHandedOver = record.active.some((run) => run.claimId === takeoverId(item.claimId) && !before.includes(run));
  if (isHandedOver && !isMember(incarnation)) return answer("absent", as, item, context);
  const history = turned === undefined ? recovered.history : joined(recovered.history, turned.history);
  const told = { history, lost: recovered.lost, regressedFrom, skips: gap };
  const refuse = (status: ClaimStatus) => answer(status, record, item, context, told);
  const ends = (after: JobRecord<Open>) => isSpent(after, item) && !isSpent(recovered.record, item);

  if (record.paused) return refuse("paused");
  if (item._tag === "Sync") {
    return answer("at", record, item, context, ends(record) ? { ...told, touches: true } : told);
  }
  if (!moment.isAfter(lastStart(item) - maxAheadMs - 1)) return refuse("early");
  const cleared = item.overlap === "cancel-previous" ? Waiting.cancelPrevious(record, item, moment) : undefined;
  const judged = cleared?.record ?? record;
  const { busyUntil, verdicts } = Overlap.judge(judged, item, context);
  if (verdicts.includes("busy")) {
    return answer("busy", busyUntil === record.busyUntil ? record : { ...record, busyUntil }, item, context, told);
  }
  if (verdicts.includes("run") && !isMember(incarnation)) return answer("absent", as, item, context);
  const committed = commit(judged, item, context, verdicts);
  const isMarked = cleared?.isMarked === true;
  return answer("ok", committed.record, item, context, {
    history: joined(joined(history, cleared?.history ?? none), committed.history),
    lost: recovered.lost,
    regressedFrom,
    skips: joined(gap, committed.skips),
    touches: isMarked || ends(committed.record),
    isMarked,
  });
};
