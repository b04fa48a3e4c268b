/**
 * ringcron for everybody who does not use Effect: plain async functions, plain errors.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Layer from "effect/Layer";
import * as Logger from "effect/Logger";
import type * as LogLevel from "effect/LogLevel";
import * as References from "effect/References";
import * as Scope from "effect/Scope";
import { held } from "./built.ts";
import * as Cron from "./Cron.ts";
import type { HandleOptions, Health, JobStatus, ScheduledRun, StartOptions } from "./Cron.ts";
import type { Driver } from "../Driver.ts";
import type { AskOptions } from "./Control.ts";
import type { Event } from "../core/words/Event.ts";
import type { JobOptions, JobRun } from "./Job.ts";
import type { CronExpression } from "../core/schedule/CronExpression.ts";
import { InvalidInput, wrongOptions } from "../core/words/InvalidInput.ts";
import type { Observer } from "./Observer.ts";
import * as Options from "./Options.ts";
import * as PlainJob from "./plainJob.ts";
import type { NodeOptions } from "./Options.ts";
import type { JobInfo } from "./Insight.ts";
import { type Commands, commandsOf, driverIn } from "./promiseClient.ts";
import { type Insight, insightOf } from "./promiseInsight.ts";
import { type Schedules, schedulesOf } from "./promiseSchedules.ts";
import type { Member, View } from "../core/words/View.ts";

export { JobInUse, QueueFull, ResultUnavailable, RunFailed, UnknownJob, UnknownNode } from "./Control.ts";
export { UnknownSchedule } from "./Schedules.ts";
export type {
  ListOptions,
  PastRun,
  PutResult,
  ScheduleExplanation,
  ScheduleHoldup,
  ScheduleInfo,
  ScheduleOptions,
  SchedulePage,
} from "./Schedules.ts";
export type { Schedules } from "./promiseSchedules.ts";
export { createClient } from "./promiseClient.ts";
export type { Client, ClientOptions, Commands } from "./promiseClient.ts";
export type { Triggered } from "./promiseTriggered.ts";
export type { PayloadCodec, PayloadOf } from "./payloadCodec.ts";
export type { Insight } from "./promiseInsight.ts";
export type {
  ActiveFire,
  ComingFire,
  ComingFires,
  Explanation,
  FireLine,
  FleetInfo,
  FleetOverview,
  HistoryLine,
  HistoryOptions,
  HistoryPage,
  Holdup,
  JobDetails,
  JobInfo,
  JobStanding,
  MemberStatus,
  NextFiresOptions,
  Ranked,
  RunsOptions,
  RunState,
} from "./Insight.ts";
export type {
  AskOptions,
  BackfillOptions,
  CancelOptions,
  DrainOptions,
  PauseOptions,
  ResultOptions,
  ResumeOptions,
  TriggerOptions,
} from "./Control.ts";
export { AlreadyRunning } from "./Cron.ts";
export type { HandleOptions, Health, JobStatus, ScheduledRun, StartOptions } from "./Cron.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./StandardSchema.ts";
export { DriverError } from "../Driver.ts";
export type { DriverErrorReason, StoreContact } from "../Driver.ts";
export type { ActionKind } from "../core/words/Action.ts";
export type { AboutJob, Event, Happening, MemberName } from "../core/words/Event.ts";
export type { ActionEntry } from "../core/words/HistoryEntry.ts";
export type { Outcome, Run, RunKind, SkipDecision, SkipReason } from "../core/words/Fire.ts";
export type { JobOptions, JobRun } from "./Job.ts";
export { NodeStopped } from "./NodePool.ts";
export { NonRetryable } from "./NonRetryable.ts";
export type { Observer } from "./Observer.ts";
export type { NodeOptions } from "./Options.ts";
export type { CatchUp, Delivery, Overlap, PolicyOptions, Retry } from "../core/words/Policy.ts";
export type { Declared, Member, View } from "../core/words/View.ts";
export type { CronField, DstRule } from "../core/schedule/CronExpression.ts";
export { CronExpressionError } from "../core/schedule/CronExpression.ts";
export { InvalidInput } from "../core/words/InvalidInput.ts";

/** Options of `createCron`. */
export interface CronOptions<E = unknown> extends NodeOptions {
  /** The store: the `layer(…)` of one of the drivers. */
  readonly driver: Layer.Layer<Driver, E>;
  /** What is logged to the console. Default: warnings, errors and the ends of outages. */
  readonly logLevel?: "debug" | "info" | "warning" | "error" | "none" | undefined;
}

