import * as Effect from "effect/Effect";
import { Cluster } from "ioredis";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Redis from "../../adapters/redis.ts";
import * as RedisZset from "../../adapters/redis-zset.ts";
import { Driver } from "../../src/Driver.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { type Guarded, spawnGuarded } from "../support/guarded.ts";
import { freePort } from "../support/ports.ts";
import { findRedis } from "../support/redis-binary.ts";
import { connectResp, type RespConnection, RespError } from "../support/resp.ts";
import { waitFor } from "../support/wait.ts";
import { beat, claim, item } from "./support/requests.ts";

/** Three servers that share the slots of one cluster: a key outside of a script's slot is refused there. */
const start = async (): Promise<{ readonly ports: ReadonlyArray<number>; readonly stop: () => Promise<void> }> => {
  const { file, env } = await findRedis();
  const children: Array<Guarded> = [];
  const connections: Array<RespConnection> = [];
  const ports: Array<number> = [];
  const busPorts: Array<number> = [];
  const stop = async () => {
    connections.forEach((it) => it.close());
    await Promise.all(children.map((it) => it.end()));
  };
  try {
    for (let index = 0; index < 3; index++) {
      const [port, bus] = [await freePort(), await freePort()];
      const dir = mkdtempSync(join(tmpdir(), "ringcron-cluster-"));
      const options = ["--port", port, "--cluster-port", bus, "--cluster-enabled", "yes", "--bind", "127.0.0.1"];
      const command = [file, ...options.map(String), "--dir", dir, "--save", "", "--cluster-node-timeout", "2000"];
      const child = await spawnGuarded({ command, env, remove: dir });
      child.stdout.resume();
      child.stderr.resume();
      children.push(child);
      ports.push(port);
      busPorts.push(bus);
    }
    for (const port of ports) {
      await waitFor(
        () => connectResp(port).then((it) => (connections.push(it), true), () => false),
        10_000,
        "a server to listen",
      );
    }
    const share = 16_384 / ports.length;
    for (const [index, connection] of connections.entries()) {
      const [from, to] = [Math.ceil(share * index), Math.ceil(share * (index + 1)) - 1];
      const added = await connection.send(["CLUSTER", "ADDSLOTSRANGE", from, to]);
      if (added instanceof RespError) throw added;
      await connection.send(["CLUSTER", "SET-CONFIG-EPOCH", index + 1]);
    }
    for (const index of [1, 2]) {
      await connections[0]?.send(["CLUSTER", "MEET", "127.0.0.1", ports[index] ?? 0, busPorts[index] ?? 0]);
    }
    for (const connection of connections) {
      const isWhole = async () => {
        const info = String(await connection.send(["CLUSTER", "INFO"]));
        return info.includes("cluster_state:ok") && info.includes("cluster_known_nodes:3");
      };
      await waitFor(isWhole, 30_000, "the cluster to agree");
    }
    return { ports, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

let cluster: Awaited<ReturnType<typeof start>>;
let ioredis: Cluster;
let nodeRedis: ReturnType<typeof createCluster>;
let prefixed: ReturnType<typeof createCluster>;

beforeAll(async () => {
  cluster = await start();
  ioredis = new Cluster(cluster.ports.map((port) => ({ host: "127.0.0.1", port })));
  const rootNodes = cluster.ports.map((port) => ({ socket: { host: "127.0.0.1", port } }));
  nodeRedis = createCluster({ rootNodes });
  prefixed = createCluster({ rootNodes, keyPrefix: "app:" });
  await Promise.all([nodeRedis.connect(), prefixed.connect()]);
}, 180_000);
afterAll(async () => {
  ioredis?.disconnect();
  nodeRedis?.destroy();
  prefixed?.destroy();
  await cluster?.stop();
});

describe.each([["redis", Redis], ["redis-zset", RedisZset]] as const)("%s on a cluster of three", (kind, { make }) => {
  // Each law draws a service of its own, so together they meet every server.
  it.each(["ioredis", "node-redis"] as const)("keeps the laws over %s", { timeout: 120_000 }, async (name) => {
    const driver = await Effect.runPromise(make({ client: name === "ioredis" ? ioredis : nodeRedis }));
    const broken: Array<string> = [];
    for (const law of Laws.all) {
      const exit = await Effect.runPromiseExit(Effect.provideService(law.check, Driver, driver));
      if (exit._tag === "Failure") broken.push(`${law.name}: ${exit.cause}`);
    }
    expect(broken).toEqual([]);
  });

  it.each(
    [
      ["ioredis", 2, ""],
      ["node-redis", 1, ""],
      ["node-redis with a prefix", 1, "app:"],
    ] as const,
  )("tells hints over %s with %d connections, and leaves none", async (name, connections, before) => {
    const client = name === "ioredis" ? ioredis : before === "" ? nodeRedis : prefixed;
    const clients = async () => {
      const counts = await Promise.all(cluster.ports.map(async (port) => {
        const connection = await connectResp(port);
        const list = String(await connection.send(["CLIENT", "LIST", "TYPE", "normal"]));
        const heard = String(await connection.send(["CLIENT", "LIST", "TYPE", "pubsub"]));
        connection.close();
        return list.split("\n").length + heard.split("\n").length;
      }));
      return counts.reduce((sum, it) => sum + it, 0);
    };
    const driver = await Effect.runPromise(make({ client }));
    const service = `hints-${kind}-${name.replaceAll(" ", "-")}`;
    const heard: Array<string | undefined> = [];
    let isOpen = false;
    const hearing = { opened: () => void (isOpen = true), heard: (job: string | undefined) => void heard.push(job) };
    await Effect.runPromise(driver.beat(beat(service, "n")));
    const others = await clients();
    const fiber = Effect.runFork(driver.hints?.(service, hearing) ?? Effect.never);
    await waitFor(() => isOpen, 5_000, "the channel to open");
    await waitFor(async () => (await clients()) === others + connections, 5_000, `${connections} more`);
    const listeners = async () => {
      const counts = await Promise.all(cluster.ports.map(async (port) => {
        const connection = await connectResp(port);
        const reply = await connection.send(["PUBSUB", "NUMSUB", `${before}ringcron:2:{${service}}:hints`]);
        connection.close();
        return Array.isArray(reply) ? Number(reply[1]) : NaN;
      }));
      return counts.reduce((sum, it) => sum + it, 0);
    };
    expect(await listeners()).toBe(1);
    await Effect.runPromise(driver.claim(claim(service, "n", [item("job", "n.1")])));
    const command = { _tag: "Trigger", job: "job", key: "k" } as const;
    await Effect.runPromise(driver.control({ _tag: "Control", service, command }));
    await waitFor(() => heard.length > 0, 5_000, "the hint");
    expect(heard).toEqual(["job"]);
    fiber.interruptUnsafe();
    await waitFor(async () => (await listeners()) === 0, 5_000, "nobody to listen");
    await waitFor(async () => (await clients()) === others, 5_000, "the connections to be closed");
  });
});
