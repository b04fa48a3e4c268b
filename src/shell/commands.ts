/**
 * What people ask of the jobs of a fleet, checked and sent, and what becomes of the answers: the same for a node and a client.
 */
import * as Effect from "effect/Effect";
import { control, peek } from "../core/engine/commands.ts";
import type { JobCommand } from "../core/ledger/Control.ts";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import * as CronExpression from "../core/schedule/CronExpression.ts";
import { fingerprint } from "../core/words/hash.ts";
import * as Names from "../core/words/Names.ts";
import * as NextFire from "../core/schedule/NextFire.ts";
import * as Payload from "../core/ledger/Payload.ts";
import { maxQueued } from "../core/ledger/Queue.ts";
import type { ControlRequest } from "../core/words/Request.ts";
import * as Fire from "../core/words/Fire.ts";
import type { Carrier, DriverError } from "../Driver.ts";
import {
  type BackfillOptions,
  type CancelOptions,
  type Control,
  type DrainOptions,
  type Forget,
  JobInUse,
  QueueFull,
  type TriggerOptions,
  UnknownJob,
  UnknownNode,
} from "./Control.ts";
import { allSchedules } from "./allSchedules.ts";
import { askerOf, byOf, noteOf, optionsOf, resumingOf } from "./controlOptions.ts";
import type { Declarations, Knowledge } from "./Knowledge.ts";
import { drain as drainTime } from "./Options.ts";
import { foundIn, isTicked as isOfTicks } from "./JobInfo.ts";
import * as Codec from "./payloadCodec.ts";
import * as Results from "./results.ts";
import { bytesOf, jsonText } from "./json.ts";
import { nearest } from "./nearest.ts";
import { drawBits } from "./bits.ts";

/** A payload as JSON. No error shows any of it. */
const jsonOf = (payload: unknown): Effect.Effect<string, InvalidInput> =>
  Effect.suspend(() => {
    const json = jsonText(payload);
    if (json === undefined) return Effect.fail(new InvalidInput("payload", typeof payload, "what JSON can say"));
    const size = bytesOf(json);
    return size <= Payload.maxBytes
      ? Effect.succeed(json)
      : Effect.fail(new InvalidInput("payload", `${size} bytes`, `at most ${Payload.maxBytes} bytes of JSON in UTF-8`));
  });

const instant = (field: string, value: unknown, latest: number): Effect.Effect<number, InvalidInput> =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= latest
    ? Effect.succeed(value)
    : Effect.fail(new InvalidInput(field, value, "whole epoch milliseconds, not in the future"));

