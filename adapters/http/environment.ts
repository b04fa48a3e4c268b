/**
 * Where a store is, from the environment.
 */
import type * as ConfigProvider from "effect/ConfigProvider";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import { DriverError } from "../../src/Driver.ts";

/** What is wrong with the configuration of a driver. */
export const misconfigured = (driver: string, detail: string): DriverError =>
  new DriverError({ driver, operation: "layer", reason: "Misconfigured", detail });

/**
 * The provider of `effect/ConfigProvider`, by its key: that module brings all of Schema along, which costs 70 ms at every start, and
 * bundlers keep what both it and others need in wrappers, which made each bundle two kilobytes larger.
 */
const replaced: Context.Reference<ConfigProvider.ConfigProvider | undefined> = /* @__PURE__ */ Context.Reference(
  "effect/ConfigProvider",
  { defaultValue: (): ConfigProvider.ConfigProvider | undefined => undefined },
);

/** What is used of a host that has an environment. */
interface Host {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
}

/** As the default provider does it, for which an empty one is none, and asking for no variable but this one. */
const variable = (name: string): string | undefined => (globalThis as Host).process?.env?.[name] || undefined;

/**
 * Variables of the current `ConfigProvider`, which is the environment unless replaced; undefined for those that are not set.
 * `instead` says what to give the driver where the environment is closed.
 */
export const fromEnvironment = (
  driver: string,
  names: ReadonlyArray<string>,
  instead: string,
): Effect.Effect<ReadonlyArray<string | undefined>, DriverError> =>
  Effect.flatMap(
    replaced,
    (provider) =>
      Effect.forEach(names, (name) =>
        provider === undefined
          ? Effect.sync(() =>
            variable(name)
          )
          : Effect.map(provider.load([name]), (node) => node?.value)),
  ).pipe(
    // A runtime that guards its environment throws.
    Effect.catchCause(() =>
      Effect.fail(
        misconfigured(driver, `the environment cannot be read (Deno: --allow-env); or pass ${instead} to layer`),
      )
    ),
  );
