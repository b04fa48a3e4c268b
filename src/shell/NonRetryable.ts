/**
 * What a handler fails with when no further attempt helps.
 */
import * as Data from "effect/Data";

/**
 * A failure that is not tried again: a handler that throws or fails with it has no further attempt, whatever `retry` of its job
 * says. Where the job has none it is a failure like any other.
 *
 * @example
 * ```ts
 * import { NonRetryable } from "ringcron/promise";
 *
 * const charge = async (isCardKnown: boolean) => {
 *   if (!isCardKnown) throw new NonRetryable("the card is unknown");
 * };
 * console.log(await charge(false).catch(String)); // NonRetryable: the card is unknown
 * ```
 */
export class NonRetryable extends Data.Error<{
  /** What is wrong, for people. */
  readonly message: string;
  /** What it comes of, if that is known. */
  readonly cause?: unknown;
}> {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "NonRetryable" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "NonRetryable";

  /** `message` for people, and what it comes of. */
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super({ message, ...(options.cause === undefined ? {} : { cause: options.cause }) });
  }
}
