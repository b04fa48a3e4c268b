/**
 * What a runtime of the promise facade is for.
 */
import * as Clock from "effect/Clock";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as ManagedRuntime from "effect/ManagedRuntime";
import { hostClock } from "./hostClock.ts";

/** A service of a runtime; if its layers cannot be built, what they have opened by then is closed. */
export const built = async <I, S, E>(
  runtime: ManagedRuntime.ManagedRuntime<I, E>,
  service: Context.Service<I, S>,
): Promise<S> => {
  try {
    return await runtime.runPromise(service);
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
};

/** A service that keeps nothing running, what runs its effects, and what closes its driver. */
export interface Held<S> {
  readonly service: S;
  readonly run: <A, E>(effect: Effect.Effect<A, E>) => Promise<A>;
  readonly close: () => Promise<void>;
}

/** The service of a layer, over the clocks of the host. */
export const held = async <I, S, E>(layer: Layer.Layer<I, E>, service: Context.Service<I, S>): Promise<Held<S>> => {
  const runtime = ManagedRuntime.make(Layer.provide(layer, Layer.succeed(Clock.Clock, hostClock)));
  const made = await built(runtime, service);
  let closing: Promise<void> | undefined;
  return {
    service: made,
    // Not the runtime's: what is closed is to say so itself.
    run: Effect.runPromiseWith(Context.make(Clock.Clock, hostClock)),
    close: () => closing ??= runtime.dispose(),
  };
};
