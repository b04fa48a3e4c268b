/**
 * Labels of nodes and jobs that need them (R52): who runs what, who tells that nobody can, and what waits meanwhile.
 */
import { describe, expect, it } from "vitest";
import type { PolicyOptions } from "../../src/core/words/Policy.ts";
import { Bench, type BenchNode, epoch, job } from "./support/bench.ts";
import { due, minute, roleOf } from "./support/machine.ts";

const needy = (options: PolicyOptions = {}) =>
  job("render", "* * * * *", { runOn: ["gpu", "eu"], catchUp: { mode: "all" }, ...options });

const fleet = (...labels: ReadonlyArray<ReadonlyArray<string>>) => {
  const bench = new Bench();
  const nodes = labels.map((own, index) =>
    bench.node(`n${index}`, { labels: own }).join(needy(), job("plain", "* * * * *"))
  );
  bench.until(20_000);
  return { bench, nodes };
};

const told = (node: BenchNode | undefined) =>
  node?.events.flatMap(({ _tag }) => _tag === "JobUnplaced" || _tag === "JobPlaced" ? [_tag] : []);

describe("a job that needs labels", () => {
  it("has its owner and its successor among the nodes that have all of them, and runs nowhere else", () => {
    const { bench, nodes } = fleet(["gpu"], [], ["eu", "gpu"], ["eu"], ["gpu", "eu", "fast"]);
    expect(nodes.map((node) => roleOf(node, "render")).sort()).toEqual([
      "Owner",
      "Successor",
      "Unplaced",
      "Unplaced",
      "Unplaced",
    ]);
    const owner = nodes.find((node) => roleOf(node, "render") === "Owner") as BenchNode;
    bench.until(minute + 20_000);
    owner.isFrozen = true;
    bench.until(3 * minute + 20_000);
    const ran = bench.started.filter(({ run }) => run.job === "render");
    expect(ran.map(({ run }) => run.dueAt)).toEqual([1, 2, 3].map(due));
    expect([...new Set(ran.map(({ node }) => node.name))].sort()).toEqual(["n2", "n4"]);
    // The others ask nothing about it.
    const asked = (node: BenchNode | undefined) =>
      node?.sent.some(({ request }) => request._tag === "Claim" && request.items.some((it) => it.job === "render"));
    expect([0, 1, 3].map((index) => asked(nodes[index]))).toEqual([false, false, false]);
    expect(told(owner)).toEqual([]);
    expect(told(nodes[1])?.slice(-1)).toEqual(["JobPlaced"]);
  });

  it("waits while no member has them, which is told once, and is caught up on by the first that has", () => {
    const { bench, nodes: [able, other] } = fleet(["gpu", "eu"], []);
    bench.until(minute + 20_000);
    expect(told(other)).toEqual([]);
    able?.feed({ _tag: "StopRequested", drainMs: 1_000, replacedBy: undefined });
    bench.until(4 * minute + 20_000);
    expect(told(other)).toEqual(["JobUnplaced"]);
    expect(other?.happened("JobUnplaced")[0]).toMatchObject({ job: "render", runOn: ["gpu", "eu"] });
    expect(bench.started.filter(({ run }) => run.job === "render").length).toBe(1);
    const late = bench.node("late", { labels: ["eu", "gpu"] }).join(needy());
    bench.until(5 * minute + 20_000);
    const ran = bench.started.filter(({ run }) => run.job === "render");
    expect(ran.map(({ node, run }) => [node.name, (run.dueAt - epoch) / minute, run.kind])).toEqual([
      ["n0", 1, "due"],
      ["late", 2, "late"],
      ["late", 3, "late"],
      ["late", 4, "late"],
      ["late", 5, "due"],
    ]);
    expect(told(late)).toEqual([]);
    bench.until(10 * minute);
    expect(told(other)).toEqual(["JobUnplaced", "JobPlaced"]);
  });

  it("can be triggered and paused through a node that cannot run it", () => {
    const { bench, nodes: [able, other] } = fleet(["gpu", "eu"], []);
    bench.control({ _tag: "Trigger", job: "render", key: "k" });
    other?.feed({ _tag: "Nudged", job: "render" });
    bench.until(20_200);
    expect(bench.started).toEqual([]);
    able?.feed({ _tag: "Nudged", job: "render" });
    bench.until(30_000);
    expect(bench.started.map(({ node, run }) => [node.name, run.kind])).toEqual([["n0", "manual"]]);
    bench.control({ _tag: "Pause", job: "render" });
    for (const node of [able, other]) node?.feed({ _tag: "Nudged", job: undefined });
    bench.until(3 * minute);
    expect(bench.started.filter(({ run }) => run.job === "render").length).toBe(1);
  });

  it("loses no fire while nodes with other labels replace those of before one by one", () => {
    const { bench, nodes } = fleet(["gpu", "eu"], [], ["gpu"]);
    const replaceOne = (index: number, labels: ReadonlyArray<string>) => {
      nodes[index]?.feed({ _tag: "StopRequested", drainMs: 1_000, replacedBy: undefined });
      bench.node(`new${index}`, { labels }).join(needy(), job("plain", "* * * * *"));
    };
    bench.until(minute - 500);
    replaceOne(1, ["gpu", "eu"]);
    bench.until(2 * minute - 500);
    replaceOne(0, []);
    bench.until(3 * minute - 500);
    replaceOne(2, []);
    bench.until(6 * minute);
    const ran = bench.started.filter(({ run }) => run.job === "render");
    expect(ran.map(({ run }) => (run.dueAt - epoch) / minute)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...new Set(ran.slice(2).map(({ node }) => node.name))]).toEqual(["new1"]);
  });
});
