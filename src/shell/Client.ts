/**
 * A client: what people ask of a fleet, for those who are no node of it. It runs no jobs, is no member and owns nothing.
 */
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import type * as Scope from "effect/Scope";
import { InvalidInput, strangeField } from "../core/words/InvalidInput.ts";
import * as Names from "../core/words/Names.ts";
import { type Carrier, type Driver, DriverError } from "../Driver.ts";
import * as commands from "./commands.ts";
import type { Control, Forget } from "./Control.ts";
import * as Insight from "./Insight.ts";
import { checked as codecOf, type PayloadCodec } from "./payloadCodec.ts";
import * as Schedules from "./Schedules.ts";
import { clientKnowledge } from "./clientKnowledge.ts";
import { usableDriver } from "./usableDriver.ts";

/** Options of a client. */
export interface ClientOptions {
  /** The name that the fleet shares: letters, digits, `.`, `_`, `-`, at most 128. */
  readonly service: string;
  /**
   * What payloads become in the store, and how they are read again, as of a node. Of schedules and of what jobs are triggered with;
   * all who put, look or run need the same. Default: JSON as it is.
   */
  readonly payloadCodec?: PayloadCodec | undefined;
}

/**
 * A client. It keeps nothing, asks the store anew at each call, and sends nothing between them. Once it is closed every call fails
 * with a `DriverError` whose reason is `Misconfigured`.
 */
export interface Client extends Control, Insight.ClientInsight {
  /**
   * Forgets a job that nobody declares any more: its record goes, with the keys that people asked under; its lines in the history
   * stay. Runs of nodes that are gone are recorded as lost. Whoever declares the job again later begins afresh. Asking twice is
   * safe: the second answer is `UnknownJob`.
   *
   * Fails with `JobInUse` while a member declares it or holds a run of it, or fires of it wait, with `InvalidInput`, `UnknownJob`
   * or `DriverError`. Cost: two requests side by side, and one that removes.
   */
  readonly remove: Forget;
  /** Schedules in the store. */
  readonly schedules: Schedules.Schedules;
}

/** The service tag of a `Client`. */
export const Client: Context.Service<Client, Client> = Context.Service("ringcron/Client");

/** The store until the scope closes; then one that refuses. */
const closing = (driver: Carrier): Effect.Effect<Carrier, never, Scope.Scope> =>
  Effect.gen(function* () {
    let isClosed = false;
    yield* Effect.addFinalizer(() => Effect.sync(() => void (isClosed = true)));
    const closed = (request: { readonly _tag: string }) =>
      new DriverError({
        driver: driver.name,
        operation: request._tag.toLowerCase(),
        reason: "Misconfigured",
        detail: "this client is closed; make a new one",
      });
    return {
      ...driver,
      carry: (procedure, request) =>
        Effect.suspend(() => isClosed ? Effect.fail(closed(request)) : driver.carry(procedure, request)),
    };
  });

/**
 * A client that can be used until the scope closes. Nothing is sent before the first call.
 *
 * Fails with `InvalidInput` if an option is wrong.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Client } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const program = Effect.gen(function* () {
 *   const client = yield* Client.make({ service: "billing" });
 *   return yield* Effect.flip(client.pause("invoices"));
 * });
 * const error = await Effect.runPromise(Effect.provide(Effect.scoped(program), Memory.layer()));
 * console.log(error.message); // no job invoices is known
 * ```
 */
export const make = (options: ClientOptions): Effect.Effect<Client, InvalidInput, Driver | Scope.Scope> =>
  Effect.gen(function* () {
    if (typeof options !== "object" || options === null) {
      return yield* Effect.fail(new InvalidInput("options", options, "an object with a service"));
    }
    const strange = strangeField(options, ["service", "payloadCodec"]);
    if (strange !== undefined) return yield* Effect.fail(strange);
    const service = yield* Effect.fromResult(Names.service(options.service));
    const payloadCodec = yield* Effect.fromResult(codecOf(options.payloadCodec));
    const driver = yield* closing(yield* usableDriver);
    const { forget, ...control } = commands.make(service, driver, clientKnowledge(service, driver), payloadCodec);
    return {
      ...control,
      ...Insight.make(service, driver),
      remove: forget,
      schedules: Schedules.make(service, driver, { payloadCodec }),
    };
  });

/**
 * Provides a client, which is closed when the layer is released.
 *
 * Fails with `InvalidInput` if an option is wrong. Nothing is sent before the first call.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Layer from "effect/Layer";
 * import { Client } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const program = Effect.gen(function* () {
 *   const client = yield* Client.Client;
 *   const error = yield* Effect.flip(client.trigger("invoices"));
 *   console.log(error._tag); // UnknownJob
 * });
 * const layer = Layer.provide(Client.layer({ service: "billing" }), Memory.layer());
 * await Effect.runPromise(Effect.provide(program, layer));
 * ```
 */
export const layer = (options: ClientOptions): Layer.Layer<Client, InvalidInput, Driver> =>
  Layer.effect(Client, make(options));
