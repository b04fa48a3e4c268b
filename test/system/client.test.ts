/**
 * A client beside a fleet of two nodes, one of which ends without a word: what is asked for reaches whoever is there.
 */
import * as Effect from "effect/Effect";
import { randomUUID } from "node:crypto";
import { Driver } from "ringcron";
import * as Etcd from "ringcron/etcd";
import * as Memory from "ringcron/memory";
import { createClient, createCron, type JobOptions } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { createFleet } from "../support/processes.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startNode } from "../support/start-node.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";

let redis: RedisServer;
let endpoint: UpstashEndpoint;
let etcd: EtcdCluster;

beforeAll(async () => {
  [redis, etcd] = await Promise.all([startRedis(), startEtcd()]);
  endpoint = await startUpstash({ redisPort: redis.port });
});
afterAll(async () => {
  await endpoint?.stop();
  await Promise.all([redis?.stop(), etcd?.stop()]);
});

interface JobPlan {
  readonly name: string;
  readonly schedule: string;
  readonly takesMs?: number;
  readonly options?: JobOptions;
}

/** A run that was started somewhere. */
interface Started {
  readonly job: string;
  readonly node: string;
  readonly kind: string;
  readonly dueAt: number;
}

/** Nodes of a service. */
interface Nodes {
  readonly start: (name: string, jobs: ReadonlyArray<JobPlan>) => Promise<void>;
  /** Ends a node: a process is killed, a node of this process stops at once. */
  readonly end: (name: string) => Promise<void>;
  readonly started: () => ReadonlyArray<Started>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

const times = { leaseMs: 1_000, maxSilenceMs: 1_000, graceMs: 200 };

const processes = (service: string, driver: "redis" | "redis-zset" | "etcd"): Nodes => {
  const fleet = createFleet();
  const at = driver === "etcd" ? { url: etcd.urls[0] ?? "", token: "" } : endpoint;
  return {
    start: async (name, jobs) => {
      const node = await startNode(fleet, at, name, { driver, jobs, options: { service, ...times } });
      await node.waitForLine((line) => "joined" in line, 15_000, "joining");
    },
    end: async (name) => await fleet.processes.find((it) => it.name === name)?.kill(),
    started: () =>
      fleet.lines.filter((line) => "start" in line).map(({ dueAt, from, kind, start }) =>
        ({ job: start, node: from, kind, dueAt }) as Started
      ),
    [Symbol.asyncDispose]: fleet.stop,
  };
};

const inMemory = (service: string, driver: ReturnType<typeof Memory.layer>): Nodes => {
  const started: Array<Started> = [];
  const nodes = new Map<string, Awaited<ReturnType<typeof createCron>>>();
  return {
    start: async (name, jobs) => {
      const cron = await createCron({ service, driver, nodeName: name, logLevel: "none", ...times });
      nodes.set(name, cron);
      for (const { name: job, options, schedule, takesMs = 0 } of jobs) {
        await cron.add(job, schedule, async ({ dueAt, kind }) => {
          started.push({ job, node: name, kind, dueAt });
          if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs));
        }, options);
      }
      await cron.start();
    },
    end: async (name) => await nodes.get(name)?.stop({ drainMs: 0 }),
    started: () => started,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...nodes.values()].map((it) => it.stop({ drainMs: 0 })));
    },
  };
};

const over = () => ({ url: endpoint.url, token: endpoint.token });

/** A `fetch` that counts. */
const counting = () => {
  const sent: Array<string> = [];
  const counted: typeof fetch = (input, init) => {
    sent.push(String(input));
    return fetch(input, init);
  };
  return { sent, fetch: counted };
};

const stores = {
  memory: (service: string) => {
    const layer = Memory.layer();
    return { nodes: inMemory(service, layer), driver: () => layer };
  },
  redis: (service: string) => ({ nodes: processes(service, "redis"), driver: () => Redis.layer(over()) }),
  "redis-zset": (service: string) => ({
    nodes: processes(service, "redis-zset"),
    driver: () => RedisZset.layer(over()),
  }),
  etcd: (service: string) => ({
    nodes: processes(service, "etcd"),
    driver: () => Etcd.layer({ endpoints: etcd.urls }),
  }),
};

const hour = 3_600_000;
const leapDay = "0 0 29 2 *";

