/**
 * What people ask of a fleet, as plain async functions: of a scheduler, or of a client.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { Driver } from "../Driver.ts";
import { held, run } from "./built.ts";
import * as Clients from "./Client.ts";
import type { ClientOptions as EffectClientOptions } from "./Client.ts";
import type {
  AskOptions,
  BackfillOptions,
  CancelOptions,
  Control,
  DrainOptions,
  PauseOptions,
  ResumeOptions,
  TriggerOptions,
} from "./Control.ts";
import type { FleetInfo, FleetOverview, JobInfo, MemberStatus } from "./Insight.ts";
import { type Insight, insightOf } from "./promiseInsight.ts";
import { type Schedules, schedulesOf } from "./promiseSchedules.ts";
import { type Triggered, triggeredOf } from "./promiseTriggered.ts";

/**
 * What people can ask of the jobs of the fleet. Cost: two requests, a look and a change, or one where nothing is to be changed. For
 * a job that this node does not declare, and for any that a client asks for, one more, which asks who is there.
 * `by` of the options names who asks: where the call changes something, that change carries a line for the history, at no further cost.
 */
export interface Commands {
  /**
   * Pauses a job in the whole fleet. What is said of a job that is paused already replaces what was said before. False if it
   * is done but no member declares the job any more. Rejects with `InvalidInput`, `UnknownJob` (with the nearest names) or
   * `DriverError`.
   */
  readonly pause: (name: string, options?: PauseOptions) => Promise<boolean>;
  /**
   * Pauses all jobs that the store knows, whoever declares them, and all schedules in the store, and those that become known or are
   * put while it lasts, so that nothing new starts. What is paused by itself stays so when all go on; `resume` lets a single one go
   * on before. Resolves to how many jobs and schedules are paused by it. Giving it again completes one that was cut off. Rejects with
   * `InvalidInput` or `DriverError`. Cost: some requests, and two for each hundred jobs, or for each sixty schedules, or less.
   */
  readonly pauseAll: (options?: PauseOptions) => Promise<number>;
  /**
   * Lets all go on that were paused by `pauseAll`, and resolves to how many these were. What was missed is skipped (the default) or
   * left to each job's `catchUp`. Rejects as `pauseAll`.
   */
  readonly resumeAll: (options?: ResumeOptions) => Promise<number>;
  /** Resumes it, and answers as `pause`. What was missed is skipped (the default) or left to the job's `catchUp`. */
  readonly resume: (name: string, options?: ResumeOptions) => Promise<boolean>;
  /**
   * Runs a job once, now, on one node of the fleet, even while it is paused. The same `key` queues nothing twice, so asking
   * again is safe. Undefined if the store knows the job but no member declares it any more: nothing is queued then. Rejects
   * with `InvalidInput`, `UnknownJob`, `QueueFull` or `DriverError`.
   */
  readonly trigger: (name: string, options?: TriggerOptions) => Promise<Triggered | undefined>;
  /**
   * Runs the fires that a job had in a span of the past, oldest first; how many those are, at most 200. Undefined if the store
   * knows the job but no member declares it any more: nothing is queued then. A job of this node has its own schedule, any other,
   * and every one that a client asks for, the `schedule` of the options. Rejects with `InvalidInput`, `CronExpressionError`,
   * `UnknownJob`, `QueueFull` or `DriverError`.
   */
  readonly backfill: (name: string, options: BackfillOptions) => Promise<number | undefined>;
  /**
   * Asks a node to leave: it claims nothing new, hands over, its handlers drain, and then it is stopped as with `stop`; its
   * process goes on. All members of the name are asked; resolves to how many these are. A node hears of it at once where it listens
   * for hints, otherwise with its next beat, within `maxSilenceMs`; it has the event `DrainAsked`. Asking again changes nothing.
   * Rejects with `InvalidInput`, `UnknownNode` (with the nearest names) or `DriverError`. Cost: two requests.
   */
  readonly drain: (node: string, options?: DrainOptions) => Promise<number>;
  /**
   * Gives up what waits of a job and is not yet handed to a node: fires that people asked for, and those of its schedule that wait
   * for the run before them. Answers how many these were. Rejects with `InvalidInput`, `UnknownJob` or `DriverError`.
   */
  readonly cancelQueued: (name: string, options?: AskOptions) => Promise<number>;
  /**
   * Cancels what runs of a job, wherever that is, or the run with that `fence` alone: its `signal` aborts once its node hears of it,
   * by a hint or within some seconds. Answers how many runs are cancelled, or were to be already. Rejects with `InvalidInput`,
   * `UnknownJob` or `DriverError`.
   */
  readonly cancel: (name: string, options?: CancelOptions) => Promise<number>;
  /**
   * The way out where a clock was absurdly wrong once: if every fire of a job up to more than a day ahead is decided
   * (`decidedUpTo` in `jobs()`), that is taken back, and it fires again from now on. Resolves to up to when, epoch milliseconds;
   * to undefined if it is not so, and nothing is changed. For when the clock is right again. Rejects as `pause`.
   */
  readonly rewind: (name: string, options?: AskOptions) => Promise<number | undefined>;
}

