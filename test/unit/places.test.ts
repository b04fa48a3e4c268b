/**
 * A bound on the handlers of one node: what exceeds it is not claimed, and what was handed over waits.
 */
import { describe, expect, it } from "vitest";
import { Bench, epoch, job } from "./support/bench.ts";
import * as Options from "../../src/shell/Options.ts";

const minute = 60_000;
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => job(`job-${index}`, "* * * * *", { timeoutMs: 30_000 }));

const alone = (concurrency: number, count: number) => {
  const bench = new Bench();
  const node = bench.node("a", { concurrency });
  node.join(...many(count));
  return { bench, node };
};

/** How many handlers ran at once at the most, each for so long. */
const mostAtOnce = (starts: ReadonlyArray<{ readonly at: number }>, lastsMs: number): number =>
  Math.max(...starts.map(({ at }) => starts.filter((other) => other.at <= at && other.at + lastsMs > at).length));

describe("a node with two places", () => {
  it("runs two handlers at once, and claims the rest when a place is free", () => {
    const { bench, node } = alone(2, 6);
    node.lasts = () => 1_000;
    bench.until(minute + 30_000);
    const due = bench.started.filter(({ run }) => run.dueAt === epoch + minute);
    expect(due.length).toBe(6);
    expect(mostAtOnce(due, 1_000)).toBe(2);
    // Those that waited are late, and said to be.
    const late = node.happened("RunStarted").map(({ latenessMs }) => Math.round(latenessMs / 1_000));
    expect(late).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it("leaves what it has no place for to another node, a grace later", () => {
    const bench = new Bench();
    const nodes = ["a", "b"].map((name) => bench.node(name, { concurrency: name === "a" ? 1 : 10 }));
    for (const node of nodes) {
      node.lasts = () => 20_000;
      node.join(...many(4));
    }
    bench.until(minute + 10_000);
    const due = bench.started.filter(({ run }) => run.dueAt === epoch + minute);
    expect(due.length).toBe(4);
    expect(due.filter(({ node }) => node === nodes[0]).length).toBe(1);
    for (const { at } of due) expect(at).toBeLessThan(epoch + minute + 1_500);
  });

  it("keeps a place for a handler that goes on after its time", () => {
    const { bench, node } = alone(1, 2);
    // It heeds no signal: its run is over after 30 s, and it is not.
    node.lasts = ({ job: name }) => name === "job-0" ? 100_000 : 1;
    bench.until(minute + 50_000);
    const first = bench.started.filter(({ run }) => run.dueAt === epoch + minute);
    expect(first.map(({ run }) => run.job)).toEqual(["job-0"]);
    bench.until(3 * minute);
    expect(bench.started.some(({ run }) => run.job === "job-1")).toBe(true);
  });

  it("asks no more than others while it is full", () => {
    const { bench, node } = alone(1, 20);
    node.lasts = () => 25_000;
    bench.until(5 * minute);
    // A beat each half lease, a claim and a report for each run.
    expect(node.requests("Claim").length).toBeLessThan(60);
  });
});

it("a bound that is none is refused by name", () => {
  for (const value of [0, -1, 1.5, NaN, Infinity, 100_001, "5", null, {}, true]) {
    const checked = Options.check({ service: "s", concurrency: value as number }, "n");
    expect(checked._tag === "Failure" && checked.failure).toMatchObject({ field: "concurrency" });
  }
  const checked = Options.check({ service: "s", concurrency: 3 }, "n");
  expect(checked._tag === "Success" && checked.success.config.concurrency).toBe(3);
});
