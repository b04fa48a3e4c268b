/**
 * Nodes that are asked to leave: they do, whoever hears of it and whatever becomes of them, and nothing is left of it.
 */
import { describe, expect, it } from "vitest";
import { readDrain } from "../../src/core/ledger/Drain.ts";
import type { ControlRequest } from "../../src/core/words/Request.ts";
import { Bench, job } from "./support/bench.ts";

const minute = 60_000;
const minutely = job("minutely", "* * * * *");

const fleet = () => {
  const bench = new Bench();
  const [a, b] = ["a", "b"].map((name) => bench.node(name).join(minutely, job("hourly", "0 * * * *")));
  if (a === undefined || b === undefined) throw new Error("no nodes");
  bench.until(20_000);
  const drain = (node: string, rest: Partial<Extract<ControlRequest["command"], { _tag: "Drain" }>> = {}) =>
    bench.control({ _tag: "Drain", node, ...rest });
  const rows = () => [...bench.service.rows.keys(), ...bench.service.waits.keys()].filter((it) => it.startsWith("d:"));
  return { bench, a, b, drain, rows };
};

describe("a node that is asked to leave", () => {
  it("hears of it with its next beat, hands over, and nothing is left", () => {
    const { a, b, bench, drain, rows } = fleet();
    expect(drain("b", { by: "anna", reason: "a new kernel" })).toMatchObject({ result: "ok", count: 1 });
    expect(rows()).toEqual(["d:bi1", "d:bi1"]);
    bench.until(4.5 * minute);
    expect(b.happened("DrainAsked")).toMatchObject([{ by: "anna", reason: "a new kernel" }]);
    expect(b.events.map((it) => it._tag).slice(-2)).toEqual(["Leaving", "Stopped"]);
    expect([b.isHalted, a.isHalted, bench.members]).toEqual([true, false, ["ai1"]]);
    expect(rows()).toEqual([]);
    // Nothing was late: who leaves goes on until the others have heard of it.
    const lateness = bench.started.map(({ at, run }) => at - run.dueAt);
    expect([lateness.length, Math.max(...lateness)]).toEqual([4, 0]);
  });

  it("is waited for as long as whoever asked says, or as it is configured", () => {
    for (const [given, rest] of [[3_000, { drainMs: 3_000 }], [10_000, {}]] as const) {
      const { bench, drain } = fleet();
      for (const node of bench.nodes) node.lasts = () => undefined;
      bench.until(1.1 * minute);
      const [started] = bench.started;
      drain(started?.node.name ?? "", rest);
      started?.node.feed({ _tag: "Nudged" });
      bench.until(1.1 * minute + given - 100);
      expect(started?.node.aborts()).toEqual([]);
      bench.until(1.1 * minute + given + 1_000);
      expect(started?.node.aborts().length).toBe(1);
    }
  });

  it("and dies meanwhile leaves nothing, once its membership is over", () => {
    const { a, b, bench, drain, rows } = fleet();
    b.fate = () => "lost";
    drain("b");
    b.isFrozen = true;
    bench.until(2 * minute);
    expect([bench.members, rows(), a.happened("DrainAsked")]).toEqual([["ai1"], [], []]);
  });

  it("is asked once: a second time changes nothing, and one who has left is unknown", () => {
    const { bench, drain, rows } = fleet();
    drain("b", { drainMs: 5 });
    const [text] = [...bench.service.rows].filter(([key]) => key === "d:bi1").map(([, it]) => it);
    expect(drain("b", { drainMs: 7, by: "bert" })).toMatchObject({ result: "ok", count: 1 });
    expect(bench.service.rows.get("d:bi1")).toBe(text);
    bench.until(3 * minute);
    expect(drain("b")).toMatchObject({ result: "unknown", count: 0, nodes: ["a"] });
    expect(drain("c")).toMatchObject({ result: "unknown", nodes: ["a"] });
    expect(rows()).toEqual([]);
  });
});

describe("what asks a node to leave", () => {
  it("is read, and where it cannot be, it is asked all the same", () => {
    expect(readDrain("2|5|bb,rwhy")).toEqual({ drainMs: 5, by: "b", reason: "why" });
    expect(readDrain("2||")).toEqual({});
    for (const text of ["", "x", "3|5|", "2|a|", "2|5|z1", "2|5|r1,b2"]) expect(readDrain(text)).toEqual({});
  });
});
