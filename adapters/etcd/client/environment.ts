/**
 * Where etcd is, from the environment.
 */
import * as Effect from "effect/Effect";
import * as Redacted from "effect/Redacted";
import type { DriverError } from "../../../src/Driver.ts";
import * as environment from "../../http/environment.ts";

const variables = ["ETCD_ENDPOINTS", "ETCD_USER", "ETCD_PASSWORD"];

/** Endpoints, user and password. */
export const fromEnvironment = (driver: string): Effect.Effect<{
  readonly endpoints: ReadonlyArray<string>;
  readonly user: string | undefined;
  readonly password: Redacted.Redacted<string> | undefined;
}, DriverError> =>
  Effect.flatMap(
    environment.fromEnvironment(driver, variables, "endpoints"),
    ([endpoints, user, password]) =>
      endpoints === undefined
        ? Effect.fail(
          environment.misconfigured(
            driver,
            "ETCD_ENDPOINTS must be set in the environment: URLs, separated by commas",
          ),
        )
        : Effect.succeed({
          endpoints: endpoints.split(",").map((it) => it.trim()),
          user,
          password: password === undefined ? undefined : Redacted.make(password),
        }),
  );
