/**
 * Calls of a living scheduler with arguments of wrong types, and schedulers over drivers and clients that are half-built: told by
 * an error that says what is wrong, and the scheduler goes on.
 */
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Scope from "effect/Scope";
import fc from "fast-check";
import process from "node:process";
import { Client, Cron, Driver, type NodePool } from "ringcron";
import { commands, createTicker, handle, type Ticker } from "ringcron/edge";
import * as Memory from "ringcron/memory";
import { type Client as PromiseClient, createClient, createCron, type Scheduler } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import * as ticks from "ringcron/ticks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tickDriver } from "../../src/shell/ticksEngine.ts";
import { collectRejections, expectTold, spoilt } from "../support/wrong.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const unhandled = collectRejections();

type Calls = Readonly<Record<string, ReadonlyArray<unknown>>>;

const schema = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } };

const ofCron: Calls = {
  remove: ["b"],
  on: [() => {}],
  observe: [{
    event: () => {},
    around: (_: unknown, work: () => void) => work(),
    givenBack: () => {},
    request: () => {},
  }],
  pause: ["a", { reason: "r", by: "b" }],
  resume: ["a", { missed: "skip" }],
  pauseAll: [{ reason: "r", by: "b" }],
  resumeAll: [{ missed: "skip" }],
  trigger: ["a", { key: "k" }],
  backfill: ["a", { afterMs: 1, upToMs: 2, key: "k", schedule: "@daily", timeZone: "UTC", dst: "skip" }],
  drain: ["nobody", { drainMs: 5, reason: "r", by: "b" }],
  cancelQueued: ["a"],
  cancel: ["a", { fence: 1 }],
  rewind: ["a"],
  history: [{ job: "a", outcome: "failed", from: 1, to: 2, limit: 5, cursor: "c" }],
  runs: [{ job: "a" }],
  job: ["a"],
  nextFires: [{ from: 1, to: 2, limit: 5 }],
  queue: ["a"],
  explain: ["a"],
};
const { remove: _, on: __, observe: ___, ...ofClient } = ofCron;
const ofSchedules: Calls = {
  put: [{ id: "a", handler: "report", schedule: "@daily", timeZone: "UTC", payload: { tenant: 7 }, ifVersion: 0 }],
  putMany: [[{ id: "a", handler: "report", at: "2030-01-01T09:00:00Z" }]],
  get: ["a"],
  remove: ["a", { ifVersion: 1 }],
  explain: ["a"],
  list: [{ handler: "report", prefix: "a", cursor: "a", limit: 5 }],
  pause: ["a", { reason: "r", by: "b" }],
  resume: ["a", { missed: "skip" }],
  trigger: ["a"],
};
const ofPool: Calls = { owner: ["a"], owns: ["a"], onChange: [() => {}] };
const ofPromise: Calls = {
  ...ofCron,
  forget: ["a"],
  add: ["b", "@daily", () => {}, { timeZone: "UTC", catchUp: { mode: "all" } }],
  start: [{ retry: false }],
  handle: ["report", () => {}, { payload: schema }],
};
const ofEffect: Calls = {
  ...ofCron,
  forget: ["a"],
  add: [{ name: "b", schedule: "@daily", handler: () => Effect.void, options: {} }],
  startWith: [{ retry: false }],
  handle: ["report", () => Effect.void, { payload: schema }],
};

/** Tries each of the calls of an object, and that none of them was forgotten. */
const tryAll = (of: () => object, calls: Calls, others: ReadonlyArray<string>): void => {
  it("all are tried", () => {
    const functions = Object.entries(of()).filter(([, it]) => typeof it === "function" && !Effect.isEffect(it));
    const tried = [...Object.keys(calls), ...others];
    expect(functions.map(([name]) => name).filter((name) => !tried.includes(name))).toEqual([]);
  });
  it.each(Object.entries(calls))("%s", async (name, right) => {
    const self = of() as Record<string, (...args: ReadonlyArray<unknown>) => unknown>;
    const call = (args: ReadonlyArray<unknown>) => () => self[name]?.(...args);
    await fc.assert(
      fc.asyncProperty(spoilt(right, true), (args) => expectTold(name, call(args))),
      { seed, numRuns: 100 },
    );
  });
};

