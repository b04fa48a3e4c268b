/**
 * Effects side by side. Those of Effect itself do more for it than is asked here, a kilobyte of each bundle.
 */
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";

/**
 * What an effect makes of each item, in their order; so many are under way at once. Where one fails no other begins, those under way are
 * interrupted, and it fails with that.
 */
export const sideBySide = <A, B, E, R>(
  items: ReadonlyArray<A>,
  of: (item: A) => Effect.Effect<B, E, R>,
  atOnce: number,
): Effect.Effect<ReadonlyArray<B>, E, R> =>
  Effect.flatMap(Effect.context<R>(), (context) =>
    Effect.callback((resume) => {
      const made: Array<B> = [];
      const underWay = new Set<Fiber.Fiber<B, E>>();
      const fork = Effect.runForkWith(context);
      let [begun, left, isBeginning, isOver] = [0, items.length, false, false];
      const stop = (): void => {
        isOver = true;
        for (const it of underWay) it.interruptUnsafe();
      };
      const begin = (): void => {
        // What ends at once ends while others begin: they are not to begin within each other, as there may be thousands.
        if (isBeginning) return;
        isBeginning = true;
        while (!isOver && begun < items.length && underWay.size < atOnce) {
          const at = begun++;
          const fiber = fork(of(items[at] as A));
          underWay.add(fiber);
          fiber.addObserver((exit) => {
            underWay.delete(fiber);
            if (isOver) return;
            if (exit._tag === "Failure") {
              stop();
              return resume(Effect.failCause(exit.cause));
            }
            made[at] = exit.value;
            if (--left === 0) return resume(Effect.succeed(made));
            begin();
          });
        }
        isBeginning = false;
      };
      if (left === 0) return resume(Effect.succeed(made));
      begin();
      return Effect.sync(stop);
    }));