/**
 * The pool of nodes as this one sees it, as fresh as its last contact with the store: while jobs are due some seconds, on a
 * quiet fleet up to `maxSilenceMs`; a member that died is told as one until it has broken its promise to be heard of, which
 * may take as long again and `leaseMs` more. `refresh()` asks now.
 *
 * Where nothing can be known (before this node is a member, from `LeaseLost` to `LeaseRegained`, and once it has stopped)
 * there are no members, and nobody owns anything.
 */
export interface Pool {
  /** The name that the fleet shares. */
  readonly service: string;
  /** The configured name of this node. */
  readonly nodeName: string;
  /** The identity of this node; empty before it is a member. */
  readonly nodeId: string;
  /** The members in the last view, sorted by incarnation; none where nothing can be known. */
  readonly members: () => ReadonlyArray<Member>;
  /** Whether this node owns a key of your own choosing. A hint, not a lock. */
  readonly owns: (key: string) => boolean;
  /** The member that owns a key; undefined where nothing can be known. */
  readonly owner: (key: string) => Member | undefined;
  /**
   * Asks the store who is there: resolves when all of this is as of now. One request. Rejects with `DriverError` (no answer
   * within `requestTimeoutMs`, or not started) or `NodeStopped`.
   */
  readonly refresh: () => Promise<void>;
  /** Calls the listener with each new view, an empty one when nothing can be known any more; the result ends that. */
  readonly onChange: (listener: (view: View) => void) => () => void;
}

