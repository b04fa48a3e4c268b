import * as Effect from "effect/Effect";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { byKey } from "../../adapters/redis/scripts/byKey.ts";
import { inSet } from "../../adapters/redis/scripts/inSet.ts";
import * as storeOf from "../../adapters/redis/store.ts";
import * as Redis from "../../adapters/redis.ts";
import { Driver } from "../../src/Driver.ts";
import type { BeatRequest } from "../../src/core/words/Request.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { beat as storeBeat } from "../../src/testing/laws/store/kit.ts";
import { monitor, scriptCalls, slotOf } from "./support/monitor.ts";
import { beat } from "./support/requests.ts";
import { redisDrivers, tcpDriver } from "./support/stores.ts";

let redis: RedisServer;
let upstash: UpstashEndpoint;
let driver: Driver;

const run = Effect.runPromise;
const key = (service: string, what: string) => `ringcron:2:{${service}}:${what}`;
const names = (reply: { readonly members: ReadonlyArray<{ readonly incarnation: string }> | undefined }) =>
  reply.members?.map((it) => it.incarnation);

beforeAll(async () => {
  redis = await startRedis();
  upstash = await startUpstash({ redisPort: redis.port });
  driver = await run(Redis.make({ url: upstash.url, token: upstash.token }));
});
afterAll(async () => {
  await upstash?.stop();
  await redis?.stop();
});

const calls = async (name: string): Promise<number> => {
  const found = new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(String(await redis.command("INFO", "commandstats")));
  return Number(found?.[1] ?? 0);
};

const retentionMs = 400 * 86_400_000;

