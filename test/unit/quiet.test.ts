/**
 * R59: what a store keeps of a group of shelves is too early at times, and never too late.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Quiet from "../../src/core/ledger/Quiet.ts";
import * as reference from "../../src/core/ledger/reference-store.ts";
import { type Exchanged, groupOf, quietMs } from "../../src/core/words/Exchange.ts";

const shelves = ["h:a:0", "h:a:1"];

const ask = (service: reference.Service, until: number, now: number): ReadonlyArray<Exchanged> => {
  const items = shelves.map((shelf) => ({ _tag: "Due", shelf, after: -1, until, limit: 10 }) as const);
  const request = { _tag: "Exchange", service: "s", items, touch: false, groups: ["h:a:"] } as const;
  return reference.exchange(service, request, now).results;
};

const put = (service: reference.Service, key: string, shelf: string, since: number | undefined, now: number): void => {
  const row = { key, expect: service.rows.get(key), put: `${now}` };
  const change = { _tag: "Change", rows: [row], notBefore: 0, notAfter: Infinity, members: [], lines: [] } as const;
  reference.exchange(
    service,
    { _tag: "Exchange", service: "s", touch: false, items: [{ ...change, shelf, waitsSince: since }] },
    now,
  );
};

describe("what is kept of a group", () => {
  it("is told until it ends, and never of an instant that has come", () => {
    const quiet = Quiet.from(5_000, 1_000);
    expect(Quiet.told(quiet, 4_999, 1_000)).toEqual({ _tag: "Due", due: [], next: 5_000 });
    expect(Quiet.told(quiet, 5_000, 1_000)).toBeUndefined();
    expect(Quiet.told(quiet, 4_999, 999 + quietMs)).toBeDefined();
    expect(Quiet.told(quiet, 4_999, 1_000 + quietMs)).toBeUndefined();
    expect(Quiet.told(Quiet.from(Infinity, 1_000), 9_000, 1_000)).toEqual({ _tag: "Due", due: [], next: undefined });
    expect(Quiet.told(undefined, 0, 0)).toBeUndefined();
  });

  it("is not told by a clock that was set back", () => {
    expect(Quiet.told(Quiet.from(5_000, 1_001), 4_000, 1_000)).toBeUndefined();
  });

  it("is looked at again once it has ended", () => {
    const service = reference.empty();
    put(service, "_:a", "h:a:0", 9_000_000, 0);
    expect(ask(service, 1_000, 0)[1]).toEqual({ _tag: "Due", due: [], next: undefined });
    expect(ask(service, 1_000, 1)[1]).toEqual({ _tag: "Due", due: [], next: 9_000_000 });
    expect(ask(service, 1_000, quietMs)[1]).toEqual({ _tag: "Due", due: [], next: undefined });
  });

  it("hides nothing that is due, whatever is put, moved and asked", () => {
    const step = fc.record({
      key: fc.constantFrom("_:a", "_:b", "_:c"),
      since: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
      until: fc.integer({ min: 0, max: 50 }),
      passes: fc.constantFrom(0, 1, quietMs),
      isPut: fc.boolean(),
    });
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const service = reference.empty();
      let now = 1_000;
      for (const { isPut, key, passes, since, until } of steps) {
        now += passes;
        if (isPut) put(service, key, shelves[key.charCodeAt(2) % 2] as string, since, now);
        else {
          const found = ask(service, until, now);
          const waits = shelves.map((shelf) => [...service.shelves.get(shelf)?.values() ?? []]);
          const first = Math.min(...waits.flat());
          found.forEach((it, index) => {
            if (it._tag !== "Due") throw new Error("an answer of another kind");
            expect(it.due.length).toBe(waits[index]?.filter((at) => at <= until).length);
            if (first > until) expect(it.next ?? Infinity).toBeGreaterThan(until);
          });
          const told = Math.min(...found.map((it) => it._tag === "Due" ? it.next ?? it.due[0]?.[1] ?? Infinity : 0));
          if (first > until) expect(told).toBeLessThanOrEqual(first);
        }
      }
    }));
  });

  it("is that of all shelves up to the last colon", () => {
    expect(groupOf("h:a%7Cb:63")).toBe("h:a%7Cb:");
  });
});
