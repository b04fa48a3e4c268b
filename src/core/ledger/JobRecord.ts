/**
 * The record of one job in the store, and the algebra of claims on it.
 *
 * These functions are the meaning of the protocol, and the only place where it is written: the engine runs them for every
 * store, in production and in the simulator.
 */
import type { RunKind } from "../words/Fire.ts";
import type { ClaimItem, ClaimStatus, Completion } from "../words/Request.ts";
import type { Moment, Open } from "./Moment.ts";
import { demandParts } from "../words/InvalidInput.ts";
import * as Queue from "./Queue.ts";
import { asRun, holder } from "./Record.ts";
import { restore, takeoverId } from "./restore.ts";
import type { JobRecord, OpenHistory, OpenResult, OpenRun, OpenSkip, StoredRun } from "./Record.ts";

export { holder, waitsSince } from "./Record.ts";
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
}

/** How far ahead of its due instant a fire may be claimed, by the store's clock (R10). Milliseconds. */
export const maxAheadMs = 2_000;

/**
 * A watermark farther ahead of the clock than this is of a clock that was wrong, milliseconds. People may take it back, and nodes
 * that remember it do not insist on it (R6).
 */
export const absurdMs = 86_400_000;

/** A rerun is the last one at this attempt: a handler that kills its node must not walk through the whole fleet. */
export const maxAttempts = 5;

/** How long a run that ended by its limit still counts for overlap while its handler goes on (R33). Milliseconds. */
export const maxHoldMs = 3_600_000;

/** The answer to one claim item, the record after it, and what it adds to the history. */
export interface Claimed {
  /** The record after it, the very one that was given if nothing changed; undefined if there is none. */
  readonly record: JobRecord<Open> | undefined;
  /** What the claimant is told. */
  readonly result: OpenResult;
  /** The lines it adds to the history, oldest first. */
  readonly history: ReadonlyArray<OpenHistory>;
}

interface Changed {
  readonly record: JobRecord<Open>;
  readonly history: ReadonlyArray<OpenHistory>;
}

/** What people asked for stays what it is, however often it is tried. */
const kindAgain = (kind: RunKind): RunKind => kind === "manual" || kind === "backfill" ? kind : "rerun";

const runEntry = (
  job: string,
  run: StoredRun<Open>,
  rest: Pick<OpenHistory & { _tag: "Run" }, "outcome" | "startedAt" | "endedAt">,
): OpenHistory => ({
  _tag: "Run",
  job,
  dueAt: run.dueAt,
  attempt: run.attempt,
  fence: run.fence,
  ...rest,
  incarnation: holder(run.claimId),
});

/**
 * R28, R29: runs whose holder is gone are lost, or handed to the claimant with the next attempt. A run that was given back was
 * never started, so it is handed on whatever the delivery. One that had ended by its limit is only dropped.
 */
const recover = (
  record: JobRecord<Open>,
  item: ClaimItem,
  context: ClaimContext,
): Changed & { readonly lost: ReadonlyArray<OpenRun> } => {
  const { incarnation, isMember, moment } = context;
  const isHeld = ({ claimId, heldUntil }: StoredRun<Open>) => {
    if (heldUntil !== undefined && moment.isAfter(heldUntil)) return false;
    const by = holder(claimId);
    return by !== "" && (by === incarnation || isMember(by));
  };
  if (record.active.every(isHeld)) return { record, lost: [], history: [] };
  const lost: Array<OpenRun> = [];
  const history: Array<OpenHistory> = [];
  const active: Array<StoredRun<Open>> = [];
  let { lastFence } = record;
  for (const run of record.active) {
    if (isHeld(run)) {
      active.push(run);
    } else if (run.heldUntil !== undefined) {
      continue;
    } else if ((item.rerun || run.claimId === undefined) && run.attempt < maxAttempts) {
      lastFence = moment.next(lastFence);
      const claimId = takeoverId(item.claimId);
      active.push({ ...run, attempt: run.attempt + 1, kind: kindAgain(run.kind), fence: lastFence, claimId });
    } else {
      lost.push(asRun(item.job, run));
      history.push(runEntry(item.job, run, { outcome: "lost", startedAt: 0, endedAt: moment.stamp(0) }));
    }
  }
  return { record: { ...record, lastFence, active }, lost, history };
};

