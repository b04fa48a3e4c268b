/**
 * What is asked of the fleet's store: operations, each atomic per job, safe to send twice. The engine makes them of any `Store`,
 * which is what a database implements.
 */
import type * as Clock from "effect/Clock";
import * as Context from "effect/Context";
import * as Data from "effect/Data";
import type * as Effect from "effect/Effect";
import type { Asked, Procedure } from "./core/engine/bare.ts";
import type { DueReply, DueRequest } from "./core/words/Due.ts";
import type { ScheduleReply, ScheduleRequest } from "./core/words/ScheduleRequest.ts";
import type { Instant } from "./core/node/FleetClock.ts";
import type {
  BeatReply,
  BeatRequest,
  ClaimReply,
  ClaimRequest,
  CompleteReply,
  CompleteRequest,
  ControlReply,
  ControlRequest,
  DriverErrorReason,
  PeekReply,
  PeekRequest,
} from "./core/words/Request.ts";

export type { DriverErrorReason } from "./core/words/Request.ts";

/**
 * A store could not be used. Its text never holds a token, a request or a reply.
 */
export class DriverError extends Data.Error<{
  /** What the driver is called: `redis`, `redis-zset`, `etcd`, `memory`; `store` where no driver was asked. */
  readonly driver: string;
  /** What was tried: `beat`, `claim`, `complete`, `peek`, `due`, `control`, `hints`, or `layer` and `start`. */
  readonly operation: string;
  /** Which kind of trouble it is. */
  readonly reason: DriverErrorReason;
  /** What is wrong and what to do about it. */
  readonly detail: string;
  /** How long the store asked to wait, milliseconds; undefined if it did not say. */
  readonly retryAfterMs?: number | undefined;
}> {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "DriverError" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "DriverError";
  /** `driver operation: reason: detail`. */
  override get message(): string {
    return `${this.driver} ${this.operation}: ${this.reason}: ${this.detail}`;
  }
}

/** What a store is, whatever it does. */
export interface Named {
  /** What the driver is called in logs and errors. */
  readonly name: string;
  /**
   * Which store this is: texts and objects that are, one by one, the same for all drivers that reach one store in one way. No
   * secrets. Default: the driver itself. See `ifRunning` of the options of a node.
   */
  readonly identity?: ReadonlyArray<unknown> | undefined;
  /**
   * The clocks that nodes go by whose store is this process and keeps its time by them, given the `Clock` of the fiber. Default: what
   * that shows.
   */
  readonly at?: ((clock: Clock.Clock) => Instant) | undefined;
  /**
   * Optional: listens for what somebody gave a command about, a job or the fleet, until it is interrupted. `hints` of a `Store`
   * says how it fails and what it leaves. A hint only wakes: nothing depends on its coming, and nothing that it says is believed.
   */
  readonly hints?: ((service: string, hearing: Hearing) => Effect.Effect<never, DriverError>) | undefined;
}

/**
 * A store with all operations. Every one may be sent twice, or arrive late, without harm.
 */
export interface Driver extends Named {
  /** Renews the node's membership by the store's clock, tells who is in the fleet and what is overdue. */
  readonly beat: (request: BeatRequest) => Effect.Effect<BeatReply, DriverError>;
  /** Moves watermarks by compare-and-swap and hands out runs. */
  readonly claim: (request: ClaimRequest) => Effect.Effect<ClaimReply, DriverError>;
  /** Ends runs. */
  readonly complete: (request: CompleteRequest) => Effect.Effect<CompleteReply, DriverError>;
  /** Looks without touching. */
  readonly peek: (request: PeekRequest) => Effect.Effect<PeekReply, DriverError>;
  /** Optional: tells which schedules are due, without touching. A driver without it keeps no schedules. */
  readonly due?: ((request: DueRequest) => Effect.Effect<DueReply, DriverError>) | undefined;
  /** Optional: puts, removes and tells schedules. As with `due`. */
  readonly schedules?: ((request: ScheduleRequest) => Effect.Effect<ScheduleReply, DriverError>) | undefined;
  /** Pauses, resumes, queues what people ask for, destroys. */
  readonly control: (request: ControlRequest) => Effect.Effect<ControlReply, DriverError>;
}

