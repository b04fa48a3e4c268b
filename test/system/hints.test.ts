/**
 * Fleets that are idle and silent for ten minutes, and commands of somebody who is no node.
 */
import * as Effect from "effect/Effect";
import type * as Layer from "effect/Layer";
import { Redis as Ioredis } from "ioredis";
import { randomUUID } from "node:crypto";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { Ring } from "ringcron";
import * as Etcd from "ringcron/etcd";
import * as Memory from "ringcron/memory";
import type { DriverError } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { whole } from "../../src/carrier.ts";
import { Driver } from "../../src/Driver.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";
import { useNodes, type Watched } from "./support/nodes.ts";

const nodes = useNodes();
let redis: RedisServer;
let etcd: EtcdCluster;
let upstash: UpstashEndpoint;
const endings: Array<() => unknown> = [];

beforeAll(async () => {
  [redis, etcd] = await Promise.all([startRedis(), startEtcd()]);
  upstash = await startUpstash({ redisPort: redis.port });
}, 120_000);
afterAll(async () => {
  for (const end of endings) await end();
  await upstash?.stop();
  await Promise.all([redis?.stop(), etcd?.stop()]);
});

type Fleet = Layer.Layer<Driver, DriverError>;

const ioredis = async (options: object = {}) => {
  const client = new Ioredis({ port: redis.port, host: "127.0.0.1", lazyConnect: true, ...options });
  client.on("error", () => {});
  await client.connect();
  endings.push(() => client.disconnect());
  return client;
};
const nodeRedis = async (options: { readonly keyPrefix?: string } = {}) => {
  const client = createClient({ url: redis.url, ...options });
  client.on("error", () => {});
  await client.connect();
  endings.push(() => client.destroy());
  return client;
};

/** How many listen at the channel of a service on Redis. */
const listeners = async (service: string, before = ""): Promise<number> => {
  const reply = await redis.command("PUBSUB", "NUMSUB", `${before}ringcron:2:{${service}}:hints`);
  return Number((reply as ReadonlyArray<unknown>)[1]);
};

/** A store: a layer for each who uses it, and how many listen. */
interface Way {
  readonly name: string;
  readonly open: () => () => Promise<Fleet>;
  readonly listeners: (service: string) => Promise<number>;
}

const shared = (layer: Fleet) => () => Promise.resolve(layer);
const prefixed = { keyPrefix: "app:" };
const ways: ReadonlyArray<Way> = [
  { name: "memory", open: () => shared(Memory.layer()), listeners: () => Promise.resolve(NaN) },
  {
    name: "ioredis",
    open: () => async () => Redis.layer({ client: await ioredis() }),
    listeners,
  },
  {
    name: "ioredis with a prefix of its own",
    open: () => async () => Redis.layer({ client: await ioredis(prefixed) }),
    listeners: (service) => listeners(service, "app:"),
  },
  {
    name: "node-redis",
    open: () => async () => RedisZset.layer({ client: await nodeRedis() }),
    listeners,
  },
  {
    name: "node-redis with a prefix of its own",
    open: () => async () => RedisZset.layer({ client: await nodeRedis(prefixed) }),
    listeners: (service) => listeners(service, "app:"),
  },
  {
    name: "an HTTP endpoint that serves subscribe",
    open: () => shared(RedisZset.layer({ url: upstash.url, token: upstash.token, hints: true })),
    listeners,
  },
  {
    name: "etcd",
    open: () => shared(Etcd.layer({ endpoints: etcd.urls })),
    listeners: () => Promise.resolve(NaN),
  },
];

const withDriver = <A>(layer: Fleet, use: (driver: Driver) => Effect.Effect<A, DriverError>): Promise<A> =>
  Effect.runPromise(Effect.provide(Effect.flatMap(Effect.map(Driver, whole), use), layer));

/** A command of somebody who is no node. */
const trigger = (layer: Fleet, service: string, job = "job") =>
  withDriver(
    layer,
    (driver) => driver.control({ _tag: "Control", service, command: { _tag: "Trigger", job, key: randomUUID() } }),
  );

const quiet = { maxSilenceMs: 600_000, graceMs: 1_000 };

