/**
 * Listens at a channel through another client like the program's own, which is made, and closed, here.
 *
 * It connects once and does not come back by itself: whoever listens decides when to try again. That of a cluster does, as its
 * client knows the way.
 */
import type { Hearing } from "../../src/Store.ts";
import { failureOf, isNodeRedis, isNodeRedisCluster, keyPrefixOf, type RedisClient } from "./client.ts";
import { type Failure, Thrown } from "./Script.ts";

/** What is used of the other client. */
interface Listener {
  readonly on: (event: string, listener: (...told: Array<unknown>) => void) => unknown;
  readonly connect: () => Promise<unknown>;
  readonly subscribe: (channel: string, heard?: (message: unknown) => void) => Promise<unknown>;
  readonly disconnect?: () => unknown;
  readonly destroy?: () => unknown;
}

/** What is looked at of the options of the program's own. */
interface Options {
  readonly socket?: object;
  readonly redisOptions?: object;
  readonly defaults?: Options;
}

const optionsOf = (client: RedisClient): Options => {
  const { _options, options } = client as { readonly _options?: Options; readonly options?: Options | null };
  return options ?? _options ?? {};
};

const never = (): null => null;

/** Clients of `redis` 4 know no other way to say so. */
const giveUp = (): Error => new Error("the channel is opened again by whoever listens");

/** A channel is silent for as long as nobody gives a command. */
const silent = { socketTimeout: undefined };

/** Whether whoever is at the other end still is there. Milliseconds. */
const keepAlive = 30_000;

/** Another client; undefined if this one cannot make any. */
const another = (client: RedisClient): Listener | undefined => {
  if (typeof client.duplicate !== "function") return undefined;
  const duplicate = (...overrides: Array<unknown>): Listener =>
    Reflect.apply(client.duplicate as () => Listener, client, overrides);
  const { defaults, redisOptions, socket } = optionsOf(client);
  if (isNodeRedis(client)) {
    const plain = { clientSideCache: undefined, keyPrefix: undefined };
    return isNodeRedisCluster(client)
      ? duplicate({
        ...plain,
        // Only the connection of the channel is made.
        minimizeConnections: true,
        ...(defaults?.socket === undefined
          ? {}
          : { defaults: { ...defaults, socket: { ...defaults.socket, ...silent } } }),
      })
      : duplicate({ ...plain, socket: { ...socket, ...silent, reconnectStrategy: giveUp } });
  }
  // The channel is named in full, and a duplicate of a connected client may connect by itself.
  const rest = { lazyConnect: true, keyPrefix: "", autoResubscribe: false };
  return "isCluster" in client && client.isCluster === true
    ? duplicate([], { ...rest, clusterRetryStrategy: never, redisOptions: { ...redisOptions, keepAlive } })
    : duplicate({ ...rest, keepAlive, retryStrategy: never, sentinelRetryStrategy: never, reconnectOnError: never });
};

const close = (listener: Listener): void => {
  const ignore = (): void => {};
  try {
    Promise.resolve(listener.destroy === undefined ? listener.disconnect?.() : listener.destroy()).catch(ignore);
  } catch {
    // It was closed already.
  }
};

const lost: Failure = { kind: "no-answer", detail: "the connection of the channel was closed" };

/** Clients of ioredis do not tell why a server turns them away. */
const shut: Failure = {
  kind: "no-answer",
  detail:
    "the connection of the channel was closed before it was open, as a server does that has as many clients as its " +
    "maxclients allows; hints: false saves a connection per node",
};

/** Listens until the signal aborts. Rejects with `Thrown`. */
export const listen = (
  client: RedisClient,
  channel: string,
  timeoutMs: number,
  { heard, opened }: Hearing,
  signal: AbortSignal,
): Promise<never> =>
  new Promise((_, reject) => {
    let listener: Listener | undefined;
    let isOver = false;
    let [isConnected, isOpening] = [false, true];
    // A client of `redis` that is closed before it has a socket goes on connecting, and cannot be closed again.
    let canClose = !isNodeRedis(client);
    const closeIfOver = (): void => {
      if (isOver && canClose && listener !== undefined) close(listener);
    };
    const end = (failure?: Failure): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      closeIfOver();
      if (failure !== undefined) reject(new Thrown(failure));
    };
    const late: Failure = { kind: "no-answer", detail: `the channel was not open within ${timeoutMs} ms` };
    const timer = setTimeout(() => end(late), timeoutMs);
    const broken = (failure: Failure): void =>
      end(isConnected && isOpening && failure.kind === "no-answer" ? shut : failure);
    const hear = (message: unknown): void => isOver ? undefined : heard(String(message));
    const open = async (): Promise<void> => {
      const it = another(client);
      if (typeof it?.subscribe !== "function") {
        return end({
          kind: "unusable",
          detail: "client: cannot be duplicated and subscribe, as hints need; or hints: false",
        });
      }
      listener = it;
      const isOfCluster = isNodeRedisCluster(client);
      // Without anybody who listens for errors some clients throw them.
      it.on("error", (error) => isOfCluster || broken(failureOf(error)));
      it.on("end", () => broken(lost));
      it.on("connect", () => {
        isConnected = true;
        canClose ||= !isOfCluster;
        // Not at once: that of `redis` 4 rejects what it is about to send then, and nobody handles that.
        setTimeout(closeIfOver);
      });
      // That of `redis` 4 comes back from a loss though it was closed when it told of it.
      it.on("ready", closeIfOver);
      await it.connect();
      if (isOver) return;
      const full = keyPrefixOf(client) + channel;
      if (isNodeRedis(client)) {
        await it.subscribe(full, hear);
      } else {
        it.on("message", (_, message) => hear(message));
        await it.subscribe(full);
      }
      clearTimeout(timer);
      isOpening = false;
      if (!isOver) opened();
    };
    const settled = (): void => {
      canClose = true;
      closeIfOver();
    };
    open().catch((error) => broken(failureOf(error))).then(settled);
    signal.addEventListener("abort", () => end());
  });
