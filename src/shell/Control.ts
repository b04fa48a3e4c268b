/**
 * What people ask of the jobs of a fleet: pause, resume, trigger, backfill, and to give up what is queued.
 */
import * as Data from "effect/Data";
import type * as Effect from "effect/Effect";
import type { CronExpression, CronExpressionError, DstRule } from "../core/schedule/CronExpression.ts";
import type { Outcome } from "../core/words/Fire.ts";
import type { InvalidInput } from "../core/words/InvalidInput.ts";
import type { DriverError } from "../Driver.ts";

/** More fires of a job would be queued than it may have; nothing was queued. Ask again when some have run. */
export class QueueFull extends Data.Error<{
  /** The name of the job. */
  readonly job: string;
  /** How many fires a job may have queued. */
  readonly most: number;
}> {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "QueueFull" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "QueueFull";
  /** The job and the limit. */
  override get message(): string {
    return `job ${this.job} has no room in its queue of ${this.most} fires`;
  }
}

/**
 * No job of this name is known: neither to the store nor to any member. Nothing was done.
 */
export class UnknownJob extends Data.Error<{
  /** The name as it was given. */
  readonly job: string;
  /** Names that are known and look like it, at most three, the nearest first. */
  readonly nearest: ReadonlyArray<string>;
  /** A node declares the job, but has not reached the store yet: it will be known when that has started. */
  readonly isDeclared: boolean;
}> {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "UnknownJob" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "UnknownJob";
  /** The name, and those that may be meant. */
  override get message(): string {
    const names = this.nearest.map((name) => JSON.stringify(name)).join(", ");
    return this.isDeclared
      ? `job ${this.job} is declared, but unknown to the store until a node that declares it has started`
      : `no job ${this.job} is known${names === "" ? "" : `; the nearest: ${names}`}`;
  }
}

/** A job cannot be forgotten: something of it is still in use. Nothing was done. */
export class JobInUse extends Data.Error<{
  /** The name of the job. */
  readonly job: string;
  /**
   * `declared`: a member declares it, or may, as what it declares is not known yet; `running`: a member holds a run of it;
   * `queued`: fires of it wait, which `cancelQueued` gives up.
   */
  readonly reason: "declared" | "running" | "queued";
  /** The names of those members, sorted; empty where it is queued. */
  readonly nodes: ReadonlyArray<string>;
}> {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "JobInUse" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "JobInUse";
  /** The job, and what is in the way. */
  override get message(): string {
    const by = this.nodes.length === 0 ? "" : ` by ${this.nodes.join(", ")}`;
    const why = {
      declared: `is declared${by}`,
      running: `is being run${by}`,
      queued: "has fires in its queue, which cancelQueued gives up",
    };
    return `job ${this.job} ${why[this.reason]}`;
  }
}

/** No member has this name. Nothing was done. */
export class UnknownNode extends Data.Error<{
  /** The name as it was given. */
  readonly node: string;
  /** Names of members that look like it, at most three, the nearest first. */
  readonly nearest: ReadonlyArray<string>;
}> {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "UnknownNode" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "UnknownNode";
  /** The name, and those that may be meant. */
  override get message(): string {
    const names = this.nearest.map((name) => JSON.stringify(name)).join(", ");
    return `no member is called ${this.node}${names === "" ? "" : `; the nearest: ${names}`}`;
  }
}

/**
 * Who asks. Where the call changes something, that change carries a line for the history of the service: which action of what, by whom,
 * when. It costs no request. What changes nothing, such as a pause of what is paused already, writes none.
 *
 * @example
 * ```ts
 * import { createClient, createCron } from "ringcron/promise";
 * import * as Memory from "ringcron/memory";
 *
 * const driver = Memory.layer(); // in earnest a store that both processes reach
 * const cron = await createCron({ service: "billing", driver });
 * await cron.add("invoices", "0 9 * * MON-FRI", async () => {});
 * await cron.start();
 * const client = await createClient({ service: "billing", driver });
 * await client.pause("invoices", { by: "anna" });
 * const { lines: [line] } = await client.history({ job: "invoices", outcome: "action" });
 * if (line?._tag === "Action") console.log(line.action, line.by); // pause anna
 * await client.close();
 * await cron.stop();
 * ```
 */
