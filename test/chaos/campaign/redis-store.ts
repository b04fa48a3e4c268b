/**
 * A real Redis under chaos, behind one Upstash-compatible endpoint per process.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { movableClock } from "../../support/faketime.ts";
import { type RedisServer, startRedis } from "../../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../../support/upstash.ts";
import { fieldOf, keyOf, keysOf } from "../../../adapters/redis/keys.ts";
import { jobKey } from "../../../src/core/engine/rows.ts";
import { takeNotes } from "./answers-seen.ts";
import { makeRandom } from "./random.ts";
import { leaping } from "./leaps.ts";
import {
  appendOnlyFiles,
  appendOnlyLength,
  type Generation,
  readAppendOnly,
  readCommands,
  toWrite,
  type Write,
} from "./store-log.ts";
import { type ChaosStore, isLossy, lastingLeft, type Profile, rowsOf, type StoreFault, type Way } from "./store.ts";
import { type NetworkFault, strike } from "./network.ts";

/** How a Redis under chaos is to be started. */
export interface RedisChaosOptions {
  readonly service: string;
  readonly profile: Profile;
  readonly ways: number;
  readonly seed: number;
}

/** What is kept on disk is what was acknowledged, as text, and never rewritten: it is read as a log afterwards. */
const settings = ["--aof-use-rdb-preamble", "no", "--repl-diskless-sync-delay", "0", "--repl-timeout", "5"];

