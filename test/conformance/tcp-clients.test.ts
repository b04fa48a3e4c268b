import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Redis as Ioredis } from "ioredis";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Redis from "../../adapters/redis.ts";
import * as RedisZset from "../../adapters/redis-zset.ts";
import { Driver, type DriverError } from "../../src/Driver.ts";
import type { PeekReply } from "../../src/core/words/Request.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { beat } from "./support/requests.ts";

/** A connected client, and what ends it. */
interface Connected {
  readonly client: Redis.RedisClientOptions["client"];
  readonly end: () => void;
}

const ioredis = (port: number, options: { username?: string; password?: string } = {}): Promise<Connected> => {
  const client = new Ioredis({ port, host: "127.0.0.1", lazyConnect: true, enableReadyCheck: false, ...options });
  client.on("error", () => {});
  return client.connect().then(() => ({ client, end: () => client.disconnect() }));
};
const nodeRedis = async (port: number, options: { username?: string; password?: string } = {}): Promise<Connected> => {
  const client = createClient({ socket: { port, host: "127.0.0.1" }, ...options });
  client.on("error", () => {});
  await client.connect();
  return { client, end: () => client.destroy() };
};
const clients = [["ioredis", ioredis], ["node-redis", nodeRedis]] as const;
const drivers = [["redis", Redis], ["redis-zset", RedisZset]] as const;

const run = Effect.runPromise;
const look = (driver: Driver): Effect.Effect<PeekReply, DriverError> =>
  driver.peek({ _tag: "Peek", service: "tcp", jobs: ["payload-CANARY"], history: false });
const failing = async (effect: Effect.Effect<unknown, DriverError>): Promise<DriverError> => {
  const error = await run(Effect.flip(effect));
  for (const text of [inspect(error, { depth: 9 }), JSON.stringify(error), error.stack ?? ""]) {
    expect(text).not.toContain("CANARY");
  }
  return error;
};

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis?.stop();
});

describe.each(clients)("over %s", (_, connect) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await connect(redis.port);
  });
  afterAll(() => connected?.end());
  const make = (timeoutMs = 2_000) => run(Redis.make({ client: connected.client, timeoutMs }));

  describe.each(drivers)("%s", (name, { layer }) => {
    it.each(Laws.all.map((law) => [law.name, law] as const))("%s", async (_, law) => {
      const named = Effect.map(Driver, (it) => expect(it.name).toBe(name));
      await run(Effect.provide(Effect.andThen(named, law.check), layer({ client: connected.client })));
    });
  });

  it("left no key of any law behind", async () => {
    expect(await redis.command("KEYS", "*")).toEqual([]);
  });

  it("sends a script as text when the server has forgotten it", async () => {
    const driver = await make();
    await run(look(driver));
    await redis.command("SCRIPT", "FLUSH");
    expect((await run(look(driver))).jobs).toEqual([]);
  });

  it("keeps apart what the server refuses", async () => {
    await redis.command("SET", "ringcron:2:{tcp}:rows", "CANARY");
    expect((await failing(look(await make()))).reason).toBe("Foreign");
    await redis.command("DEL", "ringcron:2:{tcp}:rows");

    await redis.command("ACL", "SETUSER", "limited", "on", ">CANARY", "~*", "+@all", "-@scripting");
    const limited = await connect(redis.port, { username: "limited", password: "CANARY" });
    expect((await failing(look(await run(Redis.make({ client: limited.client }))))).reason).toBe("Unauthorized");
    limited.end();
  });

  it("waits no longer than it was told for a server that hangs, and goes on when it wakes", async () => {
    const driver = await make(200);
    await run(look(driver));
    await redis.kill("SIGSTOP");
    const started = performance.now();
    const error = await failing(look(driver)).finally(() => redis.kill("SIGCONT"));
    expect([error.reason, error.detail]).toEqual(["Unavailable", "no answer from the store within 200 ms"]);
    expect(performance.now() - started).toBeLessThan(15_000);
    await expect.poll(() => run(look(driver)).then((it) => it.jobs), { timeout: 5_000 }).toEqual([]);
  });

  it("fails at once while there is no connection, and queues nothing for later", async () => {
    const own = await startRedis();
    const { client, end } = await connect(own.port);
    const driver = await run(Redis.make({ client, timeoutMs: 2_000 }));
    await run(look(driver));
    await own.kill("SIGKILL");
    await expect.poll(async () => (await failing(look(driver))).reason).toBe("Unavailable");
    await delay(50);
    const started = performance.now();
    for (let n = 0; n < 20; n++) {
      const error = await failing(driver.beat(beat("queued", `n${n}`)));
      expect(error.reason).toBe("Unavailable");
    }
    expect(performance.now() - started).toBeLessThan(15_000);
    await own.restart();
    await expect.poll(() => run(look(driver)).then((it) => it.jobs, () => "not yet"), { timeout: 10_000 }).toEqual([]);
    expect(await own.command("KEYS", "*queued*")).toEqual([]);
    end();
    await expect.poll(async () => (await failing(look(driver))).reason).toBe("Misconfigured");
    await own.stop();
  });
});

