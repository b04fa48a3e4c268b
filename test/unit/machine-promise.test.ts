import { describe, expect, it } from "vitest";
import { invariants } from "../../src/core/node/invariants.ts";
import { type Bench, type BenchNode, config, epoch, job } from "./support/bench.ts";
import { alone, minute } from "./support/machine.ts";

/** What a node with runs promises from each contact, and by when it is to be heard of again. */
const workingMs = 0.85 * config.leaseMs;
const runningGapMs = config.leaseMs / 5;

const promisedMs = (bench: Bench, node: BenchNode): number =>
  (bench.service.members.get(node.state.incarnation)?.endsAt ?? 0) - bench.now;

const beats = (node: BenchNode, since: number): number => node.requests("Beat", since).length;

// R8, R11, R23.
describe("what a node that works promises", () => {
  it("is short from each claim on, and costs no beat more where runs are short", () => {
    const { bench, node } = alone({}, job("often", "*/2 * * * * *"));
    bench.until(20_000);
    const before = node.state.sequence;
    for (let at = 20_000; at < minute + 20_000; at += 100) {
      bench.until(at);
      expect(promisedMs(bench, node)).toBeLessThanOrEqual(workingMs + 10);
      expect(promisedMs(bench, node)).toBeGreaterThan(workingMs - 2_000 - 300);
    }
    // As many as if no claim had renewed anything.
    expect(beats(node, 20_000)).toBeLessThanOrEqual(18);
    // A claim and a report of each fire, and the beats.
    expect(node.state.sequence - before).toBeLessThanOrEqual(2 * 30 + 18);
  });

  it("is relied on no longer than the store keeps it", () => {
    const { bench, node } = alone({}, job("often", "*/2 * * * * *"));
    for (let at = 5_000; at < minute; at += 70) {
      bench.until(at);
      const { lease } = node.state;
      const left = lease === undefined ? 0 : lease.sent.mono + lease.ttlMs - node.state.at.mono;
      expect(left).toBeLessThanOrEqual((promisedMs(bench, node)) + bench.now - epoch - node.state.at.mono + 5);
    }
  });

  it("is kept while a long run lasts, by a beat in a fifth of a lease", () => {
    const { bench, node } = alone();
    node.lasts = () => 40_000;
    bench.until(minute + 2_500);
    for (let at = minute + 2_500; at < minute + 39_000; at += 100) {
      bench.until(at);
      expect(promisedMs(bench, node)).toBeLessThanOrEqual(workingMs + 10);
      expect(promisedMs(bench, node)).toBeGreaterThan(workingMs - runningGapMs - 50);
    }
    expect(beats(node, minute + 2_500)).toBeLessThanOrEqual(20);
    const until = bench.now - epoch;
    bench.until(until + 20_000);
    expect(beats(node, until + 3_000)).toBeLessThanOrEqual(4);
  });

  it("is twice as long as it was ever held up", () => {
    const { bench, node } = alone();
    node.lasts = () => 40_000;
    bench.until(minute + 5_000);
    node.isFrozen = true;
    bench.until(minute + 11_000);
    node.isFrozen = false;
    node.feed({ _tag: "Wake" });
    bench.until(minute + 12_000);
    expect(node.happened("LeaseLost")).toEqual([]);
    const { stallMs } = node.state;
    expect(stallMs).toBeGreaterThan(4_000);
    expect(promisedMs(bench, node)).toBeGreaterThan(2 * stallMs - runningGapMs - 50);
  });

  it("is no shorter for a beat that is answered after a later claim", () => {
    const { bench, node } = alone({ requestTimeoutMs: 20_000 }, job("often", "*/2 * * * * *"));
    bench.until(20_500);
    // Its answer takes longer than what it promises, and claims renew that meanwhile.
    node.fate = ({ _tag }) => _tag === "Beat" ? { replyAfterMs: workingMs + 1_000 } : undefined;
    for (let at = 20_500; at < 2 * minute; at += 70) {
      bench.until(at);
      expect(node.state.hasLapsed).toBe(false);
      expect(invariants(node.state)).toEqual([]);
    }
    expect(node.happened("LeaseLost")).toEqual([]);
    const dueAts = bench.started.map(({ run }) => run.dueAt).filter((dueAt) => dueAt >= epoch + 20_500);
    expect(bench.started.every(({ at, run }) => at === run.dueAt)).toBe(true);
    expect(dueAts.length).toBe(49);
  });

  it("is not taken for renewed by a claim of who is no member any more", () => {
    const { bench, node } = alone({}, job("often", "*/2 * * * * *"));
    bench.until(20_500);
    bench.service.members.delete(node.state.incarnation);
    const { lease } = node.state;
    node.fate = (request) => request._tag === "Beat" ? "lost" : undefined;
    bench.until(23_500);
    expect(node.state.lease).toEqual(lease);
    expect(bench.members).toEqual([]);
  });
});
