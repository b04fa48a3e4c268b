/**
 * A campaign: six processes put, change, pause, resume and remove schedules at random, and run them, while faults happen; then there
 * is peace, everything that is owed must have run, and what stands in the store must be what the model says.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { Redis as Ioredis } from "ioredis";
import * as Etcd from "ringcron/etcd";
import { type Client, createClient } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import type { StoreName } from "../campaign/store.ts";
import { carryOut } from "./actor.ts";
import { type Breach, verdictOf } from "./checker.ts";
import { assemble, type Crew } from "./crew.ts";
import { begin } from "./nemesis.ts";
import { ids, mannerOf, type Op } from "./plan.ts";
import { type Asked, readSheets, type Seen } from "./sheets.ts";
import { openStage, type Stage } from "./stage.ts";

/** What to do. */
export interface CampaignOptions {
  readonly store: StoreName;
  readonly seed: number;
  /** How much is asked for before there is peace. */
  readonly operations: number;
  readonly places: number;
  /** How long each process waits between two questions, from and up to. Milliseconds. */
  readonly gapMs: readonly [from: number, upTo: number];
  /** How long the fleet may take to have run everything that is owed. */
  readonly peaceMs: number;
  readonly tell: (line: string) => void;
}

/** What came of it. */
export interface Outcome {
  readonly breaches: ReadonlyArray<Breach>;
  readonly seen: Seen;
  readonly deeds: ReadonlyMap<string, number>;
  readonly processes: number;
  /** How many schedules there were in the end. */
  readonly standing: number;
  /** From peace to the last fire that was owed. */
  readonly convergedMs: number | undefined;
  readonly tookMs: number;
}

const service = "schedules";

/** Somebody who is none of the processes, and asks once there is peace. */
const outsider = async (store: StoreName, { token, ways }: Stage): Promise<{ client: Client; end: () => void }> => {
  const endpoints = ways[0]?.endpoints ?? [];
  const url = endpoints[0] as string;
  const redis = store === "redis-zset" ? new Ioredis(url) : undefined;
  redis?.on("error", () => {});
  const driver = redis !== undefined
    ? RedisZset.layer({ client: redis })
    : store === "etcd"
    ? Etcd.layer({ endpoints })
    : Redis.layer({ url, token });
  const client = await createClient({ service, driver });
  return { client, end: () => void client.close().then(() => redis?.disconnect()) };
};

const until = async (boundMs: number, holds: () => boolean | Promise<boolean>): Promise<boolean> => {
  for (const end = performance.now() + boundMs; performance.now() < end; await delay(300)) {
    if (await holds()) return true;
  }
  return false;
};

/** All schedules, by pages that end in the middle of everything. */
const listed = async ({ schedules }: Client): Promise<ReadonlyArray<string>> => {
  const found: Array<string> = [];
  let cursor: string | undefined;
  do {
    const page = await schedules.list({ limit: 7, cursor });
    found.push(...page.schedules.map(({ id }) => id), ...page.unreadable.map((id) => `unreadable: ${id}`));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found.sort();
};

/** How often something is asked before it is taken for unanswered: what was left of a connection may fail once in peace. */
const attempts = 5;

/** Asks one after the other, as everything is asked, and again what got no answer. */
const askAll = async (client: Client, why: string, ops: ReadonlyArray<Op>): Promise<ReadonlyArray<Asked>> => {
  const asked: Array<Asked> = [];
  for (const op of ops) {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const at = Date.now();
      const answer = await carryOut(client.schedules, op);
      const name = `${why}.${op.id}${attempt === 1 ? "" : `.${attempt}`}`;
      asked.push({ name, node: "outside", op, at, answer: { ...answer, at: Date.now() } });
      if (answer.told !== "error") break;
    }
  }
  return asked;
};

/** What stands in the end. */
const lastLooks = (client: Client): Promise<ReadonlyArray<Asked>> =>
  askAll(client, "last", ids.map((id) => ({ kind: "get", id })));

