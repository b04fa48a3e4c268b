/**
 * What a node asks of the store, and what the store answers: plain data, the same for every driver and for the simulator.
 *
 * Each request is atomic, one round trip, and safe to send twice.
 */
import type { AskedBy } from "./Action.ts";
import type { ClaimItem } from "./ClaimItem.ts";
import type { CompleteReply, CompleteRequest } from "./Completion.ts";
import type { Definition } from "./Definition.ts";
import type { DueReply, DueRequest } from "./Due.ts";
import type { Run, SkipDecision } from "./Fire.ts";
import type { PauseNote } from "./JobState.ts";
import type { PeekReply, PeekRequest } from "./Peek.ts";
import type { Declared, Member } from "./View.ts";

export type { Asked, Claim, ClaimItem, HeldRun, Sync } from "./ClaimItem.ts";
export type { CompleteReply, CompleteRequest, CompleteStatus, Completion } from "./Completion.ts";
export type { DueReply, DueRequest, ShelfAsk, ShelfDue, StoredSchedule } from "./Due.ts";
export type { ActionKind, AskedBy } from "./Action.ts";
export type { ActionEntry, FireEntry, HistoryEntry } from "./HistoryEntry.ts";
export type { Definition } from "./Definition.ts";
export type { ResultFound, ResultWanted } from "./Fire.ts";
export type { ActiveRun, JobState, PauseNote } from "./JobState.ts";
export type { PeekReply, PeekRequest } from "./Peek.ts";

/** Renews a membership and asks what is new. */
export interface BeatRequest {
  /** Tells requests apart. */
  readonly _tag: "Beat";
  /** The service whose fleet it is for. */
  readonly service: string;
  /** The identity of the node that asks. */
  readonly incarnation: string;
  /** Its configured name, for people. */
  readonly name: string;
  /** Its share of the jobs relative to the others, 1 to 1,000. */
  readonly weight: number;
  /** `gone` removes the member at once. */
  readonly state: "active" | "leaving" | "gone";
  /** 0 lets the store stamp it with the time of the join. */
  readonly deployment: number;
  /** Hash of what this node declares. */
  readonly digest: string;
  /** Digest of this node's data of the time zones that its jobs are in, empty if they need none. Default: empty. */
  readonly zones?: string | undefined;
  /** What stands behind the digest; undefined while the store is known to have it. */
  readonly declared: Declared | undefined;
  /** Versions of the policies of those jobs, where they are not the defaults. Default: all are. */
  readonly policies?: Declared | undefined;
  /** When this node will beat again at the latest, milliseconds from now. */
  readonly gapMs: number;
  /** How long after the promised beat it stays a member. Milliseconds. */
  readonly leaseMs: number;
  /** The version of the view this node has; the members come back only if theirs is another. */
  readonly knownVersion: number;
  /** Digests whose jobs this node knows already. */
  readonly knownDigests: ReadonlyArray<string>;
  /** How long a job must be overdue to be listed. Milliseconds. */
  readonly overdueMs: number;
  /**
   * It drops no member later than this, epoch milliseconds of the store: then it was long on its way, or the clock has leapt.
   * Default: it may at any time.
   */
  readonly expiresAt?: number | undefined;
  /** How long nobody is dropped once it finds its own promise over. Milliseconds; default: `leaseMs`. */
  readonly amnestyMs?: number | undefined;
  /** The longest this node ever promises to be heard of again, with its lease. Milliseconds; default: this beat's. */
  readonly longestMs?: number | undefined;
}

/** A member as the store has it: its digest instead of its jobs. */
export interface MemberEntry extends Omit<Member, "jobs"> {
  /** Hash of what the member declares; the jobs behind it are in `declared` of the answer. */
  readonly digest: string;
  /** Digest of the member's time zone data, as it told it. Default: it tells nothing of them. */
  readonly zones?: string | undefined;
}

/** That a node was asked to leave. */
export interface DrainAsked extends PauseNote {
  /** How long its handlers may take. Milliseconds; default: as the node is configured. */
  readonly drainMs?: number | undefined;
}

/** The answer to a beat. */
export interface BeatReply {
  /** Tells answers apart. */
  readonly _tag: "Beat";
  /** The store's clock, epoch milliseconds. */
  readonly storeTime: number;
  /** The store's clock as it is, where `storeTime` is held at the last beat's. Default: the same. */
  readonly rawTime?: number | undefined;
  /** The version of the view: another one means that members, states or declared jobs changed. */
  readonly version: number;
  /** True when the store did not know this incarnation before. */
  readonly joined: boolean;
  /** The store does not have the jobs behind this node's digest: send them with the next beat. */
  readonly wantsDeclared: boolean;
  /** Everyone, sorted by incarnation; undefined when the known version is the current one. */
  readonly members: ReadonlyArray<MemberEntry> | undefined;
  /** The jobs behind digests that were not known. */
  readonly declared: ReadonlyMap<string, Declared>;
  /** Jobs nobody has claimed though they are overdue, at most 200. */
  readonly overdue: ReadonlyArray<string>;
  /** Somebody asks this node to leave. Default: nobody does. */
  readonly drain?: DrainAsked | undefined;
  /** What members declare is still on its way, to the store or from it: the next beat goes on with it. Default: it is not. */
  readonly isPartial?: boolean | undefined;
}

