/**
 * Each store a fleet may have, by the name of its driver, over real servers of the file that asks for them.
 *
 * @module
 */
import { Redis as Ioredis } from "ioredis";
import type { Layer } from "effect/Layer";
import * as Etcd from "ringcron/etcd";
import * as Memory from "ringcron/memory";
import type { DriverError } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import { afterAll, beforeAll } from "vitest";
import type { Driver } from "../../../src/Driver.ts";
import { type EtcdCluster, startEtcd } from "../../support/etcd.ts";
import { type RedisServer, startRedis } from "../../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../../support/upstash.ts";

/** What nodes are given to be a fleet over one store. */
export type Fleet = Layer<Driver, DriverError>;

/** How long an answer may take on a machine that is busy. Milliseconds. */
const timeoutMs = 20_000;

/** Starts the servers before the tests, stops them after. `hints`: whether nodes over HTTP listen for them. */
export const useStores = (
  { hints }: { readonly hints?: boolean } = {},
): { readonly stores: Readonly<Record<string, () => Fleet>> } => {
  let redis: RedisServer;
  let etcd: EtcdCluster;
  let upstash: UpstashEndpoint;
  const clients: Array<Ioredis> = [];
  beforeAll(async () => {
    [redis, etcd] = await Promise.all([startRedis(), startEtcd()]);
    upstash = await startUpstash({ redisPort: redis.port });
  }, 120_000);
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await upstash?.stop();
    await Promise.all([redis?.stop(), etcd?.stop()]);
  });
  const ioredis = () => {
    const client = new Ioredis({ port: redis.port, host: "127.0.0.1" });
    client.on("error", () => {});
    clients.push(client);
    return client;
  };
  return {
    stores: {
      memory: () => Memory.layer(),
      redis: () => Redis.layer({ url: upstash.url, token: upstash.token, hints, timeoutMs }),
      "redis-zset": () => RedisZset.layer({ client: ioredis() }),
      etcd: () => Etcd.layer({ endpoints: etcd.urls, timeoutMs }),
    },
  };
};
