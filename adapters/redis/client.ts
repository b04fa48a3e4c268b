/**
 * The clients of others that a store is reached through: what is used of them, and what their errors mean.
 */
import type { Failure } from "./Script.ts";

/** What is used of a client of `ioredis`. */
export interface IoredisClient {
  /** `ready` while it is connected; nothing is given to it while it is `close`, `reconnecting` or `end`. */
  readonly status: string;
  /** Runs a script: its text, how many of what follows are keys, keys, arguments. */
  eval(script: string, numberOfKeys: number, ...keysAndArguments: Array<string>): Promise<unknown>;
  /** Runs a script the server has, by its SHA-1. */
  evalsha(hash: string, numberOfKeys: number, ...keysAndArguments: Array<string>): Promise<unknown>;
  /** Makes another client of the same server, for hints. */
  readonly duplicate?: (...overrides: Array<never>) => unknown;
}

/** What is used of a client of `redis`. */
export interface NodeRedisClient {
  /** Whether it is connected; nothing is given to it while it is not. A client of a cluster does not tell. */
  readonly isReady?: boolean;
  /** Whether `connect` was called, and `close` was not. */
  readonly isOpen?: boolean;
  /** Runs a script with keys and arguments. */
  eval(script: string, options: { keys: Array<string>; arguments: Array<string> }): Promise<unknown>;
  /** Runs a script the server has, by its SHA-1. */
  evalSha(hash: string, options: { keys: Array<string>; arguments: Array<string> }): Promise<unknown>;
  /** Makes another client of the same server, for hints. */
  readonly duplicate?: (...overrides: Array<never>) => unknown;
}

/** A connected client. */
export type RedisClient = IoredisClient | NodeRedisClient;

/** Whether a client has a method. */
export const isFunction = (client: object, name: string): boolean =>
  typeof (client as Record<string, unknown>)[name] === "function";

/** Whether it is a client of `redis`. */
export const isNodeRedis = (client: RedisClient): client is NodeRedisClient => isFunction(client, "evalSha");

/** Whether it is a client of `redis` for a cluster. Those of single servers have neither of these. */
export const isNodeRedisCluster = (client: RedisClient): boolean =>
  isNodeRedis(client) && ("slots" in client || "getSlotMaster" in client);

const decoder = /* @__PURE__ */ new TextDecoder();

/**
 * What a client puts before the keys that it is given: an option of its own, in a cluster of `redis` told by nothing but
 * `_keyPrefix`. Channels are sent as they are.
 */
export const keyPrefixOf = (client: RedisClient): string => {
  const { _keyPrefix, options } = client as {
    readonly _keyPrefix?: unknown;
    readonly options?: { readonly keyPrefix?: unknown } | null;
  };
  const found = _keyPrefix ?? options?.keyPrefix ?? "";
  return found instanceof Uint8Array ? decoder.decode(found) : String(found);
};

/** An error of the server starts with a word in capitals; those of clients and of the network do not, or have a code. */
export const failureOf = (error: unknown): Failure => {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (code === undefined && typeof message === "string" && /^[A-Z][A-Z0-9_]+(?![A-Za-z0-9_])/.test(message)) {
    return { kind: "refused", error: message };
  }
  const shown = typeof code === "string" && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? ` (${code})` : "";
  return { kind: "no-answer", detail: `the client got no answer from the store${shown}` };
};
