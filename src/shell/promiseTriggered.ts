/**
 * A fire that was asked for, of a job or of a schedule, with its result as a promise.
 */
import type * as Effect from "effect/Effect";
import type { ResultOptions, Triggered as EffectTriggered } from "./Control.ts";

/** A fire that was asked for. */
export interface Triggered extends Omit<EffectTriggered, "result"> {
  /**
   * What its handler returned, as JSON carries it; undefined where that was nothing. Waits until the fire is over: after further
   * attempts, or on another node, if need be. Giving up cancels nothing, and it may be asked for again, for an hour. No field of its
   * own: logs and comparisons show the other two.
   *
   * Rejects with `RunFailed` (it failed, timed out, was cancelled or lost), `ResultUnavailable` (it is not over when `timeoutMs` are,
   * or there is nothing to tell), `InvalidInput` or `DriverError`; a store that is away is waited for.
   *
   * Cost: a look at once, and further ones 0.35, 0.95, 2, 4.1, 8.2 s after it and then about every 5 s. Where the store has a channel
   * for hints a subscription while it lasts, a look when that opens and when something of the job is over, and otherwise every 15 s
   * in the end. One look is for up to 20 results that are waited for at once.
   */
  readonly result: (options?: ResultOptions) => Promise<unknown>;
}

/** The same with promises. `run` runs what they are made of. */
export const triggeredOf = (
  { dueAt, id, result }: EffectTriggered,
  run: <A, E>(effect: Effect.Effect<A, E>) => Promise<A>,
): Triggered =>
  Object.defineProperty({ dueAt, id } as Triggered, "result", {
    value: (waiting?: ResultOptions) => run(result(waiting)),
  });
