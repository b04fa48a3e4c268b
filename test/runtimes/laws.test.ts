/**
 * The laws of a driver, on every driver in every runtime. Its last output is the table of `docs/runtimes.md`.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as Laws from "../../src/testing/Laws.ts";
import { drivers, type Stores } from "../support/drivers.ts";
import type { LawResult } from "../support/laws-run.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { createFleet } from "../support/processes.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { findRuntime, type RuntimeName, runtimeNames } from "../support/runtimes.ts";
import { table } from "../support/table.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { startWorker } from "../support/workerd.ts";

const runtimes = [...runtimeNames, "workerd"] as const;
const laws = Laws.all.map(({ name }) => name);

let redis: RedisServer;
let upstash: UpstashEndpoint;
let etcd: EtcdCluster;
let stores: Stores;
const found = new Map<string, ReadonlyArray<LawResult>>();

beforeAll(async () => {
  redis = await startRedis();
  upstash = await startUpstash({ redisPort: redis.port });
  etcd = await startEtcd();
  stores = { upstash: { url: upstash.url, token: upstash.token }, etcd: etcd.urls[0] as string };
});

afterAll(async () => {
  console.log(`laws held, of ${laws.length}\n${table([["driver", ...runtimes], ...drivers.map(row)])}${exceptions()}`);
  await etcd?.stop();
  await upstash?.stop();
  await redis?.stop();
});

function row({ except = {}, name }: typeof drivers[number]): string[] {
  const cell = (runtime: string): string => {
    if (except[runtime] !== undefined) return "-";
    const results = (found.get(runtime) ?? []).filter(({ driver }) => driver === name);
    return results.length === 0 ? "not run" : `${results.filter(({ broken }) => broken === undefined).length}`;
  };
  return [name, ...runtimes.map(cell)];
}

function exceptions(): string {
  return drivers.flatMap(({ except = {}, lawExceptions = new Map<string, string>(), name }) => [
    ...Object.entries(except).map(([runtime, why]) => `\n${name} in ${runtime}: ${why}`),
    ...[...lawExceptions].map(([law, why]) => `\n${name}, "${law}": ${why}`),
  ]).join("");
}

/** Holds if every law was checked on every driver of the runtime, and none is broken. */
function expectAllHeld(runtime: string, results: ReadonlyArray<LawResult>): void {
  found.set(runtime, results);
  expect(results.filter(({ broken }) => broken !== undefined)).toEqual([]);
  for (const { except = {}, lawExceptions, name } of drivers) {
    const demanded = laws.filter((law) => except[runtime] === undefined && lawExceptions?.has(law) !== true);
    const held = results.filter(({ driver }) => driver === name).map(({ law }) => law).sort();
    expect(held, `laws that were held on ${name}`).toEqual(demanded.sort());
  }
}

async function runIn(name: RuntimeName): Promise<ReadonlyArray<LawResult>> {
  const runtime = await findRuntime(name);
  await using fleet = createFleet();
  const process = await fleet.start({
    name,
    program: "test/support/laws-main.js",
    args: [name, JSON.stringify(stores)],
    // Deno needs the network to the stores and nothing else.
    runtime: runtime.command({ net: [stores.upstash.url, stores.etcd].map((url) => new URL(url).host) }),
  });
  expect(await process.exited, process.text).toBe(0);
  expect(process.text).toBe("");
  return process.lines.map(({ from: _, readAt: __, ...result }) => result as unknown as LawResult);
}

// One after the other: some laws are of a lease that ends, and six runtimes at once would only show how slow a machine is.
describe("the laws hold in", () => {
  test.each(runtimeNames)("%s", async (name) => {
    expectAllHeld(name, await runIn(name));
  }, 240_000);

  test("workerd", async () => {
    const worker = await startWorker();
    try {
      expectAllHeld("workerd", await worker.ask("/laws", stores) as ReadonlyArray<LawResult>);
    } finally {
      await worker.stop();
    }
  }, 240_000);
});

test("workerd starts a job when it is due", async () => {
  const worker = await startWorker();
  try {
    const { dueAt, startedAt } = await worker.ask("/job", stores) as { dueAt: number; startedAt: number };
    expect(dueAt % 1_000).toBe(0);
    expect(startedAt).toBeGreaterThanOrEqual(dueAt);
  } finally {
    await worker.stop();
  }
}, 240_000);
