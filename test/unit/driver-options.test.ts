/**
 * Options of the drivers that cannot work, with the clients people really have: told before anything is sent.
 */
import * as ConfigProvider from "effect/ConfigProvider";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Redis as Ioredis } from "ioredis";
import { createClient, createCluster } from "redis";
import { describe, expect, it } from "vitest";
import * as Etcd from "../../adapters/etcd.ts";
import * as Redis from "../../adapters/redis.ts";
import * as RedisZset from "../../adapters/redis-zset.ts";
import { DriverError } from "../../src/Driver.ts";

const canary = "s3cr3t-CANARY";
const drivers = [["redis", Redis], ["redis-zset", RedisZset]] as const;

/** What `layer`, `make` and `problem` say, which must be one and the same. */
const refusal = async (
  { layer, make, problem }: { layer: unknown; make: unknown; problem: unknown },
  options: unknown,
): Promise<string> => {
  const of = <A>(it: unknown) => it as (options: unknown) => A;
  const fail = (effect: Effect.Effect<unknown, unknown>) => Effect.runPromise(Effect.flip(effect));
  const errors = await Promise.all([
    fail(Effect.scoped(Layer.build(of<Layer.Layer<never, unknown>>(layer)(options)))),
    fail(of<Effect.Effect<unknown, unknown>>(make)(options)),
  ]);
  const text = of<string | undefined>(problem)(options);
  for (const error of errors) {
    expect(error).toBeInstanceOf(DriverError);
    expect(error).toMatchObject({ reason: "Misconfigured", operation: "layer", detail: text });
    expect((error as DriverError).message).not.toContain("CANARY");
  }
  return text ?? "";
};

const idle = new Ioredis({ lazyConnect: true });
const never = createClient();

describe.each(drivers)("of %s", (name, driver) => {
  const good = { url: "https://name.upstash.io", token: canary };

  it.each<[field: string, options: unknown]>([
    ["options", undefined],
    ["options", null],
    ["options", "https://name.upstash.io"],
    ["options", () => good],
    ["url", {}],
    ["url", { ...good, url: null }],
    ["url", { ...good, url: new URL(good.url) }],
    ["token", { ...good, token: null }],
    ["token", { ...good, token: 5 }],
    ["prefix", { ...good, prefix: null }],
    ["prefix", { ...good, prefix: ["a"] }],
    ["retentionMs", { ...good, retentionMs: null }],
    ["retentionMs", { ...good, retentionMs: "30d" }],
    ["timeoutMs", { ...good, timeoutMs: null }],
    ["allowInsecure", { ...good, allowInsecure: "yes" }],
    ["hints", { ...good, hints: null }],
    ["hints", { client: idle, hints: "yes" }],
    ["fetch", { ...good, fetch: null }],
    ["fetch", { ...good, fetch: "fetch" }],
    ["retentionMS", { ...good, retentionMS: 5_000 }],
    ["options", { ...good, [canary]: true }],
    ["token", { client: never, token: canary }],
    ["client", { client: undefined }],
    ["client", { client: null }],
    ["client", { client: "redis://localhost" }],
    ["client", { client: {} }],
    ["client", { client: { status: "ready", eval: () => {} } }],
    ["client", { client: { eval: () => {}, evalSha: () => {} } }],
    ["client", { client: Object.create(null) }],
    ["client", { client: createClient }],
  ])("%s (%#)", async (field, options) => {
    expect(await refusal(driver, options)).toMatch(new RegExp(`^${field}: .*allowed: `));
  });

  it("a URL of Redis's own protocol leads to { client }", async () => {
    for (const url of ["redis://localhost:6379", `rediss://user:${canary}@example.com`]) {
      expect(await refusal(driver, { url, token: canary })).toMatch(/^url: .*\{ client \}.*ioredis or redis/);
    }
  });

  it.each([["ioredis", idle], ["redis", never], ["a cluster of redis", createCluster({ rootNodes: [] })]])(
    "a client of %s in the place of the options leads to { client }, and is taken there",
    async (_, client) => {
      expect(await refusal(driver, client)).toMatch(/^options: .*\{ client \}/);
      expect(driver.problem({ client: client as never })).toBeUndefined();
    },
  );

  it("the legacy form of a client of redis answers by callbacks and is refused", async () => {
    expect(await refusal(driver, { client: never.legacy() })).toMatch(/^client: .*legacy\(\)/);
    const old = { isReady: true, isOpen: true, eval: () => {}, evalSha: () => {}, options: { legacyMode: true } };
    expect(await refusal(driver, { client: old })).toMatch(/^client: .*legacy/);
  });

  it("a client that is undefined is none", async () => {
    const address = { url: "https://store.example", token: "t" };
    await Effect.runPromise(driver.make({ client: undefined, ...address } as never));
    expect(await refusal(driver, { client: undefined })).toMatch(/^client: /);
  });

  it("a client that is not connected is asked nothing, and the error says so", async () => {
    const look = async (client: unknown) => {
      const made = await Effect.runPromise(driver.make({ client: client as never }));
      const peek = made.peek({ _tag: "Peek", service: "s", jobs: [], history: false });
      return await Effect.runPromise(Effect.flip(peek));
    };
    expect(await look(never)).toMatchObject({
      driver: name,
      reason: "Misconfigured",
      detail: "the client is not connected: call its connect() before the start",
    });
    const ended = new Ioredis({ lazyConnect: true });
    ended.disconnect();
    await expect.poll(() => ended.status).toBe("end");
    expect(await look(ended)).toMatchObject({ reason: "Misconfigured", detail: expect.stringContaining("is closed") });
    const asked = () => Promise.reject(new Error("asked"));
    for (
      const state of [{ isReady: false, isOpen: true, evalSha: asked }, { status: "reconnecting", evalsha: asked }]
    ) {
      const error = await look({ ...state, eval: asked });
      expect(error).toMatchObject({ reason: "Unavailable", detail: expect.stringContaining("at the moment") });
    }
  });
});

