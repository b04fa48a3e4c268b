/**
 * Schedules in the store as people give them, checked before anything is written.
 */
import * as Result from "effect/Result";
import * as Payload from "../core/ledger/Payload.ts";
import * as CronExpression from "../core/schedule/CronExpression.ts";
import { instantText } from "../core/schedule/format.ts";
import { InvalidInput, strangeField } from "../core/words/InvalidInput.ts";
import * as Names from "../core/words/Names.ts";
import * as Policy from "../core/words/Policy.ts";
import type { SchedulePut } from "../core/words/ScheduleRequest.ts";
import { bytesOf } from "./json.ts";
import { whole } from "./ranges.ts";

/** A schedule as it is put. */
export interface ScheduleOptions extends Omit<Policy.PolicyOptions, "runOn">, CronExpression.BoundOptions {
  /** Which one it is: 1 to 256 characters, any. Unique in the service, whatever the handler is. */
  readonly id: string;
  /** The handler that it starts, as nodes name it with `handle`; named like a job. */
  readonly handler: string;
  /** When: a cron expression, as text or as `CronExpression.parse` read it. An `H` takes its values from the id. Or `at`. */
  readonly schedule?: string | CronExpression.CronExpression | undefined;
  /**
   * Once, at this instant: epoch milliseconds, a `Date`, or an ISO text with `Z` or an offset. In the past it runs at once if its
   * `catchUp` says so, which it does within an hour if nothing else is said.
   */
  readonly at?: number | Date | string | undefined;
  /** IANA name of the zone the schedule is in. Default: UTC. */
  readonly timeZone?: string | undefined;
  /** What happens to local times that a change of clocks skips or repeats. */
  readonly dst?: CronExpression.DstRule | undefined;
  /** What the handler is given: JSON of at most 16,384 bytes. Default: nothing. */
  readonly payload?: unknown;
  /** How many of its last runs are kept, for `get` and `list` to tell (`lastRuns`). 0 to 10; default 1. Some 45 bytes each. */
  readonly keepRuns?: number | undefined;
  /** Whether it starts anything. Default: it does. */
  readonly enabled?: boolean | undefined;
  /** It is put only if it has this version, as `get` tells it; 0: only if it is not there. Default: in any case. */
  readonly ifVersion?: number | undefined;
}

const policyFields = [
  ...["catchUp", "overlap", "maxConcurrent", "maxQueued", "delivery", "timeoutMs", "limit", "jitterMs", "retry"],
] as const;

const fields = [
  ...[
    "id",
    "handler",
    "schedule",
    "at",
    "timeZone",
    "dst",
    "payload",
    "keepRuns",
    "enabled",
    "ifVersion",
    "startAt",
    "endAt",
  ],
  ...policyFields,
] as const;

/** The longest id. */
const maxId = 256;

/** Checks an id. */
export const scheduleId = (id: unknown): Result.Result<string, InvalidInput> =>
  typeof id === "string" && id !== "" && id.length <= maxId ? Result.succeed(id) : Result.fail(
    new InvalidInput("id", typeof id === "string" ? `${id.length} characters` : id, `1 to ${maxId} characters`),
  );

/** Checks a version. */
export const versionNumber = (version: unknown): Result.Result<number | undefined, InvalidInput> =>
  version === undefined || (Number.isSafeInteger(version) && (version as number) >= 0)
    ? Result.succeed(version as number | undefined)
    : Result.fail(new InvalidInput("ifVersion", version, "the version of a schedule, or 0 for one that is not there"));

/** JSON says nothing of these, and would leave them out. */
const isUnsayable = (value: unknown): boolean =>
  value === undefined || ["function", "symbol", "bigint"].includes(typeof value) ||
  (typeof value === "number" && !Number.isFinite(value));

