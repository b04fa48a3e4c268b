/**
 * What people ask of the jobs of a fleet: pause, resume, trigger, backfill, and to give up what is queued.
 */
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import type { JobCommand } from "./core/Control.ts";
import { InvalidInput } from "./core/InvalidInput.ts";
import type { JobSpec } from "./core/Machine.ts";
import * as Names from "./core/Names.ts";
import * as NextFire from "./core/NextFire.ts";
import { maxQueued } from "./core/Queue.ts";
import type { Driver, DriverError } from "./Driver.ts";
import * as Fire from "./Fire.ts";
import * as Node from "./internal/Node.ts";
import type { ControlReply } from "./Request.ts";

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
   * Names what is asked for: the same key among the last 20 of the job queues nothing new, so asking again after a failure
   * is safe. Default: a fresh one for each call.
   */
  readonly key?: string | undefined;
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

/** What people can ask of the jobs of the fleet. Each costs one request, and fails as a request does. */
export interface Control {
  /** Pauses a job in the whole fleet; false if the store does not know it. Fails with `InvalidInput` or `DriverError`. */
  readonly pause: (name: string) => Effect.Effect<boolean, DriverError | InvalidInput>;
  /** Resumes it. What was missed is skipped, or left to the job's `catchUp`. Default: skip. */
  readonly resume: (
    name: string,
    options?: { readonly missed?: "skip" | "catch-up" | undefined },
  ) => Effect.Effect<boolean, DriverError | InvalidInput>;
  /**
   * Runs a job once, now, on one node of the fleet, even while it is paused: queued in the store, taken by this node if it
   * declares the job, otherwise by the first that contacts the store. A job that must not overlap waits for its active run.
   * Undefined if the store does not know the job. Fails with `InvalidInput`, `QueueFull` or `DriverError`.
   */
  readonly trigger: (
    name: string,
    options?: TriggerOptions,
  ) => Effect.Effect<Triggered | undefined, DriverError | InvalidInput | QueueFull>;
  /**
   * Runs the fires that a job of this node had in a span of the past: oldest first, one at a time, or up to ten at once if
   * the job may overlap. They have the `id` of the fires they fill in for. Answers how many fires the span has, at most
   * 200; undefined if the store does not know the job. Fails with `InvalidInput`, `QueueFull` or `DriverError`.
   */
  readonly backfill: (
    name: string,
    options: BackfillOptions,
  ) => Effect.Effect<number | undefined, DriverError | InvalidInput | QueueFull>;
  /**
   * Gives up what is queued of a job and not yet handed to a node: recorded as cancelled. False if the store does not know
   * the job. Fails with `InvalidInput` or `DriverError`.
   */
  readonly cancelQueued: (name: string) => Effect.Effect<boolean, DriverError | InvalidInput>;
}

const instant = (field: string, value: unknown, latest: number): Effect.Effect<number, InvalidInput> =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= latest
    ? Effect.succeed(value)
    : Effect.fail(new InvalidInput(field, value, "whole epoch milliseconds, not in the future"));

/** As many fires as may be queued, or an error that tells how far those would reach. */
const firesOf = (
  { expression }: JobSpec,
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

/** How often, and how many times, a job of this node that is on its way to the store is waited for. */
const registrationMs = 20;
const registrationTries = 100;

/** The commands of a node's people. */
export const make = (service: string, node: Node.Node, driver: Driver): Control => {
  const isOnItsWay = (job: string): boolean => {
    const { jobs, phase } = node.state();
    const entry = jobs.get(job);
    return phase === "member" && entry?.watermark === undefined && entry?.isWithdrawn === false && !entry.isOutdated;
  };
  // Right after the start a job of this node would be unknown, which nobody expects.
  const registered = Effect.fnUntraced(function* (job: string) {
    for (let tries = 0; tries < registrationTries && isOnItsWay(job); tries++) yield* Effect.sleep(registrationMs);
  });
  const send = (command: JobCommand) =>
    Effect.map(
      Effect.andThen(registered(command.job), driver.control({ _tag: "Control", service, command })),
      (reply) => {
        // Only of a pause and its end do the others hear by a new version of the view.
        const isQueueing = command._tag === "Trigger" || command._tag === "Backfill";
        node.feed({ _tag: "Nudged", job: isQueueing ? command.job : undefined });
        return reply;
      },
    );
  const isKnown = ({ result }: ControlReply): boolean => result !== "unknown";
  const named = (name: string) => Effect.fromResult(Names.job(name));
  const keyed = (key: string | undefined, otherwise: () => string) =>
    key === undefined ? Effect.sync(otherwise) : Effect.fromResult(Names.key(key));
  const unlessFull = (job: string, reply: ControlReply) =>
    reply.result === "full" ? Effect.fail(new QueueFull({ job, most: maxQueued })) : Effect.succeed(reply);

  const trigger: Control["trigger"] = Effect.fnUntraced(function* (name, options) {
    const job = yield* named(name);
    const key = yield* keyed(options?.key, Node.drawBits);
    const { dueAt } = yield* unlessFull(job, yield* send({ _tag: "Trigger", job, key }));
    return dueAt === undefined ? undefined : { dueAt, id: Fire.id(service, job, dueAt) };
  });

  const backfill: Control["backfill"] = Effect.fnUntraced(function* (name, options) {
    const job = yield* named(name);
    const entry = node.state().jobs.get(job);
    if (entry === undefined || entry.isWithdrawn) {
      return yield* Effect.fail(new InvalidInput("job", name, "a job of this node, whose schedule it knows"));
    }
    if (entry.spec.expression.plan._tag === "Manual") {
      const allowed = "a job that has fires to fill in; one that only people start (@manual) can be triggered";
      return yield* Effect.fail(new InvalidInput("job", name, allowed));
    }
    const upToMs = yield* instant("upToMs", options?.upToMs, Math.floor(node.now()));
    const afterMs = yield* instant("afterMs", options?.afterMs, upToMs);
    const key = yield* keyed(options.key, () => `backfill-${afterMs}-${upToMs}`);
    const dueAts = yield* firesOf(entry.spec, afterMs, upToMs);
    const reply = yield* unlessFull(job, yield* send({ _tag: "Backfill", job, key, dueAts }));
    return isKnown(reply) ? dueAts.length : undefined;
  });

  const ask = (name: string, commandFor: (job: string) => JobCommand) =>
    Effect.flatMap(named(name), (job) => Effect.map(send(commandFor(job)), isKnown));

  return {
    pause: (name) => ask(name, (job) => ({ _tag: "Pause", job })),
    resume: (name, { missed = "skip" } = {}) =>
      missed === "skip" || missed === "catch-up"
        ? ask(name, (job) => ({ _tag: "Resume", job, missed }))
        : Effect.fail(new InvalidInput("missed", missed, '"skip" or "catch-up"')),
    trigger,
    backfill,
    cancelQueued: (name) => ask(name, (job) => ({ _tag: "Cancel", job })),
  };
};
