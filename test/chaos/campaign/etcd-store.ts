/**
 * A real etcd of three members under chaos, behind three proxies per process.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { dueIn, keysOf, nameIn, readRow } from "../../../adapters/etcd/keys.ts";
import { type EtcdMember, startEtcd } from "../../support/etcd.ts";
import { dice as diceOf } from "./dice.ts";
import { type Proxy, startProxy } from "./proxy.ts";
import type { Write } from "./store-log.ts";
import { type ChaosStore, rowsOf, type StoreFault, tally, type Way } from "./store.ts";
import { strike, type Weather } from "./weather.ts";

interface WatchEvent {
  readonly type?: string;
  readonly kv: { readonly key: string; readonly value?: string; readonly mod_revision: string };
}

/** Starts it. */
export async function startEtcdChaos(service: string, count: number, seed: number): Promise<ChaosStore> {
  const cluster = await startEtcd({ members: 3 });
  const counters = new Map<string, number>();
  const proxies: Array<Proxy> = [];
  const ways: Array<Way> = [];
  for (let index = 0; index < count; index++) {
    const draws = diceOf(seed * 1_000 + index + 1);
    let weather: Weather | undefined;
    let requests = 0;
    const fault = () => {
      requests += 1;
      return weather === undefined ? {} : strike(weather, draws);
    };
    const own = await Promise.all(
      cluster.urls.map((url) => startProxy(url, fault, (path) => tally(counters, `request: ${path}`))),
    );
    proxies.push(...own);
    // Each process prefers another member.
    const urls = own.map(({ url }) => url);
    ways.push({
      endpoints: [...urls.slice(index % 3), ...urls.slice(0, index % 3)],
      get weather() {
        return weather;
      },
      set weather(next) {
        weather = next;
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
  return {
    token: "",
    ways,
    counters,
    // A node that claims takes its own time before its transaction sets out, which may then be on its way for as long as
    // the slowest network takes.
    commitDelayMs: 5_000,
    faults: {
      "etcd member killed": act(2, (dice) => down([dice.pick(cluster.members)], dice.between(0, 5_000))),
      "etcd leader killed": act(1, async (dice) => down([await leader()], dice.between(0, 5_000))),
      "etcd member stands still": act(2, (dice) => still([dice.pick(cluster.members)], dice.between(100, 6_000))),
      "etcd leader stands still": act(1, async (dice) => still([await leader()], dice.between(100, 6_000))),
      "etcd without a quorum": act(1, (dice) => down(cluster.members.slice(1), dice.between(0, 4_000))),
    },
    async heal() {
      for (const way of ways) way.weather = undefined;
      for (const it of cluster.members) it.resume();
      await Promise.resolve();
    },
    async rows() {
      const found = await cluster.keys(keys.rows);
      return new Map(found.map(([key, value]) => [nameIn(keys.rows, key) ?? key, readRow(value).text]));
    },
    async log() {
      const writes = new Map<number, Write>();
      for (const { kv, type } of await history(cluster.members[0]?.url ?? "", keys.base)) {
        const revision = Number(kv.mod_revision);
        const write: Write = writes.get(revision) ?? { rows: [], lines: [], members: [], amnestyUntil: undefined };
        const key = atob(kv.key);
        const value = atob(kv.value ?? "");
        const isGone = type === "DELETE";
        const at = (prefix: string): string | undefined => key.startsWith(prefix) ? nameIn(prefix, key) : undefined;
        const [row, line, member] = [at(keys.rows), at(keys.history), at(keys.members)];
        writes.set(revision, {
          ...write,
          rows: row !== undefined && !isGone ? [...write.rows, [row, readRow(value).text]] : write.rows,
          lines: line !== undefined && !isGone ? [...write.lines, ...value.split("\n")] : write.lines,
          // As long as the key is there, whatever any clock says.
          members: member !== undefined ? [...write.members, [member, isGone ? 0 : Infinity]] : write.members,
        });
      }
      return [{ origin: "start", at: 0, restored: [], writes: [...writes.values()] }];
    },
    async leftovers(jobs) {
      const found = (await cluster.keys()).map(([key]) => key);
      const rows = rowsOf(jobs);
      // Who was there to the last, and was killed, may be left in the list of those who were members.
      const stays = [keys.epoch, keys.version, keys.history, keys.declareds, keys.nodes];
      return found.filter((key) => {
        if (stays.some((it) => key.startsWith(it))) return false;
        const [waiting] = key.startsWith(keys.dues) ? dueIn(keys, key) : [];
        const row = waiting?.[0] ?? (key.startsWith(keys.rows) ? nameIn(keys.rows, key) : undefined);
        return row === undefined || !rows.has(row);
      });
    },
    async stop() {
      await Promise.all(proxies.map((it) => it.stop()));
      await cluster.stop();
    },
  };
}

/** Everything that ever happened to keys under a prefix, in the order of revisions. */
async function history(url: string, prefix: string): Promise<ReadonlyArray<WatchEvent>> {
  const ask = async (path: string, body: unknown) =>
    await (await fetch(url + path, { method: "POST", body: JSON.stringify(body) })).json() as Record<string, unknown>;
  const end = btoa(prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1));
  const range = { key: btoa(prefix), range_end: end };
  const newest = await ask("/v3/kv/range", { ...range, sort_target: "MOD", sort_order: "DESCEND", limit: "1" });
  const last = Number((newest["kvs"] as ReadonlyArray<{ mod_revision: string }> | undefined)?.[0]?.mod_revision ?? 0);
  const stop = new AbortController();
  const response = await fetch(`${url}/v3/watch`, {
    method: "POST",
    body: JSON.stringify({ create_request: { ...range, start_revision: "1" } }),
    signal: stop.signal,
  });
  const events: Array<WatchEvent> = [];
  let text = "";
  try {
    const decoder = new TextDecoder();
    for await (const part of response.body as ReadableStream<Uint8Array>) {
      const lines = (text + decoder.decode(part, { stream: true })).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const { result } = JSON.parse(line) as { result?: { events?: ReadonlyArray<WatchEvent> } };
        events.push(...result?.events ?? []);
      }
      if (Number(events.at(-1)?.kv.mod_revision ?? 0) >= last) return events;
    }
  } finally {
    stop.abort();
  }
  return events;
}