describe("a client that is none", () => {
  it.each<[string, unknown, number | undefined]>([
    ["nothing", undefined, undefined],
    ["null", null, undefined],
    ["text", "redis://localhost", undefined],
    ["an object", {}, undefined],
    // The client for HTTP has the same names with other arguments.
    ["that of @upstash/redis", { eval: () => {}, evalsha: () => {} }, undefined],
    ["one without time", { isReady: true, evalSha: () => {}, eval: () => {} }, 0],
  ])("%s: a typed failure", async (_, client, timeoutMs) => {
    for (const [, { layer, problem }] of drivers) {
      const options = { client: client as never, timeoutMs };
      const error = await failing(Effect.scoped(Layer.build(layer(options))));
      expect(error.reason).toBe("Misconfigured");
      expect(error.detail).toMatch(timeoutMs === 0 ? /^timeoutMs: / : /^client: /);
      expect(problem(options)).toBe(error.detail);
    }
  });

  const answering = (answer: () => Promise<unknown>) => ({ isReady: true, eval: answer, evalSha: answer });
  const refusing = (message: string, code?: string) =>
    answering(() => Promise.reject(Object.assign(new Error(message), code === undefined ? {} : { code })));

  it.each<[string, ReturnType<typeof answering>, DriverError["reason"]]>([
    ["LOADING", refusing("LOADING Redis is loading the dataset in memory"), "Unavailable"],
    ["NOAUTH", refusing("NOAUTH Authentication required. CANARY"), "Unauthorized"],
    ["WRONGTYPE", refusing("WRONGTYPE Operation against a key CANARY"), "Foreign"],
    ["a failure of the script", refusing("ERR user_script:5: CANARY script: 0a1b"), "Corrupt"],
    ["a closed connection", refusing("Connection is closed."), "Unavailable"],
    ["the network", refusing("read ECONNRESET CANARY", "ECONNRESET"), "Unavailable"],
    ["the network, in capitals", refusing("ECONNRESET", "ECONNRESET"), "Unavailable"],
    ["nothing known", answering(() => Promise.reject("CANARY")), "Unavailable"],
    [
      "a client that throws",
      answering(() => {
        throw new Error("no CANARY");
      }),
      "Unavailable",
    ],
    ["a number", answering(() => Promise.resolve(5)), "Corrupt"],
    ["another text", answering(() => Promise.resolve("peek|1")), "Corrupt"],
    ["null", answering(() => Promise.resolve(null)), "Corrupt"],
  ])("%s: a typed error", async (_, client, reason) => {
    expect((await failing(look(await run(Redis.make({ client }))))).reason).toBe(reason);
  });

  it("bytes are read as text", async () => {
    const client = answering(() => Promise.reject(new Error("unused")));
    const bytes = (_: string, options: { arguments: Array<string> }) =>
      Promise.resolve(new TextEncoder().encode(`${options.arguments[0]}\n7\n-\n`));
    client.evalSha = bytes as never;
    expect(await run(look(await run(Redis.make({ client }))))).toMatchObject({ storeTime: 7, jobs: [] });
  });
});
