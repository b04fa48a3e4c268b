/**
 * Handlers for schedules in the store, as a node and a ticker take them on.
 */
import * as Effect from "effect/Effect";
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
export interface Taker<E> {
  readonly handlers: Registry;
  /** What it is called in errors: `node`, `ticker`. */
  readonly whose: string;
  readonly driver: Pick<Carrier, "keepsSchedules" | "name">;
  /** Fails where nothing is taken on any more. */
  readonly allowed: Effect.Effect<void, E>;
}

const refuse = (field: string, value: unknown, allowed: string) => Effect.fail(new InvalidInput(field, value, allowed));

/** Checks it, and takes it on as what it is made. Nothing is changed where it fails. */
export const take = <E, E2, R>(
  { allowed, driver, handlers, whose }: Taker<E>,
  name: string,
  handler: unknown,
  options: HandleOptions<unknown> | undefined,
  make: Effect.Effect<Handler, E2, R>,
): Effect.Effect<void, InvalidInput | E | E2, R> =>
  Effect.gen(function* () {
    yield* Effect.fromResult(Names.handler(name));
    if (typeof handler !== "function") return yield* refuse("handler", handler, "a function");
    const wrong = wrongOptions(options, ["payload"]);
    if (wrong !== undefined) return yield* Effect.fail(wrong);
    const schema = options?.payload;
    const wrongly = schema === undefined ? undefined : wrongSchema("payload", schema);
    if (wrongly !== undefined) return yield* Effect.fail(wrongly);
    if (!driver.keepsSchedules) return yield* refuse("driver", driver.name, "one that keeps schedules");
    yield* allowed;
    const known = handlerName(name);
    if (handlers.has(known)) {
      return yield* refuse("handler", name, `a name that no other handler of this ${whose} has`);
    }
    const made = yield* make;
    handlers.set(known, schema === undefined ? made : checkedHandler(made, schema));
  });
