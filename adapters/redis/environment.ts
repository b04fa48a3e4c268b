/**
 * Where the store is, from the environment.
 */
import * as Effect from "effect/Effect";
import * as Redacted from "effect/Redacted";
import { DriverError } from "../../src/Driver.ts";

const variables = ["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"] as const;

/** URL and token from the current `ConfigProvider`, which is the environment unless replaced. */
export const fromEnvironment = (
  driver: string,
): Effect.Effect<{ readonly url: string; readonly token: Redacted.Redacted<string> }, DriverError> => {
  const missing = (detail: string) => new DriverError({ driver, operation: "layer", reason: "Misconfigured", detail });
  // Loaded when it is needed: `effect/Config` brings all of Schema along, which costs 70 ms at every start.
  return Effect.promise(() => import("effect/ConfigProvider")).pipe(
    Effect.flatMap(({ ConfigProvider }) => ConfigProvider),
    Effect.flatMap((provider) => Effect.forEach(variables, (name) => provider.load([name]))),
    // A runtime that guards its environment throws when all of it is read.
    Effect.catchCause(() =>
      Effect.fail(missing(`the environment cannot be read (Deno: --allow-env); or pass url and token to layer`))
    ),
    Effect.flatMap((found) => {
      const [url, token] = found.map((node) => node?.value);
      return url === undefined || token === undefined
        ? Effect.fail(missing(`${variables.join(" and ")} must both be set in the environment`))
        : Effect.succeed({ url, token: Redacted.make(token) });
    }),
  );
};
