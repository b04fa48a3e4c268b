/**
 * Cron expressions: texts that say when a job is due, read strictly.
 *
 * | field | values | beyond `*`, lists, ranges and steps |
 * | --- | --- | --- |
 * | seconds (only with six or seven fields; else 0) | 0–59 | `H` |
 * | minutes | 0–59 | `H` |
 * | hours | 0–23 | `H` |
 * | days of the month | 1–31 | `?`, `L` (last), `L-3`, `15W` (nearest working day), `LW`, `H` |
 * | months | 1–12, JAN–DEC | `H` |
 * | weekdays | 0–7 (0 and 7: Sunday), SUN–SAT | `?`, `FRI#2` (second), `5L` or `FRI#L` (last), `+MON`, `H` |
 * | years (only with seven fields) | 1970–2200 | |
 *
 * - Ranges may wrap (`22-2`, `FRI-MON`), except those of years. `1/10` is `1-59/10`.
 * - `N/step` goes on to the end of the field, that of the weekdays being Saturday: `1/2` is Monday, Wednesday and Friday, and
 *   `7/2`, Sunday being the first day, Sunday, Tuesday, Thursday and Saturday. robfig/cron and croner read `1/2` alike; `cron`
 *   and `cron-parser` count Sunday as 7 once more (`1/2` has it too, `7/2` has nothing else), Quartz counts from Sunday as 1.
 * - Days and weekdays: a day that matches either will do, unless one of the two begins with a star (or is `?`): then
 *   both must match. This is Vixie's rule; `+` before the weekdays (OCPS 1.4) also asks for both.
 * - `H` is a value, `H/15` a phase, `H(0-29)` a value within a range, taken from the hash of the job's name.
 * - `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`, `@minutely`.
 * - `@every 90s` (`1h30m`, `2d`): the multiples of that time since 1970, so the same on every node.
 * - `2026-03-01T09:00:00Z` or `@at 2026-03-01T09:00:00Z`: once.
 * - `@manual`: never by itself; only people start the job.
 * - Prefixes, in this order: `TZ=Europe/Berlin` or `CRON_TZ=…`, `DST=later`, and the bounds `START=2026-03-01T09:00:00Z` and
 *   `END=…`, see {@link within}. The first two win over the options.
 *
 * Refused with a {@link CronExpressionError}: whatever is not understood, is out of range, or has no instant at all
 * (`0 0 30 2 *`). A schedule whose instants are all past is accepted: a program must be able to restart after them.
 *
 * @module
 */
import * as Result from "effect/Result";
import { hasNoFire } from "./bounds.ts";
import { CronExpressionError, refuse } from "./CronExpressionError.ts";
import { type CronExpression, type DstRule, dstRules } from "./expression.ts";
import { readText } from "./readText.ts";
import { demandParts } from "../words/InvalidInput.ts";
import * as Zone from "./Zone.ts";

export { CronExpressionError, type CronField } from "./CronExpressionError.ts";
export { type BoundOptions, within } from "./bounds.ts";
export { describe } from "./describe.ts";
export type { CronExpression, DstRule } from "./expression.ts";
export { format } from "./format.ts";
export type { Every, Manual, Once, Plan, SpecialDays, Wall } from "./plan.ts";

/** How to read a text. A prefix in the text wins over the option. */
export interface ParseOptions {
  /** IANA name or fixed offset such as `+02:00`; default `UTC`. */
  readonly timeZone?: string | undefined;
  /** Default `default`. */
  readonly dst?: DstRule | undefined;
  /** The job's name, which `H` takes its values from. Needed only for `H`. */
  readonly jobName?: string | undefined;
}

/**
 * Reads an expression, or throws. For texts in source code; see {@link parse} for those that people enter.
 *
 * @throws {CronExpressionError} as {@link parse} returns it.
 *
 * @example
 * ```ts
 * import { CronExpression } from "ringcron/core";
 *
 * const weekdaysAtNine = CronExpression.parseUnsafe("0 9 * * MON-FRI", { timeZone: "Europe/Berlin" });
 * console.log(weekdaysAtNine.timeZone); // Europe/Berlin
 * ```
 */
