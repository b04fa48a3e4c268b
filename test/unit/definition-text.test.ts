/**
 * Definitions of jobs as texts of a store.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { definitionsText, maxKept, readDefinitions, withTold } from "../../src/core/ledger/definitionText.ts";
import { policiesText, policiesVersion } from "../../src/core/ledger/policiesText.ts";
import type { Definition } from "../../src/core/words/Definition.ts";
import { defaults, type Policies } from "../../src/core/words/Policy.ts";

const policies = fc.record<Policies>({
  catchUp: fc.record({
    mode: fc.constantFrom("skip", "latest", "all"),
    withinMs: fc.nat(2_592_000_000),
    max: fc.integer({ min: 1, max: 10_000 }),
  }),
  overlap: fc.constantFrom("skip", "allow", "queue", "queue-all", "cancel-previous"),
  maxConcurrent: fc.integer({ min: 1, max: 1_000 }),
  delivery: fc.constantFrom("at-most-once", "at-least-once"),
  timeoutMs: fc.option(fc.integer({ min: 1, max: 604_800_000 }), { nil: undefined }),
  maxQueued: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
  limit: fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined }),
  jitterMs: fc.option(fc.integer({ min: 1, max: 86_400_000 }), { nil: undefined }),
  runOn: fc.option(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 }), { nil: undefined }),
  retry: fc.option(
    fc.record({
      times: fc.integer({ min: 1, max: 100 }),
      delayMs: fc.integer({ min: 1, max: 86_400_000 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      maxDelayMs: fc.integer({ min: 1, max: 604_800_000 }),
      jitter: fc.double({ min: 1e-9, max: 1, noNaN: true }),
      waits: fc.option(fc.array(fc.nat(604_800_000), { minLength: 1, maxLength: 5 }), { nil: undefined }),
    }),
    { nil: undefined },
  ),
});

const definition = fc.record<Definition>({
  hash: fc.string({ minLength: 1 }),
  schedule: fc.string({ minLength: 1 }),
  written: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  policies,
});

const bare: Definition = { hash: "a", schedule: "0 9 * * *", policies: defaults };

describe("definitions as text", () => {
  it("are read as what they said, whatever they are", () => {
    fc.assert(fc.property(fc.array(definition, { minLength: 1, maxLength: 4 }), (definitions) => {
      const text = definitionsText(definitions, 2);
      expect(text).toMatch(/^[ -?A-~]+$/);
      const read = readDefinitions(text);
      const plain = definitions.map((it) => it.written === it.schedule ? { ...it, written: undefined } : it);
      expect(read).toEqual(plain);
      expect(definitionsText(read, 2)).toBe(text);
    }));
  });

  it("that nobody can read are none, and what was cut off is never half of one", () => {
    expect(["", "x", "3|a,b,", "2|a", "2|a,b", "2|a,b,,z1", "2|a,b,,t", "2|a,b,,cnever:1:1", "2|a,b,,w1", "2|a,b,,t1,c"]
      .map(readDefinitions)).toEqual(Array(10).fill([]));
    fc.assert(fc.property(fc.string(), (text) => void readDefinitions(`2|${text}`)));
  });

  it("of all that are told the last few are kept, each once", () => {
    const told = Array.from({ length: maxKept + 2 }, (_, index): Definition => ({ ...bare, hash: `${index}` }));
    const kept = told.reduce(withTold, []);
    expect(kept.map(({ hash }) => hash)).toEqual(["5", "4", "3", "2"]);
    expect(withTold(kept, { ...bare, hash: "3" })).toBe(kept);
    expect(withTold(kept, { ...bare, hash: "3", policies: { ...defaults, timeoutMs: 5 } })).toHaveLength(maxKept);
  });
});

describe("the version of policies", () => {
  it("is empty for the defaults, and another one for each change", () => {
    expect(policiesVersion(defaults)).toBe("");
    expect(policiesVersion({ ...defaults, timeoutMs: undefined, limit: undefined })).toBe("");
    const some: ReadonlyArray<Partial<Policies>> = [
      { timeoutMs: 5 },
      { timeoutMs: 6 },
      { limit: 5 },
      { overlap: "queue" },
      { delivery: "at-least-once" },
      { runOn: ["gpu"] },
      { jitterMs: 5 },
      { catchUp: { ...defaults.catchUp, max: 1 } },
    ];
    expect(new Set(some.map((it) => policiesVersion({ ...defaults, ...it }))).size).toBe(some.length);
  });

  it("does not depend on what a schedule of retries drew by chance", () => {
    const drawn = (...waits: ReadonlyArray<number>): Policies => ({
      ...defaults,
      retry: {
        times: waits.length,
        delayMs: waits[0] ?? 1,
        factor: 1,
        maxDelayMs: Math.max(...waits),
        jitter: 0,
        waits,
      },
    });
    expect(policiesVersion(drawn(5, 9))).toBe(policiesVersion(drawn(6, 8)));
    expect(policiesVersion(drawn(5, 9))).not.toBe(policiesVersion(drawn(5)));
    expect(policiesText(drawn(5, 9))).toBe("r2:5:1:9:0,w5:9");
  });
});