/**
 * A store to which whoever asks for an operation brings along how that is done: what the layers of this library provide, so that a
 * bundle holds what it uses. `Driver.peek(request)` and its like ask any store; `Driver.whole` makes a `Driver` of one.
 */
export interface Carrier extends Named {
  /** Whether it keeps schedules and tells which of them are due. */
  readonly keepsSchedules: boolean;
  /** Asks, as the procedure says. */
  readonly carry: <Q extends Asked, A>(procedure: Procedure<Q, A>, request: Q) => Effect.Effect<A, DriverError>;
}

/** The clocks of a host, in milliseconds. */
export interface Clocks {
  /** Epoch milliseconds, as the host has them. */
  readonly now: () => number;
  /** Never steps. */
  readonly mono: () => number;
}

/** How something is asked by promises. */
export interface Asking {
  /** The clocks to go by. */
  readonly clocks: Clocks;
  /** Nobody waits any longer once it aborts: the answer rejects then. */
  readonly signal?: AbortSignal | undefined;
  /** Who is told of each request to the store. Default: nobody. */
  readonly observed?: ((contact: StoreContact) => void) | undefined;
}

/**
 * A store that is asked by promises, for `createTicker` of `ringcron/ticks`: what `ticks(…)` of a driver makes. Whoever asks for an
 * operation brings along how that is done, as with a `Carrier`.
 */
export interface TickDriver extends Pick<Named, "name" | "identity"> {
  /** Whether it keeps schedules and tells which of them are due. */
  readonly keepsSchedules: boolean;
  /** Asks, as the procedure says. Rejects with `DriverError`. */
  readonly ask: <Q extends Asked, A>(procedure: Procedure<Q, A>, request: Q, asking: Asking) => Promise<A>;
}

/** What is told of a channel. */
export interface Hearing {
  /** From now on hints are heard; called once. */
  readonly opened: () => void;
  /** A hint names a job; undefined: it is about the fleet. Anybody who may send hints may have made it up. */
  readonly heard: (job: string | undefined) => void;
  /** Fires of a job are over whose results are kept; undefined: of any. Default: nobody wants to know. */
  readonly over?: ((job: string | undefined) => void) | undefined;
}

/** The service tag of a store, whole or not. */
export const Driver: Context.Service<Driver, Driver | Carrier> = /* @__PURE__ */ Context.Service("ringcron/Driver");

/**
 * What a driver whose operations may take several requests calls after each answer of its store: whoever waits for the operation
 * bounds the silence, not the whole of it. Default: nothing happens.
 */
export const Answered: Context.Reference<() => void> = /* @__PURE__ */ Context.Reference("ringcron/Answered", {
  defaultValue: () => () => {},
});

/** One request to a store that was answered, or has failed. */
export interface StoreContact {
  /** What the store is called. */
  readonly store: string;
  /** What the scheduler wanted: `beat`, `claim`, `complete`, `peek` or `control`. */
  readonly operation: string;
  /** `ok`; or why it failed; or `Interrupted`, as nobody waited for the answer any longer. */
  readonly result: "ok" | DriverErrorReason | "Interrupted";
  /** How many looks and changes it carried; 1 of what carries none. */
  readonly commands: number;
  /** How long it took, milliseconds. */
  readonly tripMs: number;
}

/** Who is told of each request of an operation to its store. Default: nobody. */
export const Observed: Context.Reference<((contact: StoreContact) => void) | undefined> = /* @__PURE__ */ Context
  .Reference(
    "ringcron/Observed",
    { defaultValue: (): ((contact: StoreContact) => void) | undefined => undefined },
  );