/** Members that know one another, with a job that only people start; when it started. */
const idleFleet = async (
  open: () => Promise<Fleet>,
  service: string,
  options: object = {},
  names: ReadonlyArray<string> = ["anna", "bert"],
) => {
  const started: Array<{ readonly at: number; readonly node: string }> = [];
  const fleet: Array<Watched> = [];
  for (const nodeName of names) {
    const cron = await nodes.make({ service, nodeName, driver: await open(), ...quiet, ...options });
    await cron.add("job", "@manual", (run) => void started.push({ at: performance.now(), node: run.node }));
    await cron.start();
    fleet.push(cron);
  }
  await Promise.all(fleet.map((cron) => cron.pool.refresh()));
  await waitFor(() => fleet.every((cron) => cron.jobs()[0]?.decidedUpTo !== undefined), 2_000, "the job to be known");
  return { fleet, started };
};

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] as number;

describe.each(ways)("over $name", (way) => {
  it("a trigger of somebody who is no node is started within a second at the median, a pause is heard of", async () => {
    const service = `hints-${randomUUID()}`;
    const open = way.open();
    const { fleet, started } = await idleFleet(open, service);
    if (!Number.isNaN(await way.listeners(service))) {
      await waitFor(async () => (await way.listeners(service)) === 2, 2_000, "both to listen");
    }
    const person = await open();
    const took: Array<number> = [];
    for (let n = 1; n <= 7; n++) {
      const at = performance.now();
      await trigger(person, service);
      await waitFor(() => started.length === n, 15_000, "the start");
      took.push((started[n - 1]?.at as number) - at);
    }
    process.stdout.write(`${way.name}: ${took.map(Math.round).join(" ")} ms\n`);
    expect(median(took)).toBeLessThan(1_000);

    const command = (command: { _tag: "Pause"; job: string } | { _tag: "Resume"; job: string; missed: "skip" }) =>
      withDriver(person, (driver) => driver.control({ _tag: "Control", service, command }));
    await command({ _tag: "Pause", job: "job" });
    await waitFor(() => fleet.some((cron) => cron.happened("JobPaused").length > 0), 2_000, "the pause");
    await command({ _tag: "Resume", job: "job", missed: "skip" });
    await waitFor(() => fleet.some((cron) => cron.happened("JobResumed").length > 0), 2_000, "the end of the pause");
    expect(fleet.flatMap((cron) => cron.happened("HintsUnavailable"))).toEqual([]);

    await Promise.all(fleet.map((cron) => cron.stop({ drainMs: 1_000 })));
    if (!Number.isNaN(await way.listeners(service))) {
      await waitFor(async () => (await way.listeners(service)) === 0, 2_000, "nobody to listen");
    }
  });
});

/** Over Redis, each node with a client of its own. */
const overIoredis = (options: object = {}) => async () => Redis.layer({ client: await ioredis(options) });

