/**
 * Handlers that are called once something else was waited for.
 */
import * as Cause from "effect/Cause";
import type * as Fiber from "effect/Fiber";
import type { Handler, HandlerRun, Work } from "./Handlers.ts";
import { settle } from "./settle.ts";

/**
 * A handler that is called with what is made of its payload. `prepare` is asked, and may answer with a promise; `take` is given what it
 * answers, and makes the payload of that. What either throws is what the run fails with.
 */
export const prepared = (
  handler: Handler,
  prepare: (run: HandlerRun) => unknown,
  take: (answer: unknown) => unknown,
): Handler => {
  const work: Work = (run, waiting) => {
    const { failed } = waiting;
    let fiber: Fiber.Fiber<void> | undefined;
    const ready = (answer: unknown): void => {
      try {
        run.take(take(answer));
      } catch (error) {
        return failed(Cause.fail(error));
      }
      if (run.signal.aborted) return failed(Cause.fail(run.signal.reason));
      fiber = handler.work(run, waiting);
      run.signal.addEventListener("abort", () => fiber?.interruptUnsafe(), { once: true });
    };
    settle(() => prepare(run), ready, (error) => failed(Cause.fail(error)));
    return fiber;
  };
  return { work, within: (run) => handler.within(run) };
};
