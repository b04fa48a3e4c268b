/**
 * A store that is far away.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import type { Driver, DriverError } from "../../../src/Driver.ts";
import * as Memory from "../../../adapters/memory.ts";

/** A driver each of whose requests, and each of whose answers, takes `oneWayMs()` longer. */
export const faraway = (oneWayMs: () => number): Driver => {
  const near = Memory.make();
  const far = <Q, A>(operation: (request: Q) => Effect.Effect<A, DriverError>) => (request: Q) =>
    Effect.gen(function* () {
      yield* Effect.sleep(oneWayMs());
      const reply = yield* operation(request);
      yield* Effect.sleep(oneWayMs());
      return reply;
    });
  return {
    name: "faraway",
    beat: far(near.beat),
    claim: far(near.claim),
    complete: far(near.complete),
    peek: far(near.peek),
    control: far(near.control),
  };
};
