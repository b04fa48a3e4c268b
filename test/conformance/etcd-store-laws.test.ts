import * as Effect from "effect/Effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Etcd from "../../adapters/etcd.ts";
import { Store } from "../../src/Store.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";

let etcd: EtcdCluster;
let store: Store;
const run = Effect.runPromise;

beforeAll(async () => {
  etcd = await startEtcd();
  store = await run(Etcd.store({ endpoints: etcd.urls }));
});
afterAll(() => etcd?.stop());

const check = (law: Laws.StoreLaw) => run(Effect.provideService(law.check, Store, store));
const rows = (isException: boolean) =>
  Laws.store.filter((law) => Etcd.storeLawExceptions.has(law.name) === isException)
    .map((law) => [law.name, law] as const);

describe("the store of etcd", () => {
  it.each(rows(false))("%s", async (_, law) => await check(law));

  it("has no exception for a law that does not exist", () => {
    expect(rows(true).length).toBe(Etcd.storeLawExceptions.size);
  });

  // An exception for a law that holds would hide the day it does not.
  it.each(rows(true))("needs its exception: %s", async (_, law) => {
    await expect(check(law)).rejects.toThrow();
  });

  it("left no key of any law behind", async () => {
    expect(await etcd.keys()).toEqual([]);
  });
});