export interface AskOptions {
  /**
   * Who it is, for people to read: 1 to 100 characters, none of them a control character. No secrets: whoever sees the history sees
   * it. Nobody proves it; a dashboard gives the name that `authorize` tells. Default: nobody is named, and no line is written.
   */
  readonly by?: string | undefined;
}

/** Options of `drain`. */
export interface DrainOptions extends PauseOptions {
  /** How long its handlers may take, 0 to 3,600,000 milliseconds. Default: as the node is configured. */
  readonly drainMs?: number | undefined;
}

/** A run that was triggered is over, and did not succeed. */
export class RunFailed extends Data.Error<{
  /** The name of the job. */
  readonly job: string;
  /** The identity of the fire. */
  readonly id: string;
  /** How its last attempt ended; `cancelled` also if it was given up in the queue, with attempt 0. */
  readonly outcome: Exclude<Outcome, "succeeded">;
  /** Which attempt that was. */
  readonly attempt: number;
  /** The first line of what it failed with, in at most 200 characters, without what looks like a secret; undefined if it did not. */
  readonly error: string | undefined;
}> {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "RunFailed" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "RunFailed";
  /** The fire, and how it ended. */
  override get message(): string {
    return `${this.id} ${this.outcome}${this.error === undefined ? "" : `: ${this.error}`}`;
  }
}

/** There is no result to tell: not yet, or not any more, or the run succeeded and what it returned is not kept. */
export class ResultUnavailable extends Data.Error<{
  /** The name of the job. */
  readonly job: string;
  /** The identity of the fire. */
  readonly id: string;
  /**
   * When it was waited for no longer it was `queued`, `running`, or `waiting` for its next attempt, and goes on. It succeeded, and
   * what it returned is `too-large` (more than 16,384 bytes of JSON) or `not-json`. `gone`: it was over for more than an hour, or 64
   * more were triggered since, or the store has lost it, or the job was removed. `not-kept`: it was triggered with
   * `keepResult: false`.
   */
  readonly reason: "queued" | "running" | "waiting" | "too-large" | "not-json" | "gone" | "not-kept";
}> {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "ResultUnavailable" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "ResultUnavailable";
  /** The fire, and why there is none. */
  override get message(): string {
    return `no result of ${this.id}: ${this.reason}`;
  }
}

