/**
 * Where the store is, from the environment.
 */
import * as Effect from "effect/Effect";
import * as Redacted from "effect/Redacted";
import type { DriverError } from "../../src/Driver.ts";
import * as environment from "../http/environment.ts";

const variables = ["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"];

/** URL and token. */
export const fromEnvironment = (
  driver: string,
): Effect.Effect<{ readonly url: string; readonly token: Redacted.Redacted<string> }, DriverError> =>
  Effect.flatMap(
    environment.fromEnvironment(driver, variables, "url and token"),
    ([url, token]) =>
      url === undefined || token === undefined
        ? Effect.fail(
          environment.misconfigured(driver, `${variables.join(" and ")} must both be set in the environment`),
        )
        : Effect.succeed({ url, token: Redacted.make(token) }),
  );
