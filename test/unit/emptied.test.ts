import { describe, expect, it } from "vitest";
import { Bench, type BenchNode, job } from "./support/bench.ts";
import { due, minute } from "./support/machine.ts";

describe("a store that was emptied while runs were in hand", () => {
  it("has a run that ended by its limit as ended: nobody starts it again", () => {
    const bench = new Bench();
    const spec = job("limited", "0 * * * * *", { timeoutMs: 1_000, delivery: "at-least-once" });
    const nodes = ["a", "b"].map((name) => bench.node(name));
    for (const node of nodes) {
      node.lasts = ({ dueAt }) => dueAt === due(1) ? undefined : 10;
      node.join(spec);
    }
    bench.until(minute + 10_000);
    const holder = bench.started[0]?.node as BenchNode;
    bench.empty();
    bench.until(minute + 40_000);
    expect(bench.record(spec.name)?.active.map(({ dueAt }) => dueAt)).toEqual([due(1)]);
    expect(bench.record(spec.name)?.active[0]?.heldUntil).toBeGreaterThan(due(1) + 3_600_000);
    holder.isFrozen = true;
    bench.until(4.5 * minute);
    expect(bench.started.map(({ run }) => run.dueAt)).toEqual([1, 2, 3, 4].map(due));
    expect(bench.history.filter((line) => line._tag === "Run" && line.outcome === "lost")).toEqual([]);
  });

  it("has a backfill beside the fire that it fills in for", () => {
    const bench = new Bench();
    const spec = job("both", "0 * * * * *", { overlap: "allow" });
    const node = bench.node("a");
    node.lasts = () => undefined;
    node.join(spec);
    bench.until(minute + 1_000);
    bench.control({ _tag: "Backfill", job: spec.name, key: "k", dueAts: [due(1)] });
    node.feed({ _tag: "Nudged", job: spec.name });
    bench.until(minute + 10_000);
    const kinds = () => bench.record(spec.name)?.active.map(({ dueAt, kind }) => [dueAt, kind]);
    expect(kinds()).toEqual([[due(1), "due"], [due(1), "backfill"]]);
    bench.empty();
    bench.until(minute + 40_000);
    expect(kinds()).toEqual([[due(1), "due"], [due(1), "backfill"]]);
  });

  it("is told again that a run has ended by its limit if it has forgotten that alone", () => {
    const bench = new Bench();
    const spec = job("limited", "0 * * * * *", { timeoutMs: 1_000 });
    const node = bench.node("a");
    node.lasts = () => undefined;
    node.join(spec);
    bench.until(minute + 500);
    const before = bench.record(spec.name);
    bench.until(minute + 5_000);
    if (before !== undefined) bench.keep(spec.name, before);
    bench.until(2.5 * minute);
    expect(bench.record(spec.name)?.active[0]?.heldUntil).toBeGreaterThan(0);
  });
});