describe("the key of a node", () => {
  it("tells when its lease ends by the server's clock, and stays as long as the service unless its member is dropped", async () => {
    const { storeTime } = await run(driver.beat(beat("life", "a", { gapMs: 200, leaseMs: 300 })));
    expect(await redis.command("GET", key("life", "node:a"))).toBe(`${storeTime + 500}`);
    expect(await redis.command("PTTL", key("life", "node:a"))).toBeLessThanOrEqual(retentionMs + 500);
    expect(await redis.command("PTTL", key("life", "node:a"))).toBeGreaterThan(retentionMs - 5_000);
    const again = await run(driver.beat(beat("life", "a", { gapMs: 5_000, leaseMs: 300 })));
    expect(await redis.command("GET", key("life", "node:a"))).toBe(`${again.storeTime + 5_300}`);
    expect(await redis.command("PTTL", key("life", "node:a"))).toBeGreaterThan(retentionMs + 4_000);
    await run(driver.beat(beat("life", "short", { gapMs: 1, leaseMs: 20 })));
    await delay(60);
    expect(await redis.command("EXISTS", key("life", "node:short"))).toBe(1);
    await run(driver.beat(beat("life", "a", { gapMs: 5_000, leaseMs: 300 })));
    expect(await redis.command("EXISTS", key("life", "node:short"))).toBe(0);
  });

  it("never lives shorter than was promised before, however late a copy of an earlier beat is", async () => {
    const { version } = await run(driver.beat(beat("late", "a", { gapMs: 5_000 })));
    const ends = async () => Number(await redis.command("ZSCORE", key("late", "instants"), "@a"));
    const before = await ends();
    await delay(10);
    const later = await run(driver.beat(beat("late", "a", { gapMs: 5_000, knownVersion: version })));
    expect(await ends()).toBe(later.storeTime + 65_000);
    expect(await ends()).toBeGreaterThan(before);
    for (const knownVersion of [version, 0]) {
      const reply = await run(driver.beat(beat("late", "a", { gapMs: 100, knownVersion })));
      expect(await ends(), `known version ${knownVersion}`).toBe(later.storeTime + 65_000);
      expect(reply.members?.[0]?.leaseEndsAt ?? await ends()).toBe(await ends());
      expect(await redis.command("PTTL", key("late", "node:a"))).toBeGreaterThan(64_000);
    }
  });

  it("is not written by a beat that changes nothing, and yet never ends before its node's promise", async () => {
    const quick = { gapMs: 0, leaseMs: 400 };
    const brief = await run(Redis.make({ url: upstash.url, token: upstash.token, retentionMs: 3_000 }));
    const node = key("seldom", "node:a");
    const { storeTime, version } = await run(brief.beat(beat("seldom", "a", quick)));
    const [written, values] = [await calls("set"), new Set<unknown>([await redis.command("GET", node)])];
    for (let now = storeTime, beats = 1; now < storeTime + 3_500; beats++) {
      await delay(50);
      now = (await run(brief.beat(beat("seldom", "a", { ...quick, knownVersion: version })))).storeTime;
      values.add(await redis.command("GET", node));
      const end = Number(await redis.command("ZSCORE", key("seldom", "instants"), "@a"));
      expect(await redis.command("PEXPIRETIME", node), `beat ${beats}`).toBeGreaterThan(end);
    }
    expect(values.size).toBeGreaterThanOrEqual(3);
    expect(await calls("set") - written).toBe(values.size - 1);
  });

  it("goes with its node, and with the service", async () => {
    const service = "goes";
    for (const who of ["a", "b"]) await run(driver.beat(beat(service, who)));
    expect(await redis.command("EXISTS", key(service, "node:a"), key(service, "node:b"))).toBe(2);
    await run(driver.beat(beat(service, "a", { state: "gone" })));
    expect(await redis.command("EXISTS", key(service, "node:a"))).toBe(0);
    await run(driver.control({ _tag: "Control", service, command: { _tag: "Destroy" } }));
    expect(await redis.command("KEYS", `*${service}*`)).toEqual([]);
  });

  it("decides: whose key was removed is no member any more", async () => {
    const service = "removed";
    const holder = { gapMs: 1_000, leaseMs: 1_000 };
    await run(driver.beat(beat(service, "a", holder)));
    const { version } = await run(driver.beat(beat(service, "b")));
    await redis.command("DEL", key(service, "node:a"));
    // A beat that changes nothing looks at the others when they were last seen to live until now.
    await delay(2_010);
    const told = await run(driver.beat(beat(service, "b", { knownVersion: version })));
    expect(names(told)).toEqual(["b"]);

    await run(driver.beat(beat(service, "a")));
    await redis.command("DEL", key(service, "node:a"));
    expect(names(await run(driver.beat(beat(service, "c"))))).toEqual(["b", "c"]);
  });

  it("of somebody else is left alone", async () => {
    const service = "foreign-node";
    await redis.command("HSET", key(service, "node:a"), "field", "mine");
    expect((await run(Effect.flip(driver.beat(beat(service, "a"))))).reason).toBe("Foreign");
    await redis.command("SET", key(service, "node:b"), "mine");
    expect((await run(Effect.flip(driver.beat(beat(service, "b"))))).reason).toBe("Foreign");
    expect((await redis.command("KEYS", `*{${service}}*`) as Array<string>).sort())
      .toEqual([key(service, "node:a"), key(service, "node:b")]);
    expect(await redis.command("GET", key(service, "node:b"))).toBe("mine");
  });

  it("outlives the loss of the index, whose members join anew", async () => {
    const service = "index-lost";
    const { version } = await run(driver.beat(beat(service, "a")));
    await redis.command("DEL", key(service, "instants"));
    const again = await run(driver.beat(beat(service, "a", { knownVersion: version })));
    expect([again.joined, names(again)]).toEqual([true, ["a"]]);
    expect(again.version).toBeGreaterThan(version);
  });
});