describe.concurrent.each(Object.keys(stores) as Array<keyof typeof stores>)("over %s", (name) => {
  it("a client asks whoever is there, also when one of two nodes has ended", async () => {
    const service = `client-${randomUUID()}`;
    const { driver, nodes } = stores[name](service);
    await using _ = nodes;
    await using client = await createClient({ service, driver: driver() });
    const shared: ReadonlyArray<JobPlan> = [
      { name: "shared", schedule: leapDay },
      { name: "ticking", schedule: "* * * * * *" },
      { name: "slow", schedule: leapDay, takesMs: 1_500, options: { overlap: "skip" } },
    ];
    await expect(client.pause("shared")).rejects.toMatchObject({ _tag: "UnknownJob", nearest: [], isDeclared: false });
    await nodes.start("a", [...shared, { name: "only-a", schedule: leapDay }]);
    await nodes.start("b", shared);
    const runs = (of: Partial<Started>) =>
      nodes.started().filter((it) =>
        Object.entries(of).every(([field, value]) => it[field as keyof Started] === value)
      );
    const ran = (of: Partial<Started>, count = 1) =>
      waitFor(() => runs(of).length >= count, 15_000, () => `${count} runs of ${JSON.stringify(of)}`);

    expect(await client.pause("only-a")).toBe(true);
    expect(await client.pause("ticking")).toBe(true);
    const pausedAt = Date.now();
    const asked = await client.trigger("shared", { key: "audit" });
    expect(asked?.id).toContain(`${service}/shared/`);
    expect(await client.trigger("shared", { key: "audit" })).toEqual(asked);
    await ran({ job: "shared", kind: "manual", dueAt: asked?.dueAt ?? 0 });
    await expect(client.remove("only-a")).rejects.toMatchObject({ _tag: "JobInUse", reason: "declared", nodes: ["a"] });

    await nodes.end("a");
    await waitFor(async () => !await client.pause("only-a"), 20_000, "that nobody declares it");
    expect(await client.resume("only-a")).toBe(false);
    expect(await client.cancelQueued("only-a")).toBe(0);
    expect(await client.trigger("only-a")).toBeUndefined();
    const span = { afterMs: 0, upToMs: hour, schedule: "*/15 * * * *" };
    expect(await client.backfill("only-a", span)).toBeUndefined();
    await client.remove("only-a");
    await expect(client.remove("only-a")).rejects.toMatchObject({ _tag: "UnknownJob" });

    // The pause has outlived the node, and what is asked for goes to the one that is left.
    expect(await client.trigger("ticking")).toBeDefined();
    await ran({ job: "ticking", kind: "manual", node: "b" });
    const resumedAt = Date.now();
    expect(await client.resume("ticking")).toBe(true);
    await waitFor(
      () => runs({ job: "ticking", node: "b" }).some(({ dueAt, kind }) => kind !== "manual" && dueAt > resumedAt),
      15_000,
      "a run that is due",
    );
    // What had been claimed ahead of its time when the pause came is started all the same.
    const between = runs({ job: "ticking" }).filter(({ dueAt, kind }) =>
      kind !== "manual" && dueAt > pausedAt + 2_000 && dueAt < resumedAt
    );
    expect(between).toEqual([]);

    expect(await client.backfill("shared", span)).toBe(4);
    await ran({ job: "shared", kind: "backfill", node: "b" }, 4);
    expect(await client.backfill("slow", span)).toBe(4);
    await ran({ job: "slow", kind: "backfill" });
    expect(await client.cancelQueued("slow")).toBe(3);
    await expect(client.remove("slow")).rejects.toMatchObject({ reason: "declared", nodes: ["b"] });
    // By the schedule that the nodes have told.
    await waitFor(async () => (await client.job("shared")).words !== undefined, 20_000, "the schedule");
    expect(await client.backfill("shared", { afterMs: 0, upToMs: hour })).toBe(0);
    await expect(client.resume("sharde")).rejects.toMatchObject({ _tag: "UnknownJob", nearest: ["shared"] });
    expect(await client.pauseAll({ by: "ops" })).toBe(3);
    expect(await client.resumeAll()).toBe(3);
    await expect(client.drain("a")).rejects.toMatchObject({ _tag: "UnknownNode" });
    expect(await client.drain("b", { drainMs: 5_000 })).toBe(1);
    await waitFor(
      () => client.drain("b").then(() => false, ({ _tag }) => _tag === "UnknownNode"),
      15_000,
      "that it has left",
    );
    const look = Driver.peek({ _tag: "Peek", service, jobs: ["slow"], history: true, members: true });
    const { history, members } = await Effect.runPromise(Effect.provide(look, driver()));
    expect(members).toEqual([]);
    const cancelled = history.filter((it) => it._tag === "Run" && it.job === "slow" && it.outcome === "cancelled");
    expect(cancelled.length).toBeGreaterThan(0);
  });
});

describe.concurrent.each(["redis", "redis-zset", "etcd"] as const)("requests over %s", (name) => {
  it("are what `docs/commands.md` says: a look, a change, and who is there", async () => {
    const service = `cost-${randomUUID()}`;
    const { nodes } = stores[name](service);
    await using _ = nodes;
    const { fetch, sent } = counting();
    const driver = {
      redis: () => Redis.layer({ ...over(), fetch }),
      "redis-zset": () => RedisZset.layer({ ...over(), fetch }),
      etcd: () => Etcd.layer({ endpoints: etcd.urls, fetch }),
    };
    await nodes.start("a", [{ name: "job", schedule: leapDay }]);
    await using client = await createClient({ service, driver: driver[name]() });
    expect(sent).toEqual([]);
    const costOf = async (call: () => Promise<unknown>): Promise<number> => {
      const before = sent.length;
      await call().catch(() => undefined);
      return sent.length - before;
    };
    // Known to the store, scripts known to the server, the version of etcd known to the client.
    await waitFor(() => client.pause("job").catch(() => false), 10_000, "the job in the store");
    await client.resume("job");
    const members = name === "etcd" ? 2 : 1;
    expect(await costOf(() => client.pause("job"))).toBe(2 + members);
    expect(await costOf(() => client.pause("job"))).toBe(1 + members);
    expect(await costOf(() => client.trigger("job", { key: "k" }))).toBe(2 + members);
    expect(await costOf(() => client.trigger("job", { key: "k" }))).toBe(1 + members);
    expect(await costOf(() => client.pause("jbo"))).toBe(1 + members);
    expect(await costOf(() => client.remove("job"))).toBe(1 + members);
  });
});

it("a client that nobody closes keeps no process alive", async () => {
  await using fleet = createFleet();
  const env = { UPSTASH_REDIS_REST_URL: endpoint.url, UPSTASH_REDIS_REST_TOKEN: endpoint.token };
  const it = await fleet.start({ name: "forgetful", program: "test/support/client-main.js", env });
  await it.waitForLine(({ told }) => told === "UnknownJob", 10_000, "an answer");
  let code: number | undefined;
  it.exited.then((is) => code = is);
  await waitFor(() => code !== undefined, 5_000, "its end");
  expect(code).toBe(0);
});
