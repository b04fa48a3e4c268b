/**
 * Starts that jitter moves (R51): on one node, when another takes over, and for whatever has no jitter.
 */
import { describe, expect, it } from "vitest";
import * as Jitter from "../../src/core/schedule/jitter.ts";
import type { PolicyOptions } from "../../src/core/words/Policy.ts";
import { config, epoch, job } from "./support/bench.ts";
import { alone, claims, due, minute, pair } from "./support/machine.ts";

const jitterMs = 50_000;
const moved = (options: PolicyOptions = {}) => job("minutely", "* * * * *", { jitterMs, ...options });

/** When the fire of a minute starts, epoch milliseconds. */
const startOf = (minutes: number): number => {
  const { expression, name } = moved();
  return Jitter.startOf(expression, Jitter.of(config.service, name, jitterMs), due(minutes));
};

describe("a fire that jitter moves", () => {
  it("starts then, not when it is due, keeps its instant, and is on time", () => {
    const { bench, node } = alone({}, moved());
    bench.until(3 * minute + 59_000);
    const minutes = [1, 2, 3];
    expect(bench.started.map(({ run }) => run.dueAt)).toEqual(minutes.map(due));
    expect(bench.started.map(({ at }) => Math.round(at))).toEqual(minutes.map(startOf));
    expect(bench.started.map(({ run }) => [run.kind, run.startsAt])).toEqual(minutes.map((it) => ["due", startOf(it)]));
    const told = node.happened("RunStarted");
    expect(told.map(({ run }) => run.startsAt)).toEqual(minutes.map(startOf));
    for (const { latenessMs } of told) expect(Math.abs(latenessMs)).toBeLessThan(2);
    // Not far ahead: neither of the start nor, what would be worse, of the instant.
    for (const { at, item } of claims(node)) {
      const start = item.runs[0]?.startsAt ?? 0;
      expect(at).toBeGreaterThan(start - 2_000);
      expect(at).toBeLessThan(start);
    }
    expect(bench.record("minutely")).toMatchObject({ nextDueAt: due(4), nextStartsAt: startOf(4) });
  });

  it("is taken over a grace after its start, and nobody asks before that", () => {
    const { bench, other, owner } = pair(moved());
    owner.isFrozen = true;
    bench.until(minute + 59_000);
    const [first] = bench.started;
    expect([first?.node.name, first?.run.dueAt]).toEqual([other.name, due(1)]);
    expect((first?.at ?? 0) - startOf(1)).toBeGreaterThanOrEqual(1_000);
    expect((first?.at ?? 0) - startOf(1)).toBeLessThan(1_200);
    expect(claims(other).every(({ at }) => at > startOf(1))).toBe(true);
  });

  it("and was handed to a node that died before its start is started then by another", () => {
    const { bench, other, owner } = pair(moved({ delivery: "at-least-once" }));
    bench.until(startOf(1) - 20 - epoch);
    expect(bench.record("minutely")?.active.map((run) => run.startsAt)).toEqual([startOf(1)]);
    owner.isFrozen = true;
    bench.until(10 * minute);
    const again = bench.started.find(({ run }) => run.dueAt === due(1));
    expect([again?.node.name, again?.run.attempt, again?.run.startsAt]).toEqual([other.name, 2, startOf(1)]);
  });

  it("is caught up on from its start: what had not started when the store was lost is on time", () => {
    const { bench, node } = alone({}, moved({ catchUp: { mode: "all" } }));
    bench.until(minute - 1_000);
    node.fate = () => "lost";
    bench.until(3 * minute + 100);
    node.fate = () => undefined;
    bench.until(4 * minute - 100);
    expect(bench.started.map(({ run }) => (run.dueAt - epoch) / minute)).toEqual([1, 2, 3]);
    expect(bench.started.map(({ run }) => run.kind).slice(0, 2)).toEqual(["late", "late"]);
    const third = bench.started[2];
    expect(third?.at).toBeGreaterThanOrEqual(startOf(3));
  });

  it("what people ask for is not moved, nor are jobs without it, which say nothing of a start", () => {
    const { bench, node } = alone({}, moved(), job("plain", "* * * * *"));
    bench.until(10_000);
    bench.control({ _tag: "Trigger", job: "minutely", key: "k" });
    bench.control({ _tag: "Backfill", job: "minutely", key: "b", dueAts: [due(-5)] });
    node.feed({ _tag: "Nudged", job: "minutely" });
    bench.until(15_000);
    expect(bench.started.map(({ run }) => [run.kind, run.startsAt])).toEqual([["manual", undefined], [
      "backfill",
      undefined,
    ]]);
    bench.until(minute + 1_000);
    const plain = bench.started.filter(({ run }) => run.job === "plain");
    expect(plain.map(({ at }) => Math.round(at))).toEqual([due(1)]);
    expect(plain.map(({ run }) => "startsAt" in run)).toEqual([false]);
    const claimed = claims(node).filter(({ item }) => item.job === "plain");
    expect(claimed.map(({ item }) => [item.nextStartsAt, "startsAt" in (item.runs[0] ?? {})])).toEqual([[
      undefined,
      false,
    ]]);
  });
});
