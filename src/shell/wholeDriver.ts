/**
 * A driver that somebody has half-written, or has not provided, is refused before a node is made: every request of it would fail.
 */
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import { Driver } from "../Driver.ts";

const operations = ["beat", "claim", "complete", "peek", "control"] as const;

/** The driver, if it is one. */
export const wholeDriver: Effect.Effect<Driver, InvalidInput, Driver> = /* @__PURE__ */ Effect.flatMap(
  /* @__PURE__ */ Effect.serviceOption(Driver),
  (found) => {
    const driver: Partial<Driver> | null | undefined = Option.getOrUndefined(found);
    const missing = operations.find((operation) => typeof driver?.[operation] !== "function");
    return missing === undefined
      ? Effect.succeed(driver as Driver)
      : Effect.fail(new InvalidInput("driver", `no ${missing}`, `a driver with ${operations.join(", ")}`));
  },
);
