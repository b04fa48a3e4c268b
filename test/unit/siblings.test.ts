/**
 * Schedulers of one process: those that are the same to whoever wrote them replace one another, others live side by side.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Cron } from "ringcron";
import * as Etcd from "ringcron/etcd";
import * as Memory from "ringcron/memory";
import {
  AlreadyRunning,
  createCron,
  type CronOptions,
  type DriverError,
  type Event,
  NodeStopped,
} from "ringcron/promise";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Driver } from "../../src/Driver.ts";
import { waitFor } from "../support/wait.ts";

type Made = Awaited<ReturnType<typeof createCron>> & { readonly events: Array<Event> };

const alive: Array<Made> = [];
afterEach(async () => {
  await Promise.all(alive.splice(0).map((cron) => cron.stop({ drainMs: 0 })));
});

const driver = Memory.layer();
let services = 0;

const make = async (options: Partial<CronOptions<DriverError>>, create = createCron): Promise<Made> => {
  const cron = await create<DriverError>({ service: "app", driver, logLevel: "none", ...options });
  const events: Array<Event> = [];
  cron.on((event) => events.push(event));
  const made = Object.assign(Object.create(cron) as typeof cron, { events });
  alive.push(made);
  return made;
};

const pair = async (
  one: Partial<CronOptions<DriverError>>,
  other: Partial<CronOptions<DriverError>>,
  create = createCron,
) => {
  const service = `app-${++services}`;
  const first = await make({ service, ...one });
  await first.start();
  const second = await make({ service, ...other }, create);
  return { first, second };
};

const replacements = ({ events }: Made) => events.filter(({ _tag }) => _tag === "Replaced");
const isGone = ({ events }: Made): boolean => events.some(({ _tag }) => _tag === "Stopped");

describe("of two schedulers of one service, store and name", () => {
  it.each([[{}], [{ nodeName: "anna" }]])("the later one replaces the other: %j", async (name) => {
    const { first, second } = await pair(name, name);
    await second.start();
    await waitFor(() => isGone(first), 5_000, "the end of the first");
    expect(replacements(first)).toMatchObject([{ by: second.pool.nodeName }]);
    expect(first.events.map(({ _tag }) => _tag).indexOf("Replaced")).toBeLessThan(
      first.events.map(({ _tag }) => _tag).indexOf("Leaving"),
    );
    await second.pool.refresh();
    expect(second.pool.members().map(({ incarnation }) => incarnation)).toEqual([second.pool.nodeId]);
    expect(replacements(second)).toEqual([]);
    await expect(first.start()).rejects.toBeInstanceOf(NodeStopped);
  });

  it("the handlers of the earlier one drain", async () => {
    const { first, second } = await pair({}, {});
    let finish = (): void => {};
    let isAborted = false;
    await first.add("long", "@manual", (run) => {
      run.signal.addEventListener("abort", () => isAborted = true);
      return new Promise<void>((resolve) => finish = resolve);
    });
    await first.trigger("long");
    await waitFor(() => first.events.some(({ _tag }) => _tag === "RunStarted"), 5_000, "a run");
    await second.start();
    await waitFor(() => replacements(first).length > 0, 5_000, "the replacement");
    expect([isAborted, isGone(first)]).toEqual([false, false]);
    finish();
    await waitFor(() => isGone(first), 5_000, "the end of the first");
    expect(first.events.find((event) => event._tag === "RunEnded")).toMatchObject({ outcome: "succeeded" });
  });

  it("the later one may be told to refuse, until the other leaves", async () => {
    const { first, second } = await pair({ nodeName: "anna" }, { nodeName: "anna", ifRunning: "refuse" });
    const refusal = await second.start().then(() => undefined, (error) => error);
    expect(refusal).toBeInstanceOf(AlreadyRunning);
    expect(refusal).toMatchObject({ _tag: "AlreadyRunning", nodeName: "anna" });
    await expect(second.start({ retry: true })).rejects.toBeInstanceOf(AlreadyRunning);
    expect(replacements(first)).toEqual([]);
    await first.stop();
    await second.start();
    await second.start();
  });

  it("one that cannot start leaves the jobs to the other", async () => {
    const stuck = (store: Driver): Driver => ({ ...store, beat: () => Effect.never });
    const store = Memory.make();
    const { first, second } = await pair(
      { driver: Memory.layer({ store }) },
      { driver: Memory.layer({ store: stuck(store) }), startTimeoutMs: 100 },
    );
    await expect(second.start()).rejects.toMatchObject({ _tag: "DriverError" });
    expect(first.events.map(({ _tag }) => _tag)).not.toContain("Replaced");
    const third = await make({ service: `app-${services}`, driver: Memory.layer({ store }), ifRunning: "refuse" });
    await first.stop();
    await third.start();
  });

  it("those that wait for the store replace one another in the order of their starts", async () => {
    let isAway = true;
    const store = Memory.make();
    const away: Driver = { ...store, beat: (request) => isAway ? Effect.never : store.beat(request) };
    const service = `app-${++services}`;
    const options = { service, driver: Memory.layer({ store: away }), startTimeoutMs: 200 };
    const [old, current] = [await make(options), await make(options)];
    const outcomes = [old, current].map((cron) =>
      cron.start({ retry: true }).then(() => "member", (error) => error._tag)
    );
    await waitFor(() => [old, current].every(({ events }) => events.length > 0), 5_000, "a failure of both");
    isAway = false;
    expect(await outcomes[1]).toBe("member");
    await waitFor(() => isGone(old), 5_000, "the end of the first");
    expect(isGone(current)).toBe(false);
  });

  it("also where the module was loaded again", async () => {
    vi.resetModules();
    const again = await import("ringcron/promise");
    expect(again.createCron).not.toBe(createCron);
    const { first, second } = await pair({}, {}, again.createCron as typeof createCron);
    await second.start();
    await waitFor(() => isGone(first), 5_000, "the end of the first");
    expect(replacements(first)).toMatchObject([{ by: second.pool.nodeName }]);
  });

  it("also with Effect", async () => {
    const { first } = await pair({}, {});
    const layer = Layer.provide(Cron.layer({ service: `app-${services}` }), driver);
    const program = Effect.flatMap(Cron.Cron, (cron) => cron.start);
    await Effect.runPromise(Effect.provide(program, layer));
    await waitFor(() => isGone(first), 5_000, "the end of the first");
  });
});

describe("live side by side", () => {
  it.each([
    ["two names", { nodeName: "anna" }, { nodeName: "bert" }],
    ["a name and none", { nodeName: "anna" }, {}],
    ["two stores", { driver: Memory.layer() }, { driver: Memory.layer() }],
    ["two services", { service: "left" }, { service: "right" }],
  ])("schedulers of %s", async (_, one, other) => {
    const { first, second } = await pair(one, { ifRunning: "refuse", ...other });
    await second.start();
    expect([...replacements(first), ...replacements(second)]).toEqual([]);
    expect(first.pool.members().length).toBeGreaterThan(0);
  });
});

describe("a store is the same", () => {
  const identity = (layer: Layer.Layer<Driver, DriverError>): ReadonlyArray<unknown> =>
    Effect.runSync(Effect.provide(Effect.map(Driver, (it) => it.identity ?? []), layer));
  const http = { url: "https://name.upstash.io", token: "secret" };
  const ioredis = (options?: object) =>
    ({ status: "ready", eval: () => "", evalsha: () => "", ...(options && { options }) }) as never;
  const nodeRedis = (options?: object) =>
    ({ isReady: true, eval: () => "", evalSha: () => "", ...(options && { options }) }) as never;
  const local = { host: "localhost", port: 6379, db: 0 };
  const [clientA, clientB] = [ioredis(), ioredis()];
  const endpoints = ["https://etcd-1:2379", "https://etcd-2:2379"];

  it.each([
    ["by URL", Redis.layer(http), Redis.layer({ ...http, url: `${http.url}/`, token: "other" })],
    ["by client", Redis.layer({ client: clientA }), Redis.layer({ client: clientA })],
    [
      "by where clients of ioredis are connected",
      Redis.layer({ client: ioredis(local) }),
      Redis.layer({ client: ioredis({ ...local }) }),
    ],
    [
      "by where clients of redis are connected",
      Redis.layer({ client: nodeRedis({ url: "redis://u:p@localhost:6379/2" }) }),
      Redis.layer({ client: nodeRedis({ socket: { host: "localhost", port: 6379 }, database: 2 }) }),
    ],
    ["by endpoints", Etcd.layer({ endpoints }), Etcd.layer({ endpoints: [...endpoints].reverse() })],
  ])("%s", (_, one, other) => {
    expect(identity(one)).toEqual(identity(other));
    expect(identity(one).every((part, index) => part === identity(other)[index])).toBe(true);
    expect(JSON.stringify(identity(one))).not.toMatch(/secret|u:p/);
  });

  it.each([
    [
      "prefix of a client of redis",
      Redis.layer({ client: nodeRedis({ socket: local, keyPrefix: "a:" }) }),
      Redis.layer({ client: nodeRedis({ socket: local, keyPrefix: "b:" }) }),
    ],
    ["URL", Redis.layer(http), Redis.layer({ ...http, url: "https://other.upstash.io" })],
    ["prefix", Redis.layer(http), Redis.layer({ ...http, prefix: "dev:" })],
    ["prefix of one client", Redis.layer({ client: clientA }), Redis.layer({ client: clientA, prefix: "dev:" })],
    ["driver", Redis.layer(http), RedisZset.layer(http)],
    ["client", Redis.layer({ client: clientA }), Redis.layer({ client: clientB })],
    ["data base", Redis.layer({ client: ioredis(local) }), Redis.layer({ client: ioredis({ ...local, db: 1 }) })],
    [
      "client of sentinels",
      Redis.layer({ client: ioredis({ ...local, sentinels: [] }) }),
      Redis.layer({ client: ioredis({ ...local, sentinels: [] }) }),
    ],
    [
      "client of a cluster",
      Redis.layer({ client: nodeRedis({ rootNodes: [] }) }),
      Redis.layer({ client: nodeRedis({ rootNodes: [] }) }),
    ],
    ["endpoint", Etcd.layer({ endpoints }), Etcd.layer({ endpoints: "https://etcd-1:2379" })],
    ["memory", Memory.layer(), Memory.layer()],
  ])("not with another %s", (_, one, other) => {
    const [left, right] = [identity(one), identity(other)];
    expect(left.length === right.length && left.every((part, index) => part === right[index])).toBe(false);
  });
});
