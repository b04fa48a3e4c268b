import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { byKey } from "../../adapters/redis/lua/nodes.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import * as operations from "./support/operations.ts";
import { Campaign, Pair } from "./support/pair.ts";
import { tcpDriver } from "./support/stores.ts";

/** Rules of the driver that keeps members by keys, switched off one at a time: it must stop to agree with the model. */
const mutants: ReadonlyArray<readonly [name: string, from: string, to: string]> = [
  ["a row that was passed needs no look", "if it.ends <= now then isPassed = true end", ""],
  ["its own key may promise less than before", "if last and last > renewed.ends then", "if false then"],
  ["a key that lives does not help", "at > 0 and at or math.min(it.ends, now)", "it.ends"],
  ["a key that is gone does not count", "math.min(it.ends, now)", "now + 1000"],
  ["who is not passed is judged by the row", "if not all_passed(others) then", "if false then"],
  ["the look at the others stays away when members are told", "isSame and isKnownVersion and", "own and renewed and"],
  ["its own key is not renewed", "int(renewed.ends), 'PXAT', int(renewed.ends), 'GET')", "'1', 'NX')"],
  ["its own lease is judged by the row", "if isRead then names[#names + 1] = incarnation end", ""],
  ["a holder's key does not help", "return ends[who] > now", "return false"],
  ["a holder that is not passed is gone", "unanswered = wanting(asked)\n  return true", "return false"],
  ["a holder that is not passed is a member", "unanswered = wanting(asked)\n", ""],
  ["a holder kept by an amnesty is gone", "(table_row and table_row.amnesty > now)", "false"],
];

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis?.stop();
});

const perSequence = 60;
const sequence = (operation: fc.Arbitrary<operations.Operation>) =>
  fc.array(operation, { minLength: perSequence, maxLength: perSequence });

/** Whether the driver agreed with the model in every one of some sequences. */
const agrees = async (edit: (script: string) => string, sequences: number): Promise<boolean> => {
  const store = await tcpDriver(redis.port, edit, byKey);
  const campaign = new Campaign(store, byKey);
  const details = await fc.check(
    fc.asyncProperty(
      fc.oneof(
        { weight: 3, arbitrary: sequence(operations.steadyOperation) },
        { weight: 1, arbitrary: sequence(operations.operation) },
      ),
      async (list) => {
        const pair = new Pair(campaign);
        for (const operation of list) await pair.apply(operation);
        await pair.check();
      },
    ),
    { numRuns: sequences, endOnFailure: true, seed: 1 },
  );
  store.close();
  // A script that does not run proves nothing about the rule.
  expect(String(details.errorInstance)).not.toContain("could not run");
  return !details.failed;
};

describe("a script without one of its rules", () => {
  it.each(mutants)("%s", { timeout: 240_000 }, async (_, from, to) => {
    let edits = 0;
    const isSame = await agrees((script) => {
      if (!script.includes(from)) return script;
      edits++;
      return script.replaceAll(from, to);
    }, 400);
    expect(edits, "the script has the rule").toBeGreaterThan(0);
    expect(isSame, "it agrees with the model all the same").toBe(false);
  });

  it("is what was tested: with all of them it agrees", { timeout: 60_000 }, async () => {
    expect(await agrees((script) => `${script} `, 15)).toBe(true);
  });
});
