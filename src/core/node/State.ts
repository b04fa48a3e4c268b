/**
 * What a node knows and has under way: the state of the machine, its inputs and its commands. Data only.
 */
import { demandParts } from "../words/InvalidInput.ts";
import type { Event } from "../words/Event.ts";
import type { Outcome, Run } from "../words/Fire.ts";
import type { Policies } from "../words/Policy.ts";
import type {
  BeatRequest,
  ClaimRequest,
  CompleteRequest,
  Completion,
  DriverErrorReason,
  PeekRequest,
  Reply,
} from "../words/Request.ts";
import * as View from "../words/View.ts";
import type { CronExpression } from "../schedule/CronExpression.ts";
import * as FleetClock from "./FleetClock.ts";
import type { Instant } from "./FleetClock.ts";
import * as Agenda from "./Agenda.ts";
import { PersistentMap } from "./PersistentMap.ts";
import type { Requests } from "./requests.ts";

/** How a node behaves. All times in milliseconds. */
export interface Config {
  readonly service: string;
  readonly nodeName: string;
  readonly weight: number;
  /** How long after a beat it promised a node still counts as a member. */
  readonly leaseMs: number;
  /** How long after the due instant the successor waits for the owner's claim. */
  readonly graceMs: number;
  /** How far ahead of the due instant a claim leaves; undefined: a few round trips. */
  readonly lookaheadMs: number | undefined;
  /** The longest time without contact to the store. */
  readonly maxSilenceMs: number;
  /** The longest time to wait for an answer. */
  readonly requestTimeoutMs: number;
  /** Which definition of a job wins; 0: that of the process that joined last. */
  readonly deployment: number;
}

/** A job as the machine knows it: everything but its handler. */
export interface JobSpec {
  readonly name: string;
  readonly expression: CronExpression;
  readonly policies: Policies;
  /** Hash of what decides its fires. */
  readonly definition: string;
}

/** A job on this node. */
export interface JobEntry {
  readonly spec: JobSpec;
  /** Grows in the order of declaration. */
  readonly ordinal: number;
  /** 0: owner, 1: successor, 2: one of the others, -1: not eligible. */
  readonly position: number;
  /** Its former owner goes on as one until the new owner must have heard of it, fleet time; 0 otherwise. */
  readonly ownedUntil: number;
  /** As the store last told. */
  readonly watermark: number | undefined;
  /** The claim of this node that moved the watermark there; undefined if it was none of its own. */
  readonly movedBy: string | undefined;
  /** The first fire after the watermark; of a job that this node does not look at the first one after its last view. */
  readonly dueAt: number | undefined;
  readonly isPaused: boolean;
  /** The fleet has a newer definition; this node leaves the job to the others. */
  readonly isOutdated: boolean;
  /** The store knows a newer definition than this node's. Where nobody declares that one any more, it is overruled. */
  readonly isRefused: boolean;
  /** Its record could not be read when it was last looked at. */
  readonly isUnreadable: boolean;
  /** The job must be asked about, whether something is due or not. */
  readonly wantsSync: boolean;
  /** A beat told that nobody has claimed it: look, whatever the position. */
  readonly isOverdue: boolean;
  /** Fires that people asked for may wait for their turn: the next sync takes them, or the one when a run here is over. */
  readonly isQueued: boolean;
  /** What is under way about it. */
  readonly requests: Requests;
  /**
   * When to look whether the store still knows that the runs here are over, fleet time; Infinity: no need. A store that
   * loses what it acknowledged may have lost the report, and nobody else can tell that such a run is over.
   */
  readonly checkAt: number;
  /** No longer declared; forgotten once nothing is under way. */
  readonly isWithdrawn: boolean;
  /** Not before this instant, epoch milliseconds of the fleet. */
  readonly lookAt: number;
  /** When the agenda says to look at it, and when it says that it is due; fleet time, Infinity: it says nothing. */
  readonly plannedLookAt: number;
  readonly plannedDueAt: number;
  /** Runs of this job here that the store does not yet know to be over. */
  readonly active: number;
  /** The highest fencing token this node was handed; tokens grow, so a run at or below it is not news. */
  readonly lastFence: number;
}

