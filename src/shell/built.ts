/**
 * What the promise facade is built of: layers, and the clocks of the host.
 */
import * as Clock from "effect/Clock";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Layer from "effect/Layer";
import * as Scope from "effect/Scope";
import { hostClock } from "./hostClock.ts";

/** A service, and what releases its layers. */
export interface Held<S> {
  readonly service: S;
  readonly close: () => Promise<void>;
}

/** Runs an effect over the clocks of the host. Of no runtime: what is closed is to say so itself. */
export const run: <A, E>(effect: Effect.Effect<A, E>) => Promise<A> = (effect) =>
  Effect.runPromiseWith(Context.make(Clock.Clock, hostClock))(effect);

/** The service of a layer, over the clocks of the host. Without a runtime, which a bundle would hold for the sake of its layer. */
export const held = async <I, S, E>(layer: Layer.Layer<I, E>, service: Context.Service<I, S>): Promise<Held<S>> => {
  const scope = Scope.makeUnsafe();
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => closing ??= run(Scope.close(scope, Exit.void));
  try {
    const made = await run(Layer.buildWithScope(Layer.provide(layer, Layer.succeed(Clock.Clock, hostClock)), scope));
    return { service: Context.get(made, service), close };
  } catch (error) {
    await close();
    throw error;
  }
};