const skipEntry = (job: string, at: Open, skip: OpenSkip): OpenHistory => ({
  _tag: "Skip",
  job,
  at,
  ...skip,
});

/**
 * R6, R19: registers a job, or starts it anew under a changed definition: what lies before owes nothing and is recorded so. A job
 * that the store has forgotten goes on from its floor if the claimant says that its fires are to run, perhaps again; one that
 * is new begins where the claimant says.
 */
const register = (
  stored: JobRecord | undefined,
  item: ClaimItem,
  { deployment, incarnation, moment }: ClaimContext,
): Changed & { readonly skips: ReadonlyArray<OpenSkip> } => {
  const known = stored === undefined ? item.floor : Math.max(stored.watermark, item.floor ?? 0);
  const goesOn = stored === undefined && known !== undefined && item.resumes === true;
  const begins = known === undefined ? item.begins : undefined;
  const watermark = goesOn ? known : begins?.watermark ?? moment.stamp(known ?? 0);
  const isForgotten = stored === undefined && !goesOn && known !== undefined && moment.isAfter(known);
  const record: JobRecord<Open> = {
    watermark,
    since: stored?.since ?? (known === undefined || isForgotten ? watermark : 0),
    toldBy: isForgotten ? incarnation : stored?.toldBy,
    lastFence: stored?.lastFence ?? 0,
    paused: stored?.paused ?? false,
    definition: item.definition,
    deployment,
    claimId: undefined,
    nextDueAt: begins === undefined ? item.nextDueAt : begins.nextDueAt,
    active: stored?.active ?? [],
    queue: stored?.queue ?? [],
  };
  if (goesOn || known === undefined || !moment.isAfter(known)) return { record, history: [], skips: [] };
  const now = moment.stamp(0);
  const reason = stored === undefined ? "regressed" : "definition-changed";
  const skip: OpenSkip = { reason, count: -1, firstDueAt: known, lastDueAt: now };
  return { record, history: [skipEntry(item.job, now, skip)], skips: [skip] };
};

/** R27: how many runs of the job may be active at once. */
const atMost = (item: ClaimItem): number => item.overlap === "allow" ? item.maxConcurrent ?? Infinity : 1;

/** Commits the interval: the only place where a watermark moves by a claim. */
const commit = (
  record: JobRecord<Open>,
  item: ClaimItem,
  context: ClaimContext,
): Changed & { readonly skips: ReadonlyArray<OpenSkip> } => {
  const { moment } = context;
  const active = [...record.active];
  const skips: Array<OpenSkip> = [];
  let { lastFence } = record;
  for (const { dueAt, kind } of item.runs) {
    if (active.length >= atMost(item)) {
      skips.push({ reason: "overlap", count: 1, firstDueAt: dueAt, lastDueAt: dueAt });
    } else {
      lastFence = moment.next(lastFence);
      active.push({ dueAt, attempt: 1, kind, fence: lastFence, claimId: item.claimId, heldUntil: undefined });
    }
  }
  const now = moment.stamp(0);
  return {
    record: {
      ...record,
      watermark: item.to,
      lastFence,
      deployment: Math.max(record.deployment, context.deployment),
      claimId: item.claimId,
      nextDueAt: item.nextDueAt,
      active,
    },
    history: [...item.skips, ...skips].map((skip) => skipEntry(item.job, now, skip)),
    skips,
  };
};

interface Told {
  readonly history?: ReadonlyArray<OpenHistory>;
  readonly lost?: ReadonlyArray<OpenRun>;
  readonly skips?: ReadonlyArray<OpenSkip>;
  readonly regressedFrom?: number | undefined;
}

/**
 * Where the job stands. Who was refused before it could tell the store what that has forgotten, or be told what nobody has
 * decided, is not told this either: it would take it for what it knew all along.
 */
