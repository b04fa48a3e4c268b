/**
 * What a node asks of one job: where it stands, or to decide some of its fires.
 */
import type { Run, RunDecision, SkipDecision } from "./Fire.ts";

/** A run that goes on at a claimant. */
export interface HeldRun extends Run {
  /** When the attempt that follows it may start, epoch milliseconds, if it has ended by its limit and one does. */
  readonly retryAt?: number | undefined;
  /**
   * Set when it ended by its limit and only its handler goes on: until when it keeps others of its job from starting, epoch
   * milliseconds.
   */
  readonly overUntil?: number | undefined;
}

/** What a node says of a job that it asks about. */
export interface Asked {
  /** The job's name. */
  readonly job: string;
  /** The same for every copy of what is asked: what was committed under it is handed out again, never committed twice. */
  readonly claimId: string;
  /** The first fire after the watermark that comes of it; undefined if there is none. */
  readonly nextDueAt: number | undefined;
  /** When that starts, epoch milliseconds, where the job's jitter moves it. Default: when it is due. */
  readonly nextStartsAt?: number | undefined;
  /** The highest watermark that the node knows to be committed; repairs a store that lost writes. */
  readonly floor: number | undefined;
  /**
   * The node's own claim that moved the watermark there, if it was one. When another stands in its place, the store has
   * forgotten this one, and somebody has decided the same fires again since.
   */
  readonly floorBy: string | undefined;
  /** The hash of the job's definition as the node declares it. */
  readonly definition: string;
  /**
   * `wait` refuses a claim while a run is active, `skip` turns its runs into skips once they are due and whoever holds the active run
   * was heard of since; `queue` lets the newest that is due wait in the record for the runs before it, `queue-all` each one, and
   * `cancel-previous` the newest, and cancels those runs.
   */
  readonly overlap: "allow" | "skip" | "wait" | "queue" | "queue-all" | "cancel-previous";
  /** Whether a run whose node is gone is started again. */
  readonly rerun: boolean;
  /** With `overlap: "allow"`: how many runs of the job may be active at once. Default: any number. */
  readonly maxConcurrent?: number | undefined;
  /** With `overlap: "queue-all"`: how many fires of the job may wait. Default 100. */
  readonly maxQueued?: number | undefined;
  /** How many runs of the schedule there may be in all; undefined: any number. */
  readonly limit?: number | undefined;
  /** How many of them the node was told were counted; repairs a store that lost writes. */
  readonly counted?: number | undefined;
  /** How long before it may start an attempt that waits is taken. Milliseconds; default 0. */
  readonly aheadMs?: number | undefined;
  /** The highest fencing token the node was ever handed for the job: the next one is above it. */
  readonly lastFence?: number | undefined;
  /** Runs of the job that go on at the node, so that a store that has forgotten them can register them again. */
  readonly held?: ReadonlyArray<HeldRun> | undefined;
  /** When the fires were due that wait in the record as the node was last told, so that a store that has forgotten them can be told. */
  readonly waiting?: ReadonlyArray<number> | undefined;
  /** If the store has forgotten the job it goes on from `floor` instead of owing nothing before now. */
  readonly resumes?: boolean | undefined;
  /**
   * Where a job begins that nobody has known before, if not now: one whose schedule lies wholly in the past begins before the last
   * of its fires, so that these are decided.
   */
  readonly begins?: Pick<Asked, "nextDueAt" | "nextStartsAt"> & { readonly watermark: number } | undefined;
}

/**
 * Asks where a job stands and decides nothing: registers it if it is new, takes over what nodes that are gone have left, and
 * fires that people asked for.
 */
export interface Sync extends Asked {
  /** Tells items apart. */
  readonly _tag: "Sync";
  /** How many runs of the job may be under way once queued fires are handed out; 0 takes none. */
  readonly take: number;
}

/** Decides the fires after one watermark up to another, if the job's watermark is the first of them. */
export interface Claim extends Asked {
  /** Tells items apart. */
  readonly _tag: "Claim";
  /** The watermark the node saw. */
  readonly from: number;
  /** The watermark after the claim. */
  readonly to: number;
  /** The fires between the two that are to run, oldest first. */
  readonly runs: ReadonlyArray<RunDecision>;
  /** The fires between the two that are not. */
  readonly skips: ReadonlyArray<SkipDecision>;
  /**
   * After this instant of the store's clock a run of another member overlaps with the fires: it was heard of since they were due.
   * Default: only the runs of the claimant itself are known to.
   */
  readonly sureAfter?: number | undefined;
}

/** When the last of the fires that a claim decides is to start: none before the claim may be made. Epoch milliseconds. */
export const lastStart = ({ runs, to }: Pick<Claim, "runs" | "to">): number => runs.at(-1)?.startsAt ?? to;

/** One job of a request. */
export type ClaimItem = Sync | Claim;
