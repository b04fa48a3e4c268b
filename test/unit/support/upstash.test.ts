import { Redis } from "@upstash/redis";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type RedisServer, startRedis } from "../../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../../support/upstash.ts";

let redis: RedisServer;
let endpoint: UpstashEndpoint;
let client: Redis;

beforeAll(async () => {
  redis = await startRedis();
  endpoint = await startUpstash({ redisPort: redis.port });
  client = connect(endpoint.token);
});
afterAll(async () => {
  await endpoint?.stop();
  await redis?.stop();
});
afterEach(async () => {
  endpoint.heal();
  await redis.command("FLUSHALL");
});

function connect(token: string, signal?: () => AbortSignal): Redis {
  return new Redis({
    url: endpoint.url,
    token,
    retry: { retries: 0 },
    enableAutoPipelining: false,
    automaticDeserialization: false,
    enableTelemetry: false,
    ...(signal ? { signal } : {}),
  });
}

describe("the endpoint, asked by the real client", () => {
  it("serves commands, text of any kind, nulls, lists and statuses", async () => {
    for (const value of ["plain", "åäö 漢字 🕰️", "OK", "", "\u0000\u0001", "x".repeat(200_000)]) {
      expect(await client.set("key", value)).toBe("OK");
      expect(await client.get("key")).toBe(value);
    }
    expect(await client.get("absent")).toBeNull();
    expect(await client.set("key", "other", { nx: true })).toBeNull();
    await client.rpush("list", "OK", "b");
    expect(await client.lrange("list", 0, -1)).toEqual(["OK", "b"]);
    expect(await client.ping()).toBe("PONG");
    expect(await client.zadd("zset", { score: 1, member: "a" })).toBe(1);
  });

  it("keeps bytes that are not UTF-8", async () => {
    await redis.command("SET", "bytes", Uint8Array.of(0xff, 0x00, 0xfe));
    const reply = await post("/", ["GET", "bytes"], { "Upstash-Encoding": "base64" });
    expect(await reply.json()).toEqual({ result: "/wD+" });
  });

  it("runs scripts, and answers NOSCRIPT and script errors as errors", async () => {
    const sha = await client.scriptLoad("return {KEYS[1], ARGV[1], redis.call('TIME')[1] ~= nil, 7}");
    expect(await client.evalsha(sha, ["key"], ["ü"])).toEqual(["key", "ü", 1, 7]);
    await expect(client.evalsha("0".repeat(40), [], [])).rejects.toThrow("NOSCRIPT");
    await expect(client.eval("return redis.error_reply('MINE of mine')", [], [])).rejects.toThrow("MINE of mine");
    await client.set("key", "text");
    await expect(client.hget("key", "field")).rejects.toThrow("WRONGTYPE");
  });

  it("serves pipelines and transactions, with errors in their place", async () => {
    const pipeline = client.pipeline().set("a", "1").incr("a").hget("a", "field").get("a");
    const replies = await pipeline.exec({ keepErrors: true });
    expect(replies.map((it) => it.error?.split(" ")[0] ?? it.result)).toEqual(["OK", 2, "WRONGTYPE", "2"]);
    expect(await client.multi().incr("a").get("a").exec()).toEqual([3, "3"]);
    const aborted = await post("/multi-exec", [["NOSUCH"], ["GET", "a"]]);
    expect(aborted.status).toBe(400);
    expect(await aborted.json()).toEqual({ error: expect.stringContaining("EXECABORT") });
  });

  it("refuses a wrong token, a body that is no command, and commands that occupy the connection", async () => {
    await expect(connect("wrong").get("key")).rejects.toThrow("WRONGPASS invalid or missing auth token");
    for (const body of [{}, [], [["GET"]], "GET", ["BLPOP", "a", 0], ["multi"]]) {
      expect((await post("/", body)).status).toBe(400);
    }
    expect((await post("/nothing", ["PING"])).status).toBe(404);
  });

  it("counts requests and commands", async () => {
    const [requests, commands] = [endpoint.requests(), endpoint.commands()];
    await client.pipeline().get("a").get("b").exec();
    expect(endpoint.requests() - requests).toBe(1);
    expect(endpoint.commands() - commands).toBe(2);
  });

  it("answers 500 while the server is down, and serves again after a restart", async () => {
    await redis.kill("SIGKILL");
    await expect(client.ping()).rejects.toThrow("unavailable");
    await redis.restart();
    expect(await client.ping()).toBe("PONG");
  });
});