/** Asks where jobs stand, moves watermarks, each by a compare-and-swap, and hands out runs. At most 200 jobs. */
export interface ClaimRequest {
  /** Tells requests apart. */
  readonly _tag: "Claim";
  /** The service whose jobs they are. */
  readonly service: string;
  /** The identity of the claimant. */
  readonly incarnation: string;
  /** The claimant's deployment: a lower one than the record's cannot change a definition. */
  readonly deployment: number;
  /** A copy that arrives later than this, epoch milliseconds of the store, is refused as `stale`. */
  readonly expiresAt: number;
  /** For how long the claimant is a member from now on at the least, if it is one. Milliseconds; default: as it was. */
  readonly renewMs?: number | undefined;
  /** The jobs, each at most once. */
  readonly items: ReadonlyArray<ClaimItem>;
}

/**
 * What became of one job of a claim.
 *
 * - `ok`: committed, now or by an earlier copy of the same claim;
 * - `new`: the job was unknown or its definition changed; it is registered and owes nothing before its watermark;
 * - `at`: the answer to a sync;
 * - `moved`: the watermark is not where the claimant thought;
 * - `paused`, `stale` (arrived too late), `early` (more than the permitted time ahead), `busy` (a run is active);
 * - `outdated`: the fleet has a newer definition;
 * - `absent`: the claimant is no member, so it was handed nothing: beat, then ask again;
 * - `corrupt`: the record cannot be read and was left alone; `newer`: it is of a later layout, and was left alone.
 */
export type ClaimStatus =
  | "ok"
  | "new"
  | "at"
  | "moved"
  | "paused"
  | "stale"
  | "early"
  | "busy"
  | "outdated"
  | "absent"
  | "corrupt"
  | "newer";

/** One job of the answer to a claim. */
export interface ClaimResult {
  /** The job's name. */
  readonly job: string;
  /** What became of it. */
  readonly status: ClaimStatus;
  /**
   * The committed watermark; undefined when the record is corrupt or there is none, and in a refusal as `stale`, `absent` or
   * `outdated` of who is yet to be told, or to tell, what the store had forgotten.
   */
  readonly watermark: number | undefined;
  /** All active runs of the job this claimant holds, also those taken over just now from nodes that are gone. */
  readonly runs: ReadonlyArray<Run>;
  /** Runs of this claimant that ended by their limit and whose handlers go on, as far as the store knows. Default: none. */
  readonly over?: ReadonlyArray<Run> | undefined;
  /** Runs of nodes that are gone, recorded as lost by this claim. */
  readonly lost: ReadonlyArray<Run>;
  /**
   * How far the store had fallen behind a floor it had acknowledged before; the floor itself where somebody else has
   * claimed up to it again meanwhile. Undefined if the store has forgotten nothing that the claimant knows of.
   */
  readonly regressedFrom: number | undefined;
  /** How many fires still wait for their turn: those that people asked for, and those of the schedule unless the job is paused. */
  readonly queued: number;
  /** How many of them are of the schedule. Default: none. */
  readonly late?: number | undefined;
  /** When the fires of the schedule were due that wait in the record, oldest first, also while the job is paused. Default: none do. */
  readonly waiting?: ReadonlyArray<number> | undefined;
  /** How many runs of the schedule were counted under a limit. Default: none. */
  readonly counted?: number | undefined;
  /** What was said of the pause, where the job is paused. Default: it is not, or the answer does not tell. */
  readonly pause?: PauseNote | undefined;
  /** When the first of the attempts that nobody holds may start, epoch milliseconds. Default: none waits. */
  readonly retryAt?: number | undefined;
  /** Fires that this claim, or what it found, left without a run, besides those it was sent with. Default: none. */
  readonly skips?: ReadonlyArray<SkipDecision> | undefined;
  /**
   * Until when a copy of this or an earlier claim of the claimant could still be applied, epoch milliseconds of the store; 0: none
   * can; undefined: not known.
   */
  readonly doubtUntil?: number | undefined;
}

/** The answer to a claim, in the order of its items. */
export interface ClaimReply {
  /** Tells answers apart. */
  readonly _tag: "Claim";
  /** The store's clock, epoch milliseconds. */
  readonly storeTime: number;
  /** One for each item. */
  readonly results: ReadonlyArray<ClaimResult>;
}