/** The commands as promises. `run` runs what they are made of. */
export const commandsOf = (
  control: Control,
  run: <A, E>(effect: Effect.Effect<A, E>) => Promise<A>,
): Commands => ({
  pause: (name, options) => run(control.pause(name, options)),
  pauseAll: (options) => run(control.pauseAll(options)),
  resumeAll: (options) => run(control.resumeAll(options)),
  resume: (name, options) => run(control.resume(name, options)),
  trigger: (name, options) =>
    run(Effect.map(control.trigger(name, options), (triggered) => triggered && triggeredOf(triggered, run))),
  backfill: (name, options) => run(control.backfill(name, options)),
  drain: (node, options) => run(control.drain(node, options)),
  cancelQueued: (name, options) => run(control.cancelQueued(name, options)),
  cancel: (name, options) => run(control.cancel(name, options)),
  rewind: (name, options) => run(control.rewind(name, options)),
});

/** Options of `createClient`. */
export interface ClientOptions<E = unknown> extends EffectClientOptions {
  /** The store: the `layer(…)` of one of the drivers. */
  readonly driver: Layer.Layer<Driver, E>;
}

/**
 * A client: what people ask of a fleet, for those who are no node of it. It runs no jobs and is no member. It keeps nothing, asks
 * the store anew at each call, sends nothing between them and keeps no process alive.
 */
export interface Client extends Commands, Insight {
  /**
   * All jobs that the store or a member knows, by name. Rejects with `DriverError`. Cost: as `runs`, and a request for each 100 to
   * 400 jobs whose definitions were not read before.
   */
  readonly jobs: () => Promise<ReadonlyArray<JobInfo>>;
  /** Members and jobs as of one look: what `members` and `jobs` tell. Rejects with `DriverError`. Cost: as `jobs`. */
  readonly fleet: () => Promise<FleetInfo>;
  /**
   * The same without what jobs are, for those who show some of many jobs, and ask `jobsNamed` about these. Rejects with `DriverError`.
   * Cost: as `runs`.
   */
  readonly overview: () => Promise<FleetOverview>;
  /**
   * The same with the jobs of these names alone, in their order: for those who look again at some of many. Rejects with `InvalidInput`
   * or `DriverError`. Cost: two requests side by side for up to 100 to 400 jobs.
   */
  readonly overviewNamed: (names: ReadonlyArray<string>) => Promise<FleetOverview>;
  /**
   * The jobs of these names that the store or a member knows, in their order. Rejects with `InvalidInput` or `DriverError`. Cost: two
   * requests side by side for up to 100 to 400 jobs, and another one where what they are was not read before.
   */
  readonly jobsNamed: (names: ReadonlyArray<string>) => Promise<ReadonlyArray<JobInfo>>;
  /** The members, sorted by incarnation. Rejects with `DriverError`. Cost: one request. */
  readonly members: () => Promise<ReadonlyArray<MemberStatus>>;
  /**
   * Forgets a job that nobody declares any more: its record goes, with the keys that people asked under; its lines in the history
   * stay. Runs of nodes that are gone are recorded as lost. Whoever declares the job again later begins afresh. Asking twice is
   * safe: the second answer is `UnknownJob`.
   *
   * Rejects with `JobInUse` while a member declares it or holds a run of it, or fires of it wait, with `InvalidInput`,
   * `UnknownJob` or `DriverError`. Cost: two requests side by side, and one that removes.
   */
  readonly remove: (name: string, options?: AskOptions) => Promise<void>;
  /** Schedules in the store, of handlers that nodes have. */
  readonly schedules: Schedules;
  /** Closes what the driver opened. Every call after that rejects with a `DriverError` whose reason is `Misconfigured`. */
  readonly close: () => Promise<void>;
  /** `close()`, so that `await using` closes the client at the end of a block. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** The driver among options, if it is one. */
export const driverIn = <E>(options: { readonly driver: Layer.Layer<Driver, E> }): Layer.Layer<Driver, E> => {
  if (typeof options !== "object" || options === null) {
    throw new InvalidInput("options", options, "an object with at least a service and a driver");
  }
  const { driver } = options;
  const isLayer: boolean = Layer.isLayer(driver);
  // Its kind only: whatever was given instead may hold a token.
  if (!isLayer) throw new InvalidInput("driver", typeof driver, "the layer(…) of one of the drivers");
  return driver;
};

/**
 * Makes a client: pauses, resumes and triggers the jobs of a fleet, and so on, from a process that is no node of it. Nothing is sent
 * before the first call. Rejects with `InvalidInput` if an option is wrong and with `DriverError` if the driver's are.
 *
 * @example
 * ```ts
 * import { createClient, createCron } from "ringcron/promise";
 * import * as Memory from "ringcron/memory";
 *
 * const driver = Memory.layer(); // in earnest a store that both processes reach
 * const cron = await createCron({ service: "billing", driver });
 * await cron.add("invoices", "0 9 * * MON-FRI", async (run) => console.log(run.kind));
 * await cron.start();
 *
 * const client = await createClient({ service: "billing", driver });
 * console.log(await client.pause("invoices")); // true
 * await client.close();
 * await cron.stop();
 * ```
 */
export const createClient = async <E>(options: ClientOptions<E>): Promise<Client> => {
  const layer = driverIn(options);
  const { driver: _, ...rest } = options;
  const { close, service: client } = await held(layer, Clients.make(rest));
  return {
    ...commandsOf(client, run),
    ...insightOf(client, run),
    jobs: () => run(client.jobs),
    fleet: () => run(client.fleet),
    overview: () => run(client.overview),
    overviewNamed: (names) => run(client.overviewNamed(names)),
    jobsNamed: (names) => run(client.jobsNamed(names)),
    members: () => run(client.members),
    remove: (name, options) => run(client.remove(name, options)),
    schedules: schedulesOf(client.schedules, run),
    close,
    [Symbol.asyncDispose]: close,
  };
};
