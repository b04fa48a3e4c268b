/**
 * Handlers of schedules whose payloads are checked before each run.
 */
import * as Cause from "effect/Cause";
import type * as Fiber from "effect/Fiber";
import type { Handler, Work } from "./Handlers.ts";
import { settle } from "./settle.ts";
import { mismatch, type SchemaResult, type StandardSchema } from "./StandardSchema.ts";

/** Checks what a schedule gives, and calls the handler if that fits. The check may take its time. */
const workOfChecked = (handler: Handler, schema: StandardSchema): Work => (run, waiting) => {
  const { failed } = waiting;
  let fiber: Fiber.Fiber<void> | undefined;
  const checked = (answer: unknown): void => {
    try {
      const { issues, value } = answer as SchemaResult<unknown> & { readonly value?: unknown };
      if (issues !== undefined) return failed(Cause.fail(mismatch(issues)));
      run.take(value);
    } catch (error) {
      return failed(Cause.fail(error));
    }
    if (run.signal.aborted) return failed(Cause.fail(run.signal.reason));
    fiber = handler.work(run, waiting);
    run.signal.addEventListener("abort", () => fiber?.interruptUnsafe(), { once: true });
  };
  settle(() => schema["~standard"].validate(run.payload), checked, (error) => failed(Cause.fail(error)));
  return fiber;
};

/** A handler that is called with what the schema makes of a payload. */
export const checkedHandler = (handler: Handler, schema: StandardSchema): Handler => ({
  work: workOfChecked(handler, schema),
  within: handler.within,
});
