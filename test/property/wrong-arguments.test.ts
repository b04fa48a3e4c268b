/**
 * Every public function with arguments of wrong types: an error that names what is wrong, never a raw TypeError, a rejection
 * that nobody handles or a hang.
 */
import * as Effect from "effect/Effect";
import fc from "fast-check";
import process from "node:process";
import * as ringcron from "ringcron";
import * as core from "ringcron/core";
import * as etcd from "ringcron/etcd";
import * as memory from "ringcron/memory";
import * as otel from "ringcron/otel";
import * as promise from "ringcron/promise";
import * as redis from "ringcron/redis";
import * as redisZset from "ringcron/redis-zset";
import * as testing from "ringcron/testing";
import { describe, expect, it } from "vitest";
import { collectRejections, expectTold, spoilt } from "../support/wrong.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const daily = core.CronExpression.parseUnsafe("@daily");
const now = Date.UTC(2026, 0, 1);
const at = { mono: 0, wall: now };
const config = {
  service: "demo",
  nodeName: "a",
  weight: 1,
  leaseMs: 10_000,
  graceMs: 1_000,
  lookaheadMs: undefined,
  maxSilenceMs: 300_000,
  requestTimeoutMs: 5_000,
  deployment: 0,
};
const record = {
  watermark: 1_000,
  since: 0,
  lastFence: 1,
  paused: false,
  definition: "d",
  deployment: 1,
  claimId: undefined,
  nextDueAt: undefined,
  active: [],
  queue: [],
};
const item = {
  _tag: "Claim",
  job: "a",
  claimId: "n1.1",
  from: 0,
  to: 0,
  nextDueAt: undefined,
  floor: undefined,
  floorBy: undefined,
  definition: "d",
  overlap: "skip",
  rerun: false,
  runs: [],
  skips: [],
};
const moment = core.Moment.exact(now);
const context = { moment, incarnation: "n1", deployment: 1, expiresAt: now + 9_000, isMember: () => true };
const state = core.Machine.initial(config, at);
const ended = {
  job: "a",
  fence: 1,
  dueAt: 1_000,
  attempt: 1,
  outcome: "succeeded",
  startedAt: 1,
  endedAt: 2,
  rerun: false,
};
const plan = { now, aheadMs: 500, lateAfterMs: 1_000, currentWithinMs: 10_000 };
const fleet = {
  version: 1,
  storeTime: now,
  members: [{
    incarnation: "n1",
    name: "a",
    weight: 1,
    state: "active",
    deployment: 1,
    nextBeatAt: now,
    leaseEndsAt: now,
    jobs: new Map([["a", "d"]]),
  }],
};
const members = [{ id: "n1" }, { id: "n2", weight: 2 }];
const http = { url: "https://example.com", token: "secret" };
const node = { service: "demo", nodeName: "a" };

