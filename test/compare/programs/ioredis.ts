/**
 * What the programs use of `ioredis`, which comes from the peers' project.
 *
 * @module
 */
import { orders, peer } from "./process.ts";

/** A client. */
export interface Redis {
  on(event: "error", listener: (error: unknown) => void): void;
  set(key: string, value: string, px: "PX", ms: number, nx: "NX"): Promise<"OK" | null>;
  setex(key: string, seconds: number, value: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  scan(cursor: string, match: "MATCH", pattern: string): Promise<[cursor: string, keys: Array<string>]>;
  eval(script: string, keys: number, ...args: Array<string>): Promise<unknown>;
  zadd(key: string, score: number, member: string): Promise<unknown>;
  zrangebyscore(key: string, from: number, to: string): Promise<Array<string>>;
  quit(): Promise<unknown>;
}

/** Options of a client that fails at once while it has no connection, as those of Go and Rust do. */
export const failingFast = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  commandTimeout: 3_000,
  retryStrategy: (): number => 200,
};

/** Opens a client and waits until it is connected. */
export const connectRedis = async (options: object = {}): Promise<Redis> => {
  const { Redis } = peer("ioredis") as { Redis: new (port: number, host: string, options: object) => Redis };
  const redis = new Redis(orders.port, "127.0.0.1", options);
  redis.on("error", () => {});
  const { on } = redis as unknown as { on: (event: string, listener: () => void) => void };
  await new Promise<void>((resolve) => on.call(redis, "ready", resolve));
  return redis;
};
