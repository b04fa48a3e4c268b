/**
 * Handlers of schedules whose payloads are checked before each run.
 */
import type { Handler } from "./Handlers.ts";
import { prepared } from "./prepared.ts";
import { mismatch, type SchemaResult, type StandardSchema } from "./StandardSchema.ts";

/** A handler that is called with what the schema makes of a payload, which may take its time. */
export const checkedHandler = (handler: Handler, schema: StandardSchema): Handler =>
  prepared(handler, (run) => schema["~standard"].validate(run.payload), (answer) => {
    const { issues, value } = answer as SchemaResult<unknown> & { readonly value?: unknown };
    if (issues !== undefined) throw mismatch(issues);
    return value;
  });