/** Right arguments of every function; those of `shallow` are spoilt as a whole, not part by part. */
const right: Readonly<Record<string, ReadonlyArray<unknown>>> = {
  "CronExpression.within": [daily, { startAt: now }],
  "CronExpression.describe": [daily],
  "CronExpression.format": [daily],
  "CronExpression.parseUnsafe": ["H 9 * * *", { timeZone: "Europe/Berlin", dst: "skip", jobName: "a" }],
  "CronExpression.parse": ["H 9 * * *", { timeZone: "Europe/Berlin", dst: "skip", jobName: "a" }],
  "CronExpression.isCronExpression": [daily],
  "CronExpression.equals": [daily, daily],
  "NextFire.next": [daily, now],
  "NextFire.previous": [daily, now],
  "NextFire.matches": [daily, now],
  "NextFire.between": [daily, now, now + 86_400_000],
  "NextFire.nextMany": [daily, now, 3],
  "Ring.track": [["a", "b"]],
  "Ring.assign": [members, ["a", "b"]],
  "Ring.places": [members, ["a", "b"]],
  "Ring.rank": [members, "a"],
  "Client.layer": [{ service: "demo" }],
  "Client.make": [{ service: "demo" }],
  "Ticker.layer": [{ service: "demo" }],
  "Ticker.make": [{ service: "demo" }],
  "Ticker.commands": [Effect.runSync(Effect.provide(ringcron.Ticker.make({ service: "demo" }), memory.layer()))],
  "Ticker.handle": [
    Effect.runSync(Effect.provide(ringcron.Ticker.make({ service: "demo" }), memory.layer())),
    "report",
    () => Effect.void,
    {},
  ],
  "Ticker.observe": [
    Effect.runSync(Effect.provide(ringcron.Ticker.make({ service: "demo" }), memory.layer())),
    { event: () => {} },
  ],
  "Cron.layer": [node],
  "Metrics.layer": [{ perJob: true, refreshMs: 15_000 }],
  "Metrics.tickerLayer": [{ perJob: true }],
  "otel.instrument": [
    { health: () => ({}), observe: () => () => {}, pool: { service: "demo", nodeName: "a" } },
    { perJob: true, runSpans: true, storeSpans: false },
  ],
  "Fire.id": ["billing", "invoices", now],
  "Job.extend": [{ extend: () => Promise.resolve(true) }, 5],
  "Job.make": ["a", "@daily", () => Effect.void, { timeZone: "UTC" }],
  "Job.spec": [{ name: "a", schedule: "@daily", handler: () => Effect.void, options: { timeZone: "UTC" } }],
  "NodePool.checkOptions": [node],
  "NodePool.fromNode": [undefined],
  "NodePool.layer": [node],
  "Options.drain": [5],
  "Options.check": [node, "node-1"],
  "Policy.make": [{ overlap: "skip", catchUp: { mode: "all", withinMs: 5, max: 1 } }],
  "Store.driver": [memory.store()],
  "Store.carrier": [memory.store()],
  "Driver.peek": [{ _tag: "Peek", service: "demo", jobs: ["a"], history: false }],
  "Driver.whole": [memory.make()],
  "View.currentDefinition": [ringcron.View.empty, "a"],
  "Control.resume": [record, "a", "skip", now],
  "Control.apply": [record, { _tag: "Backfill", job: "a", key: "k", dueAts: [1_000] }, now],
  "Engine.answerOf": [[{ _tag: "Destroy" }], 0, "Destroy"],
  "Engine.make": [{ rows: 1, bytes: 1 }],
  "Decision.skipped": [daily, now, now + 86_400_000, "window"],
  "Decision.plan": [daily, ringcron.Policy.defaults, now, plan],
  "FleetClock.bounds": [core.FleetClock.unknown, 0],
  "FleetClock.observe": [core.FleetClock.unknown, now, at, at, 1],
  "FleetClock.hear": [core.FleetClock.unknown, now, at, at],
  "FleetClock.now": [core.FleetClock.unknown, at],
  "FleetClock.uncertainty": [core.FleetClock.unknown, 0],
  "FleetClock.told": [core.FleetClock.unknown, now],
  "JobRecord.pauseOf": [record],
  "JobRecord.holder": ["n1.1"],
  "JobRecord.waitsSince": [record],
  "JobRecord.claim": [record, item, context],
  "JobRecord.complete": [record, ended],
  "Machine.fleetTime": [state, at],
  "Machine.health": [state, at],
  "Machine.knownView": [state, at],
  "Machine.initial": [config, at],
  "Machine.step": [state, { _tag: "Wake", at }],
  "Moment.exact": [now],
  "Moment.around": [now],
  "Moment.at": [{ least: 1, plus: 2 }, now],
  "Moment.text": [{ least: 1, plus: 2 }],
  "Moment.resolve": ["@1+2@", now],
  "Names.remark": ["reason", "the bank is closed", 200],
  "Names.service": ["a"],
  "Names.node": ["a"],
  "Names.job": ["a"],
  "Names.handler": ["a"],
  "Names.key": ["a"],
  "Names.labels": ["labels", ["gpu"], 1],
  budget: [{
    nodes: 3,
    jobs: [{ schedule: "0 3 * * *", count: 2, lastsMs: 5, jitterMs: 5 }],
    options: { leaseMs: 1_000, graceMs: 50, maxSilenceMs: 3_600_000 },
    prices: { per100kCommands: 1, perMillionRequests: 1, perGigabyte: 1 },
    from: now,
  }],
  plan: [ringcron.View.empty, [{ name: "a", expression: daily, jitterMs: 5 }], now, now + 86_400_000, {
    service: "demo",
    limit: 5,
  }],
  whatIf: [fleet, { leave: ["a"], join: [{ name: "b", weight: 2, jobs: ["a"] }], weights: { a: 2 } }],
  "Ownership.of": [ringcron.View.empty],
  "Ownership.owned": [core.Ownership.of({ version: 1, storeTime: 0, members: [] })],
  "Queue.add": [record, [1_000], now],
  "Queue.take": [record, "n1.1", 1, moment],
  "Queue.cancel": [record, "a", now],
  "memory.make": [{ now: () => now }],
  "memory.store": [{ now: () => now }],
  "memory.layer": [{ now: () => now, store: memory.make() }],
  "redis.problem": [http],
  "redis.aclRule": ["prefix:"],
  "redis.make": [http],
  "redis.layer": [http],
  "redis.ticks": [{ url: http.url, token: http.token }],
  "redis-zset.problem": [http],
  "redis-zset.aclRule": ["prefix:"],
  "redis-zset.make": [http],
  "redis-zset.layer": [http],
  "redis-zset.ticks": [{ url: http.url, token: http.token }],
  "etcd.problem": [{ endpoints: "https://example.com:2379", user: "u", password: "p" }],
  "etcd.store": [{ endpoints: "https://example.com:2379" }],
  "etcd.make": [{ endpoints: "https://example.com:2379" }],
  "etcd.layer": [{ endpoints: "https://example.com:2379" }],
  "promise.createClient": [{ service: "demo", driver: memory.layer() }],
  "promise.createCron": [{ ...node, driver: memory.layer(), logLevel: "none" }],
  createFleet: [{ nodes: 1, startAt: now, declare: () => {}, service: "demo", options: {}, patienceMs: 5 }],
  nextFires: ["@daily", { from: now, count: 1, timeZone: "UTC" }],
  expectFires: ["@daily", ["2026-01-02T00:00:00.000Z"], { from: Date.UTC(2026, 0, 1) }],
  changesOfClocks: ["@daily", { year: 2026, timeZone: "UTC" }],
  "Laws.withoutWaiting": [Effect.void],
  "Random.make": [1],
  "Random.stream": [1, 2],
  "Simulation.merge": [new Map(), new Map()],
  "Simulation.missing": [new Map(), 1, false],
  "Simulation.judge": [new Map()],
  "Simulation.describe": [[{ number: 1, what: "stall", sinceMs: 5 }]],
  "Simulation.run": [{ seed: 1, chaosMs: 100, healMs: 100 }],
  "Simulation.shrink": [{ seed: 1, chaosMs: 100, healMs: 100 }],
};

