/**
 * What the store knows of one job, and what is told of it: shapes, and what can be read off them.
 */
import type { Run, RunKind, SkipDecision } from "../words/Fire.ts";
import type { ClaimResult, HistoryEntry } from "../words/Request.ts";
import { demand, demandParts } from "../words/InvalidInput.ts";
import type { Open } from "./Moment.ts";

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
}

/** A fire that waits for its turn. */
export interface Queued {
  /** The instant the fire is due, epoch milliseconds. */
  readonly dueAt: number;
  /** What it was asked for as. */
  readonly kind: "manual" | "backfill";
  /** When it was asked for by the store's clock, epoch milliseconds; a number of its own in the job, like a token. */
  readonly queuedAt: number;
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
  /** The hash of the definition in force. */
  readonly definition: string;
  /** The highest deployment that has claimed; a lower one cannot change the definition. */
  readonly deployment: number;
  /** The last claim that moved the watermark; undefined if it was moved otherwise. */
  readonly claimId: string | undefined;
  /** The first fire after the watermark, epoch milliseconds; undefined if there is none. */
  readonly nextDueAt: number | undefined;
  /** The runs that have not ended. */
  readonly active: ReadonlyArray<StoredRun<N>>;
  /** The fires that people asked for and nobody has been handed yet, oldest first. */
  readonly queue: ReadonlyArray<Queued>;
}

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

/** A run as whoever is handed it sees it. */
export type OpenRun = Omit<Run, "fence"> & { readonly fence: Open };

/** A run of a record as whoever is handed it sees it. */
export const asRun = (job: string, run: StoredRun<Open>): OpenRun => ({
  job,
  dueAt: run.dueAt,
  attempt: run.attempt,
  kind: run.kind,
  fence: run.fence,
});

/**
 * Since when a job waits for somebody to look at it, epoch milliseconds: its next fire, or a queued one, which may run even
 * while the job is paused. Undefined if there is nothing to wait for.
 *
 * @example
 * ```ts
 * import { JobRecord } from "ringcron/core";
 *
 * console.log(JobRecord.waitsSince({ paused: true, nextDueAt: 2_000, queue: [] })); // undefined
 * ```
 */
export const waitsSince = (record: Pick<JobRecord, "paused" | "nextDueAt" | "queue">): number | undefined => {
  demandParts("record", record, "queue");
  const { nextDueAt, paused, queue } = record;
  const queuedAt = queue[0]?.queuedAt;
  const due = paused ? undefined : nextDueAt;
  return queuedAt === undefined || (due !== undefined && due < queuedAt) ? due : queuedAt;
};

/** A skip whose instants may be open. */
export type OpenSkip = Omit<SkipDecision, "lastDueAt"> & { readonly lastDueAt: Open };

/** A line of the history whose instants may be open. */
export type OpenHistory =
  | (Omit<Extract<HistoryEntry, { _tag: "Run" }>, "endedAt" | "fence"> & {
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