describe("requests and commands", () => {
  it("one of four commands while nothing changes and all are in time", async () => {
    const service = "quiet";
    const rhythm: Partial<BeatRequest> = { gapMs: 300, leaseMs: 600 };
    const who = ["a", "b", "c"];
    for (const it of who) await run(driver.beat(beat(service, it, rhythm)));
    const { version } = await run(driver.beat(beat(service, "a", rhythm)));
    const [requests, before] = [upstash.requests(), await Promise.all(["set", "zadd", "time", "mget"].map(calls))];
    const rounds = 8;
    for (let round = 0; round < rounds; round++) {
      const due = delay(300);
      for (const it of who) {
        const reply = await run(driver.beat(beat(service, it, { ...rhythm, knownVersion: version })));
        expect(reply.members, it).toBe(undefined);
      }
      await due;
    }
    const beats = rounds * who.length;
    const after = await Promise.all(["set", "zadd", "time", "mget"].map(calls));
    const [set = 0, zadd = 0, time = 0, mget = 0] = after.map((it, index) => it - (before[index] ?? 0));
    console.log(
      `${beats} quiet beats: ${beats} scripts, ${time} TIME, ${beats} ZRANGEBYSCORE, ${set} SET, ${zadd} ZADD`,
    );
    expect([upstash.requests() - requests, set, time, mget]).toEqual([beats, 0, beats, 0]);
    expect(zadd).toBe(beats);
  });

  it("two when the keys of others are needed, and the first has written nothing", async () => {
    const service = "asks";
    const { version } = await run(driver.beat(beat(service, "a")));
    const counted = async (request: BeatRequest) => {
      const before = upstash.requests();
      await run(driver.beat(request));
      return upstash.requests() - before;
    };
    expect(await counted(beat(service, "a", { knownVersion: version }))).toBe(1);
    upstash.faults.choose = (_, body) => ({ dropReply: JSON.stringify(body).includes("node:a") });
    await run(Effect.flip(driver.beat(beat(service, "a", { knownVersion: version }))));
    upstash.faults.choose = undefined;
    expect(await counted(beat(service, "b"))).toBe(2);

    // Dropped between the two: as if it had never been sent.
    const state = await redis.command("ZRANGE", key(service, "instants"), "0", "-1", "WITHSCORES");
    let sent = 0;
    upstash.faults.choose = () => sent++ === 0 ? {} : { dropRequest: true };
    await run(Effect.flip(driver.beat(beat(service, "c"))));
    upstash.heal();
    expect(sent).toBe(2);
    expect(await redis.command("ZRANGE", key(service, "instants"), "0", "-1", "WITHSCORES")).toEqual(state);
    expect(await redis.command("EXISTS", key(service, "node:c"))).toBe(0);
  });

  it.each([
    ["of more and more members", true, (sent: number) => `keys|n${sent}`, "Unavailable", 8],
    ["of members that were given", true, () => "keys|n", "Corrupt", 2],
    ["of what is no name", true, () => "keys|a b", "Corrupt", 1],
    ["from a driver without keys", false, () => "keys|n", "Corrupt", 1],
  ])("no endless asking for keys %s", async (_, hasKeys, answer, reason, requests) => {
    let sent = 0;
    const store = storeOf.make({
      prefix: "",
      retentionMs: 1_000,
      kind: hasKeys ? byKey : inSet,
      commands: [],
      transport: { evaluate: (_, __, ___, args) => Promise.resolve(`${args[0]}\n${answer(++sent)}`) },
    });
    expect((await run(Effect.flip(store.beat(storeBeat("s", "a"))))).reason).toBe(reason);
    expect(sent).toBe(requests);
  });
});

describe.each(redisDrivers)("keys of %s", (name, members) => {
  it("slots are those of a Redis Cluster", () => {
    // From the specification of Redis Cluster, and from CLUSTER KEYSLOT.
    expect([slotOf("123456789"), slotOf("{user1000}.following"), slotOf("foo{}{bar}")]).toEqual([12_739, 3_443, 8_363]);
  });

  it("are all given to the scripts, and of one slot in each call", { timeout: 60_000 }, async () => {
    const { driver: store, close } = await tcpDriver(redis.port, undefined, members);
    const listening = await monitor(redis.port);
    for (const { check } of Laws.all) await run(Effect.provideService(check, Driver, store));
    for (const service of ["plain", "a{b}c", "{}", "%:{", "ünï 𝄞"]) {
      for (const who of ["n", "{x}", "}:node:"]) await run(store.beat(beat(service, who)));
      await run(store.control({ _tag: "Control", service, command: { _tag: "Destroy" } }));
    }
    close();
    const found = scriptCalls(await listening.end());
    expect(found.length).toBeGreaterThan(500);
    let touched = 0;
    for (const call of found) {
      touched += call.touched.length;
      expect(call.touched.filter((it) => !call.keys.includes(it))).toEqual([]);
      expect(new Set(call.keys.map(slotOf)).size, call.keys.join(" ")).toBe(1);
      expect(call.keys.filter((it) => !/^ringcron:2:\{[^{}]+\}:[^{}]+$/.test(it))).toEqual([]);
    }
    console.log(`${name}: ${found.length} scripts touched ${touched} keys, all of them given`);
    expect(touched).toBeGreaterThan(found.length);
    expect(await redis.command("KEYS", "*plain*")).toEqual([]);
  });
});