/** As many fires as may be queued, or an error that tells how far those would reach. */
const firesOf = (
  expression: CronExpression.CronExpression,
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

/** By how much the clock of whoever asks for fires up to now may be ahead of the fleet's. Milliseconds. */
const aheadMs = 5_000;

const backfillFields = ["afterMs", "upToMs", "key", "schedule", "timeZone", "dst", "by"] as const;

const noSchedule = () =>
  new InvalidInput(
    "schedule",
    undefined,
    "the schedule of the job, which no node that declares it has told the store yet",
  );

/** The schedule that a backfill goes by, or that it has none; fails if what is given for one cannot be. */
const scheduleFor = Effect.fnUntraced(function* (
  job: string,
  own: CronExpression.CronExpression | undefined,
  told: CronExpression.CronExpression | undefined,
  given: Partial<BackfillOptions>,
) {
  const { dst, schedule, timeZone } = given;
  if (own === undefined && schedule === undefined && told === undefined) return Effect.fail(noSchedule());
  const expression = own ?? (schedule === undefined ? told : undefined) ??
    (CronExpression.isCronExpression(schedule)
      ? schedule
      : yield* Effect.fromResult(CronExpression.parse(schedule as string, { dst, jobName: job, timeZone })));
  if (expression.plan._tag === "Manual") {
    const allowed = "a job that has fires to fill in; one that only people start (@manual) can be triggered";
    return yield* Effect.fail(new InvalidInput("job", job, allowed));
  }
  return Effect.succeed(expression);
});

type AnyCommand = ControlRequest["command"];

/** How often, and after which pause, the store is asked again about a job that another node is about to make known. */
const makingKnownTries = 5;
const makingKnownMs = 200;

/** The commands of a node's people, or of a client's. */
export const make = (
  service: string,
  driver: Carrier,
  knowledge: Knowledge,
  codec?: Codec.PayloadCodec,
): Control & { readonly forget: Forget } => {
  const wait = Results.make(service, driver);

  const isOwn = (job: string): boolean => knowledge.ownSchedule(job) !== undefined;

  /** As of now; without an answer what was known before must do. */
  const lookAnyway: Effect.Effect<Declarations> = Effect.catch(knowledge.look, () => Effect.sync(knowledge.known));

  const unknown = Effect.fnUntraced(function* (job: string, seen?: Declarations) {
    // Names that are known since the last beat may be the nearest.
    const { isDeclared, names } = seen ?? (yield* lookAnyway);
    return yield* Effect.fail(
      new UnknownJob({ job, nearest: nearest(job, names), isDeclared: isDeclared(job) === true }),
    );
  });

  /** Whether anybody runs it, as of now: members of the last beat may have left. True where nobody can tell. */
  const isDeclared = Effect.fnUntraced(function* (job: string) {
    if (isOwn(job)) return true;
    const seen = yield* knowledge.look;
    return seen.isDeclared(job) !== false || (yield* isTicked(job, seen));
  });

  const sent = (command: AnyCommand) => driver.carry(control, { _tag: "Control", service, command });

  const send = Effect.fnUntraced(function* (command: JobCommand) {
    const { job } = command;
    yield* knowledge.registered(job);
    let reply = yield* sent(command);
    if (reply.result !== "unknown") return reply;
    let seen = knowledge.known();
    if (knowledge.mayBeOnItsWay() && seen.isDeclared(job) !== true) seen = yield* lookAnyway;
    // Another node has joined with it, and makes it known at this moment.
    for (let tries = 0; tries < makingKnownTries && reply.result === "unknown"; tries++) {
      if (!knowledge.mayBeOnItsWay() || seen.isDeclared(job) !== true) break;
      yield* Effect.sleep(makingKnownMs);
      reply = yield* sent(command);
    }
    return reply.result === "unknown" ? yield* unknown(job, seen) : reply;
  });

  const queue = Effect.fnUntraced(function* (command: Extract<JobCommand, { _tag: "Trigger" | "Backfill" }>) {
    const { job } = command;
    const reply = yield* send(command);
    if (reply.result === "full") {
      const isGiven = command._tag === "Trigger" && command.payload !== undefined;
      return yield* Effect.fail(new QueueFull({ job, most: isGiven ? Payload.maxQueued : maxQueued }));
    }
    knowledge.nudge(job);
    return reply;
  });

  const named = (name: string) => Effect.fromResult(Names.job(name));
  const keyed = (key: string | undefined): Effect.Effect<string | undefined, InvalidInput> =>
    key === undefined ? Effect.succeed(undefined) : Effect.fromResult(Names.key(key));

  /** Of a job that no member declares: whether ticks run it. Fails if the store does not know it either. */
  const isTicked = Effect.fnUntraced(function* (job: string, seen?: Declarations) {
    const { jobs: [state], storeTime } = yield* driver.carry(peek, {
      _tag: "Peek",
      service,
      jobs: [job],
      history: false,
    });
    if (state === undefined) return yield* unknown(job, seen);
    return isOfTicks(state, storeTime);
  });

  const trigger: Control["trigger"] = Effect.fnUntraced(function* (name, options) {
    const job = yield* named(name);
    const { keepResult = true, key: given, payload, ...rest } = yield* optionsOf<TriggerOptions>(options, [
      "key",
      "payload",
      "keepResult",
      "by",
    ]);
    if (typeof keepResult !== "boolean") {
      return yield* Effect.fail(new InvalidInput("keepResult", keepResult, "true or false"));
    }
    const key = (yield* keyed(given)) ?? drawBits();
    const asker = yield* byOf(rest);
    const of = { service, job, schedule: undefined };
    const json = payload === undefined ? undefined : yield* Codec.stored(codec, yield* jsonOf(payload), of);
    // What nobody can run must not lie in wait until somebody declares the job again.
    const seen = isOwn(job) ? undefined : yield* knowledge.look;
    if (seen?.isDeclared(job) === false && !(yield* isTicked(job, seen))) return undefined;
    const { dueAt, resultSlot: slot } = yield* queue({
      _tag: "Trigger",
      job,
      key,
      payload: json,
      keepsResult: keepResult,
      ...asker,
    });
    if (dueAt === undefined) return undefined;
    const id = Fire.id(service, job, dueAt);
    return Results.triggered(wait, id, { job, dueAt, slot });
  });

  /** The schedule of a job that others declare, if one of them has told it. */
  const toldSchedule = (job: string): Effect.Effect<CronExpression.CronExpression | undefined, DriverError> =>
    Effect.map(
      driver.carry(peek, { _tag: "Peek", service, jobs: [job], history: false, members: true, definitions: true }),
      (reply) => foundIn({ ...reply, members: reply.members ?? [], runs: [] }, job)?.expression,
    );

  const backfill: Control["backfill"] = Effect.fnUntraced(function* (name, options) {
    const job = yield* named(name);
    const given = yield* optionsOf<Partial<BackfillOptions>>(options, backfillFields);
    const asker = yield* byOf(given);
    const own = knowledge.ownSchedule(job);
    const field = (["schedule", "timeZone", "dst"] as const).find((it) => given[it] !== undefined);
    if (own !== undefined && field !== undefined) {
      const allowed = "nothing for a job of this node, whose schedule it knows";
      return yield* Effect.fail(new InvalidInput(field, String(given[field]), allowed));
    }
    const told = own === undefined && field === undefined ? yield* toldSchedule(job) : undefined;
    const schedule = yield* scheduleFor(job, own, told, given);
    const upToMs = yield* instant("upToMs", given.upToMs, Number.MAX_SAFE_INTEGER);
    const afterMs = yield* instant("afterMs", given.afterMs, upToMs);
    const key = yield* keyed(given.key);
    const known = knowledge.known();
    const seen = own === undefined || known.now === 0 ? yield* knowledge.look : known;
    const isToRun = own !== undefined || seen.isDeclared(job) !== false || (yield* isTicked(job, seen));
    const now = Math.floor(seen.now);
    yield* instant("upToMs", upToMs, now + aheadMs);
    // That nobody knows the name, and not that its schedule is left out, is the answer to a misspelt one.
    const dueAts = yield* firesOf(yield* schedule, afterMs, Math.min(upToMs, now));
    if (!isToRun) return undefined;
    // Of the fires too: who gives another schedule for the same span asks for something else.
    const ownKey = `backfill-${afterMs}-${upToMs}-${fingerprint(dueAts.join())}`;
    yield* queue({ _tag: "Backfill", job, key: key ?? ownKey, dueAts, ...asker });
    return dueAts.length;
  });

  const ask = Effect.fnUntraced(function* (name: string, commandFor: (job: string) => JobCommand) {
    const job = yield* named(name);
    yield* send(commandFor(job));
    // Of a pause and its end the nodes hear by a new version of the view, this one at once.
    if (isOwn(job)) knowledge.nudge(undefined);
    // It is done: that nobody could be asked who is there does not change that.
    return yield* Effect.catch(isDeclared(job), () => Effect.succeed(true));
  });

  const askAll = Effect.fnUntraced(function* (command: Extract<AnyCommand, { _tag: "PauseAll" | "ResumeAll" }>) {
    const { count = 0 } = yield* sent(command);
    const schedules = yield* allSchedules(service, driver, command);
    knowledge.nudge(undefined);
    return count + schedules;
  });

  return {
    pause: Effect.fnUntraced(function* (name, options) {
      const note = yield* noteOf(options);
      return yield* ask(name, (job) => ({ _tag: "Pause", job, ...note }));
    }),
    pauseAll: Effect.fnUntraced(function* (options) {
      const note = yield* noteOf(options);
      return yield* askAll({ _tag: "PauseAll", ...note });
    }),
    resumeAll: Effect.fnUntraced(function* (options) {
      const resuming = yield* resumingOf(options);
      return yield* askAll({ _tag: "ResumeAll", ...resuming });
    }),
    resume: Effect.fnUntraced(function* (name, options) {
      const resuming = yield* resumingOf(options);
      return yield* ask(name, (job) => ({ _tag: "Resume", job, ...resuming }));
    }),
    trigger,
    backfill,
    rewind: Effect.fnUntraced(function* (name, options) {
      const job = yield* named(name);
      const { dueAt } = yield* send({ _tag: "Rewind", job, ...(yield* askerOf(options)) });
      if (dueAt !== undefined) knowledge.nudge(job);
      return dueAt;
    }),
    drain: Effect.fnUntraced(function* (name, options) {
      const node = yield* Effect.fromResult(Names.node(name));
      const { drainMs, ...note } = yield* optionsOf<DrainOptions>(options, ["drainMs", "reason", "by"]);
      const said = yield* noteOf(note);
      const within = drainMs === undefined ? {} : { drainMs: yield* Effect.fromResult(drainTime(drainMs)) };
      const { count = 0, nodes = [] } = yield* sent({ _tag: "Drain", node, ...within, ...said });
      if (count === 0) return yield* Effect.fail(new UnknownNode({ node, nearest: nearest(node, nodes) }));
      knowledge.nudge(undefined);
      return count;
    }),
    cancel: Effect.fnUntraced(function* (name, options) {
      const job = yield* named(name);
      const { fence, ...rest } = yield* optionsOf<CancelOptions>(options, ["fence", "by"]);
      if (fence !== undefined && !(Number.isSafeInteger(fence) && fence > 0)) {
        return yield* Effect.fail(
          new InvalidInput("fence", fence, "the fencing token of a run, a whole number above 0"),
        );
      }
      const { count = 0 } = yield* send({ _tag: "CancelRuns", job, fence, ...(yield* byOf(rest)) });
      if (count > 0 && isOwn(job)) knowledge.nudge(job);
      return count;
    }),
    cancelQueued: Effect.fnUntraced(function* (name, options) {
      const job = yield* named(name);
      const { count = 0 } = yield* send({ _tag: "Cancel", job, ...(yield* askerOf(options)) });
      return count;
    }),
    forget: Effect.fnUntraced(function* (name, options) {
      const job = yield* named(name);
      const { nodes = [], result } = yield* sent({ _tag: "Remove", job, ...(yield* askerOf(options)) });
      if (result === "unknown") return yield* unknown(job);
      if (result === "declared" || result === "running" || result === "queued") {
        return yield* Effect.fail(new JobInUse({ job, reason: result, nodes }));
      }
    }),
  };
};
