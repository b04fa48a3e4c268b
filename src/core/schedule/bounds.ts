/**
 * Bounds of a schedule: from which instant on it counts, and up to which.
 *
 * @module
 */
import * as Result from "effect/Result";
import { demandParts, InvalidInput, wrongOptions } from "../words/InvalidInput.ts";
import type { CronExpression } from "./expression.ts";
import { instantText } from "./format.ts";
import * as NextFire from "./NextFire.ts";
import { endSeconds } from "./plan.ts";
import { readIso } from "./readInstant.ts";

/** From when until when a schedule counts. An instant is epoch milliseconds, a `Date`, or an ISO text with `Z` or an offset. */
export interface BoundOptions {
  /** The first fire is the first one at this instant or later. Default: no such bound. */
  readonly startAt?: number | Date | string | undefined;
  /** The last fire is the last one before this instant. Later than `startAt`. Default: no such bound. */
  readonly endAt?: number | Date | string | undefined;
}

const allowed =
  "whole epoch milliseconds, a Date or an ISO text with Z or an offset (2026-03-01T09:00:00Z), 1970 to 2200";

const instantOf = (field: string, value: unknown): number | undefined => {
  if (value === undefined) return undefined;
  const at = typeof value === "string" ? readIso(value) : value instanceof Date ? value.getTime() : value;
  if (Number.isInteger(at) && (at as number) >= 0 && (at as number) < endSeconds * 1000) return at as number;
  throw new InvalidInput(field, value, allowed);
};

/** Whether a schedule is never due. */
export const hasNoFire = (expression: CronExpression): boolean =>
  NextFire.next(expression, 0) === undefined && !NextFire.matches(expression, 0);

const bounded = (expression: CronExpression, { endAt: end, startAt: start }: BoundOptions): CronExpression => {
  const startAt = instantOf("startAt", start);
  const endAt = instantOf("endAt", end);
  if (startAt === undefined && endAt === undefined) return expression;
  if (startAt !== undefined && endAt !== undefined && endAt <= startAt) {
    throw new InvalidInput("endAt", end, `later than startAt, ${instantText(startAt)}`);
  }
  const last = Math.min(endAt ?? Infinity, expression.endAt ?? Infinity);
  const narrowed = Object.freeze({
    ...expression,
    startAt: Math.max(startAt ?? 0, expression.startAt ?? 0) || undefined,
    endAt: last < Infinity ? last : undefined,
  });
  if (hasNoFire(narrowed)) {
    const [field, value] = endAt === undefined ? ["startAt", start] : ["endAt", end];
    throw new InvalidInput(field, value, `with a fire of ${JSON.stringify(expression.text)} within startAt and endAt`);
  }
  return narrowed;
};

/**
 * The same schedule from one instant on, up to another: it has the fires with `startAt <= instant < endAt`, and no others. One
 * that has bounds already keeps the narrower ones.
 *
 * Fails with `InvalidInput` for what is no instant from 1970 to 2200, an `endAt` that is not later than `startAt`, and bounds
 * within which the schedule has no fire at all.
 *
 * @example
 * ```ts
 * import { CronExpression, NextFire } from "ringcron/core";
 *
 * const daily = CronExpression.parseUnsafe("0 9 * * *");
 * const result = CronExpression.within(daily, { startAt: "2026-03-01T09:00:00Z", endAt: "2026-03-03T09:00:00Z" });
 * if (result._tag === "Success") console.log([...NextFire.between(result.success, 0, Infinity)].length); // 2
 * ```
 */
export const within = (
  expression: CronExpression,
  bounds: BoundOptions,
): Result.Result<CronExpression, InvalidInput> => {
  demandParts("expression", expression, "plan");
  const wrong = wrongOptions(bounds, ["startAt", "endAt"]);
  if (wrong !== undefined) return Result.fail(wrong);
  try {
    return Result.succeed(bounded(expression, bounds ?? {}));
  } catch (error) {
    if (error instanceof InvalidInput) return Result.fail(error);
    throw error;
  }
};
