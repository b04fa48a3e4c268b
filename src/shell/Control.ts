/**
 * What people ask of the jobs of a fleet: pause, resume, trigger, backfill, and to give up what is queued.
 */
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import type { JobCommand } from "../core/ledger/Control.ts";
import { InvalidInput, wrongOptions } from "../core/words/InvalidInput.ts";
import * as Machine from "../core/node/Machine.ts";
import * as Names from "../core/words/Names.ts";
import * as NextFire from "../core/schedule/NextFire.ts";
import { maxQueued } from "../core/ledger/Queue.ts";
import type { Driver, DriverError } from "../Driver.ts";
import * as Fire from "../core/words/Fire.ts";
import { nearest } from "./nearest.ts";
import * as Node from "./Node.ts";
import { refresh } from "./Refresh.ts";

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
 * No job of this name is known: neither to the store nor to any member that this node knows of. Nothing was done.
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

/** A fire that was asked for. */
export interface Triggered {
  /** When it is due, epoch milliseconds of the store's clock: about now. */
  readonly dueAt: number;
  /** The identity of the fire, the same as the `id` its handler gets. */
  readonly id: string;
}

/** Options of `trigger`. */
export interface TriggerOptions {
  /**
   * Names what is asked for: the same key within a day queues nothing new, so asking again after a failure
   * is safe. Default: a fresh one for each call.
   */
  readonly key?: string | undefined;
}

/** Options of `resume`. */
export interface ResumeOptions {
  /** What becomes of the fires that the pause held up: `skip`, the default, or what the job's `catchUp` says. */
  readonly missed?: "skip" | "catch-up" | undefined;
}

/** Options of `backfill`. */
export interface BackfillOptions {
  /** The fires later than this, epoch milliseconds. */
  readonly afterMs: number;
  /** The fires up to and including this, epoch milliseconds; not in the future. */
  readonly upToMs: number;
  /** As for `trigger`. Default: made of the two instants, so that the same backfill is not queued twice by mistake. */
  readonly key?: string | undefined;
}

/**
 * What people can ask of the jobs of the fleet. Each costs one request, and fails as a request does; a name that nobody knows
 * is an `UnknownJob`. Where the store knows a job that no member declares any more, the answer says so: it is `false`, or
 * undefined where something was to run. Asking for a job that this node does not declare costs a second request, which asks
 * who is there.
 */
export interface Control {
  /**
   * Pauses a job in the whole fleet. False if it is done but no member declares the job. Fails with `InvalidInput`,
   * `UnknownJob` or `DriverError`.
   */
  readonly pause: (name: string) => Effect.Effect<boolean, DriverError | InvalidInput | UnknownJob>;
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
   * declares the job, otherwise by the first that contacts the store. A job that must not overlap waits for its active run.
   * Undefined if the store knows the job but no member declares it: nothing is queued then. Fails with `InvalidInput`,
   * `UnknownJob`, `QueueFull` or `DriverError`.
   */
  readonly trigger: (
    name: string,
    options?: TriggerOptions,
  ) => Effect.Effect<Triggered | undefined, DriverError | InvalidInput | QueueFull | UnknownJob>;
  /**
   * Runs the fires that a job of this node had in a span of the past: oldest first, one at a time, or up to ten at once if
   * the job may overlap. They have the `id` of the fires they fill in for. Answers how many fires the span has, at most
   * 200. Fails with `InvalidInput` (also where only other nodes declare the job, whose schedule this one does not know),
   * `UnknownJob`, `QueueFull` or `DriverError`.
   */
  readonly backfill: (
    name: string,
    options: BackfillOptions,
  ) => Effect.Effect<number, DriverError | InvalidInput | QueueFull | UnknownJob>;
  /**
   * Gives up what is queued of a job and not yet handed to a node: recorded as cancelled. False if it is done but no member
   * declares the job. Fails with `InvalidInput`, `UnknownJob` or `DriverError`.
   */
  readonly cancelQueued: (name: string) => Effect.Effect<boolean, DriverError | InvalidInput | UnknownJob>;
  /**
   * The way out where a clock was absurdly wrong once, such as that of a store that booted in another century: if every fire of a
   * job up to more than a day ahead is decided (`decidedUpTo` of its status), that is taken back, and it fires again from now on.
   * Answers up to when, epoch milliseconds; undefined if it is not so, and nothing is changed. For when the clock is right again.
   * Fires that ran under the wrong clock and lie ahead may run again at their time. Other nodes hear of it within
   * `maxSilenceMs`. Fails with `InvalidInput`, `UnknownJob` or `DriverError`.
   */
  readonly rewind: (name: string) => Effect.Effect<number | undefined, DriverError | InvalidInput | UnknownJob>;
}