const memory = Memory.store();
const overPromises = tickDriver({
  ...memory,
  exchange: (request, signal) => Effect.runPromise(memory.exchange(request), signal && { signal }),
});
const doors = {
  "ringcron/edge": () => createTicker({ service: "wrong-calls-of-a-ticker", driver: Memory.layer(), eager: true }),
  "ringcron/ticks": () => ticks.createTicker({ service: "wrong-calls", driver: overPromises, eager: true }),
};

describe.each(Object.entries(doors))(`calls of a ticker of %s, SEED=${seed}`, (_, make) => {
  let ticker: Ticker;
  beforeAll(async () => {
    ticker = await make();
    await ticker.add("a", "@daily", () => {});
    await ticker.tick();
  });
  afterAll(() => ticker.close());

  const { add, backfill, cancel, cancelQueued, drain, pause, pauseAll, resume, resumeAll, rewind, trigger } = ofPromise;
  const ofTicker: Calls = {
    ...{
      add,
      backfill,
      cancel,
      cancelQueued,
      drain,
      handle: ofPromise["handle"],
      pause,
      pauseAll,
      resume,
      resumeAll,
      rewind,
      trigger,
    },
    tick: [{ maxMs: 500, waitMs: 0 }],
  } as Calls;
  const own = (...args: Parameters<typeof handle> extends [unknown, ...infer R] ? R : never) => handle(ticker, ...args);
  tryAll(() => ({ ...ticker, ...commands(ticker), handle: own }), ofTicker, ["close"]);
});

describe(`calls of a scheduler, SEED=${seed}`, () => {
  let cron: Scheduler;
  beforeAll(async () => {
    cron = await createCron({ service: "wrong-calls", driver: Memory.layer(), logLevel: "none" });
    await cron.add("a", "@daily", () => {});
    await cron.start();
  });
  afterAll(() => cron.stop());

  tryAll(() => cron, ofPromise, ["allJobs", "health", "jobs", "stop"]);
  describe("pool", () => tryAll(() => cron.pool, ofPool, ["members", "refresh"]));
  describe("schedules", () => tryAll(() => cron.schedules, ofSchedules, []));

  it("a refusal names the field, and what is allowed", async () => {
    const refusal = async (call: () => unknown): Promise<unknown> => {
      try {
        return await call();
      } catch (error) {
        return error;
      }
    };
    const any = cron as unknown as Record<string, (value: unknown) => unknown>;
    const pool = cron.pool as unknown as Record<string, (value: unknown) => unknown>;
    const told: ReadonlyArray<readonly [() => unknown, field: string]> = [
      [() => any["on"]?.(undefined), "listener"],
      [() => pool["onChange"]?.(5), "listener"],
      [() => pool["owner"]?.(undefined), "key"],
      [() => pool["owns"]?.(Symbol("s")), "key"],
      [() => any["remove"]?.(5), "job"],
      [() => any["stop"]?.(null), "options"],
      [() => any["stop"]?.({ drain: 5 }), "drain"],
      [() => createCron({ driver: Memory.layer(), service: Symbol("s") } as never), "service"],
      [() => Memory.layer({ now: 5 } as never), "now"],
      [() => Memory.make(null as never), "options"],
    ];
    for (const [call, field] of told) expect(await refusal(call)).toMatchObject({ _tag: "InvalidInput", field });
  });

  it("and it goes on", async () => {
    let runs = 0;
    await cron.add("after", "* * * * * *", () => void runs++);
    await expect.poll(() => runs).toBeGreaterThan(0);
  });
});

describe("calls of the service", () => {
  const scope = Scope.makeUnsafe();
  let cron: Cron.Cron;
  beforeAll(async () => {
    const layer = Layer.provide(Cron.layer({ service: "wrong-effects" }), Memory.layer());
    cron = Context.get(await Effect.runPromise(Layer.buildWithScope(layer, scope)), Cron.Cron);
    await Effect.runPromise(cron.start);
  });
  afterAll(() => Effect.runPromise(Scope.close(scope, Effect.runSync(Effect.exit(Effect.void)))));

  tryAll(() => cron, ofEffect, ["stop"]);
  const pool = (): NodePool.NodePool => cron.pool;
  describe("pool", () => tryAll(pool, ofPool, []));
  describe("schedules", () => tryAll(() => cron.schedules, ofSchedules, []));
});

