import * as ConfigProvider from "effect/ConfigProvider";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Redacted from "effect/Redacted";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import * as RedisZset from "../../adapters/redis-zset.ts";
import type { Driver, DriverError } from "../../src/Driver.ts";
import type { PeekReply } from "../../src/core/words/Request.ts";
import { peek } from "../../src/shell/drivers.ts";
import { freePort } from "../support/ports.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";

const canary = "s3cr3t-CANARY-token";
const secretJob = "payload-CANARY-job";

let redis: RedisServer;
let upstash: UpstashEndpoint;
const servers: Array<Server> = [];

beforeAll(async () => {
  redis = await startRedis();
  upstash = await startUpstash({ redisPort: redis.port, token: canary });
});
afterEach(() => upstash.heal());
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await upstash?.stop();
  await redis?.stop();
});

const options = (rest: Partial<RedisZset.RedisZsetOptions> = {}): RedisZset.RedisZsetOptions => ({
  url: upstash.url,
  token: canary,
  timeoutMs: 2_000,
  ...rest,
});
const look = (rest: Partial<RedisZset.RedisZsetOptions> = {}): Effect.Effect<PeekReply, DriverError> =>
  Effect.flatMap(
    RedisZset.make(options(rest)),
    (driver) => driver.peek({ _tag: "Peek", service: "http", jobs: [secretJob], history: false }),
  );
const failing = async (effect: Effect.Effect<unknown, DriverError>): Promise<DriverError> => {
  const error = await Effect.runPromise(Effect.flip(effect));
  const texts = [error.message, String(error), inspect(error, { depth: 9 }), JSON.stringify(error), error.stack ?? ""];
  for (const text of texts) expect(text).not.toContain("CANARY");
  return error;
};

