/**
 * The record of one job in the store, and the algebra of claims on it.
 *
 * These functions are the meaning of the protocol: the memory driver and the simulator run them as they are, stores with
 * scripts of their own (Redis) are tested to agree with them, operation by operation.
 */
import type { Run, SkipDecision } from "../Fire.ts";
import type { ActiveRun, ClaimItem, ClaimResult, ClaimStatus, Completion, HistoryEntry } from "../Request.ts";
import * as Queue from "./Queue.ts";

/** A run as the record holds it; `claimId` is `<incarnation>.<what>`, so it also tells the holder. */
export interface StoredRun extends Run {
  /** The claim that handed it out; empty while nobody holds it. */
  readonly claimId: string;
}

/** A request for fires, as the record remembers it. */
export interface Asked {
  /** The caller's key. */
  readonly key: string;
  /** When the first of the fires was due, epoch milliseconds. */
  readonly dueAt: number;
}

/** Everything the store knows of one job. */
export interface JobRecord {
  /** Every fire at or before it has a decision, none after it has. */
  readonly watermark: number;
  /** The last fencing token handed out. */
  readonly token: number;
  /** While it is, every claim of the job is refused. */
  readonly paused: boolean;
  /** The hash of the definition in force. */
  readonly definition: string;
  /** The highest deployment that has claimed; a lower one cannot change the definition. */
  readonly deployment: number;
  /** The last claim that moved the watermark. */
  readonly claimId: string;
  /** The first fire after the watermark, epoch milliseconds; undefined if there is none. */
  readonly nextDueAt: number | undefined;
  /** The runs that have not ended, and the fires that are queued. */
  readonly active: ReadonlyArray<StoredRun>;
  /** What people asked for last, oldest first. */
  readonly asked: ReadonlyArray<Asked>;
}

/** What a claim needs to know besides the record. */
export interface ClaimContext {
  /** The store's clock, epoch milliseconds. */
  readonly now: number;
  /** The claimant's identity. */
  readonly incarnation: string;
  /** The claimant's deployment. */
  readonly deployment: number;
  /** A claim that arrives later is refused as `stale`; epoch milliseconds. */
  readonly expiresAt: number;
  /** Whether an incarnation is a member right now. */
  readonly isMember: (incarnation: string) => boolean;
}

/** How far ahead of its due instant a fire may be claimed, by the store's clock. Milliseconds. */
export const maxAheadMs = 2_000;

/** A rerun is the last one at this attempt: a handler that kills its node must not walk through the whole fleet. */
export const maxAttempts = 5;

/**
 * The incarnation a claim id belongs to; empty for a run that nobody holds.
 */
export const holder = (claimId: string): string => claimId.slice(0, Math.max(0, claimId.indexOf(".")));

const asRun = (run: Run): Run => ({
  job: run.job,
  dueAt: run.dueAt,
  attempt: run.attempt,
  kind: run.kind,
  fence: run.fence,
});

/**
 * Since when a job waits for somebody to look at it, epoch milliseconds: its next fire, or a queued one, which may run even
 * while the job is paused. Undefined if there is nothing to wait for.
 */
export const waitsSince = (
  { active, nextDueAt, paused }: Pick<JobRecord, "paused" | "nextDueAt" | "active">,
): number | undefined => {
  const queuedAt = active.find(Queue.isQueued)?.fence;
  const due = paused ? undefined : nextDueAt;
  return queuedAt === undefined || (due !== undefined && due < queuedAt) ? due : queuedAt;
};

/**
 * What a run looks like to someone who peeks.
 */
export const activeRun = (run: StoredRun): ActiveRun => ({ ...asRun(run), holder: holder(run.claimId) });

/** The answer to one claim item, the record after it, and what it adds to the history. */
export interface Claimed {
  /** The record after it; undefined if there is none. */
  readonly record: JobRecord | undefined;
  /** What the claimant is told. */
  readonly result: ClaimResult;
  /** The lines it adds to the history, oldest first. */
  readonly history: ReadonlyArray<HistoryEntry>;
}

interface Changed {
  readonly record: JobRecord;
  readonly history: ReadonlyArray<HistoryEntry>;
}

/** Tokens grow with the store's clock, so that one that was forgotten does not come again. */
const nextToken = (token: number, { now }: ClaimContext): number => Math.max(token + 1, now);

