/**
 * A driver that somebody has half-written, or has not provided, is refused before a node is made: every request of it would fail.
 */
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import { carrierOf } from "../carrier.ts";
import { type Carrier, Driver } from "../Driver.ts";

const operations = ["beat", "claim", "complete", "peek", "control"] as const;

/** The store, if it is one. */
export const usableDriver: Effect.Effect<Carrier, InvalidInput, Driver> = /* @__PURE__ */ Effect.flatMap(
  /* @__PURE__ */ Effect.context<Driver>(),
  (context) => {
    const driver: Partial<Driver & Carrier> | null | undefined = Context.getOrUndefined(context, Driver);
    const missing = typeof driver?.carry === "function"
      ? undefined
      : operations.find((operation) => typeof driver?.[operation] !== "function");
    return missing === undefined
      ? Effect.succeed(carrierOf(driver as Driver))
      : Effect.fail(new InvalidInput("driver", `no ${missing}`, `a driver with ${operations.join(", ")}`));
  },
);
