/**
 * Fires that wait for the run before them (R45 to R47): which of them run, in what order, when, and on which node.
 */
import { describe, expect, it } from "vitest";
import type { PolicyOptions } from "../../src/core/words/Policy.ts";
import { type Bench, type BenchNode, epoch, job } from "./support/bench.ts";
import { alone, minute, pair } from "./support/machine.ts";

const minutely = (options: PolicyOptions) => job("minutely", "* * * * *", options);

/** Which fire started, in minutes, and when, in seconds. */
const starts = (bench: Bench) =>
  bench.started.map(({ at, run }) => [(run.dueAt - epoch) / minute, Math.round((at - epoch) / 100) / 10]);

const skips = (node: BenchNode) =>
  node.happened("FireSkipped").map(({ firstDueAt, lastDueAt, reason }) => [
    reason,
    (firstDueAt - epoch) / minute,
    (lastDueAt - epoch) / minute,
  ]);

describe("queue", () => {
  it("starts the newest fire that was due meanwhile, as soon as the run is over, at its own instant", () => {
    const { bench, node } = alone({}, minutely({ overlap: "queue" }));
    node.lasts = ({ dueAt }) => dueAt === epoch + minute ? 150_000 : 1_000;
    bench.until(5 * minute + 30_000);
    expect(starts(bench)).toEqual([[1, 60], [3, 210], [4, 240], [5, 300]]);
    expect(skips(node)).toEqual([["coalesced", 2, 2]]);
    const [, second] = bench.started;
    expect(second?.run).toMatchObject({ kind: "late", attempt: 1 });
    const [, told] = node.happened("RunStarted");
    expect(Math.round(told?.latenessMs ?? 0)).toBe(30_020);
    expect(bench.record("minutely")).toMatchObject({ active: [], waiting: undefined });
  });

  it("costs no request more than a job that skips while nothing overlaps", () => {
    const count = (overlap: "skip" | "queue" | "queue-all" | "cancel-previous") => {
      const { bench, node } = alone({}, minutely({ overlap }));
      bench.until(10 * minute);
      return node.sent.length;
    };
    expect(count("queue")).toBe(count("skip"));
    expect(count("queue-all")).toBe(count("skip"));
    expect(count("cancel-previous")).toBe(count("skip"));
  });

  it("catches up on what was missed in the order of its policy: the newest waits behind the oldest", () => {
    const { bench, node } = alone({}, minutely({ overlap: "queue", catchUp: { mode: "all" } }));
    node.isFrozen = true;
    bench.until(4 * minute + 5_000);
    node.isFrozen = false;
    node.feed({ _tag: "Wake" });
    bench.until(4 * minute + 20_000);
    expect(starts(bench).map(([dueAt]) => dueAt)).toEqual([1, 4]);
    expect(skips(node)).toEqual([["coalesced", 2, 3]]);
  });
});

describe("cancel-previous after an outage", () => {
  it("starts the newest of the fires that were missed, and none to be cancelled by it", () => {
    const { bench, node } = alone({}, minutely({ overlap: "cancel-previous", catchUp: { mode: "all" } }));
    node.isFrozen = true;
    bench.until(4 * minute + 5_000);
    node.isFrozen = false;
    node.feed({ _tag: "Wake" });
    bench.until(4 * minute + 20_000);
    expect(starts(bench).map(([dueAt]) => dueAt)).toEqual([4]);
    expect(skips(node)).toEqual([["coalesced", 1, 3]]);
    expect(node.aborts()).toEqual([]);
  });
});

