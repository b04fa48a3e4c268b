import * as Effect from "effect/Effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Etcd from "../../adapters/etcd.ts";
import { Driver } from "../../src/Driver.ts";
import type { Run } from "../../src/core/words/Fire.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import * as requests from "./support/requests.ts";

let etcd: EtcdCluster;
let driver: Driver;
const run = Effect.runPromise;

beforeAll(async () => {
  etcd = await startEtcd();
  driver = await run(Etcd.make({ endpoints: etcd.urls }));
});
afterAll(() => etcd?.stop());

const check = (law: Laws.Law) => run(Effect.provideService(law.check, Driver, driver));
const rows = (isException: boolean) =>
  Laws.all.filter((law) => Etcd.lawExceptions.has(law.name) === isException).map((law) => [law.name, law] as const);

describe("etcd", () => {
  it.each(rows(false))("%s", async (_, law) => await check(law));

  it("has no exception for a law that does not exist", () => {
    expect(rows(true).length).toBe(Etcd.lawExceptions.size);
  });

  // An exception for a law that holds would hide the day it does not.
  it.each(rows(true))("needs its exception: %s", async (_, law) => {
    await expect(check(law)).rejects.toThrow();
  });

  it("left no key of any law behind", async () => {
    expect(await etcd.keys()).toEqual([]);
  });
});

/** What holds in place of the exceptions; etcd grants this server leases of a second and looks twice a second. */
const granularityMs = 2_500;

describe.concurrent("a lease of etcd", () => {
  it("keeps a member until its lease ends, and hardly longer", async () => {
    const service = "dropped";
    const ttlMs = 1_300;
    await run(driver.beat(requests.beat(service, "other")));
    const { storeTime } = await run(driver.beat(requests.beat(service, "short", { gapMs: 300, leaseMs: 1_000 })));
    for (;;) {
      const reply = await run(driver.beat(requests.beat(service, "other")));
      const age = reply.storeTime - storeTime;
      if (reply.members?.some((it) => it.incarnation === "short")) {
        expect(age).toBeLessThan(ttlMs + granularityMs);
      } else {
        expect(age).toBeGreaterThanOrEqual(ttlMs);
        return expect(reply.members?.map((it) => it.incarnation)).toEqual(["other"]);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it("is kept by beats for as long as there are any, whatever their intervals", async () => {
    const service = "kept";
    await run(driver.beat(requests.beat(service, "other")));
    await run(driver.beat(requests.beat(service, "a", { gapMs: 100, leaseMs: 900 })));
    for (let n = 0; n < 12; n++) {
      await new Promise((resolve) => setTimeout(resolve, 350));
      const gapMs = n % 4 === 3 ? 1_500 : 100;
      expect((await run(driver.beat(requests.beat(service, "a", { gapMs, leaseMs: 900 })))).joined, `${n}`).toBe(false);
      const { members } = await run(driver.beat(requests.beat(service, "other")));
      expect(members?.length, `${n}`).toBe(2);
    }
  });

  it("keeps its runs until then, and gives them up after", async () => {
    const service = "taken";
    const { storeTime } = await run(driver.beat(requests.beat(service, "holder", { gapMs: 0, leaseMs: 1_200 })));
    const at = (await run(driver.claim(requests.claim(service, "holder", [requests.item("job", "holder.1")]))))
      .results[0]?.watermark as number;
    const due = { dueAt: at + 1, kind: "due" as const };
    const held = await run(driver.claim(requests.claim(service, "holder", [
      requests.item("job", "holder.2", { from: at, to: at + 1, runs: [due] }),
    ])));
    const runs = held.results[0]?.runs as ReadonlyArray<Run>;
    for (let n = 0;; n++) {
      const reply = await run(driver.claim(requests.claim(service, "n", [requests.item("job", `n.${n}`)])));
      const age = reply.storeTime - storeTime;
      if (reply.results[0]?.lost.length === 0) expect(age).toBeLessThan(1_200 + granularityMs);
      else {
        expect(age).toBeGreaterThanOrEqual(1_200);
        return expect(reply.results[0]?.lost).toEqual(runs);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it("that ended is not brought back by a late beat: its node joins anew, the others as they are", async () => {
    const service = "late";
    await run(driver.beat(requests.beat(service, "a", { gapMs: 0, leaseMs: 900 })));
    const before = await run(driver.beat(requests.beat(service, "b")));
    await new Promise((resolve) => setTimeout(resolve, 900 + granularityMs));
    const back = await run(driver.beat(requests.beat(service, "a", { knownVersion: before.version })));
    expect(back.joined).toBe(true);
    expect(back.version).toBeGreaterThan(before.version);
    expect(back.members?.map((it) => it.incarnation)).toEqual(["a", "b"]);
  });

  it("that ended takes the right to claim with it, until the next beat", async () => {
    const service = "zombie";
    const joined = await run(driver.beat(requests.beat(service, "z", { gapMs: 0, leaseMs: 900 })));
    const at = (await run(driver.claim(requests.claim(service, "z", [requests.item("job", "z.1")])))).results[0]
      ?.watermark as number;
    await new Promise((resolve) => setTimeout(resolve, 900 + granularityMs));
    const claim = (id: string) =>
      run(driver.claim(requests.claim(service, "z", [
        requests.item("job", id, { from: at, to: at + 1, runs: [{ dueAt: at + 1, kind: "due" }] }),
      ])));
    expect((await claim("z.2")).results[0]).toMatchObject({ status: "absent", watermark: at, runs: [] });
    expect((await claim("z.3")).results[0]?.status).toBe("absent");
    const back = await run(driver.beat(requests.beat(service, "z", { knownVersion: joined.version })));
    expect(back.joined).toBe(true);
    expect((await claim("z.4")).results[0]).toMatchObject({ status: "ok", watermark: at + 1 });
  });
});
