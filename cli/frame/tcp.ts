/**
 * A Redis that is reached by its own protocol, through ioredis, which is bundled and loaded when it is needed.
 */
import type { Redis } from "ioredis";
import { Stop } from "./exit.ts";
import type { Way } from "./address.ts";

/** A connected client. */
export interface TcpClient {
  readonly redis: Redis;
  readonly command: (...words: ReadonlyArray<string>) => Promise<unknown>;
  readonly close: () => void;
}

/** What the connection failed with, in words without anything that was sent. */
const sentence = (error: unknown, host: string, hasSecret: boolean): Stop => {
  const { code, message = "" } = (error ?? {}) as { readonly code?: unknown; readonly message?: string };
  if (/WRONGPASS|invalid (username|password)|AUTH failed/i.test(message)) {
    return new Stop("denied", "Unauthorized", `${host} refused the password; check user and password`);
  }
  if (/NOAUTH|Authentication required/i.test(message)) {
    const what = hasSecret ? "it refused the one that was given" : "set RINGCRON_TOKEN, or give it with --token-stdin";
    return new Stop("denied", "Unauthorized", `${host} wants a password: ${what}`);
  }
  if (/NOPERM/.test(message)) {
    return new Stop(
      "denied",
      "Unauthorized",
      `the user may not run what a connection to ${host} begins with (INFO, SELECT)`,
    );
  }
  const codes: Readonly<Record<string, string>> = {
    ECONNREFUSED: "nobody listens there",
    ENOTFOUND: "no machine has this name",
    EAI_AGAIN: "the name cannot be looked up now",
    ETIMEDOUT: "no answer in time",
    ECONNRESET: "the connection was cut off",
    EHOSTUNREACH: "no way leads there",
  };
  const known = typeof code === "string" ? codes[code] ?? code : undefined;
  return new Stop("unreachable", "Unavailable", `the store cannot be reached at ${host}: ${known ?? "no connection"}`);
};

/** Connects. Rejects with what keeps it from that. */
export const connect = async ({ address, timeoutMs }: Way): Promise<TcpClient> => {
  const { Redis } = await import("ioredis");
  const url = new URL(address.urls[0] ?? "");
  const database = /^\/(\d{1,5})$/.exec(url.pathname)?.[1];
  const redis = new Redis({
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 6_379 : Number(url.port),
    ...(address.user === undefined ? {} : { username: address.user }),
    ...(address.secret === undefined ? {} : { password: address.secret }),
    ...(database === undefined ? {} : { db: Number(database) }),
    ...(url.protocol === "rediss:" ? { tls: { servername: url.hostname } } : {}),
    connectTimeout: timeoutMs,
    lazyConnect: true,
    // It is asked once: whoever waits for an answer is at a terminal.
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
  });
  let last: unknown;
  redis.on("error", (error) => last ??= error);
  try {
    await redis.connect();
    // Whether the server lets us in is told by the first command.
    await redis.call("TIME");
  } catch (error) {
    redis.disconnect();
    throw sentence(last ?? error, url.host, address.secret !== undefined);
  }
  return {
    redis,
    command: (...[name = "", ...words]) => redis.call(name, ...words),
    close: () => redis.disconnect(),
  };
};
