/**
 * A `Store` for those who do nothing but tick: looks and changes of rows over HTTP, and nothing of membership, lists and TCP, so that
 * their bundles are smaller.
 */
import * as Effect from "effect/Effect";
import { DriverError } from "../../src/Driver.ts";
import type { Store } from "../../src/Store.ts";
import { asking, exchanging, type Options } from "./asking.ts";
import { exchange } from "./scripts/exchange.ts";

/** Builds the store. */
export const make = (options: Options): Store => {
  const { kind } = options;
  const refused = Effect.suspend(() =>
    Effect.fail(
      new DriverError({
        driver: kind.name,
        operation: "layer",
        reason: "Misconfigured",
        detail: "layerTicks is for tickers; whoever joins, looks around or removes something needs layer",
      }),
    )
  );
  const no = () => refused;
  return {
    ...exchanging(options, asking(options), exchange(kind)),
    beat: no,
    history: no,
    keys: no,
    // It keeps schedules: their lists are what is left out.
    shelved: no,
    destroy: no,
  };
};
