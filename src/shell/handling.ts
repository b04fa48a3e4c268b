/**
 * Handlers for schedules in the store, as a node and a ticker take them on.
 */
import * as Result from "effect/Result";
import { InvalidInput, wrongOptions } from "../core/words/InvalidInput.ts";
import * as Names from "../core/words/Names.ts";
import { handlerName } from "../core/words/Schedules.ts";
import type { Carrier } from "../Driver.ts";
import { checkedHandler } from "./checkedHandler.ts";
import type { Handler, Registry } from "./Handlers.ts";
import type { JobRun } from "./Job.ts";
import { type StandardSchema, wrongSchema } from "./StandardSchema.ts";

/** What a handler for schedules in the store is told about the run it is started for. */
export interface ScheduledRun<A = unknown> extends Omit<JobRun, "payload" | "schedule" | "version"> {
  /** The id of the schedule. */
  readonly schedule: string;
  /** What the schedule gives, or what somebody triggered it with; as the schema has made it, where there is one. */
  readonly payload: A;
  /** The version of the schedule that is run, as `schedules.get` tells: it grows with each change. */
  readonly version: number;
}

/** Options of a handler. */
export interface HandleOptions<A = unknown> {
  /** What payloads are checked with: a Standard Schema, as zod, valibot, ArkType and Effect's Schema make them. Default: no check. */
  readonly payload?: StandardSchema<A> | undefined;
}

/** Who takes it on. */
export interface Taker {
  readonly handlers: Registry;
  /** What it is called in errors: `node`, `ticker`. */
  readonly whose: string;
  readonly driver: Pick<Carrier, "keepsSchedules" | "name">;
}

/** What is wrong with it, whoever takes it on; undefined if nothing is. */
export const wrongHandler = (
  { driver }: Taker,
  name: string,
  handler: unknown,
  options: HandleOptions<unknown> | undefined,
): InvalidInput | undefined => {
  const named = Names.handler(name);
  if (named._tag === "Failure") return named.failure;
  if (typeof handler !== "function") return new InvalidInput("handler", handler, "a function");
  const wrong = wrongOptions(options, ["payload"]);
  if (wrong !== undefined) return wrong;
  const schema = options?.payload;
  const wrongly = schema === undefined ? undefined : wrongSchema("payload", schema);
  if (wrongly !== undefined) return wrongly;
  return driver.keepsSchedules ? undefined : new InvalidInput("driver", driver.name, "one that keeps schedules");
};

/** Takes on what nothing is wrong with, as what it was made. Fails if its name is taken, and nothing is changed then. */
export const takeOn = (
  { handlers, whose }: Taker,
  name: string,
  options: HandleOptions<unknown> | undefined,
  made: Handler,
): Result.Result<void, InvalidInput> => {
  const known = handlerName(name);
  if (handlers.has(known)) {
    return Result.fail(new InvalidInput("handler", name, `a name that no other handler of this ${whose} has`));
  }
  const schema = options?.payload;
  handlers.set(known, schema === undefined ? made : checkedHandler(made, schema));
  return Result.void;
};
