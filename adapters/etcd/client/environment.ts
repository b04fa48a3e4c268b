/**
 * Where etcd is, from the environment.
 */
import * as Effect from "effect/Effect";
import * as Redacted from "effect/Redacted";
import { DriverError } from "../../../src/Driver.ts";

const variables = ["ETCD_ENDPOINTS", "ETCD_USER", "ETCD_PASSWORD"] as const;

/** Endpoints, user and password from the current `ConfigProvider`, which is the environment unless replaced. */
export const fromEnvironment = (driver: string): Effect.Effect<{
  readonly endpoints: ReadonlyArray<string>;
  readonly user: string | undefined;
  readonly password: Redacted.Redacted<string> | undefined;
}, DriverError> => {
  const misconfigured = (detail: string) =>
    new DriverError({ driver, operation: "layer", reason: "Misconfigured", detail });
  // Loaded when it is needed: `effect/Config` brings all of Schema along, which costs 70 ms at every start.
  return Effect.promise(() => import("effect/ConfigProvider")).pipe(
    Effect.flatMap(({ ConfigProvider }) => ConfigProvider),
    Effect.flatMap((provider) => Effect.forEach(variables, (name) => provider.load([name]))),
    Effect.mapError(() => misconfigured("the configuration cannot be read")),
    Effect.flatMap((found) => {
      const [endpoints, user, password] = found.map((node) => node?.value);
      return endpoints === undefined
        ? Effect.fail(misconfigured("ETCD_ENDPOINTS must be set in the environment: URLs, separated by commas"))
        : Effect.succeed({
          endpoints: endpoints.split(",").map((it) => it.trim()),
          user,
          password: password === undefined ? undefined : Redacted.make(password),
        });
    }),
  );
};