/** A server of any kind where the store is expected. */
const served = async (listener: RequestListener): Promise<string> => {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => listener(request, response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
  served((_, response) => {
    response.writeHead(status, headers).end(body);
  });

describe("options that cannot work", () => {
  it.each<[string, Partial<RedisZset.RedisZsetOptions>]>([
    ["url", { url: "" }],
    ["url", { url: "example.com" }],
    ["url", { url: "redis://localhost:6379" }],
    ["url", { url: "http://example.com" }],
    ["url", { url: `https://user:${canary}@example.com` }],
    ["url", { url: `https://example.com/?_token=${canary}` }],
    ["token", { token: "" }],
    ["token", { token: `${canary}\n` }],
    ["token", { token: Redacted.make("") }],
    ["token", { token: undefined as never }],
    ["prefix", { prefix: "a{b" }],
    ["prefix", { prefix: "a\n" }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["timeoutMs", { timeoutMs: Number.NaN }],
    ["retentionMs", { retentionMs: 1 }],
  ])("%s: a typed failure before anything is sent (%#)", async (field, rest) => {
    const before = upstash.requests();
    const built = Layer.build(RedisZset.layer(options(rest)));
    const error = await failing(Effect.scoped(built));
    expect(error.reason).toBe("Misconfigured");
    expect(error.detail).toMatch(new RegExp(`^${field}: `));
    expect(upstash.requests()).toBe(before);
  });

  it("are not http to this machine, nor http elsewhere when that is permitted", () => {
    for (
      const url of ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "http://a.localhost", "https://x.io"]
    ) {
      expect(RedisZset.problem({ url, token: "t" }), url).toBe(undefined);
    }
    expect(RedisZset.problem({ url: "http://10.0.0.1", token: "t", allowInsecure: true })).toBe(undefined);
    expect(RedisZset.problem({ url: "http://127.0.0.1.example.com", token: "t" })).toContain("url");
  });

  it("come from the environment too", async () => {
    const build = (env: Record<string, string>) =>
      Effect.scoped(
        Effect.provide(Layer.build(RedisZset.layerConfig), ConfigProvider.layer(ConfigProvider.fromUnknown(env))),
      );
    const missing = await failing(build({ UPSTASH_REDIS_REST_TOKEN: canary }));
    expect(missing.detail).toContain("UPSTASH_REDIS_REST_URL");
    const wrong = await failing(build({ UPSTASH_REDIS_REST_URL: "ftp://x", UPSTASH_REDIS_REST_TOKEN: canary }));
    expect(wrong.reason).toBe("Misconfigured");
    const right = build({ UPSTASH_REDIS_REST_URL: upstash.url, UPSTASH_REDIS_REST_TOKEN: canary });
    const reply = await Effect.runPromise(Effect.provide(
      peek({ _tag: "Peek", service: "env", jobs: [], history: false }),
      Layer.effectContext(right),
    ));
    expect(reply.jobs).toEqual([]);
  });
});

describe("answers that are none", () => {
  it("a wrong token", async () => {
    expect((await failing(look({ token: `${canary}-wrong` }))).reason).toBe("Unauthorized");
  });

  it("nobody there", async () => {
    const host = `127.0.0.1:${await freePort()}`;
    const error = await failing(look({ url: `http://${host}` }));
    expect([error.reason, error.detail]).toEqual(["Unavailable", `no complete answer from ${host} (ECONNREFUSED)`]);
  });

  it("too many requests, with the time to wait", async () => {
    upstash.faults.status = { code: 429, retryAfterS: 7, chance: 1 };
    const error = await failing(look());
    expect([error.reason, error.retryAfterMs]).toEqual(["RateLimited", 7_000]);
  });

  it.each([500, 502] as const)("status %i", async (code) => {
    upstash.faults.status = { code, chance: 1 };
    expect((await failing(look())).reason).toBe("Unavailable");
  });

  it.each(["request", "reply"] as const)("a %s that hangs is aborted in time", async (hang) => {
    upstash.faults.choose = () => ({ hang });
    const started = performance.now();
    const error = await failing(look({ timeoutMs: 150 }));
    expect([error.reason, error.detail]).toEqual([
      "Unavailable",
      `no complete answer from ${new URL(upstash.url).host} within 150 ms`,
    ]);
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  it("a body that never ends is aborted in time, and its connection closed", async () => {
    let closed = false;
    const url = await served((_, response) => {
      response.on("close", () => closed = true);
      response.writeHead(200).write(`{"result":"`);
    });
    expect((await failing(look({ url, timeoutMs: 150 }))).reason).toBe("Unavailable");
    await expect.poll(() => closed).toBe(true);
  });

  it("an interrupted request is aborted", async () => {
    let closed = false;
    const url = await served((_, response) => response.on("close", () => closed = true) as never);
    await Effect.runPromise(Effect.timeoutOption(Effect.ignore(look({ url, timeoutMs: 60_000 })), 100));
    await expect.poll(() => closed).toBe(true);
  });

  it("a dropped connection costs one request: nothing is repeated", async () => {
    upstash.faults.dropReply = 1;
    const before = upstash.requests();
    expect((await failing(look())).reason).toBe("Unavailable");
    expect(upstash.requests() - before).toBe(1);
  });

  it("half a body", async () => {
    upstash.faults.truncate = 1;
    expect((await failing(look())).reason).toBe("Unavailable");
  });

  it.each(["html", "json"] as const)("%s of something else", async (garbage) => {
    upstash.faults.choose = () => ({ garbage });
    const error = await failing(look());
    expect(error.reason).toBe("Corrupt");
    expect(error.detail).toContain("check the URL");
  });

  it.each<[string, number, string, string]>([
    ["a page that is not there", 404, "<h1>Not Found</h1>", "Corrupt"],
    ["a redirect", 302, "", "Corrupt"],
    ["nothing", 204, "", "Corrupt"],
    ["truncated JSON", 200, `{"result":"peek|1`, "Corrupt"],
    ["two bodies", 200, `{"result":"a"}{"result":"b"}`, "Corrupt"],
    ["a list", 200, `[{"result":"a"}]`, "Corrupt"],
    ["null", 200, `{"result":null}`, "Corrupt"],
    ["a number", 200, `{"result":5}`, "Corrupt"],
    ["a hostile object", 200, `{"result":{"__proto__":{"polluted":1}}}`, "Corrupt"],
    ["a denied command", 400, `{"error":"NOPERM ${canary} cannot run eval"}`, "Unauthorized"],
    ["the quota of a day", 400, `{"error":"ERR max daily request limit exceeded. ${canary}"}`, "RateLimited"],
    ["a read-only replica", 400, `{"error":"READONLY ${canary}"}`, "Unavailable"],
    ["memory that is full", 400, `{"error":"OOM command not allowed ${canary}"}`, "Unavailable"],
    ["a key of another type", 400, `{"error":"ERR Error running script: WRONGTYPE ${canary}"}`, "Foreign"],
    ["an error nobody knows", 400, `{"error":"${canary} ${secretJob}"}`, "Corrupt"],
    ["an error beside 200", 200, `{"error":"LOADING ${canary}"}`, "Unavailable"],
    ["a forbidden address", 403, `${canary}`, "Unauthorized"],
  ])("%s", async (_, status, body, reason) => {
    const url = await answering(status, body, { "content-type": "application/json", location: "http://127.0.0.1:1/" });
    const error = await failing(look({ url }));
    expect(error.reason).toBe(reason);
    expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
  });

  it("the answer to another request", async () => {
    let first: string | undefined;
    const replaying: typeof globalThis.fetch = async (input, init) => {
      const response = await fetch(input, init);
      const text = await response.text();
      if (!response.ok) return new Response(text, { status: response.status });
      first ??= text;
      return new Response(first, { status: 200 });
    };
    const driver = await Effect.runPromise(RedisZset.make(options({ fetch: replaying })));
    const ask = (job: string) => driver.peek({ _tag: "Peek", service: "http", jobs: [job], history: false });
    await Effect.runPromise(ask("one"));
    expect((await failing(ask("two"))).reason).toBe("Corrupt");
  });
});

describe("scripts", () => {
  const bodies = (failWith?: () => boolean) => {
    const sent: Array<string> = [];
    const spy: typeof globalThis.fetch = (input, init) => {
      const [command, script] = JSON.parse(String(init?.body)) as [string, string];
      sent.push(command);
      return command === "evalsha" && failWith?.()
        ? Promise.resolve(new Response(`{"error":"NOSCRIPT No matching script"}`, { status: 400 }))
        : fetch(input, init).then((response) => (expect(script.length).toBeGreaterThan(30), response));
    };
    return { sent, spy };
  };
  const looks = async (driver: Driver, times: number) => {
    for (let n = 0; n < times; n++) {
      await Effect.runPromise(driver.peek({ _tag: "Peek", service: "http", jobs: [], history: false }));
    }
  };

  it("are sent as text once, then by their hash", async () => {
    await redis.command("SCRIPT", "FLUSH");
    const { sent, spy } = bodies();
    await looks(await Effect.runPromise(RedisZset.make(options({ fetch: spy }))), 3);
    expect(sent).toEqual(["evalsha", "eval", "evalsha", "evalsha"]);
  });

  it("are sent as text for good when replicas do not share them", async () => {
    const { sent, spy } = bodies(() => true);
    await looks(await Effect.runPromise(RedisZset.make(options({ fetch: spy }))), 5);
    expect(sent).toEqual(["evalsha", "eval", "evalsha", "eval", "evalsha", "eval", "eval", "eval"]);
  });
});