describe("faults", () => {
  const count = async () => Number(await redis.command("GET", "counter"));

  it("drops the request or the reply, and applies the command in the second case only", async () => {
    endpoint.faults.dropRequest = 1;
    await expect(client.incr("counter")).rejects.toThrow();
    expect(await count()).toBe(0);
    endpoint.heal();
    endpoint.faults.dropReply = 1;
    const before = endpoint.requests();
    await expect(client.incr("counter")).rejects.toThrow();
    // Some runtimes send a request again by themselves when its connection was cut.
    expect(await count()).toBe(endpoint.requests() - before);
  });

  it("applies a request twice", async () => {
    endpoint.faults.duplicate = 1;
    expect(await client.incr("counter")).toBe(2);
  });

  it("delays, and hangs until it is healed or the client gives up", async () => {
    endpoint.faults.delayRequestMs = 20;
    endpoint.faults.delayReplyMs = () => 20;
    const before = performance.now();
    await client.incr("counter");
    expect(performance.now() - before).toBeGreaterThan(35);
    for (const hang of ["reply", "request"] as const) {
      endpoint.faults.choose = () => ({ hang });
      const controller = new AbortController();
      const asked = expect(connect(endpoint.token, () => controller.signal).incr("counter")).rejects.toThrow();
      // Given up any sooner it might be read, and applied, in the middle of the next test.
      await vi.waitFor(() => expect(endpoint.hanging()).toBe(1), { timeout: 10_000 });
      controller.abort();
      await asked;
      endpoint.heal();
      expect(await count()).toBe(2);
    }
  });

  it("answers with statuses", async () => {
    for (const code of [401, 429, 500, 502] as const) {
      endpoint.faults.choose = () => ({ status: { code, retryAfterS: 7, applied: code === 502 } });
      const reply = await post("/", ["INCR", "counter"]);
      expect(reply.status).toBe(code);
      expect(reply.headers.get("retry-after")).toBe(code === 429 ? "7" : null);
      await expect(client.get("key")).rejects.toThrow();
    }
    expect(await count()).toBe(1);
  });

  it("cuts a reply short, and answers with something else", async () => {
    for (const fault of [{ truncate: true }, { garbage: "html" }] as const) {
      endpoint.faults.choose = () => fault;
      await expect(client.incr("counter")).rejects.toThrow();
    }
    endpoint.faults.choose = () => ({ garbage: "json" });
    expect(await (await post("/", ["INCR", "counter"])).json()).not.toHaveProperty("result");
    expect(await count()).toBe(3);
  });

  it("chooses by number and body, and repeats its draws under one seed", async () => {
    endpoint.faults.choose = (_, body) => Array.isArray(body) && body[0] === "incr" ? { dropRequest: true } : undefined;
    await expect(client.incr("counter")).rejects.toThrow();
    expect(await client.get("counter")).toBeNull();
    const patterns = await Promise.all([1, 1, 2].map(async (seed) => {
      await using own = await startUpstash({ redisPort: redis.port, seed });
      own.faults.status = { code: 500, chance: 0.5 };
      let pattern = "";
      for (let n = 0; n < 30; n++) pattern += (await post("/", ["PING"], {}, own)).ok ? "." : "x";
      return pattern;
    }));
    expect(patterns[0]).toBe(patterns[1]);
    expect(patterns[0]).not.toBe(patterns[2]);
  });
});

function post(path: string, body: unknown, headers: Record<string, string> = {}, to = endpoint): Promise<Response> {
  return fetch(to.url + path, {
    method: "POST",
    headers: { Authorization: `Bearer ${to.token}`, ...headers },
    body: JSON.stringify(body),
  });
}
