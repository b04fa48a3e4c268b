/**
 * Cancelling what runs (R44): who is told when, and what becomes of its handler.
 */
import { describe, expect, it } from "vitest";
import type { PolicyOptions } from "../../src/core/words/Policy.ts";
import { type Bench, job } from "./support/bench.ts";
import { alone, minute } from "./support/machine.ts";

const long = (options: PolicyOptions = {}) => job("minutely", "* * * * *", options);
const cancel = (bench: Bench, fence?: number) => bench.control({ _tag: "CancelRuns", job: "minutely", fence });

/** A node with a run that lasts. */
const running = (options: PolicyOptions = {}, lastsMs?: number) => {
  const { bench, node } = alone({}, long(options));
  node.lasts = () => lastsMs;
  bench.until(minute + 1_000);
  return { bench, node };
};

describe("a run that is cancelled", () => {
  it.each(["at-most-once", "at-least-once"] as const)(
    "is told to stop within a beat of its node, and is over, whatever follows: %s",
    (delivery) => {
      const { bench, node } = running({ delivery, retry: {} }, 8_000);
      expect(cancel(bench)).toMatchObject({ result: "ok", count: 1 });
      expect(cancel(bench)).toMatchObject({ result: "ok", count: 1 });
      bench.until(minute + 7_500);
      expect(node.aborts().map(({ reason }) => reason)).toEqual(["cancelled"]);
      expect(node.happened("RunEnded")).toMatchObject([{ outcome: "cancelled" }]);
      // Its handler has not heeded it.
      expect(node.happened("RunHeld").length).toBe(1);
      expect(bench.record("minutely")?.active).toMatchObject([{ attempt: 1, heldUntil: expect.any(Number) }]);
      bench.until(minute + 30_000);
      expect(bench.record("minutely")?.active).toEqual([]);
      expect(bench.history.map((it) => it._tag === "Run" && it.outcome)).toEqual(["cancelled"]);
      expect(bench.started.length).toBe(1);
    },
  );

  it("is told at once where its node looks", () => {
    const { bench, node } = running({}, 8_000);
    cancel(bench, bench.started[0]?.run.fence);
    node.feed({ _tag: "Nudged", job: "minutely" });
    bench.until(minute + 1_100);
    expect(node.aborts().map(({ reason }) => reason)).toEqual(["cancelled"]);
  });

  it("is none where the fence is another's, or nothing runs", () => {
    const { bench, node } = running({}, 8_000);
    expect(cancel(bench, 17)).toMatchObject({ result: "ok", count: 0 });
    bench.until(minute + 30_000);
    expect(cancel(bench)).toMatchObject({ result: "ok", count: 0 });
    expect(node.happened("RunEnded")).toMatchObject([{ outcome: "succeeded" }]);
  });

  it("does not start where its node hears of it before", () => {
    const { bench, node } = alone({ lookaheadMs: 1_500 }, long());
    bench.until(minute - 1_000);
    expect(bench.record("minutely")?.active.length).toBe(1);
    cancel(bench);
    node.feed({ _tag: "Nudged", job: "minutely" });
    bench.until(minute + 10_000);
    expect(bench.started).toEqual([]);
    expect(bench.history.map((it) => it._tag === "Run" && it.outcome)).toEqual(["cancelled"]);
  });

  it("is over when the next attempt of it waits", () => {
    const { bench, node } = running({ retry: { delayMs: 20_000 } }, 10);
    expect(bench.started.length).toBe(1);
    node.ends = () => ({ outcome: "failed" });
    bench.until(2 * minute + 5_000);
    expect(bench.record("minutely")?.active).toMatchObject([{ claimId: undefined, retries: 1 }]);
    expect(cancel(bench)).toMatchObject({ count: 1 });
    bench.until(2 * minute + 50_000);
    expect(bench.started.length).toBe(2);
    expect(bench.history.map((it) => it._tag === "Run" && [it.attempt, it.outcome])).toEqual([
      [1, "succeeded"],
      [1, "failed"],
      [2, "cancelled"],
    ]);
  });
});
