/**
 * What the store knows of one job, and what is told of it: shapes, and what can be read off them.
 */
import type { Run, RunKind, SkipDecision } from "../words/Fire.ts";
import type { ClaimResult, FireEntry, PauseNote } from "../words/Request.ts";
import { demand, demandParts } from "../words/InvalidInput.ts";
import { afterLeaseMs, leaseOf } from "./lease.ts";
import type { Open } from "./Moment.ts";
import type { Past } from "./Past.ts";

/** A run as the record holds it. `N` is what a number is that may be the clock: open while a claim is being decided. */
export interface StoredRun<N = number> {
  /** The instant the fire is due, epoch milliseconds. */
  readonly dueAt: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Why it runs. */
  readonly kind: RunKind;
  /** Its fencing token. */
  readonly fence: N;
  /** The claim that handed it out, `<incarnation>.<what>`, which also tells the holder; undefined while nobody holds it. */
  readonly claimId: string | undefined;
  /**
   * Set when the run ended by its limit and its handler goes on: until then it counts for overlap and for nothing else,
   * epoch milliseconds.
   */
  readonly heldUntil: number | undefined;
  /** When it is to start, epoch milliseconds, where jitter moves that. */
  readonly startsAt?: number | undefined;
  /** When somebody asked to cancel it, epoch milliseconds: its holder is told, and no attempt follows. */
  readonly cancelAt?: number | undefined;
  /**
   * When this attempt may start, epoch milliseconds, if one before it failed. While nobody holds it, it waits; beside `heldUntil`
   * it is the next attempt that does, once the handler of this one has settled.
   */
  readonly notBefore?: number | undefined;
  /** What the last attempt that failed failed with. */
  readonly previousError?: string | undefined;
  /** How many attempts failed and were followed by another. */
  readonly retries?: number | undefined;
  /** Set when it was asked for with a payload, which is in a row of its own. */
  readonly payload?: true | undefined;
  /** The number of the row that its result is to be kept in; undefined if that is not kept. */
  readonly resultSlot?: number | undefined;
}

/** A fire that waits for its turn. */
export interface Queued {
  /** The instant the fire is due, epoch milliseconds. */
  readonly dueAt: number;
  /** What it was asked for as. */
  readonly kind: "manual" | "backfill";
  /** When it was asked for by the store's clock, epoch milliseconds; a number of its own in the job, like a token. */
  readonly queuedAt: number;
  /** Set when it was asked for with a payload. */
  readonly payload?: true | undefined;
  /** The number of the row that its result is to be kept in; undefined if that is not kept. */
  readonly resultSlot?: number | undefined;
}

/** Everything the store knows of one job. */
export interface JobRecord<N = number> {
  /** Every fire at or before it has a decision, none after it has. */
  readonly watermark: N;
  /**
   * When it was registered although fires before that had not been decided, epoch milliseconds; 0 otherwise. Whoever knows it
   * from before can tell by it which they are.
   */
  readonly since: N;
  /** The incarnation that asked first and knew it, and so is to tell of them; undefined while there was none. */
  readonly toldBy?: string | undefined;
  /** The last fencing token that was handed out. */
  readonly lastFence: N;
  /** While it is, every claim of the job is refused. */
  readonly paused: boolean;
  /** Who paused it, as they said; undefined if they did not, or it is not paused. */
  readonly pausedBy?: string | undefined;
  /** Why, as they said. */
  readonly pauseReason?: string | undefined;
  /** Set when it was paused with all jobs of the service, and goes on with them. */
  readonly pausedWithAll?: true | undefined;
  /** The hash of the definition in force. */
  readonly definition: string;
  /** The highest deployment that has claimed; a lower one cannot change the definition. */
  readonly deployment: number;
  /** The last claim that moved the watermark; undefined if it was moved otherwise. */
  readonly claimId: string | undefined;
  /** The first fire after the watermark, epoch milliseconds; undefined if there is none. */
  readonly nextDueAt: number | undefined;
  /** When that starts, epoch milliseconds, where jitter moves it. */
  readonly nextStartsAt?: number | undefined;
  /** How many runs of the schedule were handed out under a limit; undefined if none were. */
  readonly counted?: number | undefined;
  /** The runs that have not ended. */
  readonly active: ReadonlyArray<StoredRun<N>>;
  /** The fires that people asked for and nobody has been handed yet, oldest first. */
  readonly queue: ReadonlyArray<Queued>;
  /**
   * Fires that were due until then were found to overlap with runs of which it was not known whether their nodes live, epoch
   * milliseconds. It is forgotten once they are decided, or as soon as one of those runs is taken from a node that is gone.
   */
  readonly busyUntil?: number | undefined;
  /** The number of the row that the next result is kept in; undefined if none ever was. */
  readonly nextSlot?: number | undefined;
  /** The fires of the schedule that wait for the runs before them (R45), oldest first; undefined if none do. */
  readonly waiting?: ReadonlyArray<number> | undefined;
  /** The last runs of a schedule in the store, as many as are kept; undefined if none are, and of a job, which has the history. */
  readonly past?: Past<N> | undefined;
}