/** A payload as JSON, or why it is none: nothing of it is left out in silence, and no error shows any of it. */
export const payloadText = (payload: unknown): Result.Result<string | undefined, InvalidInput> => {
  if (payload === undefined) return Result.succeed(undefined);
  let found = "";
  let json: unknown;
  try {
    json = JSON.stringify(payload, (key, value) => {
      if (isUnsayable(value)) {
        found = `${typeof value} in ${key === "" ? "the payload" : JSON.stringify(key.slice(0, 40))}`;
        throw new TypeError(found);
      }
      return value;
    });
  } catch {
    json = undefined;
  }
  const allowed = "what JSON can say: no undefined, function, symbol, BigInt, NaN or cycle in it";
  if (typeof json !== "string") return Result.fail(new InvalidInput("payload", found || typeof payload, allowed));
  const size = bytesOf(json);
  return size > Payload.maxBytes
    ? Result.fail(new InvalidInput("payload", `${size} bytes`, `at most ${Payload.maxBytes} bytes of JSON in UTF-8`))
    : Result.succeed(Payload.asciiJson(json));
};

/** The text of its schedule; a text is kept as it was written. */
const textOf = ({ at, schedule }: ScheduleOptions): Result.Result<string, InvalidInput> => {
  if (at !== undefined && schedule !== undefined) {
    return Result.fail(new InvalidInput("at", at, "none beside a schedule"));
  }
  if (at !== undefined) {
    const ms = typeof at === "string" ? NaN : at instanceof Date ? at.getTime() : at;
    if (typeof at === "string") return Result.succeed(`@at ${at}`);
    return Number.isInteger(ms) && Math.abs(ms) <= 8.64e15
      ? Result.succeed(`@at ${instantText(ms)}`)
      : Result.fail(new InvalidInput("at", at, "whole epoch milliseconds, a Date or an ISO text with Z or an offset"));
  }
  if (CronExpression.isCronExpression(schedule)) return Result.succeed(CronExpression.format(schedule));
  return typeof schedule === "string"
    ? Result.succeed(schedule.trim())
    : Result.fail(new InvalidInput("schedule", schedule, "a cron expression, or an instant as at"));
};

/**
 * What is put. Fails with `InvalidInput` or `CronExpressionError`, which name the field, the value and what is allowed.
 */
const readPlain = (
  options: ScheduleOptions,
): Result.Result<SchedulePut, InvalidInput | CronExpression.CronExpressionError> =>
  Result.gen(function* () {
    if (typeof options !== "object" || options === null) {
      return yield* Result.fail(new InvalidInput("schedule", options, "an object with id, handler and schedule or at"));
    }
    const strange = strangeField(options, fields);
    if (strange !== undefined) return yield* Result.fail(strange);
    const { dst, enabled = true, endAt, handler, ifVersion, keepRuns = 1, payload, startAt, timeZone } = options;
    const id = yield* scheduleId(options.id);
    const name = yield* Result.mapError(
      Names.job(handler),
      ({ allowed }) => new InvalidInput("handler", handler, allowed),
    );
    if (typeof enabled !== "boolean") {
      return yield* Result.fail(new InvalidInput("enabled", enabled, "true or false"));
    }
    yield* whole("keepRuns", keepRuns, 0, 10);
    const schedule = yield* textOf(options);
    const unbounded = yield* CronExpression.parse(schedule, { dst, jobName: id, timeZone });
    const expression = yield* CronExpression.within(unbounded, { startAt, endAt });
    const given = Object.fromEntries(policyFields.map((field) => [field, options[field]]));
    const policies = yield* Policy.make(given as Policy.PolicyOptions);
    const json = yield* payloadText(payload);
    const version = yield* versionNumber(ifVersion);
    return {
      id,
      definition: {
        handler: name,
        schedule,
        ...(timeZone === undefined || timeZone === "UTC" ? {} : { timeZone }),
        ...(dst === undefined || dst === "default" ? {} : { dst }),
        ...(startAt === undefined ? {} : { startAt: expression.startAt }),
        ...(endAt === undefined ? {} : { endAt: expression.endAt }),
        policies,
        enabled,
        ...(keepRuns === 1 ? {} : { keepRuns }),
        ...(json === undefined ? {} : { payload: json }),
      },
      ...(version === undefined ? {} : { ifVersion: version }),
    };
  });

/** What throws when it is looked at, such as a proxy that was revoked, is no value of a schedule. */
export const read = (
  options: ScheduleOptions,
): Result.Result<SchedulePut, InvalidInput | CronExpression.CronExpressionError> => {
  try {
    return readPlain(options);
  } catch (error) {
    if (error instanceof InvalidInput) return Result.fail(error);
    return Result.fail(
      new InvalidInput("schedule", typeof options, "values that can be looked at: one of them throws"),
    );
  }
};