export const parseUnsafe = (text: string, options: ParseOptions = {}): CronExpression => {
  if (typeof text !== "string") refuse("expression", text, "a string");
  if (typeof options !== "object" || options === null) refuse("options", options, "an object", text);
  const { dst = "default", jobName, timeZone = "UTC", ...others } = options;
  // A misspelt option must not be taken for one left out.
  for (const name in others) refuse("options", name, "timeZone, dst, jobName", text);
  if (jobName !== undefined && typeof jobName !== "string") refuse("jobName", jobName, "a string", text);
  const reading = readText(text, jobName);
  const zoneName: unknown = reading.timeZone ?? timeZone;
  const zone = (typeof zoneName === "string" ? Zone.resolve(zoneName) : undefined) ??
    refuse("timeZone", zoneName, Zone.allowed, text, reading.timeZone === undefined ? "" : "TZ=");
  const rule = reading.dst ?? dst;
  if (!(dstRules as ReadonlyArray<string>).includes(rule)) {
    refuse("dst", rule, dstRules.join(", "), text, reading.dst === undefined ? "" : "DST=");
  }
  const { endAt, startAt } = reading;
  const expression: CronExpression = {
    _tag: "CronExpression",
    text,
    timeZone: zone.name,
    dst: rule as DstRule,
    plan: Object.freeze(reading.plan),
  };
  if (startAt === undefined && endAt === undefined) return Object.freeze(expression);
  const bounded = Object.freeze({ ...expression, startAt, endAt });
  if (hasNoFire(bounded)) refuse("endAt", text, "bounds with a fire between them");
  return bounded;
};

/**
 * Reads an expression: a result in bounded time for any string.
 *
 * Costs about half a microsecond once its fields have been seen, a few microseconds for new ones, 0.1 ms for the first
 * use of a zone. A text has at most 1,000 characters.
 *
 * @returns The schedule, or a {@link CronExpressionError} that names the field, the text, its position and what is
 * allowed.
 *
 * @example
 * ```ts
 * import { CronExpression } from "ringcron/core";
 *
 * const result = CronExpression.parse("0 0 30 2 *");
 * if (result._tag === "Failure") console.log(result.failure.field); // days
 * ```
 */
export const parse = (
  text: string,
  options?: ParseOptions,
): Result.Result<CronExpression, CronExpressionError> => {
  try {
    return Result.succeed(parseUnsafe(text, options));
  } catch (error) {
    if (error instanceof CronExpressionError) return Result.fail(error);
    throw error;
  }
};

/**
 * Whether a value is a schedule made by {@link parse}.
 *
 * @example
 * ```ts
 * import { CronExpression } from "ringcron/core";
 *
 * console.log(CronExpression.isCronExpression("0 9 * * *")); // false
 * ```
 */
export const isCronExpression = (value: unknown): value is CronExpression =>
  typeof value === "object" && value !== null && "_tag" in value && value._tag === "CronExpression";

/**
 * Whether two schedules mean the same: the same plan, zone, rule and bounds, however they were written.
 *
 * @example
 * ```ts
 * import { CronExpression } from "ringcron/core";
 *
 * const a = CronExpression.parseUnsafe("0 9 * * MON-FRI");
 * const b = CronExpression.parseUnsafe("0 0 9 * * 1-5");
 * console.log(CronExpression.equals(a, b)); // true
 * ```
 */
export const equals = (a: CronExpression, b: CronExpression): boolean => {
  for (const it of [a, b]) demandParts("expression", it, "plan");
  const isSame = (field: "timeZone" | "dst" | "startAt" | "endAt"): boolean => a[field] === b[field];
  return a === b || (
    isSame("timeZone") && isSame("dst") && isSame("startAt") && isSame("endAt") &&
    JSON.stringify(a.plan) === JSON.stringify(b.plan)
  );
};
