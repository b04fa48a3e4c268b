/**
 * The etcd driver: etcd v3 (3.4 or newer) through its HTTP JSON gateway, with plain `fetch`.
 *
 * A claim of up to 100 jobs is one transaction with one nested transaction per job: it compares the revision and the text of
 * its record, the keys of the members it rests on, and a key of the claimant, so that neither a copy that arrives late nor a
 * node whose lease is over can commit anything. When others were faster the answer brings what is there now and the jobs
 * concerned, they alone, go round again.
 *
 * | operation | requests |
 * | --- | --- |
 * | beat | 2 side by side: the transaction, and keeping the lease alive or, when its length changed, asking for one first |
 * | beat, when the members have changed | 1 more if somebody declares what the node has not heard of, 2 more if somebody died |
 * | claim, up to 100 jobs | 1; 2 when the records are met for the first time or others changed them |
 * | complete, up to 100 jobs | 1; 2 when others changed the records |
 * | peek, up to 100 jobs | 1; with the history 2 side by side |
 * | pause, resume, trigger, backfill | 2; destroy 1 |
 *
 * Membership is a lease of etcd: no clock of a node can end another's. etcd tells no time except the `Date` of its answers;
 * a node takes its own clock, corrected where those prove it wrong, and refuses to work when it is off by more than
 * `maxClockSkewMs`. Clocks decide how punctual fires are, never how often one is decided.
 *
 * An etcd that was emptied, restored from a snapshot or exchanged for another cluster is noticed by its revision or its
 * cluster: nodes join anew, and nothing that they remember is taken for what is there.
 *
 * etcd keeps every old revision until it is told not to: switch `--auto-compaction-retention` on.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Redacted from "effect/Redacted";
import { type Carrier, Driver, type DriverError } from "../src/Driver.ts";
import { isLoopback } from "./http/post.ts";
import { strangeOption, wrongWay } from "./http/driverOptions.ts";
import * as Engine from "../src/shell/engine.ts";
import type { Store } from "../src/Store.ts";
import { fromEnvironment } from "./etcd/client/environment.ts";
import { misconfigured } from "./http/environment.ts";
import * as etcd from "./etcd/store.ts";

export { lawExceptions, storeLawExceptions } from "./etcd/exceptions.ts";

/** Options of `make` and `layer`. */
export interface EtcdOptions {
  /**
   * The client URLs of the members, such as `https://etcd-1:2379`. One that does not answer is passed over, and each gets
   * an equal share of `timeoutMs`.
   */
  readonly endpoints: string | ReadonlyArray<string>;
  /** With etcd's authentication. A role with read and write permission for the prefix is enough. */
  readonly user?: string | undefined;
  /** Of the user. */
  readonly password?: string | Redacted.Redacted<string> | undefined;
  /** Before all keys. Default `ringcron/`. */
  readonly prefix?: string | undefined;
  /** An operation without a complete answer by then is aborted. Milliseconds, default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** What sends requests, for instance one with client certificates. Default: the runtime's `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /**
   * By how much this node's clock may be proved to differ from etcd's. Milliseconds, 20 to 3,600,000, default 500. The time
   * etcd tells is as coarse as a second, so the proof takes some answers; what lies near the limit may pass.
   */
  readonly maxClockSkewMs?: number | undefined;
  /** Permits `http` to another machine, where everything can be read on the way. Default false. */
  readonly allowInsecure?: boolean | undefined;
  /**
   * Whether nodes watch a key that each command writes, so that a command of whoever is no node (a trigger, a pause) is heard of at
   * once and not at the next beat, within `maxSilenceMs`. It is one request for each node that stays open; a runtime that ends
   * silent ones, as Node's `fetch` does after five minutes, asks again. False: nobody watches, and commands given here do not write
   * it either. Default: commands write it, and nodes watch, but not in Workers.
   */
  readonly hints?: boolean | undefined;
}

const name = "etcd";

const fields = "endpoints user password prefix timeoutMs fetch maxClockSkewMs allowInsecure hints".split(" ");

const listed = (endpoints: string | ReadonlyArray<string>): ReadonlyArray<string> =>
  typeof endpoints === "string" ? [endpoints] : endpoints;

const endpointProblem = (endpoint: unknown, allowInsecure: boolean): string | undefined => {
  const notUrl = "endpoints: not a URL; allowed: client URLs of etcd such as https://etcd-1:2379";
  if (typeof endpoint !== "string") return notUrl;
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    return notUrl;
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return "endpoints: allowed: https://… or http://…";
  if (url.username !== "" || url.password !== "") {
    return "endpoints: a URL holds credentials; allowed: URLs without, and user and password";
  }
  if (url.search !== "" || url.hash !== "") return "endpoints: a URL has a query or fragment; allowed: URLs without";
  return url.protocol === "http:" && !isLoopback(url.hostname) && !allowInsecure
    ? "endpoints: http can be read by all on the way; allowed: https, http to this machine, or allowInsecure: true"
    : undefined;
};

/**
 * What is wrong with the options, in words that do not hold the password; undefined if nothing is.
 *
 * @example
 * ```ts
 * import * as Etcd from "ringcron/etcd";
 *
 * console.log(Etcd.problem({ endpoints: "etcd-1:2379" })); // endpoints: allowed: https://… or http://…
 * ```
 */
