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

beforeAll(async () => {
  cluster = await start();
  ioredis = new Cluster(cluster.ports.map((port) => ({ host: "127.0.0.1", port })));
  nodeRedis = createCluster({
    rootNodes: cluster.ports.map((port) => ({ socket: { host: "127.0.0.1", port } })),
  });
  await nodeRedis.connect();
});
afterAll(async () => {
  ioredis?.disconnect();
  nodeRedis?.destroy();
  await cluster?.stop();
});

describe.each([["redis", Redis], ["redis-zset", RedisZset]] as const)("%s on a cluster of three", (_, { make }) => {
  // Each law draws a service of its own, so together they meet every server.
  it.each(["ioredis", "node-redis"] as const)("keeps the laws over %s", { timeout: 60_000 }, async (name) => {
    const driver = await Effect.runPromise(make({ client: name === "ioredis" ? ioredis : nodeRedis }));
    const broken: Array<string> = [];
    for (const law of Laws.all) {
      const exit = await Effect.runPromiseExit(Effect.provideService(law.check, Driver, driver));
      if (exit._tag === "Failure") broken.push(`${law.name}: ${exit.cause}`);
    }
    expect(broken).toEqual([]);
  });
});
