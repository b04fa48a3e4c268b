/**
 * What a node asks of the store, and what the store answers: plain data, the same for every driver and for the simulator.
 *
 * Each request is atomic, one round trip, and safe to send twice.
 */
import type { Outcome, Run, RunDecision, SkipDecision } from "./Fire.ts";
import type { Declared, Member } from "./View.ts";

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
  /** When this node will beat again, milliseconds from now. */
  readonly gapMs: number;
  /** How long after the promised beat it stays a member. Milliseconds. */
  readonly leaseMs: number;
  /** The version of the view this node has; the members come back only if theirs is another. */
  readonly knownVersion: number;
  /** Digests whose jobs this node knows already. */
  readonly knownDigests: ReadonlyArray<string>;
  /** How long a job must be overdue to be listed. Milliseconds. */
  readonly overdueMs: number;
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
}

/** A run that goes on at a claimant. */
export interface HeldRun extends Run {
  /**
   * Set when it ended by its limit and only its handler goes on: until when it keeps others of its job from starting, epoch
   * milliseconds.
   */
  readonly overUntil?: number | undefined;
}

/** One job of a claim. */
export interface ClaimItem {
  /** The job's name. */
  readonly job: string;
  /** The same for every copy of this claim: what was committed under it is handed out again, never committed twice. */
  readonly claimId: string;
  /** The watermark the claimant saw; undefined asks where the job stands (and registers it if it is new). */
  readonly from: number | undefined;
  /** The watermark after the claim. */
  readonly to: number;
  /** The first fire after `to`; undefined if there is none. */
  readonly nextDueAt: number | undefined;
  /** The highest watermark the claimant knows to be committed; repairs a store that lost writes. */
  readonly floor: number | undefined;
  /**
   * The claimant's own claim that moved the watermark there, if it was one. When another stands in its place, the store has
   * forgotten this one, and somebody has decided the same fires again since.
   */
  readonly floorBy: string | undefined;
  /** The hash of the job's definition as the claimant declares it. */
  readonly definition: string;
  /** `wait` refuses the claim while a run is active, `skip` turns its runs into skips once they are due. */
  readonly overlap: "allow" | "skip" | "wait";
  /** Whether a run whose node is gone is started again. */
  readonly rerun: boolean;
  /** Without `from`: how many runs of the job may be under way once queued fires are handed out; 0 takes none. */
  readonly take: number;
  /** The fires between `from` and `to` that are to run, oldest first. */
  readonly runs: ReadonlyArray<RunDecision>;
  /** The fires between `from` and `to` that are not. */
  readonly skips: ReadonlyArray<SkipDecision>;
  /** With `overlap: "allow"`: how many runs of the job may be active at once. Default: any number. */
  readonly maxConcurrent?: number | undefined;
  /** The highest fencing token the claimant was ever handed for the job: the next one is above it. */
  readonly lastFence?: number | undefined;
  /** Runs of the job that go on at the claimant, so that a store that has forgotten them can register them again. */
  readonly held?: ReadonlyArray<HeldRun> | undefined;
  /** If the store has forgotten the job it goes on from `floor` instead of owing nothing before now. */
  readonly resumes?: boolean | undefined;
  /**
   * Where a job begins that nobody has known before, if not now: one whose schedule lies wholly in the past begins before the last
   * of its fires, so that these are decided.
   */
  readonly begins?: { readonly watermark: number; readonly nextDueAt: number | undefined } | undefined;
}

/** Moves watermarks, each by a compare-and-swap, and hands out runs. At most 200 jobs. */
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
  /** The jobs, each at most once. */
  readonly items: ReadonlyArray<ClaimItem>;
}

/**
 * What became of one job of a claim.
 *
 * - `ok`: committed, now or by an earlier copy of the same claim;
 * - `new`: the job was unknown or its definition changed; it is registered and owes nothing before its watermark;
 * - `at`: the answer to a claim without `from`;
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
  /** How many fires that people asked for still wait for their turn. */
  readonly queued: number;
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

/** The end of one run. */
export interface Completion {
  /** The job's name. */
  readonly job: string;
  /** The fencing token of the run, which names it. */
  readonly fence: number;
  /** The instant the fire was due, epoch milliseconds. */
  readonly dueAt: number;
  /** Which attempt of the fire it was. */
  readonly attempt: number;
  /** How it ended; `lost` is for the store to say. */
  readonly outcome: Exclude<Outcome, "lost">;
  /** When it started, epoch milliseconds on the fleet's clock; 0 if it never did. */
  readonly startedAt: number;
  /** When it ended, epoch milliseconds on the fleet's clock. */
  readonly endedAt: number;
  /** Give the run back, to be handed to whoever claims or syncs the job next, instead of ending it. */
  readonly rerun: boolean;
  /** The run is over by its limit, but its handler goes on: it counts for overlap until that is reported again. */
  readonly holds?: boolean | undefined;
}

