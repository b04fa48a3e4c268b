/**
 * Promises of stores as effects.
 */
import * as Effect from "effect/Effect";
import { DriverError } from "./Driver.ts";

/** What a promise comes to; it rejects with `DriverError`, and anything else is a defect. Interrupted, it aborts. */
export const promised = <A>(work: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, DriverError> =>
  Effect.tryPromise({
    try: work,
    catch: (error) => {
      if (error instanceof DriverError) return error;
      throw error;
    },
  });
