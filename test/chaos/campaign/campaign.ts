/**
 * A chaos campaign: a fleet of processes over a real store, people who ask for things, faults from a seed, then peace, and a
 * verdict over everything that was seen from outside.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { jobKey } from "../../../src/core/engine/rows.ts";
import { readRecord } from "../../../src/core/ledger/recordText.ts";
import { assemble, type Away, type Crew } from "./crew.ts";
import { openOrders, type Orders } from "./orders.ts";
import { etcdProfiles, startEtcdChaos } from "./etcd-store.ts";
import { writeHistory, type Written } from "./historian.ts";
import { deployed, specs } from "./jobs.ts";
import { type Verdict, verdictOf } from "./checker.ts";
import { readSheets, type Seen } from "./observed.ts";
import { People } from "./people.ts";
import { startRedisChaos } from "./redis-store.ts";
import type { Breach } from "./rules.ts";
import type { Leap } from "./leaps.ts";
import type { Spoilt } from "./spoiling.ts";
import { type ChaosStore, isLossy, type Profile, type StoreName } from "./store.ts";
import { type Deed, Nemesis } from "./nemesis.ts";

/** What to do. */
export interface CampaignOptions {
  readonly store: StoreName;
  readonly profile: Profile;
  readonly seed: number;
  /** How long faults happen; peace afterwards takes some 20 s more. */
  readonly forMs: number;
  /** Places for processes; two of them are empty at first. */
  readonly places: number;
  /** How long the fleet may take to be itself again once all is well. */
  readonly peaceMs: number;
  readonly tell: (line: string) => void;
}

/** What came of it. */
export interface Outcome {
  readonly breaches: ReadonlyArray<Breach>;
  readonly verdict: Verdict;
  readonly written: Written;
  readonly seen: Seen;
  readonly deeds: ReadonlyArray<Deed>;
  readonly spoilt: ReadonlyArray<Spoilt>;
  readonly leaps: ReadonlyArray<Leap>;
  readonly passed: number;
  /** What people gave up asking for before they had an answer. */
  readonly unpursued: number;
  readonly aways: ReadonlyArray<Away>;
  readonly counters: ReadonlyMap<string, number>;
  readonly requests: ReadonlyArray<number>;
  readonly processes: number;
  /** How long it took until everything was decided and everybody at work. */
  readonly convergedMs: number | undefined;
  readonly tookMs: number;
}

/** Fires due within this time of peace must be decided in it, and for the first part of it people ask for more. */
const demandMs = 5_000;
const askingMs = 3_000;

const open = ({ profile, seed, store, places }: CampaignOptions, service: string): Promise<ChaosStore> =>
  store === "etcd"
    ? startEtcdChaos(service, etcdProfiles.find((it) => it === profile) ?? "mixed", places, seed)
    : startRedisChaos({ service, profile, ways: places, seed });

/** The jobs that those who are at work declare. */
const declaredBy = (crew: Crew): ReadonlySet<string> =>
  new Set(
    crew.places.filter(({ state }) => state !== "empty")
      .flatMap(({ deployment }) => deployed(deployment).map(({ name }) => name)),
  );

/** What is not yet as it must be: fires that are not decided, runs that are not over, processes that do nothing. */
async function unfinished(
  crew: Crew,
  people: People,
  store: ChaosStore,
  peaceAt: number,
  declared: ReadonlySet<string>,
): Promise<string> {
  const dueUpTo = peaceAt + demandMs;
  const [command] = people.open;
  if (command !== undefined) return `${command.kind} ${command.job} has no answer`;
  const rows = await store.rows();
  for (const job of declared) {
    const record = readRecord(rows.get(jobKey(job)) ?? "");
    if (typeof record === "string") return `${job} has no record`;
    // The longest time between two fires of a job is ten seconds.
    if (record.nextDueAt !== undefined && record.nextDueAt <= dueUpTo) return `${job} stands at ${record.watermark}`;
    const left = record.active.find(({ dueAt }) => dueAt <= dueUpTo);
    if (left !== undefined) return `${job} ${left.dueAt} is not over, held by ${left.claimId}`;
    const queued = record.queue.find(({ dueAt }) => dueAt <= dueUpTo);
    if (queued !== undefined) return `${job} ${queued.dueAt} is not handed out`;
  }
  const idle = crew.places.find(({ state }) => state === "starting" || state === "disturbed");
  if (idle !== undefined) return `${idle.process?.name} has not joined`;
  const { starts } = readSheets(crew.sheets);
  const lazy = crew.places.filter(({ state }) => state === "working")
    .find(({ process }) => !starts.some(({ at, node }) => node === process?.name && at > peaceAt));
  return lazy === undefined ? "" : `${lazy.process?.name} has started nothing since there is peace`;
}