/** Ends runs. At most 200. */
export interface CompleteRequest {
  /** Tells requests apart. */
  readonly _tag: "Complete";
  /** The service whose runs they are. */
  readonly service: string;
  /** The identity of the node that ran them. */
  readonly incarnation: string;
  /** The runs that ended. */
  readonly items: ReadonlyArray<Completion>;
}

/** The answer, in the order of the items: `gone` if the store no longer had the run. */
export interface CompleteReply {
  /** Tells answers apart. */
  readonly _tag: "Complete";
  /** One for each item. */
  readonly results: ReadonlyArray<"ok" | "gone">;
}

/** Looks without touching, for people and tools. */
export interface PeekRequest {
  /** Tells requests apart. */
  readonly _tag: "Peek";
  /** The service to look at. */
  readonly service: string;
  /** The names of the jobs that are wanted. */
  readonly jobs: ReadonlyArray<string>;
  /** Whether the bounded history is wanted too. */
  readonly history: boolean;
}

/** A run as the store has it. */
export interface ActiveRun extends Run {
  /** The incarnation it was handed to; empty while nobody has it. A queued fire has nobody, and attempt 0. */
  readonly holder: string;
  /** It ended by its limit, and its handler goes on. Default: no. */
  readonly isOver?: boolean | undefined;
}

/** Where one job stands. */
export interface JobState {
  /** The job's name. */
  readonly job: string;
  /** Every fire at or before it has a decision, none after it has. Epoch milliseconds. */
  readonly watermark: number;
  /** Whether the job is paused. */
  readonly paused: boolean;
  /** The hash of the definition in force. */
  readonly definition: string;
  /** The runs that have not ended. */
  readonly active: ReadonlyArray<ActiveRun>;
}

/** One line of the history: a run that ended or fires that were skipped. */
export type HistoryEntry =
  | {
    readonly _tag: "Run";
    readonly job: string;
    readonly dueAt: number;
    readonly attempt: number;
    readonly fence: number;
    readonly outcome: Outcome;
    readonly startedAt: number;
    readonly endedAt: number;
    readonly incarnation: string;
  }
  | (SkipDecision & { readonly _tag: "Skip"; readonly job: string; readonly at: number });

/** The answer to a look: unknown jobs are left out. */
export interface PeekReply {
  /** Tells answers apart. */
  readonly _tag: "Peek";
  /** The store's clock, epoch milliseconds. */
  readonly storeTime: number;
  /** Where each known job stands. */
  readonly jobs: ReadonlyArray<JobState>;
  /** Oldest first. */
  readonly history: ReadonlyArray<HistoryEntry>;
}

/** What a person asks of the fleet. */
export interface ControlRequest {
  /** Tells requests apart. */
  readonly _tag: "Control";
  /** The service it is for. */
  readonly service: string;
  /** What is to be done. */
  readonly command:
    | { readonly _tag: "Pause"; readonly job: string }
    /** `skip` decides the fires of the pause at once, `catch-up` leaves them to the job's policy. */
    | { readonly _tag: "Resume"; readonly job: string; readonly missed: "skip" | "catch-up" }
    /** Queues one fire that is due now. The same key within a day queues nothing new. */
    | { readonly _tag: "Trigger"; readonly job: string; readonly key: string }
    /** Queues fires of the past, oldest first. */
    | { readonly _tag: "Backfill"; readonly job: string; readonly key: string; readonly dueAts: ReadonlyArray<number> }
    /** Gives up what is queued and not yet handed to a node. */
    | { readonly _tag: "Cancel"; readonly job: string }
    /**
     * Where every fire up to more than a day ahead of the clock is decided, it was the clock of then that was wrong: the watermark
     * goes back to now. The answer's `dueAt` is where it was, undefined if it was no such watermark and nothing is changed.
     */
    | { readonly _tag: "Rewind"; readonly job: string }
    /** Removes everything the service has in the store. */
    | { readonly _tag: "Destroy" };
}

/**
 * `unknown` when the store has no such job, `full` when more than 200 fires of it would be queued; nothing is changed then.
 * Asking twice for the same thing is `ok`.
 */
export interface ControlReply {
  /** Tells answers apart. */
  readonly _tag: "Control";
  /** Whether it is done. */
  readonly result: "ok" | "unknown" | "full";
  /** When the first of the fires that were asked for is due, epoch milliseconds; undefined where none were. */
  readonly dueAt: number | undefined;
}

/** Every request. */
export type Request = BeatRequest | ClaimRequest | CompleteRequest | PeekRequest | ControlRequest;

/** Every answer. */
export type Reply = BeatReply | ClaimReply | CompleteReply | PeekReply | ControlReply;

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
