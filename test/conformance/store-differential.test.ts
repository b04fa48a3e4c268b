/**
 * Every store agrees with the reference, operation by operation.
 */
import * as Effect from "effect/Effect";
import fc from "fast-check";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Etcd from "../../adapters/etcd.ts";
import type { Store } from "../../src/Store.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { kinds, tcpStore } from "./support/redis-store.ts";
import { plan } from "./support/store-operations.ts";
import { compare, type Dialect } from "./support/store-pair.ts";

/** How many operations on each store. */
const operations = Number(process.env["OPERATIONS"] ?? 4_000);
const perRun = 40;

const agrees = async (store: Store, operations: number, dialect: Dialect): Promise<void> => {
  const met = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { minLength: perRun, maxLength: perRun }),
      (plans) => compare(store, plans, met, dialect),
    ),
    { numRuns: Math.ceil(operations / perRun), interruptAfterTimeLimit: 500_000 },
  );
  const must = [
    ...["Change Changed", "Change Found", "Look Found", "beat joins with news", "beat goes on", "overdue"],
    ...["shelved", "moved to another shelf", "due", "list", "list with more"],
  ];
  expect(must.filter((it) => !met.has(it))).toEqual([]);
};

describe.each(kinds)("the store of %s", (_, kind) => {
  let redis: RedisServer;
  let opened: Awaited<ReturnType<typeof tcpStore>>;
  beforeAll(async () => {
    redis = await startRedis();
    opened = await tcpStore(redis.port, kind);
  });
  afterAll(async () => {
    opened?.close();
    await redis?.stop();
  });

  it("agrees with the reference", { timeout: 600_000 }, async () => {
    await agrees(opened.store, operations, {});
  });
});

describe("the store of etcd", () => {
  let etcd: EtcdCluster;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd?.stop());

  it("agrees with the reference", { timeout: 600_000 }, async () => {
    const store = await Effect.runPromise(Etcd.store({ endpoints: etcd.urls }));
    await agrees(store, operations / 2, { countsItself: true, endsLate: true, keepsGroups: false });
  });
});