describe("of etcd", () => {
  const good = { endpoints: "https://etcd-1:2379" };

  it.each<[field: string, options: unknown]>([
    ["options", undefined],
    ["options", null],
    ["options", "https://etcd-1:2379"],
    ["endpoints", {}],
    ["endpoints", { endpoints: null }],
    ["endpoints", { endpoints: 5 }],
    ["endpoints", { endpoints: [] }],
    ["endpoints", { endpoints: [null] }],
    ["endpoints", { endpoints: [new URL("https://etcd-1:2379")] }],
    ["endpoints", { endpoints: `https://user:${canary}@etcd-1:2379` }],
    ["user, password", { ...good, user: "a" }],
    ["user, password", { ...good, user: null, password: undefined }],
    ["password", { ...good, user: "a", password: 5 }],
    ["prefix", { ...good, prefix: null }],
    ["timeoutMs", { ...good, timeoutMs: null }],
    ["maxClockSkewMs", { ...good, maxClockSkewMs: null }],
    ["hints", { ...good, hints: 0 }],
    ["allowInsecure", { ...good, allowInsecure: 1 }],
    ["fetch", { ...good, fetch: {} }],
    ["endpoint", { endpoint: "https://etcd-1:2379" }],
  ])("%s (%#)", async (field, options) => {
    expect(await refusal(Etcd, options)).toMatch(new RegExp(`^${field}: `));
  });
});

it.each([...drivers, ["etcd", Etcd] as const])(
  "of %s are not read where a runtime guards its environment",
  async (_, it) => {
    const guarded = ConfigProvider.make(() => Effect.die(new Error(canary)));
    const built = Effect.provide(Layer.build(it.layerConfig), ConfigProvider.layer(guarded));
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(built)));
    expect(error).toMatchObject({ reason: "Misconfigured" });
    expect(error.detail).toMatch(/^the environment cannot be read \(Deno: --allow-env\); or pass /);
  },
);
