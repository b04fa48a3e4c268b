/**
 * A store that is reached: a driver for the client, and the server itself for what only `doctor` asks.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Driver, InvalidInput } from "ringcron";
import * as Etcd from "ringcron/etcd";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import type { Way } from "./address.ts";
import { wrongUse } from "./exit.ts";
import { connect, type TcpClient } from "./tcp.ts";

/** A store. */
export interface Reached {
  readonly way: Way;
  readonly driver: Driver.Driver;
  /** The same for a client. */
  readonly layer: Layer.Layer<Driver.Driver>;
  /** Sends one command to a Redis. Rejects with what the server says. */
  readonly command: ((...words: ReadonlyArray<string>) => Promise<unknown>) | undefined;
  readonly close: () => void;
}

type Kind = "redis" | "redis-zset";

const common = ({ prefix, timeoutMs }: Way) => ({ prefix, timeoutMs });

const upstashOptions = (way: Way) => {
  const { address: { from, secret, urls: [url = ""] }, allowInsecure } = way;
  if (secret === undefined) {
    throw wrongUse(
      `the token of ${from} is missing: set RINGCRON_TOKEN or UPSTASH_REDIS_REST_TOKEN, or give it on standard input with ` +
        "--token-stdin",
    );
  }
  // Who listens is to hear of what is asked here.
  return { url, token: secret, allowInsecure, hints: true, ...common(way) };
};

const kinds = { redis: Redis.make, "redis-zset": RedisZset.make };

const redisDriver = (
  way: Way,
  kind: Kind,
  client: TcpClient | undefined,
): Effect.Effect<Driver.Driver, Driver.DriverError> =>
  kinds[kind](client === undefined ? upstashOptions(way) : { client: client.redis, ...common(way) });

/** The kind that a refusal names: members are kept by the other one. */
const otherKind = ({ detail, reason }: Driver.DriverError, kind: Kind): Kind | undefined => {
  const named = reason === "Foreign" ? /\bdriver (redis|redis-zset) are members\b/.exec(detail)?.[1] : undefined;
  return named === "redis" || named === "redis-zset" ? (named === kind ? undefined : named) : undefined;
};

/** Which of the two the members of a service use; where nobody is there, either will do. */
const kindOf = async (way: Way, service: string, client: TcpClient | undefined): Promise<Kind> => {
  const kind: Kind = "redis-zset";
  const driver = await Effect.runPromise(redisDriver(way, kind, client));
  const look = driver.peek({ _tag: "Peek", service, jobs: [], history: false, members: true });
  return await Effect.runPromise(
    Effect.matchEffect(look, {
      onSuccess: () => Effect.succeed<Kind>(kind),
      onFailure: (error) => {
        const other = otherKind(error, kind);
        return other === undefined ? Effect.fail(error) : Effect.succeed(other);
      },
    }),
  );
};

const overHttp = (way: Way) => {
  const { token, url } = upstashOptions(way);
  return async (...words: ReadonlyArray<string>): Promise<unknown> => {
    const answer = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(words),
      signal: AbortSignal.timeout(way.timeoutMs),
    });
    const { error, result } = await answer.json() as { readonly error?: unknown; readonly result?: unknown };
    if (typeof error === "string") throw new Error(error);
    return result;
  };
};

const etcdOptions = (way: Way): Etcd.EtcdOptions => {
  const { address: { secret, urls, user }, allowInsecure } = way;
  if ((user === undefined) !== (secret === undefined)) {
    throw wrongUse(
      user === undefined
        ? "the user is missing: with a password of etcd goes --user, or ETCD_USER"
        : "the password is missing: set RINGCRON_TOKEN or ETCD_PASSWORD, or give it on standard input with --token-stdin",
    );
  }
  return { endpoints: urls, user, password: secret, allowInsecure, ...common(way) };
};

/** Reaches the store; fails if it cannot be. Whoever asked closes it. */
export const reach = async (way: Way, service: string): Promise<Reached> => {
  const { address, driver: wanted } = way;
  const isEtcd = address.way === "etcd";
  if (wanted !== "auto" && (wanted === "etcd") !== isEtcd) {
    throw new InvalidInput("--driver", wanted, `a driver for what ${address.from} names`);
  }
  const made = (driver: Driver.Driver, client?: TcpClient): Reached => ({
    way,
    driver,
    layer: Layer.succeed(Driver.Driver, driver),
    command: isEtcd ? undefined : client === undefined ? overHttp(way) : client.command,
    close: () => client?.close(),
  });
  if (isEtcd) return made(await Effect.runPromise(Etcd.make(etcdOptions(way))));
  const client = address.way === "tcp" ? await connect(way) : undefined;
  try {
    const kind = wanted === "redis" || wanted === "redis-zset" ? wanted : await kindOf(way, service, client);
    return made(await Effect.runPromise(redisDriver(way, kind, client)), client);
  } catch (error) {
    client?.close();
    throw error;
  }
};