const standing = (status: ClaimStatus, record: JobRecord<Open> | undefined, { floor }: ClaimItem): Open | undefined => {
  if (record === undefined) return undefined;
  const { since, watermark } = record;
  if (floor === undefined || (status !== "stale" && status !== "absent" && status !== "outdated")) return watermark;
  const isUntold = typeof since === "number" && floor < since;
  const isForgotten = typeof watermark === "number" && floor > watermark;
  return isUntold || isForgotten ? undefined : watermark;
};

/**
 * R4: whatever the answer, it lists all active runs the claimant holds, so that none can be held without its knowledge, and apart
 * from them those that ended by their limit.
 */
const answer = (
  status: ClaimStatus,
  record: JobRecord<Open> | undefined,
  item: ClaimItem,
  { incarnation }: ClaimContext,
  { history = [], lost = [], regressedFrom, skips = [] }: Told = {},
): Claimed => {
  const mine = record?.active.filter(({ claimId }) => holder(claimId) === incarnation) ?? [];
  const told = (runs: ReadonlyArray<StoredRun<Open>>) => runs.map((run) => asRun(item.job, run));
  return {
    record,
    result: {
      job: item.job,
      status,
      watermark: standing(status, record, item),
      runs: told(mine.filter(({ heldUntil }) => heldUntil === undefined)),
      over: told(mine.filter(({ heldUntil }) => heldUntil !== undefined)),
      lost,
      skips,
      regressedFrom,
      queued: record?.queue.length ?? 0,
    },
    history,
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
 *   job: "a", claimId: "n1.1", from: undefined, to: 0, nextDueAt: undefined, floor: undefined, floorBy: undefined,
 *   definition: "d", overlap: "skip", rerun: false, take: 0, runs: [], skips: [],
 * }, { moment: Moment.exact(5_000), incarnation: "n1", deployment: 1, expiresAt: 9_000, isMember: () => true });
 * console.log(claimed.result.status, claimed.result.watermark); // new 5000
 * ```
 */
export const claim = (
  stored: JobRecord | undefined,
  item: ClaimItem,
  context: ClaimContext,
): Claimed => {
  demandParts("item", item, "runs", "skips", "claimId");
  demandParts("context", context, "moment", "isMember");
  if (stored !== undefined) demandParts("stored", stored, "active", "queue");
  const { isMember, incarnation, moment } = context;
  const as: JobRecord<Open> | undefined = stored;
  const isCommitted = stored !== undefined &&
    (stored.claimId === item.claimId || stored.active.some((run) => run.claimId === item.claimId));
  if (isCommitted) return answer("ok", as, item, context);
  if (moment.isAfter(context.expiresAt)) return answer("stale", as, item, context);
  if (stored === undefined || stored.definition !== item.definition) {
    if (stored !== undefined && context.deployment < stored.deployment) return answer("outdated", as, item, context);
    const { history, record, skips } = register(stored, item, context);
    const restored = restore(record, item);
    if (restored.active !== record.active && !isMember(incarnation)) return answer("absent", as, item, context);
    const regressedFrom = stored === undefined && item.floor !== undefined ? 0 : undefined;
    return answer("new", restored, item, context, { history, skips, regressedFrom });
  }

  const floor = item.floor ?? 0;
  const isBehind = floor > stored.watermark;
  const isReplaced = item.floorBy !== undefined && floor === stored.watermark && stored.claimId !== undefined &&
    stored.claimId !== item.floorBy;
  const regressedFrom = isBehind || isReplaced ? stored.watermark : undefined;
  // The job was registered anew since: what was due between was decided by nobody. One of those who know tells it, and is told so
  // until it has heard.
  const isTeller = stored.toldBy === undefined || stored.toldBy === incarnation;
  const gap: ReadonlyArray<OpenSkip> = item.floor !== undefined && item.floor < stored.since && isTeller
    ? [{ reason: "regressed", count: -1, firstDueAt: item.floor, lastDueAt: stored.since }]
    : [];
  const heard: JobRecord = gap.length === 0 || stored.toldBy !== undefined
    ? stored
    : { ...stored, toldBy: incarnation };
  const repaired: JobRecord<Open> = isBehind ? { ...heard, watermark: floor } : heard;
  // Who finds that the store has forgotten something decides nothing on it in the same step: others may know more.
  if (item.from !== undefined && (isBehind || item.from !== repaired.watermark)) {
    return answer("moved", repaired, item, context, { regressedFrom, skips: gap });
  }
  const recovered = recover(restore(repaired, item), item, context);
  const record = item.from === undefined
    ? Queue.take(recovered.record, takeoverId(item.claimId), item.take, moment)
    : recovered.record;
  const before: ReadonlyArray<StoredRun<Open>> = stored.active;
  const isHandedOver = record.active.some((run) => run.claimId === takeoverId(item.claimId) && !before.includes(run));
  if (isHandedOver && !isMember(incarnation)) return answer("absent", as, item, context);
  const told = { history: recovered.history, lost: recovered.lost, regressedFrom, skips: gap };
  const refuse = (status: ClaimStatus) => answer(status, record, item, context, told);

  if (record.paused) return refuse("paused");
  if (item.from === undefined) return refuse("at");
  if (!moment.isAfter(item.to - maxAheadMs - 1)) return refuse("early");
  const free = atMost(item) - record.active.length;
  const isCrowded = item.overlap === "allow" ? free < item.runs.length : free <= 0 && item.runs.length > 0;
  if (isCrowded && (item.overlap === "wait" || item.runs.some((run) => !moment.isAfter(run.dueAt - 1)))) {
    return refuse("busy");
  }
  if (item.runs.length > 0 && free > 0 && !isMember(incarnation)) return answer("absent", as, item, context);
  const committed = commit(record, item, context);
  return answer("ok", committed.record, item, context, {
    ...told,
    history: [...recovered.history, ...committed.history],
    skips: [...gap, ...committed.skips],
  });
};

/** The record after a run ended, what the holder is told, and the history line. */
export interface Completed {
  /** The record after it, the very one that was given if nothing changed. */
  readonly record: JobRecord;
  /** `gone` if the record no longer had the run. */
  readonly result: "ok" | "gone";
  /** The lines it adds to the history. */
  readonly history: ReadonlyArray<OpenHistory>;
}

/**
 * R12: ends a run, or gives it back to be started elsewhere. A run the record does not have any more changes nothing. One that
 * ended by its limit while its handler goes on stays until that settles, its node is gone, or an hour is over.
 *
 * @example
 * ```ts
 * import { JobRecord } from "ringcron/core";
 *
 * const record = {
 *   watermark: 1_000, since: 0, lastFence: 1, paused: false, definition: "d", deployment: 1, claimId: undefined,
 *   nextDueAt: undefined, active: [], queue: [],
 * };
 * const ended = JobRecord.complete(record, {
 *   job: "a", fence: 1, dueAt: 1_000, attempt: 1, outcome: "succeeded", startedAt: 1_000, endedAt: 1_001, rerun: false,
 * });
 * console.log(ended.result); // gone
 * ```
 */
export const complete = (record: JobRecord, item: Completion): Completed => {
  demandParts("record", record, "active");
  demandParts("item", item);
  const run = record.active.find(({ fence }) => fence === item.fence);
  if (run === undefined) return { record, result: "gone", history: [] };
  const change = (next: StoredRun | undefined): JobRecord => ({
    ...record,
    active: next === undefined
      ? record.active.filter((other) => other !== run)
      : record.active.map((other) => other === run ? next : other),
  });
  // Its end is in the history already; a copy of the report that it goes on changes nothing.
  if (run.heldUntil !== undefined) {
    return { record: item.holds === true ? record : change(undefined), result: "ok", history: [] };
  }
  if (item.rerun) {
    // A copy of the report.
    if (run.claimId === undefined) return { record, result: "ok", history: [] };
    return { record: change({ ...run, claimId: undefined }), result: "ok", history: [] };
  }
  const { endedAt, outcome, startedAt } = item;
  return {
    record: change(item.holds === true ? { ...run, heldUntil: endedAt + maxHoldMs } : undefined),
    result: "ok",
    history: [runEntry(item.job, run, { outcome, startedAt, endedAt })],
  };
};