/** Options of a call: left out, or an object of nothing but known fields. */
const optionsOf = <A extends object>(
  options: A | undefined,
  fields: ReadonlyArray<string & keyof A>,
): Effect.Effect<A, InvalidInput> => {
  const error = wrongOptions(options, fields);
  return error === undefined ? Effect.succeed(options ?? {} as A) : Effect.fail(error);
};

const instant = (field: string, value: unknown, latest: number): Effect.Effect<number, InvalidInput> =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= latest
    ? Effect.succeed(value)
    : Effect.fail(new InvalidInput(field, value, "whole epoch milliseconds, not in the future"));

/** As many fires as may be queued, or an error that tells how far those would reach. */
const firesOf = (
  { expression }: Machine.JobSpec,
  afterMs: number,
  upToMs: number,
): Effect.Effect<ReadonlyArray<number>, InvalidInput> => {
  const fires: Array<number> = [];
  for (const due of NextFire.between(expression, afterMs, upToMs)) {
    if (fires.length === maxQueued) {
      const allowed = `at most ${maxQueued} fires in one backfill, that is up to ${fires.at(-1)}`;
      return Effect.fail(new InvalidInput("upToMs", upToMs, allowed));
    }
    fires.push(due);
  }
  return Effect.succeed(fires);
};

/** How long a job of this node that is on its way to the store is waited for. Milliseconds. */
const registrationMs = 2_000;

/** How often, and after which pause, the store is asked again about a job that another node is about to make known. */
const makingKnownTries = 5;
const makingKnownMs = 200;

