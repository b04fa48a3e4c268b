/**
 * A Redis for a file of tests, and an endpoint that reaches it by HTTP.
 *
 * @module
 */
import { afterAll, beforeAll } from "vitest";
import { type RedisServer, startRedis } from "./redis.ts";
import { startUpstash, type UpstashEndpoint } from "./upstash.ts";

/** Both. They are there once the tests of the file have begun. */
export interface RedisOverHttp {
  readonly redis: RedisServer;
  readonly endpoint: UpstashEndpoint;
}

/** Starts both before the tests of a file, and stops them after. */
export const useRedisOverHttp = (): RedisOverHttp => {
  let redis: RedisServer;
  let endpoint: UpstashEndpoint;
  beforeAll(async () => {
    redis = await startRedis();
    endpoint = await startUpstash({ redisPort: redis.port });
  });
  afterAll(async () => {
    await endpoint?.stop();
    await redis?.stop();
  });
  return {
    get redis() {
      return redis;
    },
    get endpoint() {
      return endpoint;
    },
  };
};