/** Options of `result`. */
export interface ResultOptions {
  /** How long it is waited for, 1 to 86,400,000 milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** A fire that was asked for. */
export interface Triggered {
  /** When it is due, epoch milliseconds of the store's clock: about now. */
  readonly dueAt: number;
  /** The identity of the fire, the same as the `id` its handler gets. */
  readonly id: string;
  /**
   * What its handler returned, as JSON carries it; undefined where that was nothing. Waits until the fire is over: after further
   * attempts, or on another node, if need be. Giving up cancels nothing, and it may be asked for again, for an hour. No field of its
   * own: logs and comparisons show the other two.
   *
   * Fails with `RunFailed` (it failed, timed out, was cancelled or lost), `ResultUnavailable` (it is not over when `timeoutMs` are,
   * or there is nothing to tell), `InvalidInput` or `DriverError`; a store that is away is waited for.
   *
   * Cost: a look at once, and further ones 0.35, 0.95, 2, 4.1, 8.2 s after it and then about every 5 s. Where the store has a channel
   * for hints a subscription while it lasts, a look when that opens and when something of the job is over, and otherwise every 15 s
   * in the end. One look is for up to 20 results that are waited for at once.
   */
  readonly result: (
    options?: ResultOptions,
  ) => Effect.Effect<unknown, DriverError | InvalidInput | ResultUnavailable | RunFailed>;
}

/** Options of `trigger`. */
export interface TriggerOptions extends AskOptions {
  /**
   * What the handler gets as `run.payload`: anything that JSON can say, in at most 16,384 bytes of UTF-8. No secrets: it lies in the
   * store until the fire is over. At most 30 fires of a job are queued with one. Default: none.
   */
  readonly payload?: unknown;
  /**
   * Names what is asked for: the same key within a day queues nothing new, so asking again after a failure
   * is safe. Default: a fresh one for each call.
   */
  readonly key?: string | undefined;
  /**
   * Whether what becomes of it is kept for `result`, for an hour in a row of its own: how it ended, what it failed with, and what its
   * handler returned, in at most 16,384 bytes of JSON. Costs no request more. Default: yes.
   */
  readonly keepResult?: boolean | undefined;
}

/** Options of `pause`: what is said of it, for people to read where the job is looked at. No secrets. */
export interface PauseOptions extends AskOptions {
  /** Why: 1 to 200 characters. */
  readonly reason?: string | undefined;
}

/** Options of `resume`. */
export interface ResumeOptions extends AskOptions {
  /** What becomes of the fires that the pause held up: `skip`, the default, or what the job's `catchUp` says. */
  readonly missed?: "skip" | "catch-up" | undefined;
}

/** Options of `cancel`. */
export interface CancelOptions extends AskOptions {
  /** The run with this token alone. Default: all that run. */
  readonly fence?: number | undefined;
}

/** Options of `backfill`. */
export interface BackfillOptions extends AskOptions {
  /** The fires later than this, epoch milliseconds. */
  readonly afterMs: number;
  /** The fires up to and including this, epoch milliseconds; not in the future, where 5 s ahead are now: clocks differ. */
  readonly upToMs: number;
  /** As for `trigger`. Default: made of the two instants, so that the same backfill is not queued twice by mistake. */
  readonly key?: string | undefined;
  /**
   * The schedule whose fires they are, as the nodes declare it that have the job: a cron expression, as text or as
   * `CronExpression.parse` read it. Only for a job that is not one of this node's own, whose schedule it knows.
   */
  readonly schedule?: string | CronExpression | undefined;
  /** With a schedule as text: the zone of its wall-clock times, an IANA name or an offset. Default `UTC`. */
  readonly timeZone?: string | undefined;
  /** With a schedule as text: its rule for local times that a change of clocks skips or repeats. */
  readonly dst?: DstRule | undefined;
}

/**
 * What people can ask of the jobs of the fleet. A name that nobody knows is an `UnknownJob`. Where the store knows a job that no
 * member declares any more, the answer says so: it is `false`, or undefined where something was to run.
 *
 * Cost: two requests, a look and a change, or one where nothing is to be changed. For a job that this node does not declare,
 * and for any that a client asks for, one more, which asks who is there. `by` of the options costs none.
 */
export interface Control {
  /**
   * Pauses a job in the whole fleet. What is said of a job that is paused already replaces what was said before. False if it
   * is done but no member declares the job. Fails with `InvalidInput`, `UnknownJob` or `DriverError`.
   */
  readonly pause: (
    name: string,
    options?: PauseOptions,
  ) => Effect.Effect<boolean, DriverError | InvalidInput | UnknownJob>;
  /**
   * Pauses all jobs that the store knows, whoever declares them, and all schedules in the store, and those that become known or are
   * put while it lasts, so that nothing new starts. What is paused by itself stays so when all go on; `resume` lets a single one go
   * on before. Answers how many jobs and schedules are paused by it. Giving it again completes one that was cut off. Fails with
   * `InvalidInput` or `DriverError`.
   *
   * Cost: some requests, and two for each hundred jobs, or for each sixty schedules, or less. Jobs come first.
   */
  readonly pauseAll: (options?: PauseOptions) => Effect.Effect<number, DriverError | InvalidInput>;
  /**
   * Lets all go on that were paused by `pauseAll`, and answers how many these were. What was missed is skipped, the default, or
   * left to each job's `catchUp`. Fails, and costs, as `pauseAll`.
   */
  readonly resumeAll: (options?: ResumeOptions) => Effect.Effect<number, DriverError | InvalidInput>;
  /**
   * Resumes it. What was missed is skipped, or left to the job's `catchUp`. Default: skip. False if it is done but no member
   * declares the job. Fails with `InvalidInput`, `UnknownJob` or `DriverError`.
   */
  readonly resume: (
    name: string,
    options?: ResumeOptions,
  ) => Effect.Effect<boolean, DriverError | InvalidInput | UnknownJob>;
  /**
   * Runs a job once, now, on one node of the fleet, even while it is paused: queued in the store, taken by this node if it
   * declares the job, otherwise at once by its owner where nodes listen for hints, or by the first that contacts the store, within
   * `maxSilenceMs`. A job that must not overlap waits for its active run.
   * Undefined if the store knows the job but no member declares it: nothing is queued then. Fails with `InvalidInput`,
   * `UnknownJob`, `QueueFull` or `DriverError`.
   */
  readonly trigger: (
    name: string,
    options?: TriggerOptions,
  ) => Effect.Effect<Triggered | undefined, DriverError | InvalidInput | QueueFull | UnknownJob>;
  /**
   * Runs the fires that a job had in a span of the past: oldest first, one at a time, or up to ten at once if the job may
   * overlap. They have the `id` of the fires they fill in for. Answers how many fires the span has, at most 200; undefined if
   * the store knows the job but no member declares it: nothing is queued then. A job of this node has its own schedule, any
   * other, and every one that a client asks for, the `schedule` of the options. Fails with `InvalidInput`,
   * `CronExpressionError`, `UnknownJob`, `QueueFull` or `DriverError`.
   */
  readonly backfill: (
    name: string,
    options: BackfillOptions,
  ) => Effect.Effect<
    number | undefined,
    CronExpressionError | DriverError | InvalidInput | QueueFull | UnknownJob
  >;
  /**
   * Asks a node to leave: it claims nothing new, hands over, its handlers drain, and then it is stopped as with `stop`; its
   * process goes on. All members of the name are asked, and how many these are is the answer. A node hears of it at once where it
   * listens for hints, otherwise with its next beat, within `maxSilenceMs`; it has the event `DrainAsked`. Asking again changes
   * nothing. Fails with `InvalidInput`, `UnknownNode` (with the nearest names) or `DriverError`. Cost: two requests.
   */
  readonly drain: (
    node: string,
    options?: DrainOptions,
  ) => Effect.Effect<number, DriverError | InvalidInput | UnknownNode>;
  /**
   * Gives up what waits of a job and is not yet handed to a node: fires that people asked for (`trigger`, `backfill`), and those of
   * its schedule that wait for the run before them (`overlap`). Each is recorded as cancelled. What runs goes on: see `cancel`.
   * Answers how many fires these were. Fails with `InvalidInput`, `UnknownJob` or `DriverError`.
   */
  readonly cancelQueued: (
    name: string,
    options?: AskOptions,
  ) => Effect.Effect<number, DriverError | InvalidInput | UnknownJob>;
  /**
   * Cancels what runs of a job, wherever that is, or the run with that `fence` alone; an attempt that waits after a failure is
   * over at once. Who holds a run hears of it by a hint, or with its next contact, which a node that runs something has every few
   * seconds; then `signal` of the run aborts, and it is recorded as cancelled. What is queued stays: see `cancelQueued`. Answers how
   * many runs are cancelled, or were to be already. Fails with `InvalidInput`, `UnknownJob` or `DriverError`.
   */
  readonly cancel: (
    name: string,
    options?: CancelOptions,
  ) => Effect.Effect<number, DriverError | InvalidInput | UnknownJob>;
  /**
   * The way out where a clock was absurdly wrong once, such as that of a store that booted in another century: if every fire of a
   * job up to more than a day ahead is decided (`decidedUpTo` of its status), that is taken back, and it fires again from now on.
   * Answers up to when, epoch milliseconds; undefined if it is not so, and nothing is changed. For when the clock is right again.
   * Fires that ran under the wrong clock and lie ahead may run again at their time. Other nodes hear of it within
   * `maxSilenceMs`. Fails with `InvalidInput`, `UnknownJob` or `DriverError`.
   */
  readonly rewind: (
    name: string,
    options?: AskOptions,
  ) => Effect.Effect<number | undefined, DriverError | InvalidInput | UnknownJob>;
}

/**
 * Forgets a job that nobody declares any more: its record goes, with the keys that people asked under; its lines in the history
 * stay. Runs of nodes that are gone are recorded as lost. Whoever declares the job again later begins afresh. Asking twice is
 * safe: the second answer is `UnknownJob`.
 *
 * Fails with `JobInUse` while a member declares it or holds a run of it, or fires of it wait, with `InvalidInput`, `UnknownJob` or
 * `DriverError`. Cost: two requests side by side, and one that removes.
 */
export type Forget = (
  name: string,
  options?: AskOptions,
) => Effect.Effect<void, DriverError | InvalidInput | JobInUse | UnknownJob>;