/** Waits until all is as it must be. */
async function converge(
  crew: Crew,
  people: People,
  store: ChaosStore,
  peaceAt: number,
  declared: ReadonlySet<string>,
  { peaceMs: withinMs, tell }: CampaignOptions,
): Promise<{ readonly tookMs: number | undefined; readonly left: string }> {
  let [left, told] = ["", ""];
  while (Date.now() - peaceAt < withinMs) {
    await delay(500);
    if (Date.now() > peaceAt + askingMs) people.rest();
    left = Date.now() <= peaceAt + demandMs + 1_000
      ? "it is not time yet"
      : await unfinished(crew, people, store, peaceAt, declared).catch((error) =>
        `the store does not answer: ${error}`
      );
    if (left === "") return { tookMs: Date.now() - peaceAt, left };
    if (Date.now() < peaceAt + 2 * demandMs || left === told) continue;
    told = left;
    tell(`not yet: ${left}`);
  }
  return { tookMs: undefined, left };
}

/** Runs a campaign, and leaves nothing running. */
export async function run(options: CampaignOptions): Promise<Outcome> {
  const { forMs, profile, seed, store: storeName, tell } = options;
  const service = "chaos";
  const began = Date.now();
  const store = await open(options, service);
  let [crew, orders, people]: [Crew?, Orders?, People?] = [];
  try {
    orders = await openOrders();
    crew = await assemble(storeName, store, orders, service);
    const { breaches, places } = crew;
    for (const place of places.slice(0, -2)) await crew.hire(place);
    const assembled = Date.now() + 60_000;
    while (places.some(({ state }) => state === "starting") && Date.now() < assembled) await delay(50);
    tell(`${places.filter(({ state }) => state === "working").length} processes have joined; faults from seed ${seed}`);

    const nemesis = new Nemesis(crew, store, seed);
    people = new People(crew, orders, seed);
    people.begin();
    const ticker = setInterval(() => {
      const last = nemesis.deeds.slice(-3).map(({ to, what }) => `${what} (${to})`).join(", ");
      tell(`${Math.round((Date.now() - began) / 1_000)} s: ${nemesis.deeds.length} faults, last ${last}`);
    }, 30_000);
    await nemesis.make(forMs);
    await nemesis.settle();
    clearInterval(ticker);
    await store.heal();
    for (const place of places.filter(({ state }) => state === "empty").slice(0, 1)) await crew.hire(place);

    const peaceAt = Date.now();
    const declared = declaredBy(crew);
    tell(`peace after ${Math.round((peaceAt - began) / 1_000)} s and ${nemesis.deeds.length} faults`);
    const { left, tookMs: convergedMs } = await converge(crew, people, store, peaceAt, declared, options);
    people.end();
    if (convergedMs === undefined) breaches.push({ rule: "everything decided when all is well", detail: left });
    const requests = store.ways.map((it) => it.requests());

    const { dismiss } = crew;
    await Promise.all(places.filter(({ state }) => state !== "empty").map((place) => dismiss(place)));
    const jobs = new Set(specs.map(({ name }) => name));
    let leftovers: ReadonlyArray<string> = [];
    for (const until = Date.now() + 30_000; Date.now() < until; await delay(500)) {
      leftovers = await store.leftovers(jobs);
      if (leftovers.length === 0) break;
    }
    for (const detail of leftovers) breaches.push({ rule: "nothing leaked", detail });

    const { spoilt } = nemesis.spoiling;
    const written = writeHistory(await store.log(), specs, store, new Set(spoilt.map(({ text }) => text)));
    const seen = readSheets(crew.sheets);
    const dueUpTo = peaceAt + demandMs;
    // A cut-off or stopped process needs a moment to be itself again.
    const absences = crew.aways.map((it) => ({ ...it, until: it.until + 5_000 }));
    const verdict = verdictOf({
      service,
      written,
      seen,
      specs,
      declared,
      absences,
      isLossy: isLossy(profile),
      isClockOfAll: store.isClockOfAll,
      spoilt,
      leaps: store.leaps,
      dueUpTo,
    });
    return {
      breaches: [...breaches, ...verdict.breaches],
      verdict,
      written,
      seen,
      deeds: nemesis.deeds,
      spoilt,
      leaps: store.leaps,
      passed: nemesis.passed,
      unpursued: people.givenUp,
      aways: crew.aways,
      counters: store.counters,
      requests,
      processes: crew.sheets.size,
      convergedMs,
      tookMs: Date.now() - began,
    };
  } finally {
    people?.end();
    await crew?.end();
    await orders?.stop();
    await store.stop();
  }
}
