/**
 * More jobs than one request could tell of, over an endpoint that takes 1 MB in a request and gives no more in an answer.
 */
import * as Effect from "effect/Effect";
import * as Redis from "ringcron/redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { declaredText } from "../../src/core/ledger/memberText.ts";
import type { Definition } from "../../src/core/words/Definition.ts";
import { fingerprint } from "../../src/core/words/hash.ts";
import { defaults } from "../../src/core/words/Policy.ts";
import type { BeatRequest } from "../../src/core/words/Request.ts";
import type { Declared } from "../../src/core/words/View.ts";
import { Driver } from "../../src/Driver.ts";
import { whole } from "../../src/shell/drivers.ts";
import { beat } from "../conformance/support/requests.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";

const maxBytes = 1_000_000;
const service = "many";

let redis: RedisServer;
const endpoints: Array<UpstashEndpoint> = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  for (const it of endpoints) await it.stop();
  await redis?.stop();
});

/** A process of its own: an engine, and an endpoint that counts what it sends and is answered. */
const processOf = async () => {
  const endpoint = await startUpstash({ redisPort: redis.port, maxBytes });
  endpoints.push(endpoint);
  const layer = Redis.layer({ url: endpoint.url, token: endpoint.token });
  const ask = <A, E>(of: (driver: Driver) => Effect.Effect<A, E>) =>
    Effect.runPromise(Effect.provide(Effect.flatMap(Driver, (it) => of(whole(it))), layer));
  return { endpoint, ask };
};

const named = (count: number, kind: string): Declared =>
  new Map(Array.from({ length: count }, (_, n) => [`${kind}/${n}/report`.padEnd(64, "-"), fingerprint(`${n}`)]));

const beatOf = (incarnation: string, declared: Declared, knownDigests: ReadonlyArray<string> = []): BeatRequest =>
  beat(service, incarnation, {
    digest: `digest-${declared.size}`,
    declared,
    knownDigests,
    gapMs: 600_000,
    leaseMs: 10_000,
    overdueMs: 5_000,
  });

it.each([20_000, 100_000])("%d jobs with long names are declared once and known to all", async (count) => {
  const jobs = named(count, `of-${count}`);
  const one = await processOf();
  // In one engine, as a node has it: what a beat leaves, the next one takes up.
  const told = await one.ask((driver) =>
    Effect.gen(function* () {
      for (let beats = 1; beats < 200; beats++) {
        if (!(yield* driver.beat(beatOf(`one-${count}`, jobs))).wantsDeclared) return true;
      }
      return false;
    })
  );
  expect(told).toBe(true);
  expect(one.endpoint.bytes().sum).toBeGreaterThan(declaredText(jobs).length);

  const two = await processOf();
  const { wantsDeclared } = await two.ask((driver) =>
    driver.beat(beatOf(`two-${count}`, new Map([...jobs].reverse()), ["digest-20000"]))
  );
  expect(wantsDeclared).toBe(false);
  // A client that begins may have to send a script that the server has not.
  expect(two.endpoint.requests()).toBeLessThanOrEqual(2);
  expect(two.endpoint.bytes().sum).toBeLessThan(20_000);

  const three = await processOf();
  const seen = await three.ask((driver) =>
    Effect.gen(function* () {
      for (let beats = 1; beats < 200; beats++) {
        const reply = yield* driver.beat(beatOf("three", new Map(), count > 20_000 ? ["digest-20000"] : []));
        const declared = reply.declared.get(`digest-${count}`);
        if (declared !== undefined) return declared;
      }
      return undefined;
    })
  );
  expect(seen?.size).toBe(count);
  expect([...jobs].every(([job, definition]) => seen?.get(job) === definition)).toBe(true);
  for (const it of endpoints) expect(it.bytes().largest).toBeLessThanOrEqual(maxBytes);
}, 180_000);

it("what 20,000 jobs are is told in requests that it takes", async () => {
  const { ask, endpoint } = await processOf();
  const schedule = "0 9 * * *";
  const definitions: ReadonlyArray<readonly [string, Definition]> = [...named(20_000, "told")].map(([job, hash]) => [
    job,
    { hash, schedule, policies: { ...defaults, timeoutMs: 60_000 } },
  ]);
  const tell = () =>
    ask((driver) =>
      driver.control({ _tag: "Control", service, command: { _tag: "Tell", digest: "all", definitions } })
    );
  expect(await tell()).toMatchObject({ result: "ok", count: 20_000 });
  expect(await tell()).toMatchObject({ result: "ok", count: 0 });
  expect(endpoint.bytes().largest).toBeLessThanOrEqual(maxBytes);
}, 180_000);