describe("calls of a client", () => {
  const driver = Memory.layer();
  let cron: Scheduler;
  let client: PromiseClient;
  beforeAll(async () => {
    cron = await createCron({ service: "wrong-clients", driver, logLevel: "none" });
    await cron.add("a", "@daily", () => {});
    await cron.start();
    client = await createClient({ service: "wrong-clients", driver });
  });
  afterAll(async () => {
    await client.close();
    await cron.stop();
  });

  tryAll(() => client, { ...ofClient, jobsNamed: [["a"]], overviewNamed: [["a"]], remove: ["a"] }, [
    "close",
    "fleet",
    "jobs",
    "members",
    "overview",
  ]);
  describe("schedules", () => tryAll(() => client.schedules, ofSchedules, []));

  it("of the service", async () => {
    const scoped = Effect.scoped(
      Effect.flatMap(
        Client.make({ service: "wrong-clients" }),
        (it) => Effect.flip(it.resume("a", { missed: "some" } as never)),
      ),
    );
    expect(await Effect.runPromise(Effect.provide(scoped, driver))).toMatchObject({ field: "missed" });
  });
});

describe("what is half-built", () => {
  /** A scheduler over it, started and stopped. */
  const tryOut = async (driver: unknown): Promise<void> => {
    const options = { service: "half-built", driver, startTimeoutMs: 100, requestTimeoutMs: 100, logLevel: "none" };
    const cron = await createCron(options as never);
    try {
      await cron.start();
    } finally {
      await cron.stop({ drainMs: 0 });
    }
  };
  const whole = Memory.make();
  const instead = fc.constantFrom<unknown>(
    undefined,
    null,
    5,
    () => undefined,
    () => 5,
    () => Promise.resolve({ _tag: "Beat" }),
    () => Promise.reject(new Error("no")),
    () => Effect.succeed(undefined),
    () => Effect.succeed({ _tag: "Beat" }),
    () => Effect.succeed({ _tag: "Beat", storeTime: 5, version: 1 }),
    () => Effect.fail("no"),
    () => Effect.die(new Error("no")),
    () => {
      throw new Error("no");
    },
  );

  it("a driver", async () => {
    const parts = fc.constantFrom("name", "beat", "claim", "complete", "peek", "control");
    await fc.assert(
      fc.asyncProperty(parts, instead, async (part, value) => {
        const driver = Layer.succeed(Driver.Driver, { ...whole, [part]: value } as Driver.Driver);
        await expectTold(`a driver without ${part}`, () => tryOut(driver));
      }),
      { seed, numRuns: 40 },
    );
    for (const none of [{}, null, 5]) {
      await expectTold("none", () => tryOut(Layer.succeed(Driver.Driver, none as never)));
    }
    await expectTold("no driver", () => tryOut(Layer.empty));
    await expect(tryOut(Layer.empty)).rejects.toMatchObject({ _tag: "InvalidInput", field: "driver" });
  });

  it("a client", async () => {
    const maybe = <A>(value: A) => fc.oneof(fc.constant(undefined), fc.constant(null), instead, fc.constant(value));
    const answer = () => Promise.resolve("OK");
    const client = fc.record({
      eval: maybe(answer),
      evalsha: maybe(answer),
      evalSha: maybe(answer),
      status: maybe("ready"),
      isReady: maybe(true),
      isOpen: maybe(true),
      connect: maybe(answer),
      options: maybe({}),
    }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(Redis, RedisZset), client, async ({ layer }, it) => {
        await expectTold("a client", () => tryOut(layer({ client: it } as never)));
      }),
      { seed, numRuns: 80 },
    );
  });

  it("a fetch", async () => {
    const http = { url: "https://example.com", token: "secret" };
    await fc.assert(
      fc.asyncProperty(instead, async (fetch) => {
        await expectTold("a fetch", () => tryOut(Redis.layer({ ...http, fetch } as never)));
      }),
      { seed, numRuns: 12 },
    );
  });

  it("leaves no rejection that nobody handles", async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(unhandled).toEqual([]);
  });
});