export const problem = (options: EtcdOptions): string | undefined => {
  if (typeof options !== "object" || options === null) return "options: allowed: { endpoints }";
  const strange = strangeOption(options, fields);
  if (strange !== undefined) return strange;
  const { maxClockSkewMs = 500, password, prefix = "ringcron/", user } = options;
  const endpoints: unknown = listed(options.endpoints);
  if (!Array.isArray(endpoints) || endpoints.length === 0 || endpoints.length > 32) {
    return "endpoints: allowed: 1 to 32 URLs";
  }
  for (const endpoint of endpoints) {
    const detail = endpointProblem(endpoint, options.allowInsecure === true);
    if (detail !== undefined) return detail;
  }
  const secret = Redacted.isRedacted(password) ? Redacted.value(password) : password;
  if ((user === undefined) !== (secret === undefined)) return "user, password: allowed: both or neither";
  if (user !== undefined && (typeof user !== "string" || user === "")) return "user: is empty";
  if (secret !== undefined && (typeof secret !== "string" || secret === "")) return "password: is empty";
  if (typeof prefix !== "string" || !/^[A-Za-z0-9._:/-]{1,64}$/.test(prefix)) {
    return "prefix: allowed: 1 to 64 letters, digits and the characters . _ : / -";
  }
  const way = wrongWay(options);
  if (way !== undefined) return way;
  if (options.hints !== undefined && typeof options.hints !== "boolean") return "hints: allowed: true or false";
  if (!Number.isSafeInteger(maxClockSkewMs) || maxClockSkewMs < 20 || maxClockSkewMs > 3_600_000) {
    return "maxClockSkewMs: allowed: a whole number of milliseconds from 20 to 3600000";
  }
  return undefined;
};

/**
 * The store alone, for those who hold it to the laws of stores or build on it. Fails with `DriverError` (`Misconfigured`) on
 * options that cannot work, before anything is sent.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Etcd from "ringcron/etcd";
 *
 * const store = await Effect.runPromise(Etcd.store({ endpoints: "https://etcd-1:2379" }));
 * console.log(store.name, store.limits.rows); // etcd 100
 * ```
 */
export const store = (options: EtcdOptions): Effect.Effect<Store, DriverError> =>
  Effect.suspend(() => {
    const detail = problem(options);
    if (detail !== undefined) return Effect.fail(misconfigured(name, detail));
    const { fetch, hints, maxClockSkewMs = 500, password, prefix = "ringcron/", timeoutMs = 5_000, user } = options;
    const endpoints = listed(options.endpoints);
    return Effect.succeed(
      etcd.make({ name, endpoints, user, password, prefix, timeoutMs, maxClockSkewMs, hints, fetch }),
    );
  });

/**
 * The driver, with all operations. Fails with `DriverError` (`Misconfigured`) on options that cannot work, before anything is sent.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Etcd from "ringcron/etcd";
 *
 * const endpoints = ["https://etcd-1:2379", "https://etcd-2:2379", "https://etcd-3:2379"];
 * const driver = await Effect.runPromise(Etcd.make({ endpoints, user: "billing", password: "secret" }));
 * console.log(driver.name); // etcd
 * ```
 */
export const make = (options: EtcdOptions): Effect.Effect<Driver, DriverError> =>
  Effect.map(store(options), Engine.driver);

/**
 * Provides `Driver`. Building it checks the options and sends nothing.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Layer from "effect/Layer";
 * import * as Etcd from "ringcron/etcd";
 *
 * const broken = Layer.build(Etcd.layer({ endpoints: "http://example.com:2379" }));
 * const error = await Effect.runPromise(Effect.flip(Effect.scoped(broken)));
 * console.log(error.reason); // Misconfigured
 * ```
 */
export const layer = (options: EtcdOptions): Layer.Layer<Driver, DriverError> => Layer.effect(Driver, carrier(options));

const carrier = (options: EtcdOptions): Effect.Effect<Carrier, DriverError> =>
  Effect.map(store(options), Engine.carrier);

/**
 * Provides `Driver`, configured by `ETCD_ENDPOINTS` (URLs, separated by commas), `ETCD_USER` and `ETCD_PASSWORD` of the
 * current `ConfigProvider`, which is the environment unless replaced. Fails with `DriverError` (`Misconfigured`) if the
 * endpoints are missing.
 *
 * @example
 * ```ts
 * import * as ConfigProvider from "effect/ConfigProvider";
 * import * as Effect from "effect/Effect";
 * import * as Layer from "effect/Layer";
 * import * as Etcd from "ringcron/etcd";
 *
 * const built = Layer.build(Etcd.layerConfig).pipe(
 *   Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({})),
 * );
 * console.log((await Effect.runPromise(Effect.flip(Effect.scoped(built)))).reason); // Misconfigured
 * ```
 */
export const layerConfig: Layer.Layer<Driver, DriverError> = /* @__PURE__ */ Layer.effect(
  Driver,
  /* @__PURE__ */ Effect.suspend(() => Effect.flatMap(fromEnvironment(name), carrier)),
);
