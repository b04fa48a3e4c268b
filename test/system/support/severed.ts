/**
 * A node that is cut off from its store, as one whose process has died looks to all others.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { whole } from "../../../src/carrier.ts";
import { Driver, DriverError } from "../../../src/Driver.ts";

/** A driver that reaches its store until it is cut off. */
export interface Severable {
  readonly driver: Layer.Layer<Driver, DriverError>;
  /** From now on nothing arrives. */
  readonly cut: () => void;
}

/** Makes a driver severable. */
export const severable = (driver: Layer.Layer<Driver, DriverError>): Severable => {
  let isCut = false;
  const refused = (operation: string) =>
    Effect.fail(new DriverError({ driver: "severed", operation, reason: "Unavailable", detail: "cut off" } as never));
  const guarded = <Q, A>(operation: string, call: (request: Q) => Effect.Effect<A, DriverError>) => (request: Q) =>
    Effect.suspend(() => isCut ? refused(operation) : call(request));
  const guard = ({ beat, claim, complete, control, due, peek, ...rest }: Driver): Driver => ({
    ...rest,
    // Siblings of one process would replace one another.
    identity: undefined,
    beat: guarded("beat", beat),
    claim: guarded("claim", claim),
    complete: guarded("complete", complete),
    peek: guarded("peek", peek),
    ...(due === undefined ? {} : { due: guarded("due", due) }),
    control: guarded("control", control),
  });
  return {
    driver: Layer.provide(Layer.effect(Driver, Effect.map(Effect.map(Driver, whole), guard)), driver),
    cut: () => {
      isCut = true;
    },
  };
};
