/**
 * Schedules in the store: put, listed, changed and removed at run time, by any process, for handlers that nodes have.
 */
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import { maxQueued } from "../core/ledger/Queue.ts";
import type { CronExpressionError } from "../core/schedule/CronExpression.ts";
import * as Fire from "../core/words/Fire.ts";
import { InvalidInput, renamed } from "../core/words/InvalidInput.ts";
import type { ScheduleCommand, ScheduleDone } from "../core/words/ScheduleRequest.ts";
import { nameOf } from "../core/words/Schedules.ts";
import { peek } from "../core/engine/commands.ts";
import { schedules } from "../core/engine/schedules/look.ts";
import { type Carrier, DriverError } from "../Driver.ts";
import {
  type AskOptions,
  type PauseOptions,
  QueueFull,
  type ResumeOptions,
  type Triggered,
  type TriggerOptions,
} from "./Control.ts";
import { askerOf, byOf, noteOf, optionsOf, resumingOf } from "./controlOptions.ts";
import { explainSchedule, type ScheduleHoldup } from "./explainSchedule.ts";
import { drawBits } from "./bits.ts";
import { payloadsOf, type ScheduleInfo } from "./ScheduleInfo.ts";
import type { PayloadCodec } from "./payloadCodec.ts";
import { whole } from "./ranges.ts";
import * as Results from "./results.ts";
import { fits, type StandardSchema } from "./StandardSchema.ts";
import { read, scheduleId, type ScheduleOptions, versionNumber } from "./scheduleSpec.ts";

export type { PastRun } from "../core/words/ScheduleRequest.ts";
export type { ScheduleInfo } from "./ScheduleInfo.ts";
export type { ScheduleHoldup } from "./explainSchedule.ts";
export type { ScheduleOptions } from "./scheduleSpec.ts";

/** No schedule of this id is in the store. Nothing was done. */
export class UnknownSchedule extends Data.Error<{
  /** The id as it was given. */
  readonly id: string;
}> {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "UnknownSchedule" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "UnknownSchedule";
  /** The id. */
  override get message(): string {
    return `no schedule ${JSON.stringify(this.id)} is in the store`;
  }
}

/** What a put has come to: `conflict` only with `ifVersion`, when the schedule has another version; nothing was changed then. */
export type PutResult = "created" | "updated" | "unchanged" | "conflict";

/** Why a schedule stands as it does. */
export interface ScheduleExplanation {
  /** How it stands. */
  readonly schedule: ScheduleInfo;
  /** The members that have its handler, by name. */
  readonly handledBy: ReadonlyArray<string>;
  /** What holds it up, the weightiest first; none where its next fire will run when it is due. */
  readonly holdups: ReadonlyArray<ScheduleHoldup>;
  /** All of it in sentences, one after the other. The wording may change; nothing reads it back. */
  readonly words: ReadonlyArray<string>;
}

/** Which schedules are listed. */
export interface ListOptions {
  /** Those of this handler alone. Pages are then shorter than `limit`, and may be empty before the last. */
  readonly handler?: string | undefined;
  /** Those whose ids begin so. Default: all. */
  readonly prefix?: string | undefined;
  /** Where the page begins: the `cursor` of the page before. Default: the first. */
  readonly cursor?: string | undefined;
  /** How many are looked at. 1 to 1,000; default 100. */
  readonly limit?: number | undefined;
}

/** A page of schedules. */
export interface SchedulePage {
  /** In an order of their ids that stays. */
  readonly schedules: ReadonlyArray<ScheduleInfo>;
  /** Where the next page begins; undefined after the last. */
  readonly cursor: string | undefined;
  /** Ids of those that cannot be read: written by a later release, or by somebody else. */
  readonly unreadable: ReadonlyArray<string>;
}

/**
 * What people ask about schedules in the store. Every call fails with `InvalidInput` and `DriverError`, the latter as `Misconfigured` where
 * the store keeps none, and as `Foreign` where what it has cannot be read.
 */