/**
 * The claim id under which a run is taken over from a node that is gone. It differs from the id of the claim that did
 * so: that claim may still be refused, and must not look committed because it took over a run.
 */
const takeoverId = (claimId: string): string => `${claimId}!`;

/** What people asked for stays what it is, however often it is tried. */
const kindAgain = ({ kind }: StoredRun): Run["kind"] => kind === "manual" || kind === "backfill" ? kind : "rerun";

/**
 * Runs whose holder is gone are lost, or handed to the claimant with the next attempt. A run that was given back was
 * never started, so it is handed on whatever the delivery.
 */
const recover = (record: JobRecord, item: ClaimItem, context: ClaimContext): Changed & { lost: ReadonlyArray<Run> } => {
  const isHeld = (run: StoredRun) => {
    const by = holder(run.claimId);
    return Queue.isQueued(run) || (by !== "" && (by === context.incarnation || context.isMember(by)));
  };
  if (record.active.every(isHeld)) return { record, lost: [], history: [] };
  const lost: Array<Run> = [];
  const history: Array<HistoryEntry> = [];
  const active: Array<StoredRun> = [];
  let token = record.token;
  for (const run of record.active) {
    if (isHeld(run)) {
      active.push(run);
    } else if ((item.rerun || run.claimId === "") && run.attempt < maxAttempts) {
      token = nextToken(token, context);
      const claimId = takeoverId(item.claimId);
      active.push({ ...run, attempt: run.attempt + 1, kind: kindAgain(run), fence: token, claimId });
    } else {
      lost.push(asRun(run));
      history.push({
        _tag: "Run",
        job: item.job,
        dueAt: run.dueAt,
        attempt: run.attempt,
        fence: run.fence,
        outcome: "lost",
        startedAt: 0,
        endedAt: context.now,
        incarnation: holder(run.claimId),
      });
    }
  }
  return { record: { ...record, token, active }, lost, history };
};

const skipEntry = (job: string, at: number, skip: SkipDecision): HistoryEntry => ({ _tag: "Skip", job, at, ...skip });

/** Registers a job, or starts it anew under a changed definition: what lies before owes nothing and is recorded so. */
const register = (stored: JobRecord | undefined, item: ClaimItem, context: ClaimContext): Changed => {
  const { now } = context;
  const known = stored === undefined ? item.floor : Math.max(stored.watermark, item.floor ?? 0);
  const record: JobRecord = {
    watermark: Math.max(now, known ?? 0),
    token: stored?.token ?? 0,
    paused: stored?.paused ?? false,
    definition: item.definition,
    deployment: context.deployment,
    claimId: "",
    nextDueAt: item.nextDueAt,
    active: stored?.active ?? [],
    asked: stored?.asked ?? [],
  };
  if (known === undefined || known >= now) return { record, history: [] };
  const reason = stored === undefined ? "regressed" : "definition-changed";
  return { record, history: [skipEntry(item.job, now, { reason, count: -1, firstDueAt: known, lastDueAt: now })] };
};

/** Commits the interval: the only place where a watermark moves by a claim. */
const commit = (record: JobRecord, item: ClaimItem, context: ClaimContext, isOverlapping: boolean): Changed => {
  const active = [...record.active];
  const history = item.skips.map((skip) => skipEntry(item.job, context.now, skip));
  let token = record.token;
  item.runs.forEach(({ dueAt, kind }, index) => {
    if (isOverlapping || (index > 0 && item.overlap !== "allow")) {
      history.push(
        skipEntry(item.job, context.now, { reason: "overlap", count: 1, firstDueAt: dueAt, lastDueAt: dueAt }),
      );
      return;
    }
    token = nextToken(token, context);
    active.push({ job: item.job, dueAt, attempt: 1, kind, fence: token, claimId: item.claimId });
  });
  const deployment = Math.max(record.deployment, context.deployment);
  return {
    record: {
      ...record,
      watermark: item.to,
      token,
      deployment,
      claimId: item.claimId,
      nextDueAt: item.nextDueAt,
      active,
    },
    history,
  };
};

