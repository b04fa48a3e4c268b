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

describe("fires that a store forgot and that nobody will run", () => {
  const spec = job("dropped", "*/10 * * * * *");
  const skipped = ({ nodes }: Bench) =>
    nodes.flatMap((node) => node.happened("FireSkipped")).filter(({ reason }) => reason === "regressed");

  /** Three nodes know the job; the store is away for half a minute and comes back empty. */
  const emptied = () => {
    const bench = new Bench();
    for (const name of ["a", "b", "c"]) bench.node(name).join(spec);
    bench.until(minute + 5_000);
    for (const node of bench.nodes) node.fate = () => "lost";
    bench.until(1.5 * minute + 5_000);
    bench.empty();
    return bench;
  };

  it("are told by one of those who knew the job", () => {
    const bench = emptied();
    for (const node of bench.nodes) node.fate = () => undefined;
    bench.until(4 * minute);
    expect(skipped(bench).map(({ count, firstDueAt }) => [count, firstDueAt])).toEqual([[4, due(1) + 10_000]]);
  });

  it("are told by one of them also if the job was registered by somebody who did not", () => {
    const bench = emptied();
    bench.node("new").join(spec);
    bench.until(1.5 * minute + 7_000);
    for (const node of bench.nodes) node.fate = () => undefined;
    bench.until(4 * minute);
    const [told, ...more] = skipped(bench);
    expect(more).toEqual([]);
    // Who neither owned nor was to take over the job knows it from long ago, and cannot know what ran since.
    expect(told?.firstDueAt).toBeLessThanOrEqual(due(1) + 10_000);
    expect(told?.lastDueAt).toBe(due(1) + 30_000);
  });

  it("are told once even if the answer to who registered the job got lost", () => {
    const bench = emptied();
    let cut = 0;
    for (const node of bench.nodes) {
      node.fate = (request) => request._tag === "Claim" && cut++ < 3 ? "deaf" : undefined;
    }
    bench.until(4 * minute);
    expect(cut).toBeGreaterThan(3);
    expect(skipped(bench).map(({ count, firstDueAt }) => [count, firstDueAt])).toEqual([[4, due(1) + 10_000]]);
  });

  it("are told although the first answer was a refusal of a late copy", () => {
    const bench = emptied();
    bench.node("new").join(spec);
    bench.until(1.5 * minute + 7_000);
    const late = new Set<BenchNode>();
    for (const node of bench.nodes.slice(0, 3)) {
      node.fate = (request) => {
        if (request._tag !== "Claim" || late.has(node)) return undefined;
        late.add(node);
        return { replyAfterMs: 4_000 };
      };
    }
    bench.until(4 * minute);
    expect(skipped(bench).length).toBe(1);
  });
});
