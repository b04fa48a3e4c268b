/**
 * What a node knows and has under way: the state of the machine, its inputs and its commands. Data only.
 */
import { demandParts } from "../words/InvalidInput.ts";
import type { Event } from "../words/Event.ts";
import type { Outcome, Returned, Run } from "../words/Fire.ts";
import type { Policies } from "../words/Policy.ts";
import type {
  BeatRequest,
  ClaimRequest,
  CompleteRequest,
  Completion,
  DriverErrorReason,
  DueRequest,
  PeekRequest,
  Reply,
} from "../words/Request.ts";
import * as View from "../words/View.ts";
import * as FleetClock from "./FleetClock.ts";
import type { Instant } from "./FleetClock.ts";
import * as Agenda from "./Agenda.ts";
import type { Definition } from "./definition.ts";
import type { Handed } from "./handed.ts";
import { PersistentMap } from "./PersistentMap.ts";
import type { Requests } from "./requests.ts";
import type { JobSpec } from "./JobSpec.ts";
import type { JobTimes } from "./jobTimes.ts";
import type { Role } from "./role.ts";
import * as Shelf from "./Shelf.ts";
import type { Standing } from "./standing.ts";
import type { Wish } from "./wish.ts";

export type { JobSpec } from "./JobSpec.ts";

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
  /** How long handlers may take when this node is asked to leave and not told how long. Default: 10,000. */
  readonly drainMs?: number | undefined;
  /** The longest time from wake to wake, so that a process that stood still notices. Default: 30,000. */
  readonly longestSleepMs?: number | undefined;
  /** How many handlers may run at once; undefined: any number. */
  readonly concurrency?: number | undefined;
  /** What jobs may need of a node; undefined: it has nothing of the kind. */
  readonly labels?: ReadonlyArray<string> | undefined;
}

/** A job on this node. Each part changes by functions of its own file. */
export interface JobEntry {
  readonly spec: JobSpec;
  /** Grows in the order of declaration. */
  readonly ordinal: number;
  readonly role: Role;
  readonly definition: Definition;
  readonly standing: Standing;
  readonly wish: Wish;
  /** What is under way about it. */
  readonly requests: Requests;
  readonly handed: Handed;
  readonly times: JobTimes;
}

/** A run that was handed to this node. */
export interface LocalRun {
  readonly run: Run;
  /** What it was asked with, apart from the run, so that no event tells it. */
  readonly payload?: string | undefined;
  /** Of a schedule in the store: what its handler is given, and by which version. */
  readonly given?: Pick<JobSpec, "payload" | "version"> | undefined;
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
  /** How it ended, of one whose handler may go on. Default: by its limit. */
  readonly over?: "cancelled" | undefined;
  /** When the next attempt may start, epoch milliseconds, of one that timed out and whose handler may go on. */
  readonly retryAt?: number | undefined;
}

/** The runs of one job here: one at least. */
export type LocalRuns = readonly [LocalRun, ...ReadonlyArray<LocalRun>];

/** Which run. */
export interface RunId {
  readonly job: string;
  readonly fence: number;
}

/** What a node sends by itself. */
export type NodeRequest = BeatRequest | ClaimRequest | CompleteRequest | PeekRequest | DueRequest;