/** The commands of a node's people. */
export const make = (service: string, node: Node.Node, driver: Driver): Control => {
  const ownEntry = (job: string) => {
    const entry = node.state().jobs.get(job);
    return entry?.isWithdrawn === false ? entry : undefined;
  };
  const members = () => Machine.knownView(node.state(), node.at()).members;
  const isDeclaredNow = (job: string): boolean =>
    ownEntry(job) !== undefined || members().some((member) => member.jobs.has(job));
  const isMember = (): boolean => node.state().phase === "member";

  /** Whether anybody declares it, as of now: members of the last beat may have left. True where nobody can tell. */
  const isDeclared = (job: string): Effect.Effect<boolean, DriverError> =>
    Effect.suspend(() =>
      ownEntry(job) !== undefined || !isMember() ? Effect.succeed(true) : Effect.map(
        Effect.catchTag(refresh(node), "NodeStopped", () => Effect.void),
        () => isDeclaredNow(job) || !isMember(),
      )
    );

  const isOnItsWay = (job: string): boolean => {
    const entry = ownEntry(job);
    return isMember() && entry !== undefined && entry.watermark === undefined && !entry.isOutdated;
  };
  // Right after the start a job of this node would be unknown, which nobody expects.
  const registered = (job: string): Effect.Effect<void> =>
    Effect.suspend(() =>
      !isOnItsWay(job) ? Effect.void : Effect.timeoutOrElse(
        Effect.callback<void>((resume) => {
          const unwatch = node.watch(() => {
            if (!isOnItsWay(job)) resume(Effect.void);
          });
          if (!isOnItsWay(job)) resume(Effect.void);
          return Effect.sync(unwatch);
        }),
        { duration: registrationMs, orElse: () => Effect.void },
      )
    );

  const unknown = Effect.fnUntraced(function* (job: string) {
    // Names that are known since the last beat may be the nearest. Without an answer those of then must do.
    if (isMember()) yield* Effect.ignore(refresh(node));
    const names = new Set<string>();
    for (const [name, { isWithdrawn }] of node.state().jobs) if (!isWithdrawn) names.add(name);
    for (const member of members()) for (const name of member.jobs.keys()) names.add(name);
    return yield* Effect.fail(
      new UnknownJob({ job, nearest: nearest(job, names), isDeclared: isDeclaredNow(job) }),
    );
  });

  const send = Effect.fnUntraced(function* (command: JobCommand) {
    const { job } = command;
    yield* registered(job);
    const control = driver.control({ _tag: "Control", service, command });
    let reply = yield* control;
    // Another node has joined with it, and makes it known at this moment.
    for (let tries = 0; tries < makingKnownTries && reply.result === "unknown"; tries++) {
      if (isMember() && !isDeclaredNow(job) && tries === 0) yield* Effect.ignore(refresh(node));
      if (!isMember() || !isDeclaredNow(job)) break;
      yield* Effect.sleep(makingKnownMs);
      reply = yield* control;
    }
    if (reply.result === "unknown") return yield* unknown(job);
    return reply;
  });
  const queue = Effect.fnUntraced(function* (command: Extract<JobCommand, { _tag: "Trigger" | "Backfill" }>) {
    const { job } = command;
    const reply = yield* send(command);
    if (reply.result === "full") return yield* Effect.fail(new QueueFull({ job, most: maxQueued }));
    node.feed({ _tag: "Nudged", job });
    return reply;
  });
  const named = (name: string) => Effect.fromResult(Names.job(name));
  const keyed = (key: string | undefined, otherwise: () => string) =>
    key === undefined ? Effect.sync(otherwise) : Effect.fromResult(Names.key(key));

  const isKnown = (job: string) =>
    Effect.map(driver.peek({ _tag: "Peek", service, jobs: [job], history: false }), ({ jobs }) => jobs.length > 0);

  const trigger: Control["trigger"] = Effect.fnUntraced(function* (name, options) {
    const job = yield* named(name);
    const { key: given } = yield* optionsOf<TriggerOptions>(options, ["key"]);
    const key = yield* keyed(given, Node.drawBits);
    // What nobody can run must not lie in wait until somebody declares the job again.
    if (!(yield* isDeclared(job))) return (yield* isKnown(job)) ? undefined : yield* unknown(job);
    const { dueAt } = yield* queue({ _tag: "Trigger", job, key });
    return dueAt === undefined ? undefined : { dueAt, id: Fire.id(service, job, dueAt) };
  });

  const backfill: Control["backfill"] = Effect.fnUntraced(function* (name, options) {
    const job = yield* named(name);
    const { afterMs: after, key: given, upToMs: upTo } = yield* optionsOf<Partial<BackfillOptions>>(options, [
      "afterMs",
      "upToMs",
      "key",
    ]);
    const entry = ownEntry(job);
    if (entry === undefined) {
      if (!isDeclaredNow(job) && !(yield* isKnown(job))) return yield* unknown(job);
      return yield* Effect.fail(new InvalidInput("job", name, "a job of this node, whose schedule it knows"));
    }
    if (entry.spec.expression.plan._tag === "Manual") {
      const allowed = "a job that has fires to fill in; one that only people start (@manual) can be triggered";
      return yield* Effect.fail(new InvalidInput("job", name, allowed));
    }
    const upToMs = yield* instant("upToMs", upTo, Math.floor(node.now()));
    const afterMs = yield* instant("afterMs", after, upToMs);
    const key = yield* keyed(given, () => `backfill-${afterMs}-${upToMs}`);
    const dueAts = yield* firesOf(entry.spec, afterMs, upToMs);
    yield* queue({ _tag: "Backfill", job, key, dueAts });
    return dueAts.length;
  });

  const ask = Effect.fnUntraced(function* (name: string, commandFor: (job: string) => JobCommand) {
    const job = yield* named(name);
    yield* send(commandFor(job));
    // Of a pause and its end the nodes hear by a new version of the view, this one at once.
    if (ownEntry(job) !== undefined) node.feed({ _tag: "Nudged", job: undefined });
    // It is done: that nobody could be asked who is there does not change that.
    return yield* Effect.catch(isDeclared(job), () => Effect.succeed(true));
  });

  return {
    pause: (name) => ask(name, (job) => ({ _tag: "Pause", job })),
    resume: Effect.fnUntraced(function* (name, options) {
      const { missed = "skip" } = yield* optionsOf<ResumeOptions>(options, ["missed"]);
      if (missed !== "skip" && missed !== "catch-up") {
        return yield* Effect.fail(new InvalidInput("missed", missed, '"skip" or "catch-up"'));
      }
      return yield* ask(name, (job) => ({ _tag: "Resume", job, missed }));
    }),
    trigger,
    backfill,
    rewind: Effect.fnUntraced(function* (name) {
      const job = yield* named(name);
      const { dueAt } = yield* send({ _tag: "Rewind", job });
      if (dueAt !== undefined) node.feed({ _tag: "Nudged", job });
      return dueAt;
    }),
    cancelQueued: (name) => ask(name, (job) => ({ _tag: "Cancel", job })),
  };
};