/** Scripts that were run on the server so far. */
const scripts = async () => {
  const stats = String(await redis.command("INFO", "commandstats"));
  return [...stats.matchAll(/cmdstat_evalsha:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
};

it.each([1, 2])("who is %d in rank starts it so many graces later where those before it do not", async (rank) => {
  const service = `hints-${randomUUID()}`;
  const endpoints = await Promise.all([0, 1, 2, 3].map(() => startUpstash({ redisPort: redis.port })));
  endings.push(() => Promise.all(endpoints.map((it) => it.stop())));
  const layers = endpoints.map(({ token, url }) => Redis.layer({ url, token, hints: true }));
  let opened = 0;
  const open = () => Promise.resolve(layers[opened++] as Fleet);
  const { fleet, started } = await idleFleet(open, service, {}, ["anna", "bert", "cleo"]);
  await waitFor(async () => (await listeners(service)) === 3, 2_000, "all to listen");
  const members = fleet[0]?.pool.members() ?? [];
  const place = Ring.places(members.map(({ incarnation }) => ({ id: incarnation })), ["job"]).get("job");
  const isBefore = ({ pool: { nodeId } }: Watched) =>
    nodeId === place?.owner || (rank === 2 && nodeId === place?.successor);
  // They hear and ask, and nothing of what they ask arrives.
  fleet.forEach((cron, at) => {
    if (isBefore(cron)) (endpoints[at] as UpstashEndpoint).faults.choose = () => ({ hang: "request" });
  });
  const at = performance.now();
  await trigger(layers[3] as Fleet, service);
  await waitFor(() => started.length === 1, 5_000, "the start");
  expect(fleet.filter((cron) => !isBefore(cron)).map((cron) => cron.pool.nodeName)).toContain(started[0]?.node);
  expect((started[0]?.at as number) - at).toBeGreaterThan(rank * quiet.graceMs - 50);
  endpoints.forEach((it) => it.heal());
  await Promise.all(fleet.map((cron) => cron.stop({ drainMs: 0 })));
  await waitFor(() => endpoints.every((it) => it.subscriptions() === 0), 2_000, "nobody to listen");
});

describe("a channel that is refused", () => {
  it.each([
    ["no channel", ["resetchannels"], "the user may not listen at the channel of the service"],
    ["no SUBSCRIBE", ["-subscribe"], "the user may not run SUBSCRIBE"],
  ])("%s: one event, and the fleet goes on", async (_, without, detail) => {
    const [username, password] = [`user-${randomUUID()}`, "pass-CANARY"];
    const rule = [...Redis.aclRule().split(" "), "+info", ...without];
    await redis.command("ACL", "SETUSER", username, "reset", "on", `>${password}`, ...rule);
    const service = `hints-${randomUUID()}`;
    const { fleet, started } = await idleFleet(overIoredis({ username, password }), service);
    const refused = () => fleet.map((cron) => cron.happened("HintsUnavailable"));
    await waitFor(() => refused().every((it) => it.length > 0), 5_000, "the events");
    // The commands of such a user do what they did, and this node takes what it was asked for itself.
    await trigger(await overIoredis({ username, password })(), service);
    await fleet[0]?.trigger("job");
    await waitFor(() => started.length === 2, 5_000, "both starts");
    for (const [event, ...more] of refused()) {
      expect([event?.reason, more]).toEqual(["Unauthorized", []]);
      expect(event?.detail).toBe(`${detail}; the ACL rule that is enough: ${Redis.aclRule()}`);
    }
    expect(fleet.flatMap((cron) => cron.happened("StoreUnavailable"))).toEqual([]);
    await Promise.all(fleet.map((cron) => cron.stop({ drainMs: 0 })));
  });

  it("an endpoint without subscribe: one event, and the fleet goes on", async () => {
    await using plain = await startUpstash({ redisPort: redis.port, servesSubscribe: false });
    const service = `hints-${randomUUID()}`;
    const layer = RedisZset.layer({ url: plain.url, token: plain.token, hints: true });
    const { fleet, started } = await idleFleet(() => Promise.resolve(layer), service);
    await waitFor(() => fleet.every((cron) => cron.happened("HintsUnavailable").length > 0), 5_000, "the events");
    await fleet[0]?.trigger("job");
    await waitFor(() => started.length === 1, 5_000, "the start");
    for (const cron of fleet) {
      expect(cron.happened("HintsUnavailable").map(({ reason }) => reason)).toEqual(["Misconfigured"]);
      await cron.stop({ drainMs: 0 });
    }
  });
});

describe("a channel that is lost", () => {
  it.each<[string, () => () => Promise<Fleet>, () => unknown]>([
    ["ioredis", () => overIoredis(), () => redis.command("CLIENT", "KILL", "TYPE", "pubsub")],
    ["node-redis", (ways[3] as Way).open, () => redis.command("CLIENT", "KILL", "TYPE", "pubsub")],
    ["HTTP", (ways[5] as Way).open, () => upstash.dropSubscriptions()],
  ])("is opened again at once, over %s, and nobody is told", async (_, way, cut) => {
    const open = way();
    const service = `hints-${randomUUID()}`;
    const { fleet, started } = await idleFleet(open, service);
    await waitFor(async () => (await listeners(service)) === 2, 2_000, "both to listen");
    const before = String(await redis.command("CLIENT", "LIST", "TYPE", "pubsub")).match(/\bid=\d+/g) ?? [];
    await cut();
    await waitFor(
      async () => {
        const now = String(await redis.command("CLIENT", "LIST", "TYPE", "pubsub")).match(/\bid=\d+/g) ?? [];
        return now.every((id) => !before.some((it) => it === id)) && (await listeners(service)) === 2;
      },
      5_000,
      "both to listen again",
    );
    await trigger(await open(), service);
    await waitFor(() => started.length === 1, 5_000, "the start");
    expect(fleet.flatMap((cron) => cron.happened("HintsUnavailable"))).toEqual([]);
    await Promise.all(fleet.map((cron) => cron.stop({ drainMs: 0 })));
    await waitFor(async () => (await listeners(service)) === 0, 2_000, "nobody to listen");
  });

  it("with its server is told once, and once that it is back", async () => {
    await using own = await startRedis();
    const client = new Ioredis({ port: own.port, host: "127.0.0.1", lazyConnect: true });
    client.on("error", () => {});
    await client.connect();
    const service = `hints-${randomUUID()}`;
    const { fleet } = await idleFleet(() => Promise.resolve(Redis.layer({ client })), service);
    const channel = `ringcron:2:{${service}}:hints`;
    const both = async () => String(await own.command("PUBSUB", "NUMSUB", channel)) === `${channel},2`;
    await waitFor(both, 2_000, "both to listen");
    await own.kill("SIGKILL");
    await waitFor(() => fleet.every((cron) => cron.happened("HintsUnavailable").length > 0), 5_000, "the events");
    await own.restart();
    await waitFor(both, 15_000, "both to listen again");
    for (const cron of fleet) {
      await waitFor(() => cron.happened("HintsBack").length > 0, 15_000, "the event");
      expect(cron.happened("HintsUnavailable").map(({ reason }) => reason)).toEqual(["Unavailable"]);
      expect(cron.happened("HintsBack").length).toBe(1);
      await cron.stop({ drainMs: 0 });
    }
    client.disconnect();
  });
});

it("a flood of hints that somebody made up costs a bounded number of looks, and starts nothing", async () => {
  const service = `hints-${randomUUID()}`;
  const { fleet, started } = await idleFleet(overIoredis(), service);
  await waitFor(async () => (await listeners(service)) === 2, 2_000, "both to listen");
  const channel = `ringcron:2:{${service}}:hints`;
  const forged = ["j:job", "j:other", "job", "", "j:%", "j:%00", "@", "\u0000\ud7ff", "x".repeat(100_000), "j:job"];
  const [before, from] = [await scripts(), performance.now()];
  while (performance.now() - from < 3_000) {
    await Promise.all(forged.map((it) => redis.command("PUBLISH", channel, it)));
  }
  const seconds = (performance.now() - from) / 1_000;
  const looks = (await scripts()) - before;
  // Ten at once and two a second for each of two nodes, but one in 300 ms for each job.
  expect(looks).toBeGreaterThan(2);
  expect(looks).toBeLessThan(2 * (12 + 2 * seconds));
  expect(started).toEqual([]);
  await trigger(await overIoredis()(), service);
  await waitFor(() => started.length === 1, 5_000, "the start");
  expect(fleet.flatMap((cron) => cron.happened("StoreUnavailable"))).toEqual([]);
  await Promise.all(fleet.map((cron) => cron.stop({ drainMs: 0 })));
});

it("costs nothing while nothing happens: beats, and no command of the channel", async () => {
  const service = `hints-${randomUUID()}`;
  const { fleet } = await idleFleet(overIoredis(), service, { leaseMs: 1_000, maxSilenceMs: 1_000 });
  await waitFor(async () => (await listeners(service)) === 2, 2_000, "both to listen");
  const callsWithin = async (ms: number): Promise<ReadonlyMap<string | undefined, number>> => {
    await redis.command("CONFIG", "RESETSTAT");
    await delay(ms);
    const stats = String(await redis.command("INFO", "commandstats"));
    return new Map([...stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)].map(([, name, n]) => [name, Number(n)]));
  };
  const others = (calls: ReadonlyMap<string | undefined, number>) =>
    [...calls.keys()].filter((it) => !/^(info|config|evalsha|time|zrangebyscore|zadd|set)/.test(it ?? ""));
  // Who has joined tells once what its jobs are.
  await waitFor(async () => others(await callsWithin(1_500)).length === 0, 20_000, "both to have told their jobs");
  const from = performance.now();
  const calls = await callsWithin(4_000);
  const beats = calls.get("evalsha") ?? 0;
  expect(others(calls)).toEqual([]);
  expect(beats).toBeLessThanOrEqual(2 * (Math.ceil((performance.now() - from) / 1_000) + 1));
  await Promise.all(fleet.map((cron) => cron.stop({ drainMs: 0 })));
});

it("without hints nobody listens, and a trigger is heard of by the next beat", async () => {
  const service = `hints-${randomUUID()}`;
  const open = async () => Redis.layer({ client: await ioredis(), hints: false });
  const { fleet, started } = await idleFleet(open, service, { maxSilenceMs: 2_000, leaseMs: 1_000 });
  const at = performance.now();
  await trigger(await open(), service);
  await waitFor(() => started.length === 1, 5_000, "the start");
  expect((started[0]?.at as number) - at).toBeLessThan(15_000);
  expect(await listeners(service)).toBe(0);
  await Promise.all(fleet.map((cron) => cron.stop({ drainMs: 0 })));
});
