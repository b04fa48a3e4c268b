/**
 * Everything that happens on a node, as one tagged union. Listeners get events in the order in which they happened.
 */
import type { Outcome, Run, SkipDecision } from "./Fire.ts";
import type { DriverErrorReason } from "./Request.ts";

/** Who a member is, for people and for safety. */
export interface MemberName {
  /** Its identity: random, drawn at start and again after a long suspension. */
  readonly incarnation: string;
  /** Its configured name. */
  readonly name: string;
}

/** What an event is about. */
export interface AboutJob {
  /** The name of the job; of a schedule in the store, that of its handler. */
  readonly job: string;
  /** The id of the schedule in the store. Default: it is about a job. */
  readonly schedule?: string | undefined;
}

/** What happened. `at` (added when it is emitted) is the fleet's time, epoch milliseconds. */
export type Happening =
  /** This node is a member. */
  | { readonly _tag: "Joined"; readonly incarnation: string }
  /** The fleet changed. */
  | {
    readonly _tag: "ViewChanged";
    readonly version: number;
    readonly members: ReadonlyArray<MemberName>;
    readonly joined: ReadonlyArray<MemberName>;
    readonly left: ReadonlyArray<MemberName>;
  }
  /** Jobs this node owns from now on, or no longer. */
  | {
    readonly _tag: "OwnershipChanged";
    readonly gained: ReadonlyArray<string>;
    readonly lost: ReadonlyArray<string>;
  }
  /** A handler is started now. */
  | { readonly _tag: "RunStarted"; readonly run: Run; readonly latenessMs: number }
  /**
   * A run is over. `error` says what the handler failed with, in at most 1,000 characters, and `cause` is what it failed with:
   * what was thrown, or an Effect `Cause` where that were several things; undefined where there is none. It reaches listeners
   * only, neither the store nor the log. `retryAt` is when another attempt follows, epoch milliseconds; undefined if none does.
   */
  | {
    readonly _tag: "RunEnded";
    readonly run: Run;
    readonly outcome: Outcome;
    readonly startedAt: number;
    readonly endedAt: number;
    readonly error: string | undefined;
    readonly cause: unknown;
    readonly retryAt?: number | undefined;
  }
  /**
   * A run ended by its time limit and its handler goes on: no other run of a job that must not overlap starts before it settles,
   * its node is gone, or this instant, epoch milliseconds.
   */
  | { readonly _tag: "RunHeld"; readonly run: Run; readonly untilAt: number }
  /** A handler that heeds no signal is waited for no longer: the node stops, or an hour is over. */
  | { readonly _tag: "HandlerAbandoned"; readonly run: Run }
  /** A run went down with its node and is recorded as lost. */
  | { readonly _tag: "RunLost"; readonly run: Run }
  /** Fires that will not run, and why. */
  | ({ readonly _tag: "FireSkipped" } & AboutJob & SkipDecision)
  /**
   * Nobody has decided a fire `missedAfterMs` after it was due, as far as this node knows: the first of a job that waits. Told once for
   * it by each node that owns the job or is its successor. It may still run, as the job's `catchUp` says.
   */
  | ({ readonly _tag: "FireMissed"; readonly dueAt: number } & AboutJob)
  /** This node decided what was due of a job, up to an instant, as the member that owns it had not in time. */
  | ({ readonly _tag: "TakenOver"; readonly upTo: number } & AboutJob)
  /** The store did not answer or refused; nothing unclaimed starts until it is back. */
  | { readonly _tag: "StoreUnavailable"; readonly reason: DriverErrorReason; readonly detail: string }
  /** The store answers again. */
  | { readonly _tag: "StoreBack"; readonly downMs: number }
  /**
   * The channel of hints is refused, or lost again and again. Everything goes on; this node hears of commands that others give within
   * `maxSilenceMs`. It goes on trying, at first within a second, later every five minutes, or every half hour if it was refused.
   */
  | { readonly _tag: "HintsUnavailable"; readonly reason: DriverErrorReason; readonly detail: string }
  /** The channel of hints is open again, and has stood for ten seconds; `downMs` ended when it was opened. */
  | { readonly _tag: "HintsBack"; readonly downMs: number }
  /**
   * The store had forgotten a watermark it had acknowledged; it was repaired. Fires in between may have run twice. Where
   * `from` and `to` are the same, others have claimed the fires up to there again, and they did run twice.
   */
  | ({ readonly _tag: "StoreRegressed"; readonly from: number; readonly to: number } & AboutJob)
  /**
   * The store's clock stepped by so much, negative if backwards, and this node goes by it from now on. After a step back the
   * fires up to `untilAt` are decided already for some jobs, and do not come again; undefined if there are none.
   */
  | { readonly _tag: "StoreClockStepped"; readonly byMs: number; readonly untilAt: number | undefined }
  /**
   * All fires of these jobs up to an instant far ahead of the clock are decided: the clock was ahead once. None of them fires
   * before it has passed that instant (each job's own is `decidedUpTo` of its status).
   */
  | { readonly _tag: "DecidedAhead"; readonly jobs: ReadonlyArray<string>; readonly untilAt: number }
  /** The record of a job cannot be read. It is left alone and the job does not run. */
  | ({ readonly _tag: "RecordCorrupt" } & AboutJob)
  /** The record of a job was written by a later release. It is left alone and the job does not run here. */
  | ({ readonly _tag: "RecordNewer" } & AboutJob)
  /** This node could not renew its membership in time: it starts nothing until it can, and knows nothing of the fleet. */
  | { readonly _tag: "LeaseLost"; readonly incarnation: string }
  /** The membership that was lost is renewed, and what the node knows of the fleet can be relied on again. */
  | { readonly _tag: "LeaseRegained"; readonly incarnation: string }
  /** This process stood still for longer than its lease; it goes on under a new identity. */
  | { readonly _tag: "Suspended"; readonly forMs: number }
  /** The fleet has a newer definition of a job than this process; it leaves the job to the others. */
  | ({ readonly _tag: "JobOutdated" } & AboutJob)
  /**
   * This node and those of `members` have different data of these time zones, within some half a year back and 20 months ahead:
   * equal definitions are due at different instants there. Each instant is still decided once, but which instants there are
   * depends on who owns the job. Give all runtimes the same release of the zone data. Told once for each difference, by the
   * nodes of either side; with empty lists when there is none any more. `jobs` are those that both sides declare, in order, the
   * first 20 of `jobCount`.
   */
  | {
    readonly _tag: "ScheduleDivergence";
    readonly zones: ReadonlyArray<string>;
    readonly jobs: ReadonlyArray<string>;
    readonly jobCount: number;
    readonly members: ReadonlyArray<MemberName>;
  }
  /**
   * Every fire of a job is decided and its schedule has no other. It stays declared, and people may still trigger it. Told once by
   * each node that looks after the job.
   */
  | ({ readonly _tag: "JobFinished" } & AboutJob)
  /**
   * No member has all the labels that a job needs (`runOn`): its fires wait, and are overdue, until one that does has joined. Told
   * once by each node that has the job and could not run it either.
   */
  | ({ readonly _tag: "JobUnplaced"; readonly runOn: ReadonlyArray<string> } & AboutJob)
  /** A member has the labels that this job needs, and decides the fires that waited, as its `catchUp` says. */
  | ({ readonly _tag: "JobPlaced" } & AboutJob)
  /** A job is paused, or somebody has said otherwise by whom or why; both undefined where nobody has said so. */
  | ({
    readonly _tag: "JobPaused";
    readonly by: string | undefined;
    readonly reason: string | undefined;
  } & AboutJob)
  /** A job is no longer paused. */
  | ({ readonly _tag: "JobResumed" } & AboutJob)
  /** Another scheduler of this process, called `by`, has the same service, store and name and was started later: this one leaves. */
  | { readonly _tag: "Replaced"; readonly by: string }
  /** Somebody asked this node to leave, by whom and why if they said so. It does, as with `stop`. */
  | { readonly _tag: "DrainAsked"; readonly by: string | undefined; readonly reason: string | undefined }
  /** This node announced that it leaves. */
  | { readonly _tag: "Leaving" }
  /** This node could not join and gave up. It may be started again; a start that retries goes on by itself. */
  | { readonly _tag: "JoinFailed"; readonly reason: DriverErrorReason; readonly detail: string }
  /** This node is gone; the last event. */
  | { readonly _tag: "Stopped" };

/** A happening with its time. */
export type Event = Happening & { readonly at: number };
