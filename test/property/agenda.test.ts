/**
 * The persistent map and the agenda of the machine, against what they stand for.
 */
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import * as Agenda from "../../src/core/node/Agenda.ts";
import { PersistentMap } from "../../src/core/node/PersistentMap.ts";
import { hashOf } from "../../src/core/words/hash.ts";
import { Bench, job } from "../unit/support/bench.ts";

const colliding = ["ojfn611x6n9pf", "1uudv3h6yxlz3"];
const key = fc.oneof(
  fc.constantFrom(...colliding, "a", "b", "c"),
  fc.integer({ min: 0, max: 3_000 }).map((n) => `job-${n}`),
);

describe("a persistent map", () => {
  it("knows two names with one hash", () => {
    expect(new Set(colliding.map((it) => hashOf(it))).size).toBe(1);
  });

  it("is as a map, and its earlier versions stay as they were", () => {
    interface Named {
      readonly name: string;
      readonly value: number;
    }
    const change = fc.record({ key, value: fc.option(fc.nat(), { nil: undefined }) });
    fc.assert(fc.property(fc.array(fc.array(change, { maxLength: 40 }), { maxLength: 20 }), (series) => {
      const model = new Map<string, Named>();
      let map = PersistentMap.by<Named>(({ name }) => name);
      const versions: Array<[PersistentMap<Named>, ReadonlyMap<string, Named>]> = [];
      for (const changes of series) {
        const edit = {};
        for (const { key, value } of changes) {
          if (value === undefined) model.delete(key);
          else model.set(key, { name: key, value });
          map = value === undefined ? map.delete(key, edit) : map.set({ name: key, value }, edit);
        }
        versions.push([map, new Map(model)]);
      }
      for (const [version, then] of versions) {
        expect(version.size).toBe(then.size);
        expect(new Map(version)).toEqual(then);
        for (const { key } of series.flat()) {
          expect(version.get(key)).toEqual(then.get(key));
          expect(version.has(key)).toBe(then.has(key));
        }
        const called = new Map<string, Named>();
        version.forEach((value, name) => called.set(name, value));
        expect(called).toEqual(then);
        expect(new Set(version.keys())).toEqual(new Set(then.keys()));
        const sorted = (values: Iterable<Named>) => [...values].sort((a, b) => (a.name < b.name ? -1 : 1));
        expect(sorted(version.values())).toEqual(sorted(then.values()));
      }
    }));
  });
});

describe("an agenda", () => {
  it("gives its notes in the order of time, and its earlier versions stay as they were", () => {
    const act = fc.option(fc.integer({ min: -50, max: 50 }), { nil: undefined, freq: 3 });
    fc.assert(fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      let agenda: Agenda.Agenda<number> = Agenda.empty;
      let edit = {};
      const model: Array<number> = [];
      const versions: Array<[Agenda.Agenda<number>, ReadonlyArray<number>]> = [];
      for (const at of acts) {
        if (at === undefined) {
          expect(agenda.first?.at).toBe(model[0]);
          agenda = Agenda.rest(agenda);
          model.shift();
        } else {
          if (at % 3 === 0) edit = {};
          agenda = Agenda.add(agenda, at, at, edit);
          model.push(at);
          model.sort((a, b) => a - b);
        }
        versions.push([agenda, [...model]]);
      }
      for (const [version, then] of versions) {
        expect(version.size).toBe(then.length);
        const seen: Array<number> = [];
        for (let it = version; it.first !== undefined; it = Agenda.rest(it)) {
          expect(it.first.what).toBe(it.first.at);
          seen.push(it.first.at);
        }
        expect(seen).toEqual(then);
      }
    }));
  });

  it("lets a step look at what is due and at nothing else, however many jobs are declared", () => {
    const visits = (jobs: number): number => {
      const bench = new Bench();
      const rare = Array.from({ length: jobs - 1 }, (_, index) => job(`job-${index}`, "@yearly"));
      const node = bench.node("a").join(...rare, job("often", "* * * * *"));
      bench.until(100_000);
      const methods = ["get", "has", "set", "delete", "forEach", "keys", "values", "entries"] as const;
      const spies = methods.map((method) => vi.spyOn(PersistentMap.prototype, method));
      bench.until(700_000);
      const calls = spies.map(({ mock }) => mock.calls.length);
      for (const spy of spies) spy.mockRestore();
      expect(bench.started.length).toBe(11);
      // Nothing goes through all of them.
      expect(calls.slice(4)).toEqual([0, 0, 0, 0]);
      expect(node.state.looks.size).toBeLessThanOrEqual(4 * jobs + 64);
      return calls.reduce((sum, n) => sum + n, 0);
    };
    const few = visits(10);
    expect(visits(2_000)).toBe(few);
  });
});