/**
 * One job of a claim. The order of the checks is part of the protocol: what was committed under this claim id comes
 * first, then everything that refuses, and the compare-and-swap decides last. Whatever the answer, it lists all active
 * runs the claimant holds, so that none can be held without its knowledge.
 *
 * Cost: linear in the active runs of the job.
 */
export const claim = (stored: JobRecord | undefined, item: ClaimItem, context: ClaimContext): Claimed => {
  const { now } = context;
  const answer = (
    status: ClaimStatus,
    record: JobRecord | undefined,
    history: ReadonlyArray<HistoryEntry> = [],
    lost: ReadonlyArray<Run> = [],
    regressedFrom?: number,
  ): Claimed => {
    const mine = record?.active.filter((run) => holder(run.claimId) === context.incarnation);
    return {
      record,
      result: {
        job: item.job,
        status,
        watermark: record?.watermark,
        runs: mine?.map(asRun) ?? [],
        lost,
        regressedFrom,
        queued: Queue.count(record?.active ?? []),
      },
      history,
    };
  };

  const isCommitted = stored !== undefined &&
    (stored.claimId === item.claimId || stored.active.some((run) => run.claimId === item.claimId));
  if (isCommitted) return answer("ok", stored);
  if (now > context.expiresAt) return answer("stale", stored);
  if (stored === undefined) {
    const { history, record } = register(undefined, item, context);
    return answer("new", record, history, [], item.floor === undefined ? undefined : 0);
  }
  if (stored.definition !== item.definition) {
    if (context.deployment < stored.deployment) return answer("outdated", stored);
    const { history, record } = register(stored, item, context);
    return answer("new", record, history);
  }

  const isBehind = item.floor !== undefined && item.floor > stored.watermark;
  const isReplaced = item.floorBy !== undefined && item.floor === stored.watermark && stored.claimId !== "" &&
    stored.claimId !== item.floorBy;
  const regressedFrom = isBehind || isReplaced ? stored.watermark : undefined;
  const repaired = isBehind ? { ...stored, watermark: item.floor as number } : stored;
  if (item.from !== undefined && item.from !== repaired.watermark) {
    return answer("moved", repaired, [], [], regressedFrom);
  }
  const recovered = recover(repaired, item, context);
  const { lost } = recovered;
  const record = item.from === undefined
    ? Queue.take(recovered.record, takeoverId(item.claimId), item.take, (token) => nextToken(token, context))
    : recovered.record;
  const refuse = (status: ClaimStatus) => answer(status, record, recovered.history, lost, regressedFrom);

  if (record.paused) return refuse("paused");
  if (item.from === undefined) return refuse("at");
  if (item.to > now + maxAheadMs) return refuse("early");
  const isOverlapping = item.overlap !== "allow" && item.runs.length > 0 &&
    record.active.length > Queue.count(record.active);
  if (isOverlapping && (item.overlap === "wait" || item.runs.some((run) => run.dueAt > now))) return refuse("busy");
  const committed = commit(record, item, context, isOverlapping);
  return answer("ok", committed.record, [...recovered.history, ...committed.history], lost, regressedFrom);
};

/** The record after a run ended, what the holder is told, and the history line. */
export interface Completed {
  /** The record after it. */
  readonly record: JobRecord;
  /** `gone` if the record no longer had the run. */
  readonly result: "ok" | "gone";
  /** The lines it adds to the history. */
  readonly history: ReadonlyArray<HistoryEntry>;
}

/**
 * Ends a run, or gives it back to be started elsewhere. A run the record does not have any more changes nothing, nor does
 * one that is still queued.
 */
export const complete = (record: JobRecord, item: Completion): Completed => {
  const run = record.active.find((active) => active.fence === item.fence && !Queue.isQueued(active));
  if (run === undefined) return { record, result: "gone", history: [] };
  if (item.rerun) {
    const active = record.active.map((other) => other === run ? { ...run, claimId: "" } : other);
    return { record: { ...record, active }, result: "ok", history: [] };
  }
  return {
    record: { ...record, active: record.active.filter((other) => other !== run) },
    result: "ok",
    history: [{
      _tag: "Run",
      job: item.job,
      dueAt: run.dueAt,
      attempt: run.attempt,
      fence: run.fence,
      outcome: item.outcome,
      startedAt: item.startedAt,
      endedAt: item.endedAt,
      incarnation: holder(run.claimId),
    }],
  };
};
