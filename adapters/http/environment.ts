/**
 * Where a store is, from the environment.
 */
import * as Effect from "effect/Effect";
import { DriverError } from "../../src/Driver.ts";

/** What is wrong with the configuration of a driver. */
export const misconfigured = (driver: string, detail: string): DriverError =>
  new DriverError({ driver, operation: "layer", reason: "Misconfigured", detail });

/**
 * Variables of the current `ConfigProvider`, which is the environment unless replaced; undefined for those that are not set.
 * `instead` says what to give the driver where the environment is closed.
 */
export const fromEnvironment = (
  driver: string,
  names: ReadonlyArray<string>,
  instead: string,
): Effect.Effect<ReadonlyArray<string | undefined>, DriverError> =>
  // Loaded when it is needed: `effect/Config` brings all of Schema along, which costs 70 ms at every start.
  Effect.promise(() => import("effect/ConfigProvider")).pipe(
    Effect.flatMap(({ ConfigProvider }) => ConfigProvider),
    Effect.flatMap((provider) => Effect.forEach(names, (name) => provider.load([name]))),
    Effect.map((found) => found.map((node) => node?.value)),
    // A runtime that guards its environment throws when all of it is read.
    Effect.catchCause(() =>
      Effect.fail(
        misconfigured(driver, `the environment cannot be read (Deno: --allow-env); or pass ${instead} to layer`),
      )
    ),
  );