export interface Schedules {
  /**
   * Puts a schedule: after it the store has it as it is said here. Giving it again changes nothing, so a program may put all of its
   * own at each start. On a change what was due by then is decided under the old schedule, the new one owes nothing before it, and
   * runs, pauses and the count of a limit stay; another handler makes it another schedule. Fails with `CronExpressionError`, too.
   * Cost: one request, two where it was there, or where others have removed some meanwhile.
   */
  readonly put: (
    schedule: ScheduleOptions,
    options?: AskOptions,
  ) => Effect.Effect<PutResult, InvalidInput | CronExpressionError | DriverError>;
  /**
   * Puts up to 10,000, each id once, and tells what each has come to. All are checked before the first is put. It takes no `by`: a line
   * for each would push out what the history has of all jobs.
   */
  readonly putMany: (
    schedules: ReadonlyArray<ScheduleOptions>,
  ) => Effect.Effect<ReadonlyArray<PutResult>, InvalidInput | CronExpressionError | DriverError>;
  /** The schedule of an id; undefined if there is none. Cost: one request. */
  readonly get: (id: string) => Effect.Effect<ScheduleInfo | undefined, InvalidInput | DriverError>;
  /**
   * Removes a schedule; false if there was none, or if it has another version. A run that is under way goes on, and its end is not
   * recorded. Cost: two requests.
   */
  readonly remove: (
    id: string,
    options?: AskOptions & { readonly ifVersion?: number | undefined },
  ) => Effect.Effect<boolean, InvalidInput | DriverError>;
  /**
   * Why a schedule stands as it does: who has its handler, and what holds it up, in data and in words. Fails with `UnknownSchedule`,
   * too. Cost: two requests side by side.
   */
  readonly explain: (id: string) => Effect.Effect<ScheduleExplanation, InvalidInput | UnknownSchedule | DriverError>;
  /** A page of them. Cost: one request, and one for some hundred of them, side by side. */
  readonly list: (options?: ListOptions) => Effect.Effect<SchedulePage, InvalidInput | DriverError>;
  /** Pauses one until it is resumed, whatever is put. Fails with `UnknownSchedule`, too. Cost: two requests. */
  readonly pause: (
    id: string,
    options?: PauseOptions,
  ) => Effect.Effect<void, InvalidInput | UnknownSchedule | DriverError>;
  /**
   * Resumes it: what was missed is skipped (the default), or left to its `catchUp`. One that is not enabled is refused with
   * `InvalidInput`. Otherwise as `pause`.
   */
  readonly resume: (
    id: string,
    options?: ResumeOptions,
  ) => Effect.Effect<void, InvalidInput | UnknownSchedule | DriverError>;
  /**
   * Runs it once, now, on a node with its handler, even while it is paused; fails with `QueueFull`, too. `result` of the answer waits
   * for what the handler returned, as with a job. `keepResult: false` keeps nothing for it. Otherwise as `pause`.
   */
  readonly trigger: (
    id: string,
    options?: Pick<TriggerOptions, "by" | "keepResult">,
  ) => Effect.Effect<Triggered, InvalidInput | UnknownSchedule | QueueFull | DriverError>;
}

/** How many are put at once. */
const mostPuts = 10_000;

/** The field of an error, and which of several schedules it is about. */
const within = <E extends InvalidInput | CronExpressionError>(error: E, at: number | undefined): E | InvalidInput =>
  at === undefined || error._tag !== "InvalidInput" ? error : renamed(`schedules[${at}].${error.field}`, error);

/** What a node or a client has of its own. */
interface Parts {
  /** Told of a schedule that was changed here. */
  readonly nudge?: (job: string) => void;
  /** What the payloads of a handler are checked with, where that is known. */
  readonly schemaOf?: (handler: string) => StandardSchema | undefined;
  readonly payloadCodec?: PayloadCodec | undefined;
}

