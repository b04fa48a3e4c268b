/**
 * A real etcd of three members under chaos, behind three proxies per process.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { dueIn, keysOf, nameIn, readRow, rowValue } from "../../../adapters/etcd/keys.ts";
import { type EtcdMember, startEtcd } from "../../support/etcd.ts";
import { jobKey } from "../../../src/core/engine/rows.ts";
import { makeRandom } from "./random.ts";
import { generationsOf, type Life, readEvents } from "./etcd-log.ts";
import { leaping } from "./leaps.ts";
import { type Proxy, startProxy } from "./proxy.ts";
import {
  type ChaosStore,
  isLossy,
  isRemoval,
  type Profile,
  rowsOf,
  type StoreFault,
  tally,
  type Way,
} from "./store.ts";
import { type NetworkFault, strike } from "./network.ts";

/** What can happen to an etcd: a backup is put back, or it begins anew. */
export type EtcdProfile = Extract<Profile, "mixed" | "stale" | "empty">;

/** The profiles of an etcd. */
export const etcdProfiles: ReadonlyArray<EtcdProfile> = ["mixed", "stale", "empty"];

/** Starts it. */
export async function startEtcdChaos(
  service: string,
  profile: EtcdProfile,
  count: number,
  seed: number,
): Promise<ChaosStore> {
  const cluster = await startEtcd({ members: 3 });
  const counters = new Map<string, number>();
  const proxies: Array<Proxy> = [];
  /** While it is not, nobody reaches the store. */
  let isOpen = true;
  /** Nothing else in an answer of etcd tells the time, and its leases go by a monotonic clock. */
  let aheadMs = 0;
  const { faults: leaps, leaps: leapt } = leaping((byMs) => void (aheadMs = byMs));
  const ways: Array<Way> = [];
  for (let index = 0; index < count; index++) {
    const draws = makeRandom(seed * 1_000 + index + 1);
    let networkFault: NetworkFault | undefined;
    let requests = 0;
    const fault = () => {
      requests += 1;
      return networkFault === undefined ? {} : strike(networkFault, draws);
    };
    const seen = (path: string) => tally(counters, `request: ${path}`);
    const own = await Promise.all(cluster.urls.map((url) => startProxy(url, fault, seen, () => isOpen, () => aheadMs)));
    proxies.push(...own);
    // Each process prefers another member.
    const urls = own.map(({ url }) => url);
    ways.push({
      endpoints: [...urls.slice(index % 3), ...urls.slice(0, index % 3)],
      get networkFault() {
        return networkFault;
      },
      set networkFault(next) {
        networkFault = next;
        if (next === undefined) { for (const it of own) it.heal(); }
      },
      requests: () => requests,
    });
  }

  const restart = async (member: EtcdMember): Promise<void> => {
    for (let attempt = 1;; attempt++) {
      try {
        return await member.restart();
      } catch (error) {
        if (attempt === 5) throw error;
        await delay(500);
      }
    }
  };
  const down = async (members: ReadonlyArray<EtcdMember>, forMs: number): Promise<void> => {
    await Promise.all(members.map((it) => it.kill()));
    await delay(forMs);
    await Promise.all(members.map(restart));
  };
  const still: (members: ReadonlyArray<EtcdMember>, forMs: number) => Promise<void> = async (members, forMs) => {
    for (const it of members) it.pause();
    await delay(forMs);
    for (const it of members) it.resume();
  };
  const leader = async (): Promise<EtcdMember> => {
    try {
      return await cluster.leader();
    } catch {
      return cluster.members[0] as EtcdMember;
    }
  };
  const act = (weight: number, of: StoreFault) => ({ weight, act: of });
  const keys = keysOf("ringcron/", service);
  const lives: Array<Life> = [];
  let life = { origin: "start", at: 0 };
  /** Another store takes the place of this one, of which is read first what it wrote. */
  const exchange = async (origin: string, replace: () => Promise<void>): Promise<void> => {
    isOpen = false;
    try {
      // What has reached it is written by then.
      await delay(300);
      for (let attempt = 1;; attempt++) {
        try {
          lives.push({ ...life, events: await readEvents(cluster.members[attempt % 3]?.url ?? "", keys.base) });
          break;
        } catch (error) {
          if (attempt === 20) throw error;
          await delay(500);
        }
      }
      await replace();
      life = { origin, at: Date.now() };
    } finally {
      isOpen = true;
    }
  };
  const losing: Readonly<Record<EtcdProfile, ChaosStore["faults"]>> = {
    mixed: leaps,
    stale: {
      "etcd restored from a copy": act(5, async (random) => {
        const restore = cluster.save();
        await delay(random.between(100, 3_000));
        await exchange("etcd restored from a copy", restore);
      }),
    },
    empty: {
      "etcd emptied": act(4, (random) => {
        const isOther = random.chance(0.5);
        return exchange("etcd emptied", () => cluster.empty(isOther));
      }),
    },
  };
  return {
    token: "",
    ways,
    counters,
    // A node that claims takes its own time before its transaction sets out, which may then be on its way for as long as
    // the slowest network takes.
    commitDelayMs: 5_000,
    keeps: !isLossy(profile),
    leaps: leapt,
    isClockOfAll: false,
    faults: {
      "etcd member killed": act(2, (random) => down([random.pick(cluster.members)], random.between(0, 5_000))),
      "etcd leader killed": act(1, async (random) => down([await leader()], random.between(0, 5_000))),
      "etcd member stands still": act(2, (random) => still([random.pick(cluster.members)], random.between(100, 6_000))),
      "etcd leader stands still": act(1, async (random) => still([await leader()], random.between(100, 6_000))),
      "etcd without a quorum": act(1, (random) => down(cluster.members.slice(1), random.between(0, 4_000))),
      ...losing[profile],
    },
    async heal() {
      aheadMs = 0;
      for (const way of ways) way.networkFault = undefined;
      for (const it of cluster.members) it.resume();
      await Promise.resolve();
    },
    async rows() {
      const found = await cluster.keys(keys.rows);
      return new Map(found.map(([key, value]) => [nameIn(keys.rows, key) ?? key, readRow(value).text]));
    },
    async replace(job, from, to) {
      const key = keys.row(jobKey(job));
      const value = (await cluster.keys(key)).find(([found]) => found === key)?.[1] ?? "";
      const { since, text } = readRow(value);
      if (text !== from) return false;
      const { succeeded } = await cluster.request("/v3/kv/txn", {
        compare: [{ key: btoa(key), target: "VALUE", result: "EQUAL", value: btoa(value) }],
        success: [{ request_put: { key: btoa(key), value: btoa(rowValue(to, since)) } }],
      });
      return succeeded === true;
    },
    async log() {
      const events = await readEvents(cluster.members[0]?.url ?? "", keys.base);
      return generationsOf(keys, [...lives, { ...life, events }]);
    },
    async leftovers(jobs) {
      const found = (await cluster.keys()).map(([key]) => key);
      const rows = rowsOf(jobs);
      // Who was there to the last, and was killed, may be left in the list of those who were members.
      const stays = [keys.epoch, keys.version, keys.history, keys.declareds, keys.nodes, keys.hint];
      return found.filter((key) => {
        if (stays.some((it) => key.startsWith(it))) return false;
        const [waiting] = key.startsWith(keys.dues) ? dueIn(keys, key) : [];
        const folder = [keys.rows, keys.lasting].find((it) => key.startsWith(it));
        const row = waiting?.[0] ?? (folder === undefined ? undefined : nameIn(folder, key));
        return row === undefined || !(rows.has(row) || isRemoval(row));
      });
    },
    async stop() {
      await Promise.all(proxies.map((it) => it.stop()));
      await cluster.stop();
    },
  };
}
