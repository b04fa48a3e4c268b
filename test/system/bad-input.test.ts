import * as Redacted from "effect/Redacted";
import { inspect } from "node:util";
import {
  createCron,
  CronExpressionError,
  type CronOptions,
  DriverError,
  type Event,
  InvalidInput,
  NodeStopped,
  type Scheduler,
} from "ringcron/promise";
import * as Memory from "ringcron/memory";
import * as RedisZset from "ringcron/redis-zset";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { keysOf } from "../../adapters/redis/keys.ts";
import { freePort } from "../support/ports.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";
import { takeConsole, type Written } from "./support/console.ts";

const canary = "s3cr3t-CANARY";

let redis: RedisServer;
let store: UpstashEndpoint;
let written: Written;
let services = 0;
const alive: Array<Scheduler> = [];

beforeAll(async () => {
  written = takeConsole();
  redis = await startRedis();
  store = await startUpstash({ redisPort: redis.port, token: canary });
});
afterEach(async () => {
  store.heal();
  await Promise.all(alive.splice(0).map((cron) => cron.stop({ drainMs: 0 })));
});
afterAll(async () => {
  await store?.stop();
  await redis?.stop();
  written?.restore();
});

/** Fails if a text that people, logs or dashboards may see holds the token. */
const expectNoToken = (value: unknown): void => {
  const seen = new Set<unknown>();
  const texts = [String(value), inspect(value, { depth: 20, showHidden: true, getters: true })];
  for (let it = value; it instanceof Error && !seen.has(it); it = it.cause) {
    seen.add(it);
    texts.push(it.message, it.stack ?? "", JSON.stringify(it), JSON.stringify({ ...it }));
  }
  texts.push(JSON.stringify(value) ?? "");
  for (const text of texts) expect(text).not.toContain("CANARY");
};

const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expectNoToken(error);
  return error;
};

const make = async (rest: Partial<CronOptions<DriverError>> = {}): Promise<Scheduler> => {
  const cron = await createCron({
    service: `bad-${++services}`,
    driver: Memory.layer(),
    logLevel: "debug",
    ...rest,
  } as CronOptions<DriverError>);
  alive.push(cron);
  return cron;
};
const overHttp = (rest: Partial<RedisZset.RedisZsetOptions> = {}) =>
  RedisZset.layer({ url: store.url, token: canary, timeoutMs: 1_000, ...rest });

describe("createCron refuses", () => {
  it.each<[field: string, options: Record<string, unknown>]>([
    ["service", { service: "" }],
    ["service", { service: "*" }],
    ["service", { service: "{a}" }],
    ["service", { service: "a".repeat(10_240) }],
    ["service", { service: "🦊" }],
    ["service", { service: undefined }],
    ["nodeName", { nodeName: "a b" }],
    ["leaseMs", { leaseMs: NaN }],
    ["weight", { weight: -1 }],
    ["drainMs", { drainMs: "10s" }],
    ["driver", { driver: undefined }],
    ["driver", { driver: `https://user:${canary}@example.com` }],
    ["driver", { driver: { url: "https://example.com", token: canary } }],
    ["logLevel", { logLevel: "loud" }],
    ["logLevel", { logLevel: "toString" }],
  ])("a wrong %s (%#)", async (field, options) => {
    const error = await rejection(make(options));
    expect(error).toBeInstanceOf(InvalidInput);
    expect(error).toMatchObject({ _tag: "InvalidInput", name: "InvalidInput", field });
  });

  it.each([undefined, null, "billing"])("%s instead of options", async (options) => {
    expect(await rejection(createCron(options as never))).toMatchObject({ _tag: "InvalidInput", field: "options" });
  });

  it.each<[what: string, options: Partial<RedisZset.RedisZsetOptions>]>([
    ["url", { url: "not a url" }],
    ["url", { url: "redis://127.0.0.1:6379" }],
    ["url", { url: `https://user:${canary}@example.com` }],
    ["url", { url: `https://${canary}:x@example.com` }],
    ["url", { url: `https://example.com/?_token=${canary}` }],
    ["url", { url: "http://example.com" }],
    ["token", { token: "" }],
    ["token", { token: ` ${canary}` }],
    ["prefix", { prefix: "{" }],
  ])("a driver with a wrong %s (%#), before anything is sent", async (what, options) => {
    const before = store.requests();
    const error = await rejection(make({ driver: overHttp(options) }));
    expect(error).toBeInstanceOf(DriverError);
    expect(error).toMatchObject({ _tag: "DriverError", name: "DriverError", reason: "Misconfigured" });
    expect((error as DriverError).detail).toMatch(new RegExp(`^${what}: .*allowed`));
    expect(store.requests()).toBe(before);
  });
});