/** A record that is being made: nobody else has it yet. */
type Fresh<N> = { -readonly [K in keyof JobRecord<N>]: JobRecord<N>[K] };

/** A copy that may be written. Field by field: of so many, a spread takes several times as long. */
export const copied = <N>(record: JobRecord<N>): Fresh<N> => ({
  watermark: record.watermark,
  since: record.since,
  toldBy: record.toldBy,
  lastFence: record.lastFence,
  paused: record.paused,
  pausedBy: record.pausedBy,
  pauseReason: record.pauseReason,
  pausedWithAll: record.pausedWithAll,
  definition: record.definition,
  deployment: record.deployment,
  claimId: record.claimId,
  nextDueAt: record.nextDueAt,
  nextStartsAt: record.nextStartsAt,
  counted: record.counted,
  active: record.active,
  queue: record.queue,
  busyUntil: record.busyUntil,
  nextSlot: record.nextSlot,
  waiting: record.waiting,
  past: record.past,
});

/**
 * The incarnation a claim id belongs to; empty for a run that nobody holds.
 *
 * @example
 * ```ts
 * import { JobRecord } from "ringcron/core";
 *
 * console.log(JobRecord.holder("a1b2.k3")); // a1b2
 * ```
 */
export const holder = (claimId: string | undefined): string => {
  if (claimId === undefined) return "";
  demand(typeof claimId === "string", "claimId", claimId, "a string");
  return claimId.slice(0, Math.max(0, claimId.indexOf(".")));
};

/** What was said of the pause of a record; undefined if it is not paused. */
export const pauseOf = (record: Pick<JobRecord, "paused" | "pausedBy" | "pauseReason">): PauseNote | undefined => {
  demandParts("record", record);
  const { pauseReason: reason, paused, pausedBy: by } = record;
  if (!paused) return undefined;
  return { ...(by === undefined ? {} : { by }), ...(reason === undefined ? {} : { reason }) };
};

/** What a run says of jitter, of its result, of attempts that failed, and of whoever wants it cancelled: nothing at all of most. */
export const seldomParts = (
  { cancelAt, notBefore, previousError, resultSlot, retries, startsAt }: SeldomParts,
): SeldomParts => {
  const isNone = notBefore === undefined && cancelAt === undefined && startsAt === undefined;
  if (isNone && resultSlot === undefined) return none;
  const asked = {
    ...(cancelAt === undefined ? none : { cancelAt }),
    ...(resultSlot === undefined ? none : { resultSlot }),
    ...(startsAt === undefined ? none : { startsAt }),
  };
  if (notBefore === undefined) return asked;
  return { ...asked, notBefore, ...(previousError === undefined ? none : { previousError }), retries };
};

type SeldomParts = Pick<Run, "cancelAt" | "notBefore" | "previousError" | "resultSlot" | "retries" | "startsAt">;

const none = {};

/** A run with them: the very one that was given, where it has none. */
export const withSeldomParts = <R>(run: R, parts: SeldomParts): R & SeldomParts => {
  const seldom = seldomParts(parts);
  return seldom === none ? run as R & SeldomParts : { ...run, ...seldom };
};