describe("queue-all", () => {
  it("starts one fire after the other, in order, and skips those beyond its bound", () => {
    const { bench, node } = alone({}, minutely({ overlap: "queue-all", maxQueued: 2 }));
    node.lasts = ({ dueAt }) => dueAt === epoch + minute ? 250_000 : 5_000;
    bench.until(6 * minute + 30_000);
    expect(starts(bench).map(([dueAt, at]) => [dueAt, Math.floor(at as number)])).toEqual([
      [1, 60],
      [2, 310],
      [3, 315],
      [6, 360],
    ]);
    expect(skips(node)).toEqual([["queue-full", 4, 4], ["queue-full", 5, 5]]);
    expect(bench.history.filter((it) => it._tag === "Skip").map((it) => it.reason)).toEqual([
      "queue-full",
      "queue-full",
    ]);
  });

  it("waits behind a run that has the only place of its node", () => {
    const { bench, node } = alone({ concurrency: 1 }, minutely({ overlap: "queue-all" }));
    node.lasts = ({ dueAt }) => dueAt === epoch + minute ? 150_000 : 1_000;
    bench.until(4 * minute + 30_000);
    expect(starts(bench).map(([dueAt]) => dueAt)).toEqual([1, 2, 3, 4]);
  });

  it("counts what waits for a limit when it is handed out", () => {
    const { bench, node } = alone({}, minutely({ overlap: "queue-all", limit: 3 }));
    node.lasts = ({ dueAt }) => dueAt === epoch + minute ? 250_000 : 1_000;
    bench.until(8 * minute);
    expect(starts(bench).map(([dueAt]) => dueAt)).toEqual([1, 2, 3]);
    expect(node.happened("JobFinished").length).toBe(1);
    expect(bench.record("minutely")).toMatchObject({ counted: 3, nextDueAt: undefined, waiting: undefined });
  });

  it("goes on after a pause, and not while it lasts", () => {
    const { bench, node } = alone({}, minutely({ overlap: "queue-all" }));
    node.lasts = ({ dueAt }) => dueAt === epoch + minute ? 90_000 : 1_000;
    bench.until(2 * minute + 10_000);
    bench.control({ _tag: "Pause", job: "minutely" });
    bench.until(10 * minute + 10_000);
    expect(starts(bench).map(([dueAt]) => dueAt)).toEqual([1]);
    bench.control({ _tag: "Resume", job: "minutely", missed: "skip" });
    node.feed({ _tag: "Nudged", job: undefined });
    bench.until(10 * minute + 50_000);
    expect(starts(bench)).toEqual([[1, 60], [2, 610]].map(([dueAt, at]) => [dueAt, expect.closeTo(at as number, 0)]));
  });
});

describe("cancel-previous", () => {
  it("stops the run that goes on, and starts when its handler has settled", () => {
    const { bench, node } = alone({}, minutely({ overlap: "cancel-previous" }));
    node.lasts = ({ dueAt }) => dueAt === epoch + minute ? 63_000 : 1_000;
    bench.until(3 * minute + 30_000);
    expect(node.aborts().map(({ reason }) => reason)).toEqual(["cancelled"]);
    expect(starts(bench)).toEqual([[1, 60], [2, expect.closeTo(123, 0)], [3, 180]]);
    const outcomes = bench.history.map((it) => it._tag === "Run" && [(it.dueAt - epoch) / minute, it.outcome]);
    expect(outcomes).toEqual([[1, "cancelled"], [2, "succeeded"], [3, "succeeded"]]);
  });

  it("stops a run on another node, which is told by a beat", () => {
    const { bench, other, owner } = pair(minutely({ overlap: "cancel-previous" }));
    // The owner is gone for the first fire, and back for the second.
    owner.isFrozen = true;
    other.lasts = ({ dueAt }) => dueAt === epoch + minute ? 65_000 : 1_000;
    bench.until(minute + 5_000);
    owner.isFrozen = false;
    owner.feed({ _tag: "Wake" });
    bench.until(3 * minute + 30_000);
    expect(bench.started[0]?.node).toBe(other);
    expect(other.aborts().length).toBe(1);
    expect(starts(bench).map(([dueAt]) => dueAt)).toEqual([1, 2, 3]);
    expect(bench.started[1]?.at).toBeLessThan(epoch + 2 * minute + 10_000);
  });
});

describe("a node that is gone with the run that fires wait for", () => {
  it.each(["queue", "queue-all", "cancel-previous"] as const)(
    "is missed by the other, which starts them: %s",
    (overlap) => {
      const { bench, other, owner } = pair(minutely({ overlap }));
      owner.lasts = () => undefined;
      bench.until(2 * minute + 2_000);
      expect(bench.record("minutely")).toMatchObject({ active: [{}], waiting: [epoch + 2 * minute] });
      owner.isFrozen = true;
      bench.until(2 * minute + 30_000);
      expect(starts(bench).map(([dueAt]) => dueAt)).toEqual([1, 2]);
      expect(bench.started[1]?.node).toBe(other);
      const outcome = overlap === "cancel-previous" ? "cancelled" : "lost";
      expect(bench.history.map((it) => it._tag === "Run" && it.outcome)).toEqual([outcome, "succeeded"]);
    },
  );

  it("is not waited for by one that leaves: the other takes what waits", () => {
    const { bench, other, owner } = pair(minutely({ overlap: "queue" }));
    owner.lasts = () => 70_000;
    bench.until(2 * minute + 2_000);
    owner.feed({ _tag: "StopRequested", drainMs: 60_000 });
    bench.until(2 * minute + 20_000);
    expect(starts(bench)[1]).toEqual([2, expect.closeTo(131, -1)]);
    expect(bench.started[1]?.node).toBe(other);
  });
});