/** For a node or a client. */
export const make = (service: string, driver: Carrier, parts: Parts): Schedules => {
  const { nudge, payloadCodec, schemaOf } = parts;
  const { allShown, coded, shown } = payloadsOf(service, payloadCodec);
  const wait = Results.make(service, driver);
  const foreign = (id: string, why?: ScheduleDone["result"]) => {
    const said = why === "newer"
      ? "was written by a later release of ringcron; it was left alone"
      : why === "corrupt"
      ? "is nothing that ringcron has written; it was left alone"
      : "cannot be read: a later release of ringcron has written it, or somebody else";
    const detail = `schedule ${JSON.stringify(id)} ${said}`;
    return new DriverError({ driver: driver.name, operation: "schedules", reason: "Foreign", detail });
  };

  const ask = (command: ScheduleCommand) => driver.carry(schedules, { _tag: "Schedules", service, command });

  const look = (ids: ReadonlyArray<string>) => Effect.map(ask({ _tag: "Get", ids }), (reply) => reply.schedules);

  /** What nobody tells the time of is not overdue. */
  const found = (id: string) =>
    Effect.flatMap(
      ask({ _tag: "Get", ids: [id] }),
      ({ schedules: [it], storeTime = 0, unreadable }) =>
        unreadable.length > 0
          ? Effect.fail(foreign(id))
          : it === undefined
          ? Effect.succeed(undefined)
          : shown(it, storeTime),
    );

  const told = (id: string, { handler, result }: ScheduleDone): Effect.Effect<ScheduleDone["result"], DriverError> => {
    if (result === "newer" || result === "corrupt") return Effect.fail(foreign(id, result));
    if (handler !== undefined && result !== "unchanged" && result !== "conflict") nudge?.(nameOf(handler, id));
    return Effect.succeed(result);
  };

  const putAll = Effect.fnUntraced(function* (
    given: ReadonlyArray<ScheduleOptions>,
    isSingle: boolean,
    asker: { readonly by?: string } = {},
  ) {
    const puts = [];
    const ids = new Set<string>();
    for (const [at, it] of given.entries()) {
      const put = yield* Effect.mapError(
        Effect.fromResult(read(it)),
        (error) => within(error, isSingle ? undefined : at),
      );
      if (ids.has(put.id)) return yield* Effect.fail(new InvalidInput(`schedules[${at}].id`, put.id, "each id once"));
      ids.add(put.id);
      const { handler, payload } = put.definition;
      const schema = schemaOf?.(handler);
      if (schema !== undefined) {
        yield* Effect.mapError(fits(schema, handler, payload), (error) => within(error, isSingle ? undefined : at));
      }
      puts.push(put);
    }
    if (puts.length === 0) return [];
    const { done } = yield* ask({ _tag: "Put", puts: yield* coded(puts, look), ...asker });
    const results: Array<PutResult> = [];
    for (const [at, it] of done.entries()) results.push((yield* told(puts[at]?.id ?? "", it)) as PutResult);
    return results;
  });

  const commanded = Effect.fnUntraced(function* (command: Extract<ScheduleCommand, { readonly id: string }>) {
    const { done: [done = { result: "unknown" as const }] } = yield* ask(command);
    const result = yield* told(command.id, done);
    if (result === "unknown") return yield* Effect.fail(new UnknownSchedule({ id: command.id }));
    if (result === "disabled") {
      return yield* Effect.fail(new InvalidInput("enabled", false, "true: what is not enabled is put anew to go on"));
    }
    return done;
  });

  return {
    put: (schedule, options) =>
      Effect.map(
        Effect.flatMap(askerOf(options), (asker) => putAll([schedule], true, asker)),
        ([result]) => result as PutResult,
      ),
    putMany: (schedules) =>
      Array.isArray(schedules) && schedules.length <= mostPuts ? putAll(schedules, false) : Effect.fail(
        new InvalidInput(
          "schedules",
          Array.isArray(schedules) ? `${schedules.length} of them` : schedules,
          `a list of at most ${mostPuts}`,
        ),
      ),
    get: (id) => Effect.flatMap(Effect.fromResult(scheduleId(id)), found),
    explain: Effect.fnUntraced(function* (given) {
      const id = yield* Effect.fromResult(scheduleId(given));
      const [schedule, { members = [], storeTime }] = yield* Effect.all([
        found(id),
        driver.carry(peek, { _tag: "Peek", service, jobs: [], history: false, members: true }),
      ], { concurrency: 2 });
      if (schedule === undefined) return yield* Effect.fail(new UnknownSchedule({ id }));
      return { schedule, ...explainSchedule(schedule, members, storeTime) };
    }),
    remove: Effect.fnUntraced(function* (given, options) {
      const id = yield* Effect.fromResult(scheduleId(given));
      const { ifVersion: wanted, ...rest } = yield* optionsOf(options, ["ifVersion", "by"]);
      const ifVersion = yield* Effect.fromResult(versionNumber(wanted));
      const asker = yield* byOf(rest);
      const { done: [done = { result: "unknown" as const }] } = yield* ask({
        _tag: "Remove",
        id,
        ifVersion,
        ...asker,
      });
      return (yield* told(id, done)) === "ok";
    }),
    list: Effect.fnUntraced(function* (options) {
      const given = yield* optionsOf<ListOptions>(options, ["handler", "prefix", "cursor", "limit"]);
      const { cursor, handler, limit = 100, prefix = "" } = given;
      yield* Effect.fromResult(whole("limit", limit, 1, 1_000));
      for (const [field, value] of [["prefix", prefix], ["cursor", cursor], ["handler", handler]] as const) {
        if (value === undefined || (typeof value === "string" && value.length <= 1_024)) continue;
        return yield* Effect.fail(new InvalidInput(field, typeof value, "a text of at most 1024 characters"));
      }
      const page = yield* ask({ _tag: "List", prefix, handler, after: cursor, limit });
      const schedules = yield* allShown(page.schedules, page.storeTime ?? 0);
      return { schedules, cursor: page.after, unreadable: page.unreadable };
    }),
    pause: Effect.fnUntraced(function* (given, options) {
      const id = yield* Effect.fromResult(scheduleId(given));
      yield* commanded({ _tag: "Pause", id, ...(yield* noteOf(options, ["by", "reason"])) });
    }),
    resume: Effect.fnUntraced(function* (given, options) {
      const id = yield* Effect.fromResult(scheduleId(given));
      yield* commanded({ _tag: "Resume", id, ...(yield* resumingOf(options)) });
    }),
    trigger: Effect.fnUntraced(function* (given, options) {
      const id = yield* Effect.fromResult(scheduleId(given));
      const { keepResult = true, ...rest } = yield* optionsOf<Pick<TriggerOptions, "by" | "keepResult">>(options, [
        "keepResult",
        "by",
      ]);
      if (typeof keepResult !== "boolean") {
        return yield* Effect.fail(new InvalidInput("keepResult", keepResult, "true or false"));
      }
      const asker = yield* byOf(rest);
      const command = { _tag: "Trigger", id, key: drawBits(), keepsResult: keepResult, ...asker } as const;
      const { dueAt = 0, handler = "", result, resultSlot: slot } = yield* commanded(command);
      if (result === "full") return yield* Effect.fail(new QueueFull({ job: id, most: maxQueued }));
      const job = nameOf(handler, id);
      return Results.triggered(wait, Fire.id(service, job, dueAt), { job, dueAt, slot });
    }),
  };
};