/** What a state machine or a ledger has made is looked at as a whole only: its parts are nobody's to build. */
const shallow = /^(Machine|Engine|JobRecord|Queue|Control|FleetClock|Decision|Simulation)\.|^whatIf$/;

type Function = (...args: ReadonlyArray<unknown>) => unknown;

const isClass = (value: Function): boolean => /^class\b/.test(String(value)) || "key" in value;

/** All functions of the entry points, by name. */
const functions = new Map<string, Function>();
const collect = (prefix: string, module: object): void => {
  for (const [name, value] of Object.entries(module)) {
    if (typeof value === "function" && !isClass(value as Function)) functions.set(prefix + name, value as Function);
    if (Object.prototype.toString.call(value) === "[object Module]") collect(`${name}.`, value as object);
  }
};
for (const module of [ringcron, core, testing]) collect("", module);
for (const [name, module] of Object.entries({ memory, redis, "redis-zset": redisZset, etcd, otel, promise })) {
  collect(`${name}.`, module);
}

const unhandled = collectRejections();

describe(`wrong arguments, SEED=${seed}`, () => {
  it("all functions are tried", () => {
    expect([...functions.keys()].filter((name) => right[name] === undefined)).toEqual([]);
    expect(Object.keys(right).filter((name) => !functions.has(name))).toEqual([]);
  });

  it.each([...functions])("%s", async (name, call) => {
    const args = spoilt(right[name] ?? [], !shallow.test(name));
    await fc.assert(
      fc.asyncProperty(args, (it) => expectTold(name, () => call(...it))),
      { seed, numRuns: /layer|create/.test(name) ? 60 : 200 },
    );
  });

  it("leaves no rejection that nobody handles", async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(unhandled).toEqual([]);
  });
});
