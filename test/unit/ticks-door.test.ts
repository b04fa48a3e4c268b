/**
 * `createTicker` of `ringcron/ticks` beside that of `ringcron/edge`: what each refuses, and that a store that fails is told alike.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Redacted from "effect/Redacted";
import * as Schedule from "effect/Schedule";
import * as edge from "ringcron/edge";
import * as Memory from "ringcron/memory";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import { createTicker, DriverError, fetchHandler, InvalidInput, observe, scheduled } from "ringcron/ticks";
import { describe, expect, it } from "vitest";

const secret = "canary-of-a-token";
const url = "https://name.upstash.io";
const sound = () => RedisZset.ticks({ url, token: secret });

describe.each([["redis", Redis], ["redis-zset", RedisZset]] as const)("ticks of %s", (name, driver) => {
  it.each([
    [{ url: "ftp://localhost", token: secret }],
    [{ url: "http://example.com", token: secret }],
    [{ url, token: "" }],
    [{ url, token: secret, timeoutMs: 0 }],
    [{ url, token: secret, prefix: "{" }],
    [{ url, token: secret, strange: 1 }],
    [{ url, token: Redacted.make("a b") }],
  ])("refuses %j as layer does, without the token", async (options) => {
    const refused = await Effect.runPromise(Effect.flip(Effect.scoped(Layer.build(driver.layer(options)))));
    let thrown: unknown;
    try {
      driver.ticks(options);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(DriverError);
    expect(thrown).toMatchObject({ _tag: "DriverError", driver: name, message: refused.message });
    expect(String(thrown)).not.toContain(secret);
  });

  it.each([[undefined], [null], [5], [{ client: {} }]])("refuses %j", (options) => {
    expect(() => driver.ticks(options as never)).toThrow(DriverError);
  });
});

describe("the driver", () => {
  it.each([
    ["a layer", Memory.layer()],
    ["a token", secret],
    ["nothing", undefined],
    ["null", null],
    ["an object", { name: "redis" }],
  ])("of a ticker is not %s, which is not shown", async (_, driver) => {
    const error = await createTicker({ service: "s", driver: driver as never }).catch((it) => it);
    expect(error).toBeInstanceOf(InvalidInput);
    expect(error).toMatchObject({ field: "driver", allowed: expect.stringContaining("ringcron/edge") });
    expect(String(error)).not.toContain(secret);
  });

  it("is no layer for the other door", async () => {
    const driver = sound() as never;
    await expect(edge.createTicker({ service: "s", driver })).rejects.toMatchObject({ field: "driver" });
  });

  it("is needed, with options", async () => {
    await expect(createTicker(undefined as never)).rejects.toMatchObject({ _tag: "InvalidInput", field: "options" });
    await expect(createTicker({ service: "a/b", driver: sound() })).rejects.toMatchObject({ field: "service" });
  });
});

describe("retry", () => {
  it("as a Schedule of Effect is refused by name, and nothing is changed", async () => {
    await using ticker = await createTicker({ service: "s", driver: sound() });
    const add = (retry: edge.JobOptions["retry"]) => ticker.add("job", "@daily", () => {}, { retry });
    await expect(add(Schedule.recurs(3))).rejects.toMatchObject({
      _tag: "InvalidInput",
      field: "retry",
      allowed: expect.stringContaining("ringcron/edge"),
    });
    await add({ times: 3 });
    await expect(add({ times: 3 })).rejects.toMatchObject({ field: "job" });
  });
});

/** Answers of whatever is at the address. */
const answers: ReadonlyArray<readonly [what: string, fetch: typeof globalThis.fetch, reason: DriverError["reason"]]> = [
  [
    "no connection",
    () => Promise.reject(Object.assign(new TypeError(secret), { cause: { code: "ECONNREFUSED" } })),
    "Unavailable",
  ],
  [
    "no answer in time",
    (_, init) => new Promise((__, reject) => init?.signal?.addEventListener("abort", () => reject(new Error(secret)))),
    "Unavailable",
  ],
  ["a refusal", () => Promise.resolve(Response.json({ error: "WRONGPASS invalid" }, { status: 401 })), "Unauthorized"],
  [
    "too many requests",
    () =>
      Promise.resolve(
        Response.json({ error: "ERR max requests limit exceeded" }, { status: 429, headers: { "retry-after": "7" } }),
      ),
    "RateLimited",
  ],
  [
    "a redirect",
    () => Promise.resolve(new Response(null, { status: 302, headers: { location: "https://example.com" } })),
    "Corrupt",
  ],
  ["no JSON", () => Promise.resolve(new Response("<html>")), "Corrupt"],
  ["another text", () => Promise.resolve(Response.json({ result: "hello" })), "Corrupt"],
];

describe("a store that fails", () => {
  it.each(answers)("with %s is told as through the other door, without the token", async (_, fetch, reason) => {
    const options = { url, token: secret, timeoutMs: 50, fetch };
    const ticking = async (ticker: edge.Ticker): Promise<DriverError> => {
      await ticker.add("job", "@daily", () => {});
      const error: unknown = await ticker.tick().catch((it) => it);
      await ticker.close();
      expect(error).toBeInstanceOf(DriverError);
      return error as DriverError;
    };
    const here = await ticking(await createTicker({ service: "s", driver: RedisZset.ticks(options) }));
    const there = await ticking(await edge.createTicker({ service: "s", driver: RedisZset.layer(options) }));
    const { message, reason: told, retryAfterMs } = here;
    expect([told, message, retryAfterMs]).toEqual([reason, there.message, there.retryAfterMs]);
    expect(message).not.toContain(secret);
    expect(await Effect.runPromise(Effect.flip(Effect.fail(here)))).toBe(here);
  });

  it("makes a handler of an address answer 503, and one of a Worker fail and go on with the same ticker", async () => {
    const [[, fetch]] = answers as [typeof answers[number]];
    const driver = RedisZset.ticks({ url, token: secret, fetch });
    const handle = fetchHandler(await createTicker({ service: "s", driver }), { secret: "a-secret-of-some-length" });
    const request = new Request("https://example.com", {
      method: "POST",
      headers: { authorization: "Bearer a-secret-of-some-length" },
    });
    expect((await handle(request)).status).toBe(503);
    let made = 0;
    const worker = scheduled(() => {
      made += 1;
      return createTicker({ service: "s", driver });
    });
    const kept: Array<Promise<unknown>> = [];
    const context = { waitUntil: (it: Promise<unknown>) => void kept.push(it.catch(() => {})) };
    for (let n = 0; n < 2; n++) await expect(worker({}, {}, context)).rejects.toBeInstanceOf(DriverError);
    expect([made, kept.length]).toEqual([1, 2]);
  });

  it("is told to observers for as long as these observe", async () => {
    const [[, fetch]] = answers as [typeof answers[number]];
    await using ticker = await createTicker({ service: "s", driver: RedisZset.ticks({ url, token: secret, fetch }) });
    const told: Array<string> = [];
    const end = observe(ticker, { request: ({ operation, result }) => void told.push(`${operation} ${result}`) });
    await ticker.tick().catch(() => {});
    end();
    await ticker.tick().catch(() => {});
    expect(told).toEqual(["peek Unavailable"]);
  });
});
