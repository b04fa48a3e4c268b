/**
 * A record that nobody can read, or nobody of this release, stops its own job and no other, on every store, and is taken up
 * again soon after it was mended.
 */
import * as Effect from "effect/Effect";
import * as Memory from "ringcron/memory";
import { randomUUID } from "node:crypto";
import type { Event } from "ringcron/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Kind } from "../../adapters/redis/scripts/kinds.ts";
import * as Engine from "../../src/shell/engine.ts";
import type { Found, Store } from "../../src/Store.ts";
import { storeAt } from "../conformance/support/etcd-store.ts";
import { kinds, tcpStore } from "../conformance/support/redis-store.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { waitFor } from "../support/wait.ts";
import { everySecond, useNodes } from "./support/nodes.ts";

const { make } = useNodes();

const key = "j:broken";

const look = async (store: Store, service: string): Promise<Found | undefined> => {
  const reply = await Effect.runPromise(
    store.exchange({ _tag: "Exchange", service, items: [{ _tag: "Look", keys: [key] }], touch: false }),
  );
  const [result] = reply.results;
  return result?._tag === "Found" ? result.found[0] : undefined;
};

/** Puts a text in the place of what is there, as somebody does by hand. */
const put = async (store: Store, service: string, text: (before: string) => string): Promise<string> => {
  for (;;) {
    const found = await look(store, service);
    const put = text(found?.text ?? "");
    const { results: [result] } = await Effect.runPromise(store.exchange({
      _tag: "Exchange",
      service,
      items: [{
        _tag: "Change",
        rows: [{ key, expect: found?.version, put }],
        notBefore: 0,
        notAfter: Number.MAX_SAFE_INTEGER,
        members: [],
        waitsSince: "same",
        lines: [],
      }],
      touch: false,
    }));
    if (result?._tag === "Changed") return put;
  }
};

const cut = (text: string): string => text.slice(0, text.length / 2);
const later = (text: string): string => text.replace(/^2/, "3");

type Damage = readonly [what: string, damage: (text: string) => string, tag: Event["_tag"]];

const damages: ReadonlyArray<Damage> = [
  ["cut short", cut, "RecordCorrupt"],
  ["of a later release", later, "RecordNewer"],
  ["with a watermark of 17 digits", (text) => text.replace(/^2\|\d+/, "2|12345678901234567"), "RecordCorrupt"],
  ["nothing of ours", () => "hello", "RecordCorrupt"],
];

let redis: RedisServer;
let etcd: EtcdCluster;
const closed: Array<() => void> = [];
beforeAll(async () => {
  [redis, etcd] = await Promise.all([startRedis(), startEtcd()]);
}, 120_000);
afterAll(async () => {
  for (const close of closed) close();
  await Promise.all([redis?.stop(), etcd?.stop()]);
});

const overRedis = async (kind: Kind): Promise<Store> => {
  const { close, store } = await tcpStore(redis.port, kind);
  closed.push(close);
  return store;
};

const stores: ReadonlyArray<readonly [name: string, open: () => Promise<Store>, damages: ReadonlyArray<Damage>]> = [
  ["memory", () => Promise.resolve(Memory.store()), damages],
  ...kinds.map(([name, kind]) => [name, () => overRedis(kind), damages.slice(0, 2)] as const),
  ["etcd", () => Promise.resolve(storeAt(etcd).store), damages.slice(0, 2)],
];

describe.each(stores)("a record in %s", (name, open, damages) => {
  it.concurrent.each(damages)("%s", async (what, damage, tag) => {
    const [store, service] = [await open(), `unreadable-${name}-${randomUUID()}`];
    const cron = await make({ service, driver: Memory.layer({ store: Engine.driver(store) }) });
    const { events } = cron;
    const runs = { broken: 0, whole: 0 };
    await cron.add("broken", everySecond, () => void (runs.broken += 1));
    await cron.add("whole", everySecond, () => void (runs.whole += 1));
    await cron.start();
    await waitFor(() => runs.broken > 0 && runs.whole > 0, 8_000, "both jobs to run");

    const before = (await look(store, service))?.text as string;
    const damaged = await put(store, service, damage);
    await waitFor(() => events.some((event) => event._tag === tag), 8_000, `the node to say so: ${what}`);
    const { whole } = runs;
    await waitFor(() => runs.whole > whole + 2, 8_000, "the other job to go on");
    expect(cron.happened(tag as "RecordCorrupt").map(({ job }) => job)).toEqual(["broken"]);
    expect(cron.happened("StoreUnavailable")).toEqual([]);
    expect((await look(store, service))?.text).toBe(damaged);

    const { broken } = runs;
    await put(store, service, () => before);
    await waitFor(() => runs.broken > broken, 10_000, "the job to be taken up again");
  }, 60_000);
});
