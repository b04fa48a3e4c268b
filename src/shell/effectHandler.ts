/**
 * Handlers that answer with an effect: each run is a fiber.
 */
import * as Cause from "effect/Cause";
import type * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Tracer from "effect/Tracer";
import type { Handler, Work } from "./Handlers.ts";
import * as HostContext from "./hostContext.ts";
import type { JobRun } from "./Job.ts";
import { spanOf } from "./spanOf.ts";

/**
 * The work of a run as a span, where somebody collects them: the tracer that is there by default keeps none, and would cost as much as
 * one that does.
 */
const traced = <A, E, R>(
  work: Effect.Effect<A, E, R>,
  run: JobRun,
  context: Context.Context<never>,
): Effect.Effect<A, E, R> =>
  !context.mapUnsafe.has(Tracer.TracerKey) ? work : Effect.withSpan(work as Effect.Effect<A, E>, `run ${run.job}`, {
    kind: "consumer",
    root: true,
    attributes: spanOf(run),
    captureStackTrace: false,
  });

const workOfEffect = <R>(
  handler: (run: JobRun) => Effect.Effect<unknown, unknown, R>,
  context: Context.Context<R>,
): Work =>
(run, { done, failed }) => {
  const work = Effect.suspend(() => {
    const made: unknown = handler(run);
    // Effect would write a text of whatever this is.
    if (!Effect.isEffect(made)) return Effect.die(new TypeError("the handler answered with no effect"));
    return Effect.provideContext(traced(made as ReturnType<typeof handler>, run, context), context);
  });
  try {
    const fiber = Effect.runFork(Effect.matchCause(work, { onSuccess: done, onFailure: failed }));
    fiber.addObserver((exit) => {
      if (exit._tag === "Failure") failed(exit.cause);
    });
    return fiber;
  } catch (error) {
    // What a handler answers with need not be an effect, and one that is made to deceive breaks the fiber.
    failed(Cause.die(error));
    return undefined;
  }
};

/** One that is provided with what its effects need. */
export const effectHandler = <R>(
  handler: (run: JobRun) => Effect.Effect<unknown, unknown, R>,
  context: Context.Context<R>,
): Handler => ({ work: workOfEffect(handler, context), within: HostContext.capture() });
