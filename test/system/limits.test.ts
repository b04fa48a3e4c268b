/**
 * What bounds the runs of a job, in a fleet of two nodes on each store, one of which is cut off meanwhile.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { randomUUID } from "node:crypto";
import type { JobOptions, JobRun } from "ringcron/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Driver } from "../../src/Driver.ts";
import { drivers } from "../support/drivers.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";
import { everySecond, useNodes, type Watched } from "./support/nodes.ts";
import { severable } from "./support/severed.ts";

let redis: RedisServer;
let endpoint: UpstashEndpoint;
let etcd: EtcdCluster;

beforeAll(async () => {
  [redis, etcd] = await Promise.all([startRedis(), startEtcd()]);
  endpoint = await startUpstash({ redisPort: redis.port });
}, 60_000);
afterAll(async () => {
  await endpoint?.stop();
  await Promise.all([redis?.stop(), etcd?.stop()]);
});
const { make } = useNodes();

describe.concurrent.each(drivers.map(({ make, name }) => [name, make] as const))("over %s", (_, makeDriver) => {
  /** Nodes that share a store, each with one job, and what ran on which of them. */
  const fleet = () => {
    const service = `limits-${randomUUID()}`;
    const stores = { upstash: { url: endpoint.url, token: endpoint.token }, etcd: etcd.urls[0] as string };
    const shared = Effect.runSync(Effect.cached(makeDriver(stores)));
    const runs: Array<JobRun> = [];
    const join = async (
      nodeName: string,
      options: JobOptions,
      concurrency?: number,
      lastsMs = 0,
    ): Promise<Watched & { readonly cut: () => void }> => {
      const { cut, driver } = severable(Layer.effect(Driver, shared));
      const cron = await make({
        service,
        nodeName,
        driver,
        leaseMs: 3_000,
        graceMs: 300,
        maxSilenceMs: 3_000,
        concurrency,
      });
      await cron.add("job", everySecond, (run) => {
        runs.push(run);
        return new Promise((resolve) => setTimeout(resolve, lastsMs));
      }, { overlap: "allow", ...options });
      await cron.start();
      return Object.assign(cron, { cut });
    };
    const dueAts = () => runs.map(({ dueAt }) => dueAt).sort((a, b) => a - b);
    return { join, runs, dueAts };
  };

  it("a job fires from startAt on and before endAt, and is finished then", async () => {
    const { dueAts, join, runs } = fleet();
    const first = Math.ceil(Date.now() / 1_000) * 1_000 + 10_000;
    const bounds = { startAt: first, endAt: new Date(first + 6_000) };
    const nodes = [await join("a", bounds), await join("b", bounds)];
    expect(nodes[0]?.jobs()[0]).toMatchObject({ nextDueAt: first, finished: false });
    await waitFor(() => runs.length >= 2, 30_000, "two runs");
    const owner = runs[1]?.node === "a" ? 0 : 1;
    nodes[owner]?.cut();
    await waitFor(() => runs.length >= 6, 30_000, "six runs");
    const left = nodes[1 - owner] as Watched;
    await waitFor(() => left.happened("JobFinished").length > 0, 20_000, "the end of the schedule");
    expect(dueAts()).toEqual([0, 1, 2, 3, 4, 5].map((n) => first + 1_000 * n));
    expect(left.jobs()[0]).toMatchObject({ nextDueAt: undefined, finished: true });
    const later = await join("c", bounds);
    expect(later.jobs()[0]).toMatchObject({ nextDueAt: undefined, finished: true });
    expect(runs.length).toBe(6);
  }, 120_000);

  it("a node runs no more handlers at once than it has places, and leaves the rest to another", async () => {
    const { join, runs } = fleet();
    const nodes = [await join("a", {}, 2, 3_500), await join("b", {}, 2, 3_500)];
    await waitFor(() => runs.length >= 4, 20_000, "all places taken");
    await waitFor(() => runs.length >= 7, 20_000, "some of them free again");
    for (const [index, name] of ["a", "b"].entries()) {
      const spans = nodes[index]?.happened("RunStarted").map(({ at }) => at) ?? [];
      for (const at of spans) expect(spans.filter((it) => it <= at && it > at - 3_400).length).toBeLessThanOrEqual(2);
      expect(runs.some(({ node }) => node === name)).toBe(true);
    }
    nodes[0]?.cut();
    const before = runs.filter(({ node }) => node === "b").length;
    await waitFor(() => runs.filter(({ node }) => node === "b").length >= before + 3, 20_000, "runs on the other one");
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
  }, 120_000);

  it("a job has as many runs as its limit allows, whoever runs it, and also after a restart of all", async () => {
    const { join, runs } = fleet();
    const nodes = [await join("a", { limit: 5 }), await join("b", { limit: 5 })];
    await waitFor(() => runs.length >= 2, 30_000, "two runs");
    const owner = runs[1]?.node === "a" ? 0 : 1;
    nodes[owner]?.cut();
    const left = nodes[1 - owner] as Watched;
    await waitFor(() => left.happened("JobFinished").length > 0, 20_000, "the last decision");
    await waitFor(() => runs.length >= 5, 5_000, "the last run");
    expect(runs.length).toBe(5);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(5);
    expect(left.jobs()[0]).toMatchObject({ nextDueAt: undefined, finished: true });
    await left.stop();
    const later = await join("c", { limit: 5 });
    await waitFor(() => later.happened("JobFinished").length > 0, 5_000, "that no run is left");
    await later.trigger("job");
    await waitFor(() => runs.length === 6, 5_000, "what somebody asked for");
    expect(runs[5]?.kind).toBe("manual");
    expect(later.jobs()[0]).toMatchObject({ nextDueAt: undefined, finished: true });
    const higher = await join("d", { limit: 7 });
    await waitFor(() => runs.length >= 8, 15_000, "two more");
    await waitFor(() => higher.jobs()[0]?.finished === true, 5_000, "the new end");
    expect(runs.length).toBe(8);
  }, 120_000);
});