/** Starts it. */
export async function startRedisChaos(
  { profile, seed, service, ways: count }: RedisChaosOptions,
): Promise<ChaosStore> {
  const home = mkdtempSync(join(tmpdir(), "ringcron-clock-"));
  const clock = profile !== "mixed" ? undefined : await movableClock(join(home, "clock"));
  const { faults: leaps, leaps: leapt } = leaping((byMs) => clock?.move(byMs));
  const launch = (args: ReadonlyArray<string> = []) =>
    startRedis({ persistence: "always", args: [...settings, ...args], env: clock?.env ?? {} });
  let redis = await launch();
  let replica: RedisServer | undefined;
  const notes = takeNotes();
  const token = "chaos";
  const generations: Array<{ origin: string; at: number; kept: number; bytes: Buffer | undefined }> = [
    { origin: "start", at: Date.now(), kept: 0, bytes: undefined },
  ];
  /** How long the log was when, newest last. */
  const lengths: Array<{ readonly at: number; readonly length: number }> = [];
  /** The same all the time: up to `since` it was shorter. */
  const measured: Array<{ readonly since: number; readonly at: number; readonly length: number }> = [];
  let polledAt = Date.now();
  let isHealed = false;

  const endpoints: Array<UpstashEndpoint> = [];
  const ways: Array<Way> = [];
  for (let index = 0; index < count; index++) {
    const draws = makeRandom(seed * 1_000 + index + 1);
    const endpoint = await startUpstash({ redisPort: redis.port, token, onApplied: notes.take });
    let networkFault: NetworkFault | undefined;
    endpoint.faults.choose = () => networkFault === undefined ? undefined : strike(networkFault, draws);
    endpoints.push(endpoint);
    ways.push({
      endpoints: [endpoint.url],
      get networkFault() {
        return networkFault;
      },
      set networkFault(next) {
        networkFault = next;
        if (next === undefined) endpoint.dropHanging();
      },
      requests: () => endpoint.requests(),
    });
  }

  const restart = async (): Promise<void> => {
    for (let attempt = 1;; attempt++) {
      try {
        return await redis.restart();
      } catch (error) {
        if (attempt === 5) throw error;
        await delay(200);
      }
    }
  };

  const follow = async (): Promise<void> => {
    replica = await launch(["--replicaof", "127.0.0.1", `${redis.port}`]);
    const until = Date.now() + 20_000;
    // Its log is written anew in the background once it has the contents.
    const isReady = async (it: RedisServer) =>
      String(await it.command("INFO", "replication")).includes("master_link_status:up") &&
      String(await it.command("INFO", "persistence")).includes("aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0");
    while (!await isReady(replica)) {
      if (Date.now() > until) throw new Error("the replica does not follow");
      await delay(20);
    }
  };

  /** Ends the life of the server; what it had written is remembered, and so is what will be left of it. */
  const begin = (origin: string, kept: number): void => {
    const last = generations.at(-1);
    if (last !== undefined) last.bytes ??= readAppendOnly(redis.dir);
    generations.push({ origin, at: Date.now(), kept, bytes: undefined });
    lengths.length = 0;
  };

  /** The replica takes the place of the server, which is killed. */
  const promote = async (origin: string): Promise<void> => {
    const next = replica as RedisServer;
    await redis.kill("SIGKILL");
    const last = generations.at(-1);
    if (last !== undefined) last.bytes = readAppendOnly(redis.dir);
    generations.push({ origin, at: Date.now(), kept: appendOnlyLength(next.dir), bytes: undefined });
    await redis.stop();
    redis = next;
    replica = undefined;
    for (const endpoint of endpoints) endpoint.retarget(redis.port);
    await follow();
  };

  const offset = async (server: RedisServer): Promise<string | undefined> =>
    /(?:master_repl_offset|slave_repl_offset):(\d+)/.exec(String(await server.command("INFO", "replication")))?.[1];

  const keeping: Readonly<Record<string, { weight: number; act: StoreFault }>> = {
    "CLIENT PAUSE": {
      weight: 3,
      act: async (random) => {
        const ms = random.between(100, 4_000);
        await redis.command("CLIENT", "PAUSE", ms, random.chance(0.5) ? "ALL" : "WRITE");
        await delay(ms);
      },
    },
    "SCRIPT FLUSH": { weight: 3, act: async () => void await redis.command("SCRIPT", "FLUSH") },
    "CLIENT KILL": { weight: 3, act: async () => void await redis.command("CLIENT", "KILL", "TYPE", "normal") },
    "redis stands still": {
      weight: 2,
      act: async (random) => {
        await redis.kill("SIGSTOP");
        await delay(random.between(100, 6_000));
        await redis.kill("SIGCONT");
      },
    },
  };
  const killed: Readonly<Record<string, { weight: number; act: StoreFault }>> = {
    "redis killed, all kept": {
      weight: 2,
      act: async (random) => {
        await redis.kill("SIGKILL");
        await delay(random.between(0, 4_000));
        await restart();
      },
    },
  };
  const losing: Readonly<Record<Profile, Readonly<Record<string, { weight: number; act: StoreFault }>>>> = {
    mixed: killed,
    empty: {
      "redis killed, nothing kept": {
        weight: 6,
        act: async (random) => {
          await redis.kill("SIGKILL");
          begin("redis killed, nothing kept", 0);
          rmSync(join(redis.dir, "appendonlydir"), { recursive: true, force: true });
          await delay(random.between(0, 2_000));
          await restart();
        },
      },
    },
    stale: {
      "redis killed, the last writes lost": {
        weight: 6,
        act: async (random) => {
          const backTo = Date.now() - random.between(100, 2_000);
          await redis.kill("SIGKILL");
          const bytes = readAppendOnly(redis.dir);
          const wanted = lengths.findLast(({ at }) => at <= backTo)?.length ?? bytes.length;
          let kept = 0;
          for (const [, end] of readCommands(bytes)) if (end <= wanted) kept = end;
          begin("redis killed, the last writes lost", kept);
          const tail = appendOnlyFiles(redis.dir).at(-1);
          if (tail !== undefined) truncateSync(tail, Math.max(0, kept - (bytes.length - statSync(tail).size)));
          await delay(random.between(0, 1_000));
          await restart();
        },
      },
    },
    promote: {
      "replica promoted": {
        weight: 5,
        act: async () => {
          await redis.command("CLIENT", "PAUSE", 20_000, "WRITE");
          while (await offset(redis) !== await offset(replica as RedisServer)) await delay(5);
          await replica?.command("REPLICAOF", "NO", "ONE");
          await promote("replica promoted");
        },
      },
    },
    "promote-lag": {
      "replica promoted that lagged": {
        weight: 6,
        act: async (random) => {
          await replica?.command("REPLICAOF", "NO", "ONE");
          await delay(random.between(100, 2_000));
          await promote("replica promoted that lagged");
        },
      },
    },
  };
  if (profile === "promote" || profile === "promote-lag") await follow();
  const watching = setInterval(() => {
    if (isHealed || profile !== "stale") return;
    lengths.push({ at: Date.now(), length: appendOnlyLength(redis.dir) });
    if (lengths.length > 50) lengths.shift();
  }, 100);
  const measuring = setInterval(() => {
    if (profile !== "mixed") return;
    const length = appendOnlyLength(redis.dir);
    if (length !== measured.at(-1)?.length) measured.push({ since: polledAt, at: Date.now(), length });
    polledAt = Date.now();
  }, 20);
  /** When the log became longer than it was before this place; a time in which nothing was written says nothing. */
  const between = (end: number): Pick<Write, "between"> => {
    let [low, high] = [0, measured.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((measured[middle]?.length ?? 0) >= end) high = middle;
      else low = middle + 1;
    }
    const found = measured[low];
    return leapt.length === 0 || found === undefined ? {} : { between: [found.since, found.at] };
  };

  const keys = keysOf("ringcron:", service);
  return {
    token,
    ways,
    faults: { ...keeping, ...losing[profile], ...(profile === "mixed" ? leaps : {}) },
    leaps: leapt,
    isClockOfAll: true,
    counters: notes.counters,
    commitDelayMs: 0,
    keeps: !isLossy(profile),
    async heal() {
      isHealed = true;
      clock?.move(0);
      for (const way of ways) way.networkFault = undefined;
      await redis.kill("SIGCONT");
      await redis.command("CLIENT", "UNPAUSE");
    },
    async rows() {
      const list = await redis.command("HGETALL", keys.rows) as ReadonlyArray<string>;
      const rows = new Map<string, string>();
      for (let index = 0; index < list.length; index += 2) {
        const key = keyOf(list[index] ?? "");
        if (key !== undefined) rows.set(key, list[index + 1] ?? "");
      }
      return rows;
    },
    async replace(job, from, to) {
      const script = "if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end " +
        "redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) return 1";
      return await redis.command("EVAL", script, 1, keys.rows, fieldOf(jobKey(job)), from, to) === 1;
    },
    log() {
      return Promise.resolve(generations.map(({ at, bytes, kept, origin }): Generation => {
        const restored: Array<Write> = [];
        const writes: Array<Write> = [];
        for (const [commands, end] of readCommands(bytes ?? readAppendOnly(redis.dir))) {
          (end <= kept ? restored : writes).push({ ...toWrite(commands, service), ...between(end) });
        }
        return { at, origin, restored, writes };
      }));
    },
    async leftovers(jobs) {
      const lasting = keys.rows.replace(/rows$/, "lasting");
      const known: ReadonlySet<string> = new Set([keys.rows, keys.instants, keys.declared, lasting]);
      const rows = rowsOf(jobs);
      const strange = (field: string): boolean => {
        const key = keyOf(field);
        return key === undefined ? !field.startsWith("#") : !rows.has(key);
      };
      const list = async (command: string, key: string, ...rest: ReadonlyArray<number>) =>
        await redis.command(command, key, ...rest) as ReadonlyArray<string>;
      return [
        ...(await list("KEYS", "*")).filter((it) => !known.has(it)),
        ...(await list("ZRANGE", keys.instants, 0, -1)).filter(strange).map((it) => `instants: ${it}`),
        ...(await list("HKEYS", keys.rows)).filter(strange).map((it) => `rows: ${it}`),
        ...(await lastingLeft(redis, lasting)).map((it) => `lasting: ${it}`),
      ];
    },
    async stop() {
      clearInterval(watching);
      clearInterval(measuring);
      await Promise.all(endpoints.map((it) => it.stop()));
      await Promise.all([redis.stop(), replica?.stop()]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
