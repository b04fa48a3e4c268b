/**
 * What the promise facade is built of: layers, and the clocks of the host.
 */
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Layer from "effect/Layer";
import * as Scope from "effect/Scope";
import { clock, hostClock } from "./hostClock.ts";

/** A service, and what releases its layers. */
export interface Held<S> {
  readonly service: S;
  readonly close: () => Promise<void>;
}

/** Runs an effect over the clocks of the host. Of no runtime: what is closed is to say so itself. */
export const run = <A, E>(effect: Effect.Effect<A, E>, signal?: AbortSignal): Promise<A> =>
  Effect.runPromiseWith(Context.make(clock, hostClock))(effect, signal && { signal });

/**
 * What is made with what a layer provides, over the clocks of the host. Without a runtime, which a bundle would hold for the sake of its
 * layer, and without a layer for what is made, as it would hold what provides one layer to another.
 */
export const held = async <I, S, E, E2>(
  layer: Layer.Layer<I, E>,
  make: Effect.Effect<S, E2, I | Scope.Scope>,
): Promise<Held<S>> => {
  const scope = Scope.makeUnsafe();
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => closing ??= run(Scope.close(scope, Exit.void));
  try {
    const building = Effect.flatMap(
      Layer.buildWithScope(layer, scope),
      (made) => Effect.provideContext(make, Context.add(made, Scope.Scope, scope)),
    );
    return { service: await run(building), close };
  } catch (error) {
    await close();
    throw error;
  }
};
