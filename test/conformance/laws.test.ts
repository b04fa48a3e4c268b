import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as Memory from "../../adapters/memory.ts";
import * as Redis from "../../adapters/redis.ts";
import * as RedisZset from "../../adapters/redis-zset.ts";
import { whole } from "../../src/carrier.ts";
import { Driver } from "../../src/Driver.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { item } from "../../src/testing/laws/requests.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { redisDrivers, tcpDriver } from "./support/stores.ts";

const check = (law: Laws.Law, driver: Driver) => Effect.provideService(law.check, Driver, driver);

describe("memory", () => {
  const driver = Memory.make();
  it.each(Laws.all.map((law) => [law.name, law] as const))("%s", async (_, law) => {
    await Effect.runPromise(check(law, driver));
  });

  it("keeps the laws on a clock that only jumps, without waiting", async () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    try {
      for (const law of Laws.all) await Effect.runPromise(Laws.withoutWaiting(check(law, driver)));
      const waitedMs = timers.mock.calls.reduce((sum, [, ms = 0]) => sum + ms, 0);
      expect(waitedMs).toBeLessThan(1_000);
    } finally {
      timers.mockRestore();
    }
  });
});

describe.each(redisDrivers)("%s", (name, members) => {
  let redis: RedisServer;
  let upstash: UpstashEndpoint;
  let overHttp: Driver;
  let overTcp: Awaited<ReturnType<typeof tcpDriver>>;

  beforeAll(async () => {
    redis = await startRedis();
    upstash = await startUpstash({ redisPort: redis.port });
    overHttp = await Effect.runPromise(
      (name === "redis" ? Redis : RedisZset).make({ url: upstash.url, token: upstash.token }),
    );
    expect(overHttp.name).toBe(name);
    overTcp = await tcpDriver(redis.port, undefined, members);
  });
  afterAll(async () => {
    overTcp?.close();
    await upstash?.stop();
    await redis?.stop();
  });

  describe("over HTTP", () => {
    it.each(Laws.all.map((law) => [law.name, law] as const))("%s", async (_, law) => {
      await Effect.runPromise(check(law, overHttp));
    });
  });

  describe("over TCP", () => {
    it.each(Laws.all.map((law) => [law.name, law] as const))("%s", async (_, law) => {
      await Effect.runPromise(check(law, overTcp.driver));
    });
  });

  it("left no key of any law behind", async () => {
    expect(await redis.command("KEYS", "*")).toEqual([]);
  });
});

describe("layers", () => {
  const peek = Effect.flatMap(
    Driver,
    (driver) => whole(driver).peek({ _tag: "Peek", service: "s", jobs: ["job"], history: false }),
  );
  const register = Effect.flatMap(Driver, (driver) =>
    whole(driver).claim({
      _tag: "Claim",
      service: "s",
      incarnation: "n",
      deployment: 1,
      expiresAt: Number.MAX_SAFE_INTEGER,
      items: [item("job", "n.1")],
    }));
  const run = <A, E>(effect: Effect.Effect<A, E, Driver>, layer: Layer.Layer<Driver, E>) =>
    Effect.runPromise(Effect.provide(effect, Layer.fresh(layer)));

  it("of memory share a store by their value", async () => {
    const [one, two] = [Memory.layer(), Memory.layer()];
    await run(register, one);
    expect((await run(peek, one)).jobs.length).toBe(1);
    expect((await run(peek, two)).jobs.length).toBe(0);
  });
});