/** What a person asks of the fleet. */
export interface ControlRequest {
  /** Tells requests apart. */
  readonly _tag: "Control";
  /** The service it is for. */
  readonly service: string;
  /** What is to be done. Where it has changed something, who it was is told in the history, if that is said. */
  readonly command:
    /** Of a job that is paused already what is said replaces what was said before; without anything it stays. */
    | ({ readonly _tag: "Pause"; readonly job: string } & PauseNote)
    /** Pauses every job that is known, and those that become known while it lasts; what is paused by itself stays as it is. */
    | ({ readonly _tag: "PauseAll" } & PauseNote)
    /** Resumes what was paused with all. The answer's `count` is how many jobs these were. */
    | ({ readonly _tag: "ResumeAll"; readonly missed: "skip" | "catch-up" } & AskedBy)
    /** `skip` decides the fires of the pause at once, `catch-up` leaves them to the job's policy. */
    | ({ readonly _tag: "Resume"; readonly job: string; readonly missed: "skip" | "catch-up" } & AskedBy)
    /**
     * Queues one fire that is due now, with JSON for its handler. The same key within a day queues nothing new. `keepsResult`: what
     * becomes of it is kept for an hour.
     */
    | ({
      readonly _tag: "Trigger";
      readonly job: string;
      readonly key: string;
      readonly payload?: string | undefined;
      readonly keepsResult?: boolean | undefined;
    } & AskedBy)
    /** Queues fires of the past, oldest first. */
    | ({
      readonly _tag: "Backfill";
      readonly job: string;
      readonly key: string;
      readonly dueAts: ReadonlyArray<number>;
    } & AskedBy)
    /** Gives up what waits and is not yet handed to a node. The answer's `count` is how many fires these were. */
    | ({ readonly _tag: "Cancel"; readonly job: string } & AskedBy)
    /** Cancels what runs, or the run with that token alone: who holds it is told, and what waits for its next attempt is over. */
    | ({ readonly _tag: "CancelRuns"; readonly job: string; readonly fence?: number | undefined } & AskedBy)
    /**
     * Where every fire up to more than a day ahead of the clock is decided, it was the clock of then that was wrong: the watermark
     * goes back to now. The answer's `dueAt` is where it was, undefined if it was no such watermark and nothing is changed.
     */
    | ({ readonly _tag: "Rewind"; readonly job: string } & AskedBy)
    /** Asks all members of a name to leave. The answer's `count` is how many these are; without any it has the names there are. */
    | ({ readonly _tag: "Drain"; readonly node: string } & DrainAsked)
    /** Removes the record of a job that nobody declares any more, with the keys that people asked under. */
    | ({ readonly _tag: "Remove"; readonly job: string } & AskedBy)
    /**
     * Keeps what jobs are, for those who do not declare them. `digest` stands for all of them: where it was told before nothing is
     * looked at. The answer's `count` is how many were new.
     */
    | {
      readonly _tag: "Tell";
      readonly digest: string;
      readonly definitions: Iterable<readonly [job: string, definition: Definition]>;
    }
    /** Removes everything the service has in the store. */
    | { readonly _tag: "Destroy" };
}

/**
 * `unknown` when the store has no such job, `full` when more than 200 fires of it would be queued; nothing is changed then.
 * Asking twice for the same thing is `ok`. Of a removal: `declared` while a member declares the job, or one may whose
 * declarations cannot be read; `running` while a member holds a run of it; `queued` while fires of it wait.
 */
export interface ControlReply {
  /** Tells answers apart. */
  readonly _tag: "Control";
  /** Whether it is done. */
  readonly result: "ok" | "unknown" | "full" | "declared" | "running" | "queued";
  /** When the first of the fires that were asked for is due, epoch milliseconds; undefined where none were. */
  readonly dueAt: number | undefined;
  /** The number of the row that the result of a trigger is kept in. Default: it is not kept. */
  readonly resultSlot?: number | undefined;
  /** Names of the members that stand in the way of a removal, or of all where none has the name that was given. Default: none. */
  readonly nodes?: ReadonlyArray<string> | undefined;
  /**
   * How many jobs a command for all of them was about: paused with all now, or resumed; how many members are to leave; how many runs
   * are cancelled, or were to be already, or fires that waited.
   */
  readonly count?: number | undefined;
}

/** Every request. */
export type Request = BeatRequest | ClaimRequest | CompleteRequest | PeekRequest | DueRequest | ControlRequest;

/** Every answer. */
export type Reply = BeatReply | ClaimReply | CompleteReply | PeekReply | DueReply | ControlReply;

/**
 * Why the store could not be used.
 *
 * - `Unavailable`: no answer, or one that says "not now"; whether the request was applied is unknown;
 * - `Unauthorized`: the store refused the credentials;
 * - `RateLimited`: the store refused for quota, see `retryAfterMs`;
 * - `Corrupt`: the store answered, but not what it must; whether the request was applied is unknown;
 * - `Foreign`: something that is not ours is in our place, and was left alone;
 * - `Misconfigured`: the options of the driver cannot work, or the client among them is closed or was never connected.
 */
export type DriverErrorReason =
  | "Unavailable"
  | "Unauthorized"
  | "RateLimited"
  | "Corrupt"
  | "Foreign"
  | "Misconfigured";