/** Those that may still be paused go on. */
const resumed = (client: Client): Promise<ReadonlyArray<Asked>> => {
  const pausing = ids.filter((it) => mannerOf(it) === "pausing");
  return askAll(client, "peace", pausing.map((id) => ({ kind: "resume", id, missed: "catch-up" })));
};

const hire = async ({ hire: take, places }: Crew): Promise<void> => {
  for (const place of places) await take(place);
};

/** Runs one, and leaves nothing running. */
export const run = async (options: CampaignOptions): Promise<Outcome> => {
  const { operations, peaceMs, seed, store, tell } = options;
  const began = Date.now();
  const stage = await openStage({ ...options, service });
  const crew = assemble(stage, { ...options, service });
  const { breaches } = crew;
  const seenSoFar = () => readSheets(crew.sheets);
  const isAtWork = () => crew.places.every(({ state }) => state === "working");
  try {
    await hire(crew);
    if (!await until(240_000, isAtWork)) throw new Error("the processes have not joined");
    tell(`${crew.places.length} processes have joined; faults from seed ${seed}`);
    const nemesis = begin(crew, stage, seed);
    const most = 60_000 + operations * 400;
    for (let toldAt = Date.now(); !await until(2_000, () => seenSoFar().asked.length >= operations);) {
      if (Date.now() - began > most) throw new Error(`only ${seenSoFar().asked.length} operations in ${most} ms`);
      if (Date.now() - toldAt < 30_000) continue;
      toldAt = Date.now();
      tell(`${Math.round((toldAt - began) / 1_000)} s: ${seenSoFar().asked.length} operations`);
    }
    await nemesis.rest();
    await stage.heal();
    crew.rest();
    const isResting = () => {
      const { resting } = seenSoFar();
      return isAtWork() && crew.places.every(({ process }) => resting.has(process?.name ?? ""));
    };
    if (!await until(60_000, isResting)) breaches.push({ rule: "no node wedged", detail: "not all rest" });

    const { client, end } = await outsider(store, stage);
    const peaceAt = Date.now();
    tell(`peace after ${Math.round((peaceAt - began) / 1_000)} s`);
    const more = await resumed(client);
    const judged = () => {
      const { asked, starts } = seenSoFar();
      return verdictOf({ asked: [...asked, ...more], starts }, peaceAt);
    };
    const isOpen = (it: Breach) => it.rule === "what is owed is run" || it.rule === "what was asked for is run";
    const isOver = await until(peaceMs, () => Date.now() > peaceAt + 3_000 && !judged().some(isOpen));
    const convergedMs = isOver ? Date.now() - peaceAt : undefined;

    const looks = await lastLooks(client);
    const standing = looks.flatMap(({ answer, op }) => answer?.seen ? [op.id] : []);
    const pages = await listed(client);
    if (JSON.stringify(pages) !== JSON.stringify([...standing].sort())) {
      breaches.push({
        rule: "a list is what stands",
        detail: `${pages.join(", ")}; and there are ${standing.join(", ")}`,
      });
    }
    // Every run that is under way ends before its schedule goes.
    for (const id of standing) await client.schedules.pause(id).catch(() => {});
    await until(
      20_000,
      async () => (await Promise.all(standing.map((id) => client.schedules.get(id)))).every((it) => it?.active === 0),
    );
    for (const id of standing) if (!await client.schedules.remove(id)) breaches.push({ rule: "a removal", detail: id });
    end();
    await crew.dismiss();
    const leftovers = await stage.leftovers();
    if (leftovers.length > 0) breaches.push({ rule: "nothing leaked", detail: leftovers.join(", ") });

    const seen = seenSoFar();
    const asked = [...seen.asked, ...more, ...looks];
    const verdict = verdictOf({ asked, starts: seen.starts.filter(({ at }) => at < (looks[0]?.at ?? 0)) }, peaceAt);
    return {
      breaches: [...breaches, ...verdict],
      seen: { ...seen, asked },
      deeds: nemesis.deeds,
      processes: crew.sheets.size,
      standing: standing.length,
      convergedMs,
      tookMs: Date.now() - began,
    };
  } finally {
    await crew.end();
    await stage.stop();
  }
};
