/**
 * Why a text is not a schedule.
 *
 * @module
 */

/** The part of an expression, or of the options given with it, that an error is about. */
export type CronField =
  | "seconds"
  | "minutes"
  | "hours"
  | "days"
  | "months"
  | "weekdays"
  | "years"
  | "expression"
  | "options"
  | "instant"
  | "timeZone"
  | "dst"
  | "startAt"
  | "endAt"
  | "jobName";

/** At most `limit` characters of a text, with an ellipsis where it was cut. */
export const shorten = (text: string, limit: number): string =>
  text.length > limit ? `${text.slice(0, limit - 1)}…` : text;

/**
 * A text that is not understood, is out of range or can never come due.
 *
 * The message names the field, the offending piece, its position and what is allowed, in at most 500 characters
 * whatever the input.
 *
 * @example
 * ```ts
 * import { CronExpression } from "ringcron/core";
 *
 * const result = CronExpression.parse("60 * * * *");
 * if (result._tag === "Failure") {
 *   console.log(result.failure.field, result.failure.text, result.failure.position); // minutes 60 0
 * }
 * ```
 */
export class CronExpressionError extends Error {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "CronExpressionError" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "CronExpressionError";
  /** The part that is wrong. */
  declare readonly field: CronField;
  /** The offending piece, at most 60 characters of it. */
  declare readonly text: string;
  /** Where the piece begins: an index into the source text; 0 for a wrong option. */
  declare readonly position: number;
  /** What would have been accepted, as a phrase. */
  declare readonly allowed: string;

  /** `text` is the offending piece, `position` its index in `source`, `allowed` what would do, as a phrase. */
  constructor(field: CronField, text: string, position: number, allowed: string, source: string) {
    const piece = shorten(text, 60);
    super(
      `${field}: ${JSON.stringify(piece)} at position ${position} of ${JSON.stringify(shorten(source, 80))} ` +
        `is not allowed; allowed: ${allowed}`,
    );
    this.field = field;
    this.text = piece;
    this.position = position;
    this.allowed = allowed;
  }
}

/** A value that is no text, in few words. */
const kindOf = (value: unknown): string => typeof value === "string" ? value : value === null ? "null" : typeof value;

/** Throws for what no text says: an option, or an argument of another type. */
export const refuse = (
  field: CronField,
  value: unknown,
  allowed: string,
  source: unknown = value,
  after = "",
): never => {
  const text = kindOf(source);
  throw new CronExpressionError(field, kindOf(value), text.indexOf(after) + after.length, allowed, text);
};
