/**
 * Takes everything from a store that a service has there.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import type * as Layer from "effect/Layer";
import { whole } from "../../../src/carrier.ts";
import { Driver } from "../../../src/Driver.ts";

/** Does it. */
export const destroy = <E>(driver: Layer.Layer<Driver, E>, service: string): Promise<unknown> =>
  Effect.runPromise(
    Effect.provide(
      Effect.flatMap(Driver, (it) => whole(it).control({ _tag: "Control", service, command: { _tag: "Destroy" } })),
      driver,
    ) as Effect.Effect<unknown>,
  );
