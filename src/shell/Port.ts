/**
 * The port for those who write a driver: what a database implements, and what makes a driver of it.
 *
 * `docs/DRIVERS.md` has the rules and a whole driver; `Laws.store` and `Laws.all` of `ringcron/testing` tell whether one keeps
 * them.
 */
import type { Driver } from "../Driver.ts";
import { demand, demandParts } from "../core/words/InvalidInput.ts";
import * as Engine from "./engine.ts";
import type { Store } from "../Store.ts";

export * from "../Store.ts";

const operations = ["exchange", "beat", "history", "keys", "destroy"] as const;

/**
 * A driver for nodes over a store of yours. Throws `InvalidInput` if a part of the store is missing. Cost of an operation: one
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
export const driver = (store: Store): Driver => {
  demandParts("store", store, "name", "limits", ...operations);
  demand(typeof store.name === "string", "store.name", store.name, "a text");
  for (const it of operations) demand(typeof store[it] === "function", `store.${it}`, store[it], "a function");
  return Engine.driver(store);
};
