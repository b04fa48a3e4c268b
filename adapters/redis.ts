/**
 * The Redis driver that gives each node a key of its own: a node is a member while its key lives.
 *
 * Reaches the store over HTTP as Upstash and compatible proxies serve it, or through a connected client of `ioredis` or
 * `redis`. Needs Redis 6.2 or newer, or what behaves like it; no modules, and no scan of the keyspace. Three keys per
 * service and one per node, all with the hash tag `{service}`; a beat that changes nothing is five commands, a claim
 * of up to 200 jobs six, a completion of as many four.
 *
 * @module
 */
import type * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Driver, type DriverError, type TickDriver } from "../src/Driver.ts";
import type { ClientOptions as RedisClientOptions, HttpOptions as RedisOptions } from "./redis/entry.ts";
import * as entry from "./redis/entry.ts";
import { byKey } from "./redis/scripts/byKey.ts";

export type { RedisClientOptions, RedisOptions };
export type { StoreOptions } from "./redis/entry.ts";
export type { IoredisClient, NodeRedisClient, RedisClient } from "./redis/client.ts";
export type { TcpOptions } from "./redis/tcp.ts";
export type { UpstashOptions } from "./redis/http.ts";

/**
 * What is wrong with the options, in words that do not hold the token; undefined if nothing is.
 *
 * @example
 * ```ts
 * import * as Redis from "ringcron/redis";
 *
 * console.log(Redis.problem({ url: "ftp://localhost", token: "secret" })); // url: the store is reached over HTTP; allowed: https://…
 * ```
 */
export const problem = (options: RedisOptions | RedisClientOptions): string | undefined => entry.problem(options);

/**
 * What a user of the store must be allowed to do, as a rule of `ACL SETUSER`; it is enough, and nothing of it is too much.
 * `prefix` is that of the options, by default `ringcron:`. Throws `InvalidInput` of a prefix that no driver takes.
 *
 * @example
 * ```ts
 * import * as Redis from "ringcron/redis";
 *
 * console.log(`ACL SETUSER fleet on >password ${Redis.aclRule()}`); // ACL SETUSER fleet on >password ~ringcron:* +eval …
 * ```
 */
export const aclRule = (prefix?: string): string => entry.aclRule(byKey, prefix);

/**
 * The driver, with all operations. Fails with `DriverError` (`Misconfigured`) on options that cannot work, before anything is sent.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Redis from "ringcron/redis";
 *
 * const driver = await Effect.runPromise(Redis.make({ url: "https://name.upstash.io", token: "secret" }));
 * console.log(driver.name); // redis
 * ```
 */
export const make = (options: RedisOptions | RedisClientOptions): Effect.Effect<Driver, DriverError> =>
  entry.make(byKey, options);

/**
 * Provides `Driver`. Building it checks the options and sends nothing. A `client` is connected and closed by the program.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Layer from "effect/Layer";
 * import * as Redis from "ringcron/redis";
 *
 * // With a client of ioredis or redis: Redis.layer({ client })
 * const broken = Layer.build(Redis.layer({ url: "http://example.com", token: "secret" }));
 * const error = await Effect.runPromise(Effect.flip(Effect.scoped(broken)));
 * console.log(error.reason); // Misconfigured
 * ```
 */
export const layer = (options: RedisOptions | RedisClientOptions): Layer.Layer<Driver, DriverError> =>
  Layer.effect(Driver, entry.carrier(byKey, options));

/**
 * The driver for `createTicker` of `ringcron/ticks`, and for nobody else, in a bundle that is as small as can be: over HTTP, asked by
 * promises, without what only nodes and clients need. What asks about members, as `drain` of `commands(ticker)`, fails with `DriverError`
 * (`Misconfigured`). Throws `DriverError` (`Misconfigured`) on options that cannot work. Nothing is sent.
 *
 * @example
 * ```ts
 * import { createTicker } from "ringcron/ticks";
 * import * as Redis from "ringcron/redis";
 *
 * const driver = Redis.ticks({ url: "https://name.upstash.io", token: "secret" });
 * const ticker = await createTicker({ service: "billing", driver, eager: true });
 * await ticker.close();
 * ```
 */
export const ticks = (options: RedisOptions): TickDriver => entry.ticking(byKey, options);

/**
 * Provides `Driver`, configured by `UPSTASH_REDIS_REST_URL` and `UPSTASH_REDIS_REST_TOKEN` of the current `ConfigProvider`,
 * which is the environment unless replaced. Fails with `DriverError` (`Misconfigured`) if one is missing.
 *
 * @example
 * ```ts
 * import * as ConfigProvider from "effect/ConfigProvider";
 * import * as Effect from "effect/Effect";
 * import * as Layer from "effect/Layer";
 * import * as Redis from "ringcron/redis";
 *
 * const built = Layer.build(Redis.layerConfig).pipe(
 *   Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({})),
 * );
 * console.log((await Effect.runPromise(Effect.flip(Effect.scoped(built)))).reason); // Misconfigured
 * ```
 */
export const layerConfig: Layer.Layer<Driver, DriverError> = /* @__PURE__ */ Layer.effect(
  Driver,
  /* @__PURE__ */ entry.fromConfig(byKey),
);
