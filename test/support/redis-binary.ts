/**
 * Finds a real `redis-server`, or fetches one into the project's cache without root.
 *
 * @module
 */
import { type Binary, type BinarySearch, findBinary } from "./binary.ts";

/** A `redis-server` that can be started, with the variables that it needs. */
export type RedisBinary = Binary;

/** `REDIS_SERVER`, else `redis-server` on the path, else a copy fetched once by apt; else an error that says what to do. */
export const findRedis = (search: BinarySearch = {}): Promise<RedisBinary> =>
  findBinary({
    program: "redis-server",
    variable: "REDIS_SERVER",
    folder: "redis",
    packages: ["redis-server", "redis-tools"],
    advice: "Install Redis 6.2 or newer (Debian, Ubuntu: apt install redis-server; macOS: brew install redis), " +
      "or set REDIS_SERVER to the path of a redis-server.",
  }, search);
