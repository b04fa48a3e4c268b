/**
 * The port for those who write a driver: what a database implements, and what makes a driver of it.
 *
 * `docs/DRIVERS.md` has the rules and a whole driver; `Laws.store` and `Laws.all` of `ringcron/testing` tell whether one keeps
 * them.
 */
import type { Carrier, Driver } from "../Driver.ts";
import { demand, demandParts } from "../core/words/InvalidInput.ts";
import * as Engine from "./engine.ts";
import type { Store } from "../Store.ts";

export * from "../Store.ts";

const operations = ["exchange", "beat", "history", "keys", "destroy"] as const;

const checked = (store: Store): Store => {
  demandParts("store", store, "name", "limits", ...operations);
  demand(typeof store.name === "string", "store.name", store.name, "a text");
  for (const it of operations) demand(typeof store[it] === "function", `store.${it}`, store[it], "a function");
  return store;
};

/**
 * A driver over a store of yours, with all operations. Throws `InvalidInput` if a part of the store is missing. Cost of an operation: one
 * request to the store, another one for what somebody else has changed since it was last seen.
 *
 * @example
 * ```ts
 * import * as Layer from "effect/Layer";
 * import { Driver, Store } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const store: Store.Store = Memory.store(); // or one of your own
 * const layer = Layer.succeed(Driver.Driver, Store.driver(store));
 * console.log(Layer.isLayer(layer)); // true
 * ```
 */
export const driver = (store: Store): Driver => Engine.driver(checked(store));

/**
 * The same for a layer: who asks for an operation brings along how it is done, so that a bundle holds what it uses. Throws
 * `InvalidInput` if a part of the store is missing.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Layer from "effect/Layer";
 * import { Driver, Store } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const layer = Layer.sync(Driver.Driver, () => Store.carrier(Memory.store()));
 * const look = Driver.peek({ _tag: "Peek", service: "billing", jobs: ["invoices"], history: false });
 * console.log((await Effect.runPromise(Effect.provide(look, layer))).jobs.length); // 0
 * ```
 */
export const carrier = (store: Store): Carrier => Engine.carrier(checked(store));
