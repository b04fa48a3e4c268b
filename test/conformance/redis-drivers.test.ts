import * as Effect from "effect/Effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Redis from "../../adapters/redis.ts";
import * as RedisZset from "../../adapters/redis-zset.ts";
import { Driver } from "../../src/Driver.ts";
import type {
  BeatRequest,
  ClaimReply,
  ClaimRequest,
  Completion,
  ControlRequest,
} from "../../src/core/words/Request.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";
import { beat, claim, foreignRecords, item } from "./support/requests.ts";

describe.each([["redis", true], ["redis-zset", false]] as const)("%s", (name, hasKeys) => {
  let redis: RedisServer;
  let upstash: UpstashEndpoint;
  let driver: Driver;
  const run = Effect.runPromise;
  const make = (options: Partial<Redis.RedisOptions> = {}) =>
    run((hasKeys ? Redis : RedisZset).make({ url: upstash.url, token: upstash.token, ...options }));

  beforeAll(async () => {
    redis = await startRedis();
    upstash = await startUpstash({ redisPort: redis.port });
    driver = await make();
  });
  afterAll(async () => {
    await upstash?.stop();
    await redis?.stop();
  });

  const peek = (service: string, ...jobs: ReadonlyArray<string>) =>
    run(driver.peek({ _tag: "Peek", service, jobs, history: true }));
  const destroy = (service: string) => run(driver.control({ _tag: "Control", service, command: { _tag: "Destroy" } }));

  const keysOf = async (service: string) => ((await redis.command("KEYS", `*{${service}}*`)) as Array<string>).sort();
  const key = (service: string, what: string) => `ringcron:2:{${service}}:${what}`;

  describe("commands, as hosted Redis bills them", () => {
    /** Calls of each command while `action` runs; those of the counting itself are taken out. */
    const counted = async (action: () => Promise<unknown>): Promise<Record<string, number>> => {
      const read = async () =>
        new Map(
          [...String(await redis.command("INFO", "commandstats")).matchAll(/cmdstat_([^:]+):calls=(\d+)/g)]
            .map(([, name, calls]) => [name ?? "", Number(calls)] as const),
        );
      const before = await read();
      await action();
      const after = await read();
      return Object.fromEntries(
        [...after].map(([name, calls]) => [name, calls - (before.get(name) ?? 0)] as const)
          .filter(([name, calls]) => calls > 0 && name !== "info"),
      );
    };
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
    const jobs = Array.from({ length: 200 }, (_, index) => `job-${index}`);

    it("stay within 4 for a beat, 6 for a claim and 4 for a completion of 200 jobs", async () => {
      const service = "budget";
      const first = await run(driver.beat(beat(service, "n", { declared: new Map([["job", "definition"]]) })));
      await run(driver.beat(beat(service, "other")));
      const { version } = await run(driver.beat(beat(service, "n")));
      expect(first.joined).toBe(true);
      const quiet = await counted(() => run(driver.beat(beat(service, "n", { knownVersion: version }))));
      expect(quiet).toEqual({ evalsha: 1, time: 1, zrangebyscore: 1, zadd: 1 });

      // Scripts are sent as text once; that is not what a fleet pays for.
      await run(driver.claim(claim(service, "n", [item("warm-up", "n.0")])));
      await run(driver.complete({ _tag: "Complete", service, incarnation: "n", items: [] }));
      const registering = await counted(() =>
        run(driver.claim(claim(service, "n", jobs.map((job) => item(job, `n.new-${job}`, { nextDueAt: 1 })))))
      );
      // What was not in the set before may have made it anew, so its time to live is said again.
      expect(registering).toEqual({ evalsha: 1, time: 1, hmget: 1, hset: 1, zadd: 1, pexpire: 1 });

      const { jobs: states } = await peek(service, ...jobs);
      const next = (incarnation: string, round: number, at: ReadonlyMap<string, number>): ClaimRequest =>
        claim(
          service,
          incarnation,
          jobs.map((job) => {
            const from = at.get(job) ?? 0;
            const due = { dueAt: from + 1, kind: "due" as const };
            const skip = { reason: "coalesced" as const, count: 3, firstDueAt: from, lastDueAt: from + 1 };
            return item(job, `${incarnation}.${round}-${job}`, {
              from,
              to: from + 1,
              nextDueAt: from + 2,
              runs: [due],
              skips: [skip],
            });
          }),
        );
      const marks = (reply: ClaimReply) => new Map(reply.results.map((it) => [it.job, it.watermark ?? 0]));
      let reply: ClaimReply | undefined;
      const claiming = await counted(async () => {
        reply = await run(driver.claim(next("n", 1, new Map(states.map((it) => [it.job, it.watermark])))));
      });
      expect(reply?.results.every((it) => it.status === "ok" && it.runs.length === 1)).toBe(true);
      expect(claiming).toEqual({ evalsha: 1, time: 1, hmget: 1, zmscore: 1, hset: 1, zadd: 1 });

      // Runs of another node are active, so its membership is looked up, once for all jobs.
      const beside = await counted(async () => {
        reply = await run(driver.claim(next("other", 2, marks(reply as ClaimReply))));
      });
      expect(reply?.results.every((it) => it.status === "ok" && it.runs.length === 1)).toBe(true);
      expect(beside).toEqual({ evalsha: 1, time: 1, hmget: 1, zmscore: 1, hset: 1, zadd: 1 });

      const ends = (reply as ClaimReply).results.flatMap((it) => it.runs).map((it): Completion => ({
        job: it.job,
        fence: it.fence,
        dueAt: it.dueAt,
        attempt: it.attempt,
        outcome: "succeeded",
        startedAt: it.dueAt,
        endedAt: it.dueAt + 1,
        rerun: false,
      }));
      const completing = await counted(async () => {
        const { results } = await run(driver.complete({ _tag: "Complete", service, incarnation: "n", items: ends }));
        expect(new Set(results)).toEqual(new Set(["ok"]));
      });
      expect(completing).toEqual({ evalsha: 1, time: 1, hmget: 1, hset: 1 });
      const looking = await counted(() => peek(service, ...jobs));
      const control = (command: ControlRequest["command"]) =>
        run(driver.control({ _tag: "Control", service, command }));
      await control({ _tag: "Cancel", job: "warm-up" });
      const queueing = await counted(async () => {
        const dueAts = Array.from({ length: 200 }, (_, index) => index);
        expect(await control({ _tag: "Backfill", job: "warm-up", key: "", dueAts })).toMatchObject({ result: "ok" });
      });
      // A look, and a change of what was seen; with `hints: true` that is told in the same request.
      expect(queueing).toEqual({ evalsha: 2, time: 2, hmget: 2, hset: 1, zadd: 1, pexpire: 1 });
      console.log(
        `${name}, commands: beat ${sum(quiet)}, claim of 200 new jobs ${sum(registering)}, claim of 200 jobs ${
          sum(claiming)
        },`,
        `beside another node's runs ${sum(beside)}, completion of 200 ${sum(completing)}, look at 200 ${
          sum(looking)
        }, backfill of 200 ${sum(queueing)}`,
      );
      await destroy(service);
    });
  });

  describe("what is left behind", () => {
    const allOperations = async (service: string, store: Driver, rest: Partial<BeatRequest> = {}) => {
      await run(store.beat(beat(service, "a", { declared: new Map([["job", "definition"]]), ...rest })));
      await run(store.beat(beat(service, "b", { digest: "other", declared: new Map(), ...rest })));
      const { results: [at] } = await run(store.claim(claim(service, "a", [item("job", "a.1", { nextDueAt: 1 })])));
      const from = at?.watermark ?? 0;
      const runs = [{ dueAt: from + 1, kind: "due" as const }];
      await run(store.claim(claim(service, "a", [item("job", "a.2", { from, to: from + 1, runs })])));
      await run(store.control({ _tag: "Control", service, command: { _tag: "Pause", job: "job" } }));
    };

    const nodeKeys = hasKeys ? ["node:a", "node:b"] : [];
    const parts = ["declared", "instants", ...nodeKeys, "rows"];

    it("is three keys, and one for each node that has its own, all of which expire", async () => {
      await allOperations("ttl", driver);
      const keys = await keysOf("ttl");
      expect(keys).toEqual(parts.map((it) => key("ttl", it)));
      for (const it of keys) {
        const ttl = await redis.command("PTTL", it);
        const lifeMs = (it.includes("node:") ? 120_000 : 0) + 400 * 86_400_000;
        expect(ttl, it).toBeGreaterThan(lifeMs * 0.9);
        expect(ttl, it).toBeLessThanOrEqual(lifeMs);
      }
      await destroy("ttl");
      expect(await keysOf("ttl")).toEqual([]);
    });

    it("goes by itself when every node was killed", async () => {
      await allOperations("killed", await make({ retentionMs: 1_000 }), { gapMs: 200, leaseMs: 700 });
      expect((await keysOf("killed")).length).toBe(parts.length);
      await waitFor(async () => (await keysOf("killed")).length === 0, 3_000, "the keys to expire");
    });

    it("lives on while a node beats, or while somebody claims", async () => {
      const store = await make({ retentionMs: 2_000 });
      await allOperations("alive", store);
      let from = (await run(store.claim(claim("ticks", "t", [item("job", "t.0")])))).results[0]?.watermark ?? 0;
      for (let round = 0; round < 12; round++) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        await run(store.beat(beat("alive", "a", { knownVersion: 1 })));
        await run(store.claim(claim("ticks", "t", [item("job", `t.${round + 1}`, { from, to: ++from })])));
      }
      expect((await keysOf("alive")).length).toBe(parts.length);
      expect((await peek("alive", "job")).jobs.length).toBe(1);
      expect((await peek("ticks", "job")).jobs[0]?.watermark).toBe(from);
      await destroy("alive");
      await destroy("ticks");
    });

    it("has an end whatever key was lost and comes back", async () => {
      const service = "evicted";
      await allOperations(service, driver);
      for (const lost of ["declared", "instants", "rows"]) {
        await redis.command("DEL", key(service, lost));
        await allOperations(service, driver);
        for (const it of await keysOf(service)) expect(await redis.command("PTTL", it), it).toBeGreaterThan(0);
      }
      // A claim alone: no beat mends what it leaves.
      const from = (await peek(service, "job")).jobs[0]?.watermark ?? 0;
      await run(
        driver.control({ _tag: "Control", service, command: { _tag: "Resume", job: "job", missed: "catch-up" } }),
      );
      await redis.command("DEL", key(service, "instants"));
      await run(driver.claim(claim(service, "a", [item("job", "a.9", { from, to: from + 1, nextDueAt: 5 })])));
      expect(await redis.command("PTTL", key(service, "instants"))).toBeGreaterThan(0);
      // Nor what a command leaves, which also brings back its job.
      const trigger = { _tag: "Trigger" as const, job: "job", key: "key" };
      for (const command of [trigger, { _tag: "Pause" as const, job: "job" }]) {
        await redis.command("DEL", key(service, "instants"));
        await run(driver.control({ _tag: "Control", service, command }));
        expect(await redis.command("PTTL", key(service, "instants")), command._tag).toBeGreaterThan(0);
        expect(await redis.command("ZRANGE", key(service, "instants"), "0", "-1")).toEqual(["j:job"]);
      }
      await destroy(service);
    });

    it("stays small: joins, leaves, runs and changed definitions leave two keys of bounded size", async () => {
      const service = "small";
      let from = (await run(driver.claim(claim(service, "n", [item("job", "n.0")])))).results[0]?.watermark ?? 0;
      for (let round = 1; round <= 400; round++) {
        const who = `n${round}`;
        const declared = new Map([["job", `definition ${round}`]]);
        await run(driver.beat(beat(service, who, { digest: who, declared })));
        const runs = [{ dueAt: from + 1, kind: "due" as const }];
        const { results: [result] } = await run(
          driver.claim(claim(service, who, [item("job", `${who}.1`, { from, to: from + 1, runs })])),
        );
        from = result?.watermark ?? 0;
        await run(driver.beat(beat(service, who, { digest: who, state: "gone" })));
      }
      expect((await keysOf(service)).length).toBe(2);
      expect(await redis.command("ZCARD", key(service, "instants"))).toBeLessThanOrEqual(7);
      // The record, the meta field and at most 1,000 lines of history.
      expect(await redis.command("HLEN", key(service, "rows"))).toBeLessThanOrEqual(1_002);
      await destroy(service);
    });

    it("is where each job stood, when the last node leaves", async () => {
      const service = "redeployed";
      const store = await make({ retentionMs: 2_000 });
      const own = { digest: "d", declared: new Map([["yearly", "definition"]]) };
      await run(store.beat(beat(service, "n", own)));
      await run(store.claim(claim(service, "n", [item("yearly", "n.1")])));
      for (let round = 0; round < 2; round++) {
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        await run(store.beat(beat(service, "n", round === 0 ? own : { ...own, state: "gone" })));
      }
      expect((await peek(service, "yearly")).jobs.length).toBe(1);
      await destroy(service);
    });
  });

  describe("something of somebody else in our place", () => {
    const operations = (service: string) => ({
      beat: driver.beat(beat(service, "n", { declared: new Map([["job", "definition"]]) })),
      claim: driver.claim(claim(service, "n", [item("job", "n.1")])),
      pause: driver.control({ _tag: "Control", service, command: { _tag: "Pause", job: "job" } }),
      destroy: driver.control({ _tag: "Control", service, command: { _tag: "Destroy" } }),
    });

    it.each([
      ["instants", ["beat", "claim", "destroy"]],
      ["rows", ["claim", "pause", "destroy"]],
      ["declared", ["beat", "destroy"]],
    ])("as %s: an error with a reason, and nothing is written", async (what, names) => {
      const service = `foreign-${what}`;
      await redis.command("SET", key(service, what), "mine");
      const all = operations(service);
      for (const [name, operation] of Object.entries<Effect.Effect<unknown, { reason: string; detail: string }>>(all)) {
        if (!names.includes(name)) continue;
        const { detail, reason } = await run(Effect.flip(operation));
        expect(reason, name).toBe("Foreign");
        // The person who reads it has to know which keys to look at, what they must be and what to do.
        for (const it of [key(service, what), "hash", "zset", "rename or remove"]) expect(detail, name).toContain(it);
        expect(await keysOf(service), name).toEqual([key(service, what)]);
      }
      expect(await redis.command("GET", key(service, what))).toBe("mine");
      await redis.command("DEL", key(service, what));
    });

    it.each([
      ["a row that is no member", "1800000000000", "what|ever"],
      ["a member without a lease", "1800000000000", "n|name|1|active|1|digest|soon"],
      ["the set of a later release", "3", "#layout"],
    ])("as %s: refused, and left alone", async (_, score, row) => {
      const service = "foreign-row";
      await redis.command("ZADD", key(service, "instants"), score, row);
      expect((await run(Effect.flip(driver.beat(beat(service, "n"))))).reason).toBe("Foreign");
      expect(await redis.command("ZRANGE", key(service, "instants"), "0", "-1")).toEqual([row]);
      await redis.command("DEL", key(service, "instants"));
    });

    it("as a promise further ahead than any may be: cut once the clock has stood so for three seconds", async () => {
      const service = "far-ahead";
      await run(driver.beat(beat(service, "n")));
      const scoreOf = async (it: string) => Number(await redis.command("ZSCORE", key(service, "instants"), it));
      const far = (await scoreOf("@n")) + 7_200_000;
      await redis.command("ZADD", key(service, "instants"), String(far), "@n");
      await run(driver.beat(beat(service, "m")));
      const since = await scoreOf("#back");
      expect([await scoreOf("@n"), since > 0]).toEqual([far, true]);
      await redis.command("ZADD", key(service, "instants"), String(since - 3_000), "#back");
      await run(driver.beat(beat(service, "m")));
      expect([await scoreOf("@n") < far, await scoreOf("#back")]).toEqual([true, 0]);
      await redis.command("DEL", key(service, "instants"), key(service, "declared"));
    });

    it("as the record of one job: that job is corrupt and untouched, the others go on", async () => {
      const service = "foreign-record";
      for (const record of foreignRecords) {
        await redis.command("HSET", key(service, "rows"), "j:bad", record);
        const claimed = await run(driver.claim(claim(service, "n", [item("bad", "n.1"), item("good", "n.2")])));
        expect(claimed.results.map((it) => [it.status, it.watermark === undefined]), record).toEqual([
          ["corrupt", true],
          [claimed.results[1]?.status, false],
        ]);
        const end: Completion = {
          job: "bad",
          fence: 1,
          dueAt: 1,
          attempt: 1,
          outcome: "failed",
          startedAt: 0,
          endedAt: 0,
          rerun: false,
        };
        expect((await run(driver.complete({ _tag: "Complete", service, incarnation: "n", items: [end] }))).results)
          .toEqual(["unreadable"]);
        expect((await peek(service, "bad", "good")).jobs.map((it) => it.job)).toEqual(["good"]);
        expect(await redis.command("HGET", key(service, "rows"), "j:bad")).toBe(record);
      }
      await redis.command("DEL", key(service, "rows"), key(service, "instants"));
    });

    it("survives a flush of everything: versions and tokens go on growing", async () => {
      const service = "flushed";
      const { version } = await run(driver.beat(beat(service, "n")));
      const claimed = async () => {
        const at = (await run(driver.claim(claim(service, "n", [item("job", `n.${Math.random()}`)])))).results[0];
        const from = at?.watermark ?? 0;
        const to = from + 1;
        const runs = [{ dueAt: to, kind: "due" as const }];
        const taken = await run(driver.claim(claim(service, "n", [item("job", `n.${to}`, { from, to, runs })])));
        return taken.results[0]?.runs[0]?.fence ?? 0;
      };
      const fence = await claimed();
      await redis.command("FLUSHALL");
      await redis.command("SCRIPT", "FLUSH");
      const again = await run(driver.beat(beat(service, "n", { knownVersion: version })));
      expect(again).toMatchObject({ joined: true, wantsDeclared: true });
      expect(again.version).toBeGreaterThan(version);
      expect(await claimed()).toBeGreaterThan(fence);
      await destroy(service);
    });
  });

  it("keeps the laws when every request is applied twice", async () => {
    upstash.faults.duplicate = 1;
    const store = await make({ prefix: "twice:" });
    // A copy of a claim that registered, recovered or ended something answers what is true by then.
    const chosen = Laws.all.filter((it) => /contenders|8 clients|equal versions|tokens|sent up to/.test(it.name));
    expect(chosen.length).toBe(5);
    try {
      for (const law of chosen) {
        await run(Effect.provideService(law.check, Driver, store)).catch((error) => {
          throw new Error(`${law.name}: ${error.message}`);
        });
      }
    } finally {
      upstash.heal();
    }
  });
});
