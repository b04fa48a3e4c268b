import * as Effect from "effect/Effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Memory from "../../adapters/memory.ts";
import * as upstash from "../../adapters/redis/http.ts";
import { Store } from "../../src/Store.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { kinds, storeOver, tcpStore } from "./support/redis-store.ts";

const laws = Laws.store.map((law) => [law.name, law] as const);
const check = (law: Laws.StoreLaw, store: Store) => Effect.runPromise(Effect.provideService(law.check, Store, store));

it("laws have names of their own", () => {
  expect(new Set(laws.map(([name]) => name)).size).toBe(laws.length);
});

describe("the store of memory", () => {
  const store = Memory.store();

  it.each(laws)("%s", async (_, law) => {
    await check(law, store);
  });

  it.each(laws)("%s, on a clock that only jumps", async (_, law) => {
    await Effect.runPromise(Laws.withoutWaiting(Effect.provideService(law.check, Store, store)));
  });
});

describe.each(kinds)("the store of %s", (_, kind) => {
  let redis: RedisServer;
  let endpoint: UpstashEndpoint;
  let overHttp: Store;
  let overTcp: Awaited<ReturnType<typeof tcpStore>>;

  beforeAll(async () => {
    redis = await startRedis();
    endpoint = await startUpstash({ redisPort: redis.port });
    overHttp = storeOver(upstash.make(endpoint), kind);
    overTcp = await tcpStore(redis.port, kind);
  });
  afterAll(async () => {
    overTcp?.close();
    await endpoint?.stop();
    await redis?.stop();
  });

  it.each(laws)("over HTTP: %s", async (_, law) => {
    await check(law, overHttp);
  });

  it.each(laws)("over TCP: %s", async (_, law) => {
    await check(law, overTcp.store);
  });

  it("left no key of any law behind", async () => {
    expect(await redis.command("KEYS", "*")).toEqual([]);
  });
});
