import { describe, expect, it } from "vitest";
import type { JobRecord } from "../../src/core/ledger/JobRecord.ts";
import type * as Policy from "../../src/core/words/Policy.ts";
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

describe("fires that waited in a record that a store forgot", () => {
  /** A run goes on for a minute and a half, so that later fires wait; then the store is emptied. */
  const emptied = (policies: Policy.PolicyOptions) => {
    const bench = new Bench();
    const spec = job("queued", "*/10 * * * * *", policies);
    for (const name of ["a", "b"]) {
      const node = bench.node(name).join(spec);
      node.lasts = ({ dueAt }) => dueAt === due(1) ? 1.5 * minute : 10;
    }
    bench.until(minute + 35_000);
    const waiting = bench.record(spec.name)?.waiting;
    bench.empty();
    bench.until(3 * minute);
    const skips = bench.nodes.flatMap((node) => node.happened("FireSkipped"));
    const told = skips.filter(({ reason }) => reason === "regressed");
    return { bench, waiting, told: told.map(({ count, firstDueAt, lastDueAt }) => [count, firstDueAt, lastDueAt]) };
  };

  it("are told once where a fire starts at most once, and their job goes on", () => {
    const { bench, told, waiting } = emptied({ overlap: "queue-all" });
    expect(waiting).toEqual([10_000, 20_000, 30_000].map((ms) => due(1) + ms));
    expect(told).toEqual([[3, due(1) + 10_000, due(1) + 30_000]]);
    const lines = bench.history.flatMap((line) => line._tag === "Skip" ? [[line.reason, line.count]] : []);
    expect(lines).toContainEqual(["regressed", 3]);
    const [first, second] = bench.started.filter(({ run }) => run.dueAt >= due(1));
    expect([first?.run.dueAt, second?.run.dueAt]).toEqual([due(1), due(1) + 40_000]);
  });

  it("wait again where each is to run at least once", () => {
    const { bench, told } = emptied({ overlap: "queue-all", delivery: "at-least-once" });
    expect(told).toEqual([]);
    const dueAts = bench.started.map(({ run }) => run.dueAt).filter((dueAt) => dueAt >= due(1));
    expect(dueAts.slice(0, 5)).toEqual([0, 10_000, 20_000, 30_000, 40_000].map((ms) => due(1) + ms));
    expect(new Set(dueAts).size).toBe(dueAts.length);
  });

  it("are told if it is a copy from before they waited", () => {
    const bench = new Bench();
    const spec = job("queued", "*/10 * * * * *", { overlap: "queue" });
    const node = bench.node("a").join(spec);
    node.lasts = ({ dueAt }) => dueAt === due(1) ? 1.5 * minute : 10;
    bench.until(minute + 15_000);
    const before = bench.record(spec.name) as JobRecord;
    bench.until(minute + 25_000);
    expect(bench.record(spec.name)?.waiting).toEqual([due(1) + 20_000]);
    bench.keep(spec.name, before);
    bench.until(3 * minute);
    const told = node.happened("FireSkipped").filter(({ reason }) => reason === "regressed");
    expect(told.map(({ count, firstDueAt }) => [count, firstDueAt])).toEqual([[1, due(1) + 20_000]]);
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