/** A run that was handed to this node. */
export interface LocalRun {
  readonly run: Run;
  readonly policies: Policies;
  /**
   * `stopping`: it ended by its limit, and its handler was told to stop a moment ago. `held`: the handler goes on, and the store knows
   * that it does.
   */
  readonly phase: "pending" | "running" | "stopping" | "held";
  /** When it starts, or was to start, on the fleet's clock. */
  readonly startsAt: number;
  /** On the fleet's clock; 0 while pending. */
  readonly startedAt: number;
  /** When it times out, or the moment or the hold after that is over, monotonic; Infinity without a limit. */
  readonly timesOutAt: number;
}

/** Which run. */
export interface RunId {
  readonly job: string;
  readonly fence: number;
}

/** What a node sends by itself. */
export type NodeRequest = BeatRequest | ClaimRequest | CompleteRequest | PeekRequest;

/** A request whose answer is awaited. It is sent again now and then; the first answer to any sending counts. */
export interface Flight {
  readonly request: NodeRequest;
  /** When it was first sent. */
  readonly sent: Instant;
  /** When it was last sent, monotonic, and how often. */
  readonly sentAgainAt: number;
  readonly sendings: number;
}

/** One sending of a request. Its answer tells the store's time and how far away it is, whenever it comes. */
export interface Sending {
  /** The flight it belongs to, which may have been answered since. */
  readonly flight: number;
  readonly sent: Instant;
}

/** The store is failing. */
export interface Outage {
  readonly since: number;
  readonly failures: number;
  /** It lasts until somebody changes something: the client is closed, say, or the credentials are refused. */
  readonly isLasting: boolean;
  /** Nothing is sent before, monotonic. */
  readonly retryAt: number;
}

/** This node is leaving. */
export interface Leaving {
  /** When it began, monotonic. */
  readonly since: number;
  /** Monotonic; whatever is not done by then is given up. */
  readonly deadline: number;
  /** By then every other member has seen the announcement, fleet time; undefined until it is acknowledged. */
  readonly handoverUntil: number | undefined;
  /** The farewell is sent. */
  readonly isGone: boolean;
}

/** A membership as the last acknowledged beat made it. */
export interface Lease {
  readonly sent: Instant;
  readonly ttlMs: number;
}

/** What a node says of its zone data, and of which time that is. */
export interface SaidZones {
  readonly window: number;
  /** Empty where no job needs any. */
  readonly digest: string;
}

/** The state of the machine. */
export interface State {
  readonly config: Config;
  readonly phase: "idle" | "joining" | "member" | "leaving" | "stopped";
  readonly at: Instant;
  /** When it asked to be woken, monotonic. */
  readonly wakeAt: number;
  readonly clock: FleetClock.FleetClock;
  readonly incarnation: string;
  /** Whether it has ever been a member. */
  readonly hasJoined: boolean;
  readonly deployment: number;
  readonly view: View.View;
  /** Version to tell the store; 0 asks for everything. */
  readonly knownVersion: number;
  readonly declaredByDigest: ReadonlyMap<string, View.Declared>;
  /** Hash of what this node declares; empty while it must be computed. */
  readonly digest: string;
  readonly isDeclaredStored: boolean;
  /** Undefined while it must be computed. */
  readonly zones: SaidZones | undefined;
  /** What others say of zones whose data they have otherwise, as it was last told; empty: they agree. */
  readonly divergence: string;
  readonly lease: Lease | undefined;
  readonly hasLapsed: boolean;
  /** When it lapsed last, monotonic. What was asked for before may have been taken away since. */
  readonly lapsedAt: number;
  /** When the next beat leaves, monotonic. */
  readonly beatAt: number;
  readonly jobs: PersistentMap<JobEntry>;
  /** Of the next job that is declared. */
  readonly ordinal: number;
  /** When to look at which job, fleet time. A note counts if it is what its job has as `plannedLookAt`. */
  readonly looks: Agenda.Agenda<string>;
  /** When which job is due anywhere in the fleet, fleet time. A note counts if it is what its job has as `plannedDueAt`. */
  readonly dues: Agenda.Agenda<string>;
  /** Which jobs are left to nodes that know them better, and until when, fleet time. */
  readonly yields: ReadonlyMap<string, number>;
  /** How far ahead of a due instant the owner's look is planned; the look itself may find that it is early. Milliseconds. */
  readonly leadMs: number;
  /** By job. */
  readonly runs: PersistentMap<ReadonlyArray<LocalRun>>;
  readonly runCount: number;
  /** Runs that are to start, fleet time. */
  readonly starts: Agenda.Agenda<RunId>;
  /** Runs whose time will be up, monotonic. */
  readonly limits: Agenda.Agenda<RunId>;
  readonly completions: ReadonlyArray<Completion>;
  readonly flights: ReadonlyMap<number, Flight>;
  /** By the id under which it was sent; kept until its answer is there or is given up. */
  readonly sendings: ReadonlyMap<number, Sending>;
  readonly sequence: number;
  readonly outage: Outage | undefined;
  readonly leaving: Leaving | undefined;
}

