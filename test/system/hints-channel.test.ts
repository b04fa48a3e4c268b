/**
 * The channel of hints itself: what is left of it when it is closed early, refused, cut for ever or late.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Redis as Ioredis } from "ioredis";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import * as Memory from "ringcron/memory";
import * as Redis from "ringcron/redis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Driver, DriverError, type Hearing } from "../../src/Driver.ts";
import { type Proxy, startProxy } from "../compare/proxy.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";
import { useNodes } from "./support/nodes.ts";

const nodes = useNodes();
let redis: RedisServer;
let proxy: Proxy;
const endings: Array<() => unknown> = [];

beforeAll(async () => {
  redis = await startRedis();
  proxy = await startProxy(redis.port);
});
afterAll(async () => {
  for (const end of endings) await end();
  await proxy?.stop();
  await redis?.stop();
});

const clients = {
  ioredis: async (port: number) => {
    const client = new Ioredis({ port, host: "127.0.0.1", lazyConnect: true });
    client.on("error", () => {});
    await client.connect();
    endings.push(() => client.disconnect());
    return client;
  },
  "node-redis": async (port: number) => {
    const client = createClient({ socket: { port, host: "127.0.0.1" } });
    client.on("error", () => {});
    await client.connect();
    endings.push(() => client.destroy());
    return client;
  },
};
const names = ["ioredis", "node-redis"] as const;

const silent: Hearing = { opened: () => {}, heard: () => {} };
const listenAt = (driver: Driver, hearing = silent) => driver.hints?.("channel", hearing) ?? Effect.never;

describe.each(names)("a client of %s", (name) => {
  const connections = async () => String(await redis.command("CLIENT", "LIST")).trim().split("\n").length;

  it("leaves no connection, whenever it is interrupted and whenever it is too slow", async () => {
    const client = await clients[name](proxy.port);
    const driver = await Effect.runPromise(Redis.make({ client }));
    const hasty = await Effect.runPromise(Redis.make({ client, timeoutMs: 20 }));
    proxy.delay(60, 0);
    const before = await connections();
    for (const ms of [0, 0, 0, 0, 1, 3, 10, 50, 80, 120, 170, 230]) {
      const fiber = Effect.runFork(listenAt(driver));
      if (ms > 0) await delay(ms);
      fiber.interruptUnsafe();
      expect((await Effect.runPromise(Effect.flip(listenAt(hasty)))).reason).toBe("Unavailable");
    }
    // Whatever goes on connecting has done so by then.
    await delay(500);
    await waitFor(async () => (await connections()) === before, 2_000, "the connections to be closed");
    proxy.delay(0, 0);
  });

  it("on a server that takes no more clients is told what would save some", async () => {
    await using own = await startRedis();
    const client = await clients[name](own.port);
    const driver = await Effect.runPromise(Redis.make({ client }));
    const limit = (many: string) =>
      client instanceof Ioredis
        ? client.call("CONFIG", "SET", "maxclients", many)
        : client.sendCommand(["CONFIG", "SET", "maxclients", many]);
    await limit("1");
    const error = await Effect.runPromise(Effect.flip(listenAt(driver)));
    await limit("100");
    expect(error.reason).toBe("Unavailable");
    // Whether the server's own words arrive before it closes is a race.
    expect(error.detail).toMatch(
      /has as many clients as its maxclients allows; hints: false saves a connection per node$/,
    );
  });

  it("on a server without SUBSCRIBE is told so", async () => {
    await using own = await startRedis({ args: ["--rename-command", "subscribe", "elsewhere"] });
    const driver = await Effect.runPromise(Redis.make({ client: await clients[name](own.port) }));
    const error = await Effect.runPromise(Effect.flip(listenAt(driver)));
    expect([error.reason, error.detail]).toEqual([
      "Misconfigured",
      "the server does not run SUBSCRIBE: renamed, switched off or not known to it; needed is SUBSCRIBE, or hints: false",
    ]);
  });
});

/** A member over a driver. */
const member = async (driver: Layer.Layer<Driver, DriverError>, options: object = {}) => {
  const started: Array<number> = [];
  const service = `channel-${randomUUID()}`;
  const cron = await nodes.make({ service, driver, maxSilenceMs: 600_000, graceMs: 1_000, ...options });
  await cron.add("job", "@manual", () => void started.push(performance.now()));
  await cron.start();
  return { cron, service, started };
};

it("one that is cut every other second is mostly open, is told once, and once that it stands again", async () => {
  await using upstash = await startUpstash({ redisPort: redis.port });
  const { cron } = await member(Redis.layer({ url: upstash.url, token: upstash.token, hints: true }));
  await waitFor(() => upstash.subscriptions() === 1, 2_000, "the channel to open");
  const cuts = setInterval(() => upstash.dropSubscriptions(), 2_500);
  let [open, looked] = [0, 0];
  const until = performance.now() + 15_000;
  while (performance.now() < until) {
    await delay(50);
    looked += 1;
    open += upstash.subscriptions();
  }
  clearInterval(cuts);
  expect(open / looked).toBeGreaterThan(0.5);
  expect(cron.happened("HintsUnavailable").length).toBe(1);
  expect(cron.happened("HintsBack")).toEqual([]);
  await waitFor(() => cron.happened("HintsBack").length > 0, 20_000, "the event");
  expect(cron.happened("HintsUnavailable").length).toBe(1);
  await cron.stop({ drainMs: 0 });
}, 60_000);

/** A store of this process whose channel is another one. */
const withHints = (hints: (memory: Driver) => Driver["hints"]) => {
  const memory = Memory.make();
  return { memory, layer: Layer.succeed(Driver, { ...memory, hints: hints(memory) }) };
};

it("what was told before it was open is heard of a grace after that", async () => {
  const lateMs = 2_000;
  const { layer, memory } = withHints((it) => (service, hearing) =>
    Effect.andThen(Effect.sleep(lateMs), it.hints?.(service, hearing) ?? Effect.never)
  );
  const from = performance.now();
  const { cron, service, started } = await member(layer);
  await waitFor(() => cron.jobs()[0]?.decidedUpTo !== undefined, 1_500, "the job to be known");
  const command = { _tag: "Trigger", job: "job", key: "k" } as const;
  await Effect.runPromise(memory.control({ _tag: "Control", service, command }));
  await waitFor(() => started.length === 1, 10_000, "the start");
  expect((started[0] as number) - from).toBeGreaterThan(lateMs + 900);
  await cron.stop({ drainMs: 0 });
});

it("an answer that makes no sense, once or twice, is no reason to wait for long", async () => {
  let asked = 0;
  const strange = new DriverError({ driver: "memory", operation: "hints", reason: "Corrupt", detail: "what?" });
  const { layer } = withHints((it) => (service, hearing) =>
    ++asked <= 2 ? Effect.fail(strange) : it.hints?.(service, hearing) ?? Effect.never
  );
  const { cron } = await member(layer);
  await waitFor(() => asked === 3, 5_000, "a third time");
  await cron.stop({ drainMs: 0 });
});