describe("add refuses", () => {
  const noop = () => {};

  it.each(["memory", "redis"])("a name that is taken, and keeps the first job (%s)", async (kind) => {
    const cron = await make(kind === "redis" ? { driver: overHttp() } : {});
    await cron.add("twice", "0 9 * * *", noop);
    expect(await rejection(cron.add("twice", "0 10 * * *", noop))).toMatchObject({
      _tag: "InvalidInput",
      field: "job",
      value: '"twice"',
    });
    await cron.start();
    expect(await rejection(cron.add("twice", "0 10 * * *", noop))).toMatchObject({ field: "job" });
    expect(cron.jobs().map(({ name, schedule }) => [name, schedule])).toEqual([["twice", "0 9 * * *"]]);
  });

  it("one of two that are added at once", async () => {
    const cron = await make();
    const results = await Promise.allSettled([cron.add("a", "@daily", noop), cron.add("a", "@daily", noop)]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(cron.jobs().length).toBe(1);
  });

  it.each([["*"], ["{"], ["a|b"], ["tenant: 42"], [""], ["a".repeat(10_240)], ["🦊"], ["__proto__"], [undefined]])(
    "the name %j, and nothing is changed",
    async (name) => {
      const cron = await make();
      const error = await rejection(cron.add(name as string, "@daily", noop));
      expect(error).toMatchObject({ _tag: "InvalidInput", field: "job" });
      expect(cron.jobs()).toEqual([]);
    },
  );

  it.each<[field: string, schedule: unknown, options?: Record<string, unknown>]>([
    ["seconds", "60 * * * * *"],
    ["days", "0 0 30 2 *"],
    ["expression", ""],
    ["expression", 5],
    ["timeZone", "@daily", { timeZone: "Mars/Olympus" }],
    ["dst", "@daily", { dst: "never" }],
  ])("a wrong schedule: %s, %j", async (field, schedule, options) => {
    const cron = await make();
    const error = await rejection(cron.add("a", schedule as string, noop, options));
    expect(error).toBeInstanceOf(CronExpressionError);
    expect(error).toMatchObject({ field });
    expect(cron.jobs()).toEqual([]);
    await cron.add("a", "@daily", noop);
  });

  it.each<[field: string, options: unknown]>([
    ["overlap", { overlap: "queueAll" }],
    ["maxQueued", { overlap: "queue-all", maxQueued: 0 }],
    ["catchUp", { catchUp: "all" }],
    ["catchUp.max", { catchUp: { max: 0 } }],
    ["timeoutMs", { timeoutMs: Infinity }],
    ["options", null],
  ])("a wrong policy: %s", async (field, options) => {
    const cron = await make();
    expect(await rejection(cron.add("a", "@daily", noop, options as never))).toMatchObject({ field });
  });

  it.each([undefined, null, "handler", {}])("%j instead of a handler", async (handler) => {
    const cron = await make();
    expect(await rejection(cron.add("a", "@daily", handler as never))).toMatchObject({
      _tag: "InvalidInput",
      field: "handler",
    });
  });
});

describe("stop refuses", () => {
  it("how long to drain, and can be asked again", async () => {
    const cron = await make();
    await cron.start();
    for (const drainMs of [-1, NaN, "1s"]) {
      const error = await rejection(cron.stop({ drainMs: drainMs as number }));
      expect(error).toMatchObject({ _tag: "InvalidInput", field: "drainMs" });
    }
    expect(cron.pool.members().length).toBe(1);
    await cron.stop({ drainMs: 0 });
  });
});

describe("start refuses", () => {
  it("a wrong token, and starts once it is right", async () => {
    const cron = await make({ driver: overHttp({ token: `${canary}-wrong` }) });
    const error = await rejection(cron.start());
    expect(error).toBeInstanceOf(DriverError);
    expect(error).toMatchObject({ _tag: "DriverError", reason: "Unauthorized" });
    expect((error as DriverError).detail).toContain("token");
  });

  it.each(["html", "json"] as const)("a store that answers nonsense (%s), and may be tried again", async (garbage) => {
    const cron = await make({ driver: overHttp() });
    store.faults.choose = () => ({ garbage });
    const error = await rejection(cron.start());
    expect(error).toMatchObject({ _tag: "DriverError", reason: "Corrupt" });
    expect((error as DriverError).detail).toContain("URL");
    store.heal();
    await cron.start();
    expect(cron.pool.members().length).toBe(1);
  });

  it("somebody else's key in our place, and leaves it alone", async () => {
    const cron = await make({ service: "foreign-members", driver: overHttp() });
    const { instants } = keysOf("ringcron:", "foreign-members");
    await redis.command("SET", instants, "mine");
    const error = await rejection(cron.start());
    expect(error).toMatchObject({ _tag: "DriverError", reason: "Foreign" });
    expect((error as DriverError).detail).toContain("prefix");
    expect(await redis.command("GET", instants)).toBe("mine");
    await redis.command("DEL", instants);
    await cron.start();
  });

  it("a store that is down, after startTimeoutMs, and may be tried again", async () => {
    const cron = await make({ driver: overHttp({ url: `http://127.0.0.1:${await freePort()}` }), startTimeoutMs: 400 });
    await cron.add("a", "@daily", () => {});
    const started = performance.now();
    const error = await rejection(cron.start());
    expect(error).toMatchObject({ _tag: "DriverError", reason: "Unavailable" });
    expect((error as DriverError).detail).toMatch(/not a member after 400 ms; .*ECONNREFUSED/);
    expect(performance.now() - started).toBeGreaterThan(390);
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(await rejection(cron.start())).toMatchObject({ _tag: "DriverError", reason: "Unavailable" });
    await cron.stop();
    expect(await rejection(cron.start())).toBeInstanceOf(NodeStopped);
  });

  it.each([null, "retry", 5, { retry: null }, { retry: "yes" }, { retries: 3 }])("%j as options", async (options) => {
    const cron = await make();
    expect(await rejection(cron.start(options as never))).toMatchObject({ _tag: "InvalidInput" });
    expect(cron.pool.members()).toEqual([]);
    await cron.start({});
  });

  it("a store that hangs, after startTimeoutMs", async () => {
    const cron = await make({ driver: overHttp(), startTimeoutMs: 300 });
    store.faults.choose = () => ({ hang: "request" });
    expect(await rejection(cron.start())).toMatchObject({ _tag: "DriverError", reason: "Unavailable" });
  });
});

describe("what goes wrong after the start", () => {
  it("somebody else's key in the place of the jobs: an event and a log line, nothing starts, nothing is overwritten", async () => {
    const { rows: jobs } = keysOf("ringcron:", "foreign-jobs");
    await redis.command("SET", jobs, "mine");
    const cron = await make({ service: "foreign-jobs", driver: overHttp() });
    const events: Array<Event> = [];
    cron.on((event) => events.push(event));
    let runs = 0;
    await cron.add("a", "* * * * * *", () => void runs++);
    const error = await cron.start().then(() => undefined, (reason: unknown) => reason);
    const isFailure = ({ _tag }: Event) => _tag === "StoreUnavailable" || _tag === "JoinFailed";
    const event = await waitFor(() => events.find(isFailure), 3_000, "an event about the foreign key");
    expect(event).toMatchObject({ reason: "Foreign" });
    if (error !== undefined) expect(error).toMatchObject({ _tag: "DriverError", reason: "Foreign" });
    expect(await redis.command("GET", jobs)).toBe("mine");
    expect(runs).toBe(0);
    expect(written.texts.some((text) => text.includes("Foreign"))).toBe(true);
  });

  it("nonsense: an event, and it goes on by itself", async () => {
    const cron = await make({ driver: overHttp() });
    const events: Array<Event> = [];
    cron.on((event) => events.push(event));
    let runs = 0;
    await cron.add("a", "* * * * * *", () => void runs++);
    await cron.start();
    await waitFor(() => runs > 0, 4_000, "a run");
    store.faults.garbage = 1;
    await waitFor(() => events.some(({ _tag }) => _tag === "StoreUnavailable"), 4_000, "StoreUnavailable");
    expect(events.find(({ _tag }) => _tag === "StoreUnavailable")).toMatchObject({ reason: "Corrupt" });
    store.heal();
    const before = runs;
    await waitFor(() => runs > before, 10_000, "a run after the nonsense");
  });
});

describe("the token", () => {
  it("is in no text of a scheduler, a driver or its options, whatever is asked of them", async () => {
    const options = { url: store.url, token: Redacted.make(canary) };
    const driver = RedisZset.layer(options);
    const cron = await make({ driver });
    await cron.add("a", "* * * * * *", () => {
      throw new Error("on purpose");
    });
    await cron.start();
    const events: Array<Event> = [];
    cron.on((event) => events.push(event));
    await waitFor(() => events.some(({ _tag }) => _tag === "RunEnded"), 4_000, "the end of a run");
    for (const value of [options, driver, cron, cron.pool, cron.jobs(), cron.pool.members(), events]) {
      expectNoToken(value);
    }
  });

  it("was in nothing that any test here wrote, at the most talkative level", () => {
    expect(written.texts.length).toBeGreaterThan(20);
    expect(written.texts.filter((text) => text.includes("CANARY"))).toEqual([]);
  });
});
