/**
 * What the campaign with schedules holds against a model is held by rules of the store: without one of them its checker fails.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import * as Layer from "effect/Layer";
import { createClient } from "ringcron/promise";
import { afterAll, beforeAll, expect, it } from "vitest";
import { inSet } from "../../adapters/redis/scripts/inSet.ts";
import { Driver } from "../../src/Driver.ts";
import { carrier } from "../../src/shell/engine.ts";
import { act } from "../chaos/schedules/actor.ts";
import { verdictOf } from "../chaos/schedules/checker.ts";
import { readLines } from "../chaos/schedules/sheets.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { tcpStore } from "./support/redis-store.ts";

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

/** Six clients, none of which knows what another remembers, put, change, pause and remove for a while; what is said of that. */
const rulesBroken = async (edit?: (script: string) => string): Promise<ReadonlyArray<string>> => {
  const service = randomUUID();
  const lines: Array<string> = [];
  const ends: Array<() => Promise<void>> = [];
  const actors = [];
  for (let n = 1; n <= 6; n++) {
    const { close, store } = await tcpStore(redis.port, inSet, edit);
    const client = await createClient({ service, driver: Layer.succeed(Driver, carrier(store)) });
    ends.push(async () => {
      await client.close();
      close();
    });
    const note = (line: object) => void lines.push(JSON.stringify(line));
    actors.push(act([client.schedules], { name: `c${n}`, seed: n, gapMs: [0, 3] }, note));
  }
  // As much as shows it, however fast the machine is.
  while (lines.length < 3_000) await delay(50);
  for (const { rest } of actors) rest();
  await Promise.all(actors.map(({ done }) => done));
  await Promise.all(ends.map((end) => end()));
  return [...new Set(verdictOf(readLines([["outside", lines]]), 0).map(({ rule }) => rule))];
};

it("with all rules nothing is said", async () => {
  expect(await rulesBroken()).toEqual([]);
}, 120_000);

it.each([
  ["a text is compared", "text and ('=' .. text == expect or", "text and (true or"],
  ["nothing is expected", "not text and expect == '' or", "not text or expect == '' or"],
])("without %s the model is contradicted", async (_, from, to) => {
  const rules = await rulesBroken((script) => script.replace(from, () => to));
  expect(rules).toContain("every answer as the model says");
}, 120_000);
