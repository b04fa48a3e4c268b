/**
 * Each rule of the Redis scripts is needed: without it a law of a store fails, or the store differs from the reference.
 */
import * as Effect from "effect/Effect";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { byKey } from "../../adapters/redis/scripts/byKey.ts";
import { inSet } from "../../adapters/redis/scripts/inSet.ts";
import type { Kind } from "../../adapters/redis/scripts/kinds.ts";
import { Store } from "../../src/Store.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { tcpStore } from "./support/redis-store.ts";
import { plan } from "./support/store-operations.ts";
import { compare } from "./support/store-pair.ts";

/** What is written in a script, and in its place. */
type Edit = readonly [rule: string, from: string, to: string];

const exchangeRules: ReadonlyArray<Edit> = [
  ["a text is compared", "text and ('=' .. text == expect or", "text and (true or"],
  ["a hash is compared", "expect == hash_of(text) and #expect > 1", "string.sub(expect, 1, 1) == '#'"],
  ["nothing is expected", "not text and expect == '' or", "not text or expect == '' or"],
  ["not before", "now >= tonumber(not_before) and", ""],
  ["not after", "and now <= tonumber(not_after), {}, {}", ", {}, {}"],
  ["guards", ", may and is_member[who] == wanted", ", may"],
  ["who is a member", "math.max(tonumber(ends[index]), amnesty) > now and '1'", "'1'"],
  ["amnesty keeps members", "math.max(tonumber(ends[index]), amnesty) > now", "tonumber(ends[index]) > now"],
  ["rows together or not at all", "for index = 1, 0 + row_count do may = may and", "for index = 1, 1 do may = may and"],
  ["open numbers", "int(math.max(now, tonumber(least)) + tonumber(plus))", "least"],
  ["a renewal never shortens", "if own and own > now and later > own then", "if own and own > now then"],
  ["a renewal brings nobody back", "if own and own > now and later > own then", "if own and later > own then"],
  ["a renewal lets nobody join", "if own and own > now and later > own then", "if later > (own or 0) then"],
  ["a touch makes a new version", "int(math.max(version + 1, now)), '#version'", "int(version), '#version'"],
  ["a touch of nothing makes none", "if version and is_put then", "if version then"],
  [
    "what is removed waits no more",
    "removed[#removed + 1], idle[#idle + 1] = field, field",
    "removed[#removed + 1] = field",
  ],
  ["what waits is listed", "if tonumber(waits) then", "if false then"],
  ["what does not wait is not listed", "if other ~= '' then", "if false then"],
  ["a hint of a change that was made", "hint ~= '' and is_put", "false"],
  ["a hint of nothing else", "hint ~= '' and is_put", "hint ~= ''"],
  ["what lasts is read", "found[index] or text", "found[index]"],
  ["what lasts is removed", "send('HDEL', lasting, removed)", ""],
  ["what was removed is listed no more", "send('ZREM', names_key, removed)", ""],
  ["what is due later is not told", "> latest do", "> math.huge do"],
  ["what comes next is not what was told", "'*' .. (due[upto + 2] or '')", "'*' .. (due[2] or '')"],
  [
    "what waits earlier is kept of its group",
    "if known.found or ends and first < known.first then",
    "if known.found then",
  ],
  ["what is kept is what was found", "known.found or known.first", "math.huge"],
  ["what is due is told whatever is kept", "known.first > tonumber(not_after) then", "true then"],
  [
    "lines are written with the change",
    "if may then\n      reply[#reply] = '+'",
    "if true then\n      reply[#reply] = '+'",
  ],
];

const beatRules: ReadonlyArray<Edit> = [
  ["a promise never gets shorter", "math.max(own and own.ends or 0, now + renew_ms)", "now + renew_ms"],
  [
    "who is late is dropped",
    "member ~= own and (member.ends > now or amnesty > now or now > not_after)",
    "member ~= own",
  ],
  ["a beat that comes late drops nobody", "or now > not_after", ""],
  ["amnesty", "if own and own.ends <= now then", "if false then"],
  ["a change makes a new version", "is_changed and math.max(meta.version + 1, now) or", "false or"],
  ["a version is above the clock", "math.max(meta.version + 1, now)", "meta.version + 1"],
  [
    "what is declared late makes one",
    "is_changed = is_changed or is_first or not own",
    "is_changed = is_changed or not own",
  ],
  ["who joined stays as of then", "since = own and own.since or since ~= ''", "since = since ~= ''"],
  ["who comes back joined then", "or since ~= '' and since or int(now)", "or int(now)"],
  ["what nobody declares goes", "send('HDEL', declared_key, unused)", ""],
  ["what is known is not told", "{ [digest] = declared ~= '-' }", "{ [digest] = true }"],
  ["a look drops nobody", "if not is_look and (ends or", "if (ends or"],
  ["a look makes no version", "not is_look and #removed > 0", "#removed > 0"],
  ["overdue for long enough", "int(math.min(0, overdue_ms - raw))", "'-inf'"],
];

/** Whether a store with this edit is found out. */
const isNoticed = async (port: number, kind: Kind, [, from, to]: Edit): Promise<boolean> => {
  let edited = 0;
  const { close, store } = await tcpStore(port, kind, (script) => {
    if (!script.includes(from)) return script;
    edited += 1;
    return script.replace(from, () => to);
  });
  try {
    for (const { check } of Laws.store) {
      const failed = await Effect.runPromise(Effect.isFailure(Effect.provideService(check, Store, store)));
      if (failed) return true;
    }
    const outcome = await fc.check(
      fc.asyncProperty(fc.array(plan, { minLength: 40, maxLength: 40 }), (plans) => compare(store, plans, new Map())),
      { numRuns: 60, endOnFailure: true },
    );
    return outcome.failed;
  } finally {
    expect(edited, "the edit is made").toBeGreaterThan(0);
    close();
  }
};

describe.each([["redis-zset", inSet], ["redis", byKey]] as const)("the scripts of %s without", (name, kind) => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());

  // What differs between the two is in the beat alone.
  const rules = name === "redis" ? beatRules : [...exchangeRules, ...beatRules];

  it.each(rules)("%s", { timeout: 120_000 }, async (...edit) => {
    expect(await isNoticed(redis.port, kind, edit)).toBe(true);
  });

  it("nothing, all laws hold", async () => {
    const { close, store } = await tcpStore(redis.port, kind);
    for (const { check } of Laws.store) await Effect.runPromise(Effect.provideService(check, Store, store));
    close();
  });
});