/** A request whose answer is awaited. It is sent again now and then; the first answer to any sending counts. */
export interface Flight {
  readonly request: NodeRequest;
  /** When it was first sent. */
  readonly sent: Instant;
  /** When it was last sent, monotonic, and how often. */
  readonly sentAgainAt: number;
  readonly sendings: number;
  /** It claims fires that are to start later, so that there is time to ask once more. */
  readonly isAhead: boolean;
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

/** A membership as the last acknowledged beat made it, or a claim since. */
export interface Lease {
  readonly sent: Instant;
  readonly ttlMs: number;
  /** When the last acknowledged beat was sent, monotonic. */
  readonly beatSentAt: number;
}

/** What a node says of its zone data, and of which time that is. */
export interface SaidZones {
  readonly window: number;
  /** Empty where no job needs any. */
  readonly digest: string;
}

/** What time it is, and when the node is to be woken. */
export interface Time {
  readonly at: Instant;
  readonly clock: FleetClock.FleetClock;
  /** When it asked to be woken, monotonic. */
  readonly wakeAt: number;
}

/** Whether this node is a member, as whom, and for how long. */
export interface Membership {
  readonly phase: "idle" | "joining" | "member" | "leaving" | "stopped";
  readonly incarnation: string;
  /** Whether it has ever been a member. */
  readonly hasJoined: boolean;
  readonly lease: Lease | undefined;
  readonly hasLapsed: boolean;
  /** The longest that this node was ever woken too late, and yet kept its membership. Milliseconds. */
  readonly stallMs: number;
  /** When it lapsed last. What was asked for before may have been taken away since. */
  readonly lapsedAt: Instant;
  readonly leaving: Leaving | undefined;
}

/** When the next beat leaves, what it says of this node, and what it asks. */
export interface NextBeat {
  /** When it leaves, monotonic. */
  readonly beatAt: number;
  readonly deployment: number;
  /** Hash of what this node declares; empty while it must be computed. */
  readonly digest: string;
  readonly isDeclaredStored: boolean;
  /** How often the store took what this node declares: once it has joined, when that changes, and when the store was emptied. */
  readonly timesDeclared: number;
  /** Undefined while it must be computed. */
  readonly zones: SaidZones | undefined;
  /** Version to tell the store; 0 asks for everything. */
  readonly knownVersion: number;
}

/** What answers to beats told of the members. */
export interface Fleet {
  readonly view: View.View;
  readonly declaredByDigest: ReadonlyMap<string, View.Declared>;
  /** What others say of zones whose data they have otherwise, as it was last told; empty: they agree. */
  readonly divergence: string;
}

/** The jobs, and the agenda of them. */
export interface Jobs {
  readonly jobs: PersistentMap<JobEntry>;
  /** Of the next job that is declared. */
  readonly ordinal: number;
  /** When to look at which job, fleet time. A note counts if its job has it in its `times`. */
  readonly looks: Agenda.Agenda<string>;
  /** When which job is due anywhere in the fleet, fleet time. A note counts if its job has it in its `times`. */
  readonly dues: Agenda.Agenda<string>;
  /** Which jobs are left to nodes that know them better, and until when, fleet time. */
  readonly yields: ReadonlyMap<string, number>;
  /** How far ahead of a due instant the owner's look is planned; the look itself may find that it is early. Milliseconds. */
  readonly leadMs: number;
  /** Which jobs are to be looked at once a place is free for a handler. */
  readonly waiting: ReadonlySet<string>;
  /** Schedules in the store: those among the jobs that are due soon, and where more are found. */
  readonly shelving: Shelf.Shelving;
}

/** The runs here, and the agenda of them. */
export interface Runs {
  /** By job. */
  readonly runs: PersistentMap<LocalRuns>;
  readonly runCount: number;
  /** Runs that are to start, fleet time. */
  readonly starts: Agenda.Agenda<RunId>;
  /** Runs whose time will be up, monotonic. */
  readonly limits: Agenda.Agenda<RunId>;
}

/** Ends of runs that the store is to be told. */
export interface Reports {
  readonly completions: ReadonlyArray<Completion>;
  /** Ends that could not be recorded, as the record cannot be read, and when they are reported again, monotonic. */
  readonly unrecorded: ReadonlyArray<Completion>;
  readonly reportAgainAt: number;
  /** How often in a row some could not be. */
  readonly refusals: number;
}

/** Requests under way, and whether the store can be reached. */
export interface Traffic {
  readonly flights: ReadonlyMap<number, Flight>;
  /** By the id under which it was sent; kept until its answer is there or is given up. */
  readonly sendings: ReadonlyMap<number, Sending>;
  readonly sequence: number;
  readonly outage: Outage | undefined;
}

/**
 * The state of the machine, in slices. Each field belongs to one of them; who writes it says so in its type (`Draft.ts`).
 */
export interface State extends Time, Membership, NextBeat, Fleet, Jobs, Runs, Reports, Traffic {
  readonly config: Config;
}

/** How a run ended, from the shell. */
export interface RunEnd {
  readonly job: string;
  readonly fence: number;
  readonly outcome: Extract<Outcome, "succeeded" | "failed" | "cancelled">;
  readonly error: string | undefined;
  /** What was thrown, for whoever listens. The machine keeps none of it. */
  readonly cause: unknown;
  /** The handler said that no further attempt helps. Default: it did not. */
  readonly isFinal?: boolean | undefined;
  /** What it returned, where the result of the fire is kept. Default: nothing. */
  readonly returned?: Returned | undefined;
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
    /** Something changed in the store: look now, at some jobs, in one request, if it is said which. */
    | { readonly _tag: "Nudged"; readonly job?: string | ReadonlyArray<string> | undefined }
    /** What this node declares changes: some jobs go, then others come, or come back. */
    | {
      readonly _tag: "Declared";
      readonly jobs: ReadonlyArray<JobSpec>;
      readonly withdrawn?: ReadonlyArray<string> | undefined;
      /** Handlers for schedules in the store that come. Default: none. */
      readonly handlers?: ReadonlyArray<string> | undefined;
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
export type AbortReason = "timeout" | "lease-lost" | "stopping" | "cancelled";

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
    timesDeclared: 0,
    zones: undefined,
    divergence: "",
    lease: undefined,
    hasLapsed: false,
    stallMs: 0,
    lapsedAt: { mono: -Infinity, wall: -Infinity },
    beatAt: Infinity,
    jobs: PersistentMap.by(({ spec }) => spec.name),
    ordinal: 0,
    looks: Agenda.empty,
    dues: Agenda.empty,
    yields: new Map(),
    leadMs: 0,
    waiting: new Set(),
    shelving: Shelf.none,
    runs: PersistentMap.by((runs) => runs[0].run.job),
    runCount: 0,
    starts: Agenda.empty,
    limits: Agenda.empty,
    completions: [],
    unrecorded: [],
    reportAgainAt: Infinity,
    refusals: 0,
    flights: new Map(),
    sendings: new Map(),
    sequence: 0,
    outage: undefined,
    leaving: undefined,
  };
};
