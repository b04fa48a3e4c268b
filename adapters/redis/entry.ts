/**
 * What the entries of the Redis drivers share: their options, and how a driver is made of them.
 */
import * as Effect from "effect/Effect";
import { demand } from "../../src/core/words/InvalidInput.ts";
import { whole } from "../../src/carrier.ts";
import type { Carrier, Driver, DriverError, TickDriver } from "../../src/Driver.ts";
import * as Engine from "../../src/shell/engine.ts";
import { strangeOption } from "../http/driverOptions.ts";
import * as upstash from "./http.ts";
import { commandsOf, rule } from "./acl.ts";
import { misconfigured } from "../http/environment.ts";
import { isWorker } from "../http/post.ts";
import { fromEnvironment } from "./environment.ts";
import type { Kind } from "./scripts/kinds.ts";
import type { Options } from "./asking.ts";
import * as store from "./store.ts";
import * as tcp from "./tcp.ts";
import * as ticks from "./ticks.ts";

/** Options of a Redis driver, however it reaches the store. */
export interface StoreOptions {
  /** Before all keys. Default `ringcron:`. */
  readonly prefix?: string | undefined;
  /**
   * How long everything but schedules lives after the last sign of a service: watermarks are forgotten then, so it must be longer
   * than the service is ever down. Milliseconds, default 400 days: what is due once a year is caught up on by whoever comes next.
   */
  readonly retentionMs?: number | undefined;
  /**
   * Whether nodes listen at a channel of pub/sub, so that a command of whoever is no node (a trigger, a pause) is heard of at once
   * and not at the next beat, within `maxSilenceMs`. True: one more connection for each node, or over HTTP one request that stays
   * open. False: nobody listens, and commands given here are not published either. Default: with `client` commands are published,
   * which is one `PUBLISH` in their own request, and nodes listen, but not in Workers; over HTTP neither.
   */
  readonly hints?: boolean | undefined;
}

/** Options to reach the store over HTTP. */
export interface HttpOptions extends upstash.UpstashOptions, StoreOptions {}

/** Options to reach the store through a connected client of `ioredis` or `redis`, which stays the program's own. */
export interface ClientOptions extends tcp.TcpOptions, StoreOptions {}

const defaultPrefix = "ringcron:";
const dayMs = 86_400_000;
const defaultRetentionMs = 400 * dayMs;

const prefixes = /^[A-Za-z0-9._:/-]{0,64}$/;
const allowedPrefixes = "up to 64 letters, digits and the characters . _ : / -";

const isClientOptions = (options: HttpOptions | ClientOptions): options is ClientOptions =>
  "client" in options && (options.client !== undefined || !("url" in options));

const common = ["prefix", "retentionMs", "timeoutMs", "hints"];
// Programs pass `client: undefined` where they have a URL instead.
const ofHttp = ["client", "url", "token", "allowInsecure", "fetch", ...common];
const ofClient = ["client", ...common];

/** What is wrong with what does not depend on how the store is reached. */
const storeProblem = (options: StoreOptions, known: ReadonlyArray<string>): string | undefined => {
  const strange = strangeOption(options, known);
  if (strange !== undefined) return strange;
  const { prefix = defaultPrefix, retentionMs = defaultRetentionMs } = options;
  if (typeof prefix !== "string" || !prefixes.test(prefix)) return `prefix: allowed: ${allowedPrefixes}`;
  if (!Number.isSafeInteger(retentionMs) || retentionMs < 1_000 || retentionMs > 3_650 * dayMs) {
    return "retentionMs: allowed: a whole number of milliseconds from 1000 to 315360000000";
  }
  if (options.hints !== undefined && typeof options.hints !== "boolean") return "hints: allowed: true or false";
  return undefined;
};

/** What is wrong with those of whoever reaches it over HTTP and in no other way. */
const httpProblem = (options: HttpOptions): string | undefined =>
  storeProblem(options, ofHttp) ?? upstash.problem(options);

/** What is wrong with the options, in words that do not hold the token; undefined if nothing is. */
export const problem = (options: HttpOptions | ClientOptions): string | undefined => {
  if (typeof options !== "object" || options === null) return "options: allowed: { url, token } or { client }";
  // Before anything else is looked for: clients have commands of every name, `client` among them.
  if (tcp.looksLikeClient(options)) return "options: a client itself; allowed: { client }, which holds it";
  if (!isClientOptions(options)) return httpProblem(options);
  return storeProblem(options, ofClient) ?? tcp.problem(options);
};

/** What a user must be allowed to do. */
export const aclRule = ({ hasKeys }: Kind, prefix: string = defaultPrefix): string => {
  demand(typeof prefix === "string" && prefixes.test(prefix), "prefix", prefix, allowedPrefixes);
  return rule(prefix, commandsOf(hasKeys));
};

/** The store; fails with `Misconfigured` on options that cannot work, before anything is sent. */
export const carrier = (
  kind: Kind,
  options: HttpOptions | ClientOptions,
): Effect.Effect<Carrier, DriverError> =>
  Effect.suspend(() => {
    const detail = problem(options);
    if (detail !== undefined) return Effect.fail(misconfigured(kind.name, detail));
    const [transport, address] = isClientOptions(options)
      ? [tcp.make(options), tcp.addressOf(options.client)]
      : [upstash.make(options), upstash.addressOf(options)];
    const hints = {
      tells: options.hints ?? isClientOptions(options),
      listens: options.hints ?? (isClientOptions(options) && !isWorker()),
    };
    return Effect.succeed(Engine.carrier(store.make({ ...completed(kind, options), transport, address, hints })));
  });

/** What of a store options say and the kind of the driver does, however it is reached. */
const completed = (
  kind: Kind,
  { prefix = defaultPrefix, retentionMs = defaultRetentionMs }: StoreOptions,
): Pick<Options, "commands" | "kind" | "prefix" | "retentionMs"> => ({
  kind,
  prefix,
  retentionMs,
  commands: commandsOf(kind.hasKeys),
});

/** The store over HTTP for those who only tick. Throws `DriverError`. */
export const ticking = (kind: Kind, options: HttpOptions): TickDriver => {
  const isObject = typeof options === "object" && options !== null;
  const detail = isObject ? httpProblem(options) : "options: allowed: { url, token }";
  if (detail !== undefined) throw misconfigured(kind.name, detail);
  const hints = { tells: options.hints ?? false, listens: false };
  const reached = { transport: upstash.make(options), address: upstash.addressOf(options), hints };
  return ticks.make({ ...completed(kind, options), ...reached });
};

/** The same, with all operations. */
export const make = (kind: Kind, options: HttpOptions | ClientOptions): Effect.Effect<Driver, DriverError> =>
  Effect.map(carrier(kind, options), whole);

/** The store with URL and token from the environment. */
export const fromConfig = (kind: Kind): Effect.Effect<Carrier, DriverError> =>
  Effect.flatMap(fromEnvironment(kind.name), (found) => carrier(kind, found));
