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

/** Rules of the queue: the laws find these as well, the model must do so too. */
const queueMutants: ReadonlyArray<readonly [name: string, from: string, to: string]> = [
  ["a key is not remembered", "it.asked[#it.asked + 1] = { key, first }", ""],
  ["a key is remembered for ever", "if #it.asked > 20 then", "if false then"],
  ["the queue takes one too many", "#dues > 200", "#dues > 201"],
  ["the queue is handed out beyond its limit", "if run.attempt == 0 and free > 0 then", "if run.attempt == 0 then"],
  ["the limit forgets what runs", " - (#it.active - queued(it))", ""],
  ["recovery touches what is queued", "if run.attempt == 0 or by", "if by"],
  ["a score forgets the queue", "if run.attempt == 0 then since =", "if false then since ="],
  ["a score forgets the schedule", "not it.paused and it.due or", "queued(it) == 0 and not it.paused and it.due or"],
  ["an answer does not count the queue", "it and queued(it) or '0'", "'0'"],
  [
    "a token of the queue is used again",
    "run.attempt + 1, it.token, claim",
    "run.attempt + 1, run.fence or it.token, claim",
  ],
  ["anybody ends what is queued", "and run.attempt > 0 then", "then"],
];

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis?.stop();
});

const perSequence = 60;
const sequence = (operation: fc.Arbitrary<operations.Operation>, length = perSequence) =>
  fc.array(operation, { minLength: length, maxLength: length });

const memberSequences = fc.oneof(
  { weight: 3, arbitrary: sequence(operations.steadyOperation) },
  { weight: 1, arbitrary: sequence(operations.operation) },
);
const queueSequences = sequence(operations.queueOperation, 2 * perSequence);

/** Whether the driver agreed with the model in every one of some sequences. */
const agrees = async (
  edit: (script: string) => string,
  sequences: number,
  arbitrary = memberSequences,
): Promise<boolean> => {
  const store = await tcpDriver(redis.port, edit, byKey);
  const campaign = new Campaign(store, byKey);
  const details = await fc.check(
    fc.asyncProperty(arbitrary, async (list) => {
      const pair = new Pair(campaign);
      for (const operation of list) await pair.apply(operation);
      await pair.check();
    }),
    { numRuns: sequences, endOnFailure: true, seed: 1 },
  );
  store.close();
  // A script that does not run proves nothing about the rule.
  expect(String(details.errorInstance)).not.toContain("could not run");
  return !details.failed;
};

describe("a script without one of its rules", () => {
  const both = [
    ...mutants.map((it) => [...it, memberSequences] as const),
    ...queueMutants.map((it) => [...it, queueSequences] as const),
  ];
  it.each(both)("%s", { timeout: 240_000 }, async (_, from, to, arbitrary) => {
    let edits = 0;
    const isSame = await agrees(
      (script) => {
        if (!script.includes(from)) return script;
        edits++;
        return script.replaceAll(from, to);
      },
      400,
      arbitrary,
    );
    expect(edits, "the script has the rule").toBeGreaterThan(0);
    expect(isSame, "it agrees with the model all the same").toBe(false);
  });

  it("is what was tested: with all of them it agrees", { timeout: 60_000 }, async () => {
    for (const arbitrary of [memberSequences, queueSequences]) {
      expect(await agrees((script) => `${script} `, 15, arbitrary)).toBe(true);
    }
  });
});