/** How a run ended, from the shell. */
export interface RunEnd {
  readonly job: string;
  readonly fence: number;
  readonly outcome: Extract<Outcome, "succeeded" | "failed" | "cancelled">;
  readonly error: string | undefined;
  /** What was thrown, for whoever listens. The machine keeps none of it. */
  readonly cause: unknown;
}

/** What a request failed with. */
export interface Failure {
  readonly reason: DriverErrorReason;
  readonly detail: string;
  readonly retryAfterMs: number | undefined;
}

/** What can happen to the machine. Every input carries the node's clocks. */
export type Input =
  & { readonly at: Instant }
  & (
    | { readonly _tag: "Wake" }
    /** Something changed in the store: look now, at one job if it is said which. */
    | { readonly _tag: "Nudged"; readonly job?: string | undefined }
    /** What this node declares changes: some jobs go, then others come, or come back. */
    | {
      readonly _tag: "Declared";
      readonly jobs: ReadonlyArray<JobSpec>;
      readonly withdrawn?: ReadonlyArray<string> | undefined;
    }
    | { readonly _tag: "Withdrawn"; readonly job: string }
    /** The node is to join; also the answer to `Incarnate`. The incarnation is random, letters and digits only. */
    | { readonly _tag: "Incarnated"; readonly incarnation: string }
    /** Nobody waits any more for this node to become a member. Means nothing once it has been one. */
    | { readonly _tag: "JoinAbandoned"; readonly reason: DriverErrorReason; readonly detail: string }
    | { readonly _tag: "Replied"; readonly id: number; readonly reply: Reply }
    | { readonly _tag: "Failed"; readonly id: number; readonly failure: Failure }
    | { readonly _tag: "RunsEnded"; readonly ends: ReadonlyArray<RunEnd> }
    /** `replacedBy`: the name of another node of this process that goes on in its place. */
    | { readonly _tag: "StopRequested"; readonly drainMs: number; readonly replacedBy?: string | undefined }
  );

/** Why a handler is told to stop. */
export type AbortReason = "timeout" | "lease-lost" | "stopping";

/** What the machine wants done. The shell carries it out and knows no better. */
export type Command =
  | {
    readonly _tag: "Send";
    readonly id: number;
    readonly request: NodeRequest;
    /** How long the answer is waited for. */
    readonly timeoutMs: number;
  }
  | { readonly _tag: "Start"; readonly run: Run; readonly startedAt: number }
  | { readonly _tag: "Abort"; readonly job: string; readonly fence: number; readonly reason: AbortReason }
  /** Draw a new incarnation and hand it in. */
  | { readonly _tag: "Incarnate" }
  /** Give up the requests that are under way: their answers mean nothing any more. */
  | { readonly _tag: "CallOff" }
  /** Wake at this monotonic instant; replaces what was asked before. */
  | { readonly _tag: "WakeAt"; readonly mono: number }
  | { readonly _tag: "Emit"; readonly event: Event }
  /** The machine is done; nothing more will come. */
  | { readonly _tag: "Halt" };

/** A machine that has not been started. */
export const initial = (config: Config, at: Instant): State => {
  demandParts("config", config);
  demandParts("at", at);
  return {
    config,
    phase: "idle",
    at,
    wakeAt: Infinity,
    clock: FleetClock.unknown,
    incarnation: "",
    hasJoined: false,
    deployment: config.deployment,
    view: View.empty,
    knownVersion: 0,
    declaredByDigest: new Map(),
    digest: "",
    isDeclaredStored: false,
    zones: undefined,
    divergence: "",
    lease: undefined,
    hasLapsed: false,
    lapsedAt: -Infinity,
    beatAt: Infinity,
    jobs: PersistentMap.empty(),
    ordinal: 0,
    looks: Agenda.empty,
    dues: Agenda.empty,
    yields: new Map(),
    leadMs: 0,
    runs: PersistentMap.empty(),
    runCount: 0,
    starts: Agenda.empty,
    limits: Agenda.empty,
    completions: [],
    flights: new Map(),
    sendings: new Map(),
    sequence: 0,
    outage: undefined,
    leaving: undefined,
  };
};
