/**
 * Reaches a Redis through a client that the program has connected: `ioredis` or `redis` (node-redis), single or cluster.
 *
 * The types say what is used of them; nothing is imported, and nothing is closed that was not opened here.
 */
import { wrongWay } from "../http/driverOptions.ts";
import { failureOf, isFunction, isNodeRedis, keyPrefixOf, type NodeRedisClient, type RedisClient } from "./client.ts";
import { listen } from "./listen.ts";
import { type Failure, Thrown, type Transport } from "./Script.ts";

/** How to reach the store. */
export interface TcpOptions {
  /** A connected client of `ioredis` or `redis`. It stays the program's: it is not closed with the fleet. */
  readonly client: RedisClient;
  /** A request without an answer by then counts as unanswered. Milliseconds, default 5,000. */
  readonly timeoutMs?: number | undefined;
}

/** Whether a value runs scripts, as clients do. */
export const looksLikeClient = (value: object): boolean => isFunction(value, "eval");

/**
 * Whether a client of `redis` cannot be used: its legacy form, of the method `legacy()` or the option `legacyMode`, answers by
 * callbacks and leaves rejections that nobody handles.
 */
const isLegacy = (client: NodeRedisClient): boolean => {
  const { isOpen, isReady, options } = client as NodeRedisClient & { options?: { readonly legacyMode?: unknown } };
  const isWhole = typeof isReady === "boolean" || typeof isOpen === "boolean" || isFunction(client, "connect");
  return !isWhole || options?.legacyMode === true;
};

/** What is wrong with the options; undefined if nothing is. */
export const problem = ({ client, timeoutMs }: TcpOptions): string | undefined => {
  const isClient = typeof client === "object" && client !== null && looksLikeClient(client) &&
    // The status tells the client of ioredis from others that have the same names with other arguments.
    (isNodeRedis(client) || (isFunction(client, "evalsha") && typeof client.status === "string"));
  if (!isClient) return "client: allowed: a connected client of the packages ioredis or redis";
  if (isNodeRedis(client) && isLegacy(client)) {
    return "client: the legacy form of a client answers by callbacks; allowed: the client itself, not its legacy()";
  }
  return wrongWay({ timeoutMs });
};

interface Place {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly path?: unknown;
}

/** What clients tell of where they are connected: those of `ioredis`, and under `url`, `socket` and `database` those of `redis`. */
interface Told extends Place {
  readonly db?: unknown;
  readonly sentinels?: unknown;
  readonly Connector?: unknown;
  readonly url?: unknown;
  readonly socket?: Place;
  readonly database?: unknown;
}

const parsed = (url: unknown): { readonly host?: string; readonly port?: string; readonly path?: string } => {
  if (typeof url !== "string" || !URL.canParse(url)) return {};
  const { hostname, pathname, port } = new URL(url);
  return { host: hostname, port, path: pathname.slice(1) };
};

/**
 * What tells the store from others: where the client is connected, if it tells, because a program that is loaded again makes
 * another client; otherwise the client, as of a cluster and of sentinels.
 */
export const addressOf = (client: RedisClient): unknown => {
  const { options } = client as { readonly options?: Told | null };
  if (typeof options !== "object" || options === null) return client;
  if (!isNodeRedis(client)) {
    const { Connector, db, host, path, port, sentinels } = options;
    const isSingle = (host ?? path) !== undefined && (sentinels ?? Connector) === undefined;
    return isSingle ? [path ?? `${host}:${port}`, db ?? 0, keyPrefixOf(client)].join(" ") : client;
  }
  const { database, socket, url } = options;
  const { host, path, port } = parsed(url);
  const at = socket?.path ?? socket?.host ?? host;
  if (at === undefined) return client;
  const place = socket?.path ?? `${at}:${socket?.port ?? (port || 6379)}`;
  return [place, database ?? (path || 0), keyPrefixOf(client)].join(" ");
};

/**
 * Clients queue what they are given while they have no connection, and send it when they have one again. A request that
 * nobody waits for any more is of no use then, and an outage would pile them up.
 *
 * What keeps a client from being given anything; undefined if nothing does.
 */
const cutOff = (client: RedisClient): Failure | undefined => {
  const away: Failure = { kind: "no-answer", detail: "the client has no connection at the moment" };
  if (isNodeRedis(client)) {
    const detail = "the client is not connected: call its connect() before the start";
    // A cluster does not tell whether it is ready.
    if (client.isOpen === false) return { kind: "unusable", detail };
    return client.isReady === false ? away : undefined;
  }
  if (client.status === "end") {
    const detail = "the client is closed: connect() it before the start, and quit() it after the stop";
    return { kind: "unusable", detail };
  }
  return /^(close|reconnecting)$/.test(client.status) ? away : undefined;
};

class Late extends Error {}

const within = <A>(ms: number, interrupted: AbortSignal | undefined, send: () => Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Late()), ms);
    interrupted?.addEventListener("abort", () => clearTimeout(timer));
    // Also a client that throws instead of rejecting.
    Promise.resolve().then(send).then(resolve, reject).finally(() => clearTimeout(timer));
  });

const evaluate = (
  client: RedisClient,
  command: "eval" | "evalsha",
  script: string,
  keys: ReadonlyArray<string>,
  args: ReadonlyArray<string>,
): Promise<unknown> => {
  if (isNodeRedis(client)) {
    const options = { keys: [...keys], arguments: [...args] };
    return command === "eval" ? client.eval(script, options) : client.evalSha(script, options);
  }
  return client[command](script, keys.length, ...keys, ...args);
};

const decoder = /* @__PURE__ */ new TextDecoder();

/** Makes the transport. The options must be without a `problem`. */
export const make = ({ client, timeoutMs = 5_000 }: TcpOptions): Transport => ({
  evaluate: async (command, script, keys, args, interrupted) => {
    const failure = cutOff(client);
    if (failure !== undefined) throw new Thrown(failure);
    try {
      const reply = await within(timeoutMs, interrupted, () => evaluate(client, command, script, keys, args));
      // Clients can be told to answer with bytes.
      return reply instanceof Uint8Array ? decoder.decode(reply) : reply;
    } catch (error) {
      throw new Thrown(
        error instanceof Late
          ? { kind: "no-answer", detail: `no answer from the store within ${timeoutMs} ms` }
          : failureOf(error),
      );
    }
  },
  listen: (channel, hearing, signal) => listen(client, channel, timeoutMs, hearing, signal),
});