/** A scheduler. */
export interface Scheduler extends Commands, Insight {
  /** Who is in the fleet, and who owns a key. */
  readonly pool: Pool;
  /** Adds a job. Rejects with `InvalidInput`, `CronExpressionError` or `NodeStopped`, and nothing is changed then. */
  readonly add: (
    name: string,
    schedule: string | CronExpression,
    handler: (run: JobRun) => unknown,
    options?: JobOptions,
  ) => Promise<void>;
  /**
   * Gives this node a handler for schedules in the store, before or after `start`. `payload` is a Standard Schema (zod, valibot, ArkType,
   * Effect's Schema): it checks what a schedule gives before each run, and a run whose payload does not fit fails with the reason.
   * Rejects with `InvalidInput` (a bad or taken name, no schema, a driver that keeps no schedules) or `NodeStopped`.
   */
  readonly handle: <A = unknown>(
    name: string,
    handler: (run: ScheduledRun<A>) => unknown,
    options?: HandleOptions<A>,
  ) => Promise<void>;
  /** Removes a job from this node; whether it was there. */
  readonly remove: (name: string) => Promise<boolean>;
  /**
   * How this node is, for probes: `ok`, `degraded` or `down`, since when, why, when the store was heard of, and which of its jobs
   * nobody decides. Restart no process by it: a node goes on by itself when its store is back. Asks nobody.
   */
  readonly health: () => Health;
  /** The jobs of this node in the order in which they were added: next due instant, owner, whether paused. */
  readonly jobs: () => ReadonlyArray<JobStatus>;
  /**
   * What a client calls `jobs`: all jobs that the store or a member knows, by name. Rejects with `DriverError`. Cost: as `runs`, and a request for each 100 to
   * 400 jobs whose definitions were not read before.
   */
  readonly allJobs: () => Promise<ReadonlyArray<JobInfo>>;
  /**
   * Joins the fleet; resolves when this node is a member. Rejects with `DriverError` (the store cannot be used, or did not
   * answer within `startTimeoutMs`), `NodeStopped`, `AlreadyRunning` (see `ifRunning` of the options) or `InvalidInput`. After
   * a failure the node is as it was before, with its jobs: it becomes no member behind your back, and may be started again.
   * `{ retry: true }` goes on trying until this node is a member or stopped, and each failure is a `JoinFailed` event.
   */
  readonly start: (options?: StartOptions) => Promise<void>;
  /** Leaves the fleet, and never hangs: resolves when this node is gone, at most `drainMs` and about a second later. */
  readonly stop: (options?: { readonly drainMs?: number | undefined }) => Promise<void>;
  /** Calls the listener for each event; the result ends that. */
  readonly on: (listener: (event: Event) => void) => () => void;
  /**
   * Lets somebody measure this scheduler, as `ringcron/otel` does; the result ends that. Throws `InvalidInput` of what is no observer.
   * Cost: none while nobody does.
   */
  readonly observe: (observer: Observer) => () => void;
  /**
   * Forgets a job that nobody declares any more, which a client calls `remove`: its record goes, with the keys that people asked
   * under. Whoever declares the job again later begins afresh. Rejects with `JobInUse` while a member declares it or holds a run
   * of it, or fires of it wait, with `InvalidInput`, `UnknownJob` or `DriverError`.
   */
  readonly forget: (name: string, options?: AskOptions) => Promise<void>;
  /** Schedules in the store, of handlers that nodes have. */
  readonly schedules: Schedules;
  /** `stop()`, so that `await using` leaves the fleet at the end of a block. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

const levels: Record<NonNullable<CronOptions["logLevel"]>, LogLevel.LogLevel> = {
  debug: "Debug",
  info: "Info",
  warning: "Warn",
  error: "Error",
  none: "None",
};

const listening = (
  run: <A, E>(effect: Effect.Effect<A, E>) => A,
  subscribe: Effect.Effect<void, never, Scope.Scope>,
): () => void => {
  const scope = run(Scope.make());
  run(Effect.provideService(subscribe, Scope.Scope, scope));
  return () => run(Scope.close(scope, Exit.void));
};

/**
 * Makes a scheduler. Rejects with `InvalidInput` if an option is wrong and with `DriverError` if the driver's are.
 * Nothing is sent before `start`.
 *
 * @example
 * ```ts
 * import { createCron } from "ringcron/promise";
 * import * as Memory from "ringcron/memory";
 *
 * const cron = await createCron({ service: "billing", driver: Memory.layer() });
 * await cron.add("invoices", "0 9 * * MON-FRI", async (run) => console.log(run.id), { timeZone: "Europe/Berlin" });
 * await cron.start();
 * console.log(cron.jobs()[0]?.ownedHere); // true
 * await cron.stop();
 * ```
 */
export const createCron = async <E>(options: CronOptions<E>): Promise<Scheduler> => {
  const layer = driverIn(options);
  const { driver: _, logLevel, ...nodeOptions } = options;
  if (logLevel !== undefined && !Object.hasOwn(levels, logLevel)) {
    throw new InvalidInput("logLevel", logLevel, Object.keys(levels).join(", "));
  }
  const host = Layer.mergeAll(
    Logger.layer([Logger.consolePretty()]),
    Layer.succeed(References.MinimumLogLevel, levels[logLevel ?? "info"]),
  );
  const { close, service: cron } = await held(
    Layer.provide(Layer.provide(Cron.layer(nodeOptions), layer), host),
    Cron.Cron,
  );
  const { pool } = cron;
  const run = <A, E2>(effect: Effect.Effect<A, E2>): A => Effect.runSync(effect);
  const stop: Scheduler["stop"] = async (stopOptions) => {
    await Effect.runPromise(cron.stop(stopOptions));
    await close();
  };
  let stopping: Promise<void> | undefined;
  return {
    pool: {
      service: pool.service,
      nodeName: pool.nodeName,
      get nodeId() {
        return run(pool.nodeId);
      },
      members: () => run(pool.members),
      owns: (key) => run(pool.owns(key)),
      owner: (key) => run(pool.owner(key)),
      refresh: () => Effect.runPromise(pool.refresh),
      onChange: (listener) => listening(run, pool.onChange(listener)),
    },
    add: (name, schedule, handler, jobOptions) => {
      if (typeof handler !== "function") return Promise.reject(new InvalidInput("handler", handler, "a function"));
      return Effect.runPromise(cron.add(PlainJob.make(name, schedule, handler, jobOptions)));
    },
    handle: (name, handler, handleOptions) => {
      if (typeof handler !== "function") return Promise.reject(new InvalidInput("handler", handler, "a function"));
      return Effect.runPromise(cron.handle(name, PlainJob.handler(handler), handleOptions));
    },
    remove: (name) => Effect.runPromise(cron.remove(name)),
    health: () => run(cron.health),
    jobs: () => run(cron.jobs),
    allJobs: () => Effect.runPromise(cron.allJobs),
    start: (startOptions) => Effect.runPromise(cron.startWith(startOptions)),
    stop: async (stopOptions) => {
      // A refused call must not count as the one stop there is.
      const wrong = wrongOptions(stopOptions, ["drainMs"]);
      if (wrong !== undefined) throw wrong;
      const drainMs = stopOptions?.drainMs === undefined ? undefined : Options.drain(stopOptions.drainMs);
      if (drainMs?._tag === "Failure") throw drainMs.failure;
      await (stopping ??= stop(stopOptions));
    },
    on: (listener) => listening(run, cron.on(listener)),
    observe: (observer) => listening(run, cron.observe(observer)),
    ...commandsOf(cron, Effect.runPromise),
    ...insightOf(cron, Effect.runPromise),
    forget: (name, options) => Effect.runPromise(cron.forget(name, options)),
    schedules: schedulesOf(cron.schedules, Effect.runPromise),
    [Symbol.asyncDispose]: () => stopping ??= stop(),
  };
};
