/**
 * What a layer of a store provides, for those who ask it themselves.
 */
import * as Effect from "effect/Effect";
import * as carriers from "../carrier.ts";
import * as commands from "../core/engine/commands.ts";
import { demandParts } from "../core/words/InvalidInput.ts";
import type { PeekReply, PeekRequest } from "../core/words/Request.ts";
import { type Carrier, Driver, type DriverError } from "../Driver.ts";

export * from "../Driver.ts";

/**
 * Looks at jobs, members or results of a service, without touching. Cost: one request for 200 jobs, and one for each of what else is
 * wanted. Throws `InvalidInput` for what is no request.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Driver } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const look = Driver.peek({ _tag: "Peek", service: "billing", jobs: ["invoices"], history: false });
 * console.log((await Effect.runPromise(Effect.provide(look, Memory.layer()))).jobs.length); // 0
 * ```
 */
export const peek = (request: PeekRequest): Effect.Effect<PeekReply, DriverError, Driver> => {
  demandParts("request", request, "_tag", "service", "jobs");
  return Effect.flatMap(Driver, (driver) => carriers.carrierOf(driver).carry(commands.peek, request));
};

/**
 * A store with all operations, of one that a layer provides; a bundle then holds all of them. Throws `InvalidInput` for what is no
 * store.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Driver } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const driver = await Effect.runPromise(Effect.provide(Effect.map(Driver.Driver, Driver.whole), Memory.layer()));
 * console.log(typeof driver.claim); // function
 * ```
 */
export const whole = (driver: Driver | Carrier): Driver => {
  demandParts("driver", driver, "name");
  return carriers.whole(driver);
};
