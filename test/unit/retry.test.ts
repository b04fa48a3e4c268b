/**
 * Attempts after failures (R42): when each is made, by whom, and when none is.
 */
import { describe, expect, it } from "vitest";
import type { Run } from "../../src/core/words/Fire.ts";
import type { PolicyOptions } from "../../src/core/words/Policy.ts";
import { Bench, type BenchNode, job } from "./support/bench.ts";
import { alone, due, minute } from "./support/machine.ts";

const retry = { times: 2, delayMs: 5_000, factor: 3, jitter: 0 };
const failing = (options: PolicyOptions = {}) => job("minutely", "* * * * *", { retry, ...options });
const error = "Error: the printer is on fire";
const fails = (before = Infinity) => ({ attempt }: Run) =>
  attempt < before ? { outcome: "failed", error } as const : { outcome: "succeeded" } as const;

/** Attempt, kind, and how long after the first fire is due it started. */
const attempts = (bench: Bench) => bench.started.map(({ at, run }) => [run.attempt, run.kind, Math.round(at - due(1))]);

/** Two nodes that know one another, and which of them owns the job. */
const pair = (options: PolicyOptions = {}) => {
  const bench = new Bench();
  const spec = failing(options);
  const nodes = ["a", "b"].map((name) => bench.node(name).join(spec));
  bench.until(20_000);
  const isOwner = (node: BenchNode) => node.state.jobs.get("minutely")?.role._tag === "Owner";
  const [owner, other] = [nodes.find(isOwner), nodes.find((node) => !isOwner(node))] as [BenchNode, BenchNode];
  for (const node of nodes) node.ends = fails();
  return { bench, owner, other };
};

describe("a run that fails", () => {
  it("is tried again after its waits, under one identity, and told what failed", () => {
    const { bench, node } = alone({}, failing());
    node.ends = fails();
    bench.until(minute + 40_000);
    // 10 ms for each handler.
    expect(attempts(bench)).toEqual([[1, "due", 0], [2, "retry", 5_010], [3, "retry", 20_020]]);
    expect(bench.started.map(({ run }) => [run.dueAt, run.previousError])).toEqual([
      [due(1), undefined],
      [due(1), error],
      [due(1), error],
    ]);
    const fences = bench.started.map(({ run }) => run.fence);
    expect(fences).toEqual(fences.toSorted((a, b) => a - b));
    expect(new Set(fences).size).toBe(3);
    expect(node.happened("RunEnded").map(({ outcome, retryAt }) => [outcome, retryAt && retryAt - due(1)])).toEqual([
      ["failed", 5_010],
      ["failed", 20_020],
      ["failed", undefined],
    ]);
    expect(bench.history.map((it) => it._tag === "Run" && [it.attempt, it.outcome])).toEqual([
      [1, "failed"],
      [2, "failed"],
      [3, "failed"],
    ]);
    expect(bench.record("minutely")?.active).toEqual([]);
  });

  it("is not once an attempt succeeds, says that none helps, or the job has no retry", () => {
    const cases: ReadonlyArray<readonly [starts: number, ends: BenchNode["ends"], options: PolicyOptions]> = [
      [2, fails(2), {}],
      [1, () => ({ outcome: "failed", error, isFinal: true }), {}],
      [1, fails(), { retry: undefined }],
    ];
    for (const [count, ends, options] of cases) {
      const { bench, node } = alone({}, failing(options));
      node.ends = ends;
      bench.until(minute + 40_000);
      expect(bench.started.length).toBe(count);
    }
  });

  it("waits in the record, where it counts for overlap, and goes on while the job is paused", () => {
    const { bench, node } = alone({}, job("often", "*/2 * * * * *", { retry }));
    node.ends = ({ attempt }) => ({ outcome: attempt === 1 ? "failed" : "succeeded" });
    bench.until(3_000);
    const [waiting] = bench.record("often")?.active ?? [];
    expect(waiting).toMatchObject({ attempt: 1, claimId: undefined, retries: 1 });
    const first = bench.started[0]?.run.dueAt ?? 0;
    expect(waiting?.notBefore).toBe(first + 5_010);
    bench.until(6_500);
    expect(bench.started.length).toBe(1);
    expect(node.happened("FireSkipped").map(({ reason }) => reason)).toEqual(["overlap", "overlap"]);
    bench.control({ _tag: "Pause", job: "often" });
    bench.until(20_000);
    expect(bench.started.map(({ run }) => run.attempt)).toEqual([1, 2]);
    expect(bench.record("often")?.active).toEqual([]);
  });

  it("counts attempts whose node died apart: neither uses up the other", () => {
    const { bench, owner, other } = pair({ delivery: "at-least-once", retry: { ...retry, times: 1 } });
    owner.lasts = () => undefined;
    bench.until(minute + 100);
    owner.isFrozen = true;
    bench.until(3 * minute);
    const own = bench.started.filter(({ run }) => run.dueAt === due(1));
    expect(own.map(({ node, run }) => [node === other, run.attempt, run.kind])).toEqual([
      [false, 1, "due"],
      [true, 2, "rerun"],
      [true, 3, "retry"],
    ]);
  });
});

describe("the node that waits for an attempt", () => {
  it.each(["at-most-once", "at-least-once"] as const)(
    "dies, and another makes it a grace after its time: %s",
    (delivery) => {
      const { bench, owner, other } = pair({ delivery, retry: { ...retry, delayMs: 20_000, factor: 1 } });
      owner.lasts = () => 1_500;
      bench.until(minute + 10_000);
      expect(bench.started.length).toBe(1);
      owner.isFrozen = true;
      bench.until(minute + 59_000);
      expect(bench.started.map(({ node, run }) => [node === other, run.attempt, run.kind])).toEqual([
        [false, 1, "due"],
        [true, 2, "retry"],
        [true, 3, "retry"],
      ].slice(0, bench.started.length));
      const [first, second] = bench.started;
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(21_500);
      expect(second?.run.fence).toBeGreaterThan(first?.run.fence ?? Infinity);
    },
  );

  it("leaves, and another makes it in time", () => {
    const { bench, owner, other } = pair({ retry: { ...retry, delayMs: 20_000 } });
    bench.until(minute + 5_000);
    owner.feed({ _tag: "StopRequested", drainMs: 1_000 });
    bench.until(minute + 30_000);
    expect(owner.state.phase).toBe("stopped");
    expect(bench.started.map(({ node, run }) => [node === other, run.attempt])).toEqual([[false, 1], [true, 2]]);
    expect((bench.started[1]?.at ?? 0) - due(1)).toBeLessThan(20_010 + 2_000);
  });
});

describe("a run that times out", () => {
  it("is tried again once its handler has settled", () => {
    const { bench, node } = alone({}, failing({ timeoutMs: 1_000 }));
    node.lasts = ({ attempt }) => attempt === 1 ? 9_000 : 10;
    bench.until(minute + 4_000);
    expect(bench.record("minutely")?.active).toMatchObject([{ notBefore: due(1) + 6_000, retries: 1 }]);
    bench.until(minute + 30_000);
    const [, second] = bench.started;
    expect(second?.run).toMatchObject({
      attempt: 2,
      kind: "retry",
      previousError: "the run lasted longer than timeoutMs",
    });
    expect((second?.at ?? 0) - due(1)).toBeGreaterThanOrEqual(9_000);
    expect((second?.at ?? 0) - due(1)).toBeLessThan(9_500);
  });
});