/** A run as whoever is handed it sees it. */
export type OpenRun = Omit<Run, "fence" | "payload"> & { readonly fence: Open; readonly hasPayload?: true };

/** The first attempt of a fire that was queued, as it is handed out. */
export const takenRun = (
  { dueAt, kind, payload, resultSlot }: Queued,
  fence: Open,
  claimId: string,
): StoredRun<Open> => {
  const run = { dueAt, attempt: 1, kind, fence, claimId, heldUntil: undefined };
  const kept = resultSlot === undefined ? run : { ...run, resultSlot };
  return payload === true ? { ...kept, payload } : kept;
};

/** A run of a record as whoever is handed it sees it. */
export const asRun = (job: string, run: StoredRun<Open>): OpenRun => {
  const { attempt, dueAt, fence, kind } = run;
  const told: OpenRun = withSeldomParts({ job, dueAt, attempt, kind, fence }, run);
  return run.payload === true ? { ...told, hasPayload: true } : told;
};

/** When a run may be another's: an attempt that nobody holds when it may start, one in the hands of who is no member after its lease. */
const freeAt = ({ claimId, notBefore }: StoredRun<Open>): number | undefined => {
  if (claimId === undefined) return notBefore;
  const lease = leaseOf(claimId);
  return lease === undefined ? undefined : lease + afterLeaseMs;
};

/** When the first of the runs that nobody holds, or whose holder has a lease, may be another's, epoch milliseconds; undefined if there is none. */
export const retryAt = ({ active }: Pick<JobRecord<Open>, "active">): number | undefined => {
  let first: number | undefined;
  for (const run of active) {
    const at = freeAt(run);
    if (at !== undefined && !(first !== undefined && first <= at)) first = at;
  }
  return first;
};

/**
 * Since when a job waits for somebody to look at it, epoch milliseconds: the start of its next fire; or a fire of its schedule that
 * waited for a run which is over; or an attempt after one that failed, or a queued fire, which may run even while the job is paused.
 * Undefined if there is nothing to wait for.
 *
 * @example
 * ```ts
 * import { JobRecord } from "ringcron/core";
 *
 * console.log(JobRecord.waitsSince({ paused: true, nextDueAt: 2_000, active: [], queue: [] })); // undefined
 * ```
 */
export const waitsSince = (
  record: Pick<JobRecord<Open>, "paused" | "nextDueAt" | "nextStartsAt" | "active" | "queue" | "waiting">,
): number | undefined => {
  demandParts("record", record, "active", "queue");
  const { active, nextDueAt, nextStartsAt = nextDueAt, paused, queue, waiting } = record;
  let since = paused ? undefined : nextStartsAt;
  // While a run is in its way a fire waits for nobody but that.
  const open = paused || active.length > 0 ? undefined : waiting?.[0];
  for (const at of [queue[0]?.queuedAt, retryAt(record), open]) {
    if (at !== undefined && !(since !== undefined && since <= at)) since = at;
  }
  return since;
};

/** A skip whose instants may be open. */
export type OpenSkip = Omit<SkipDecision, "lastDueAt"> & { readonly lastDueAt: Open };

/** A line of the history whose instants may be open. */
export type OpenHistory =
  | (Omit<Extract<FireEntry, { _tag: "Run" }>, "endedAt" | "fence"> & {
    readonly endedAt: Open;
    readonly fence: Open;
  })
  | (OpenSkip & { readonly _tag: "Skip"; readonly job: string; readonly at: Open });

/** What a claimant is told; numbers may be open. */
export type OpenResult =
  & Omit<ClaimResult, "watermark" | "runs" | "over" | "lost" | "skips">
  & {
    readonly watermark: Open | undefined;
    readonly runs: ReadonlyArray<OpenRun>;
    readonly over: ReadonlyArray<OpenRun>;
    readonly lost: ReadonlyArray<OpenRun>;
    readonly skips: ReadonlyArray<OpenSkip>;
  };
