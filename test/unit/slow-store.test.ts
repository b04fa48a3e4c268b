import { describe, expect, it } from "vitest";
import * as NextFire from "../../src/core/schedule/NextFire.ts";
import type { Event } from "../../src/core/words/Event.ts";
import type * as Policy from "../../src/core/words/Policy.ts";
import { Bench, type BenchNode, epoch, job } from "./support/bench.ts";
import { alone, due, everyMinute, first, isClaimOfRuns, minute, roleOf } from "./support/machine.ts";

/** The steps of the bench's clock, and a handler that lasts ten milliseconds. */
const slackMs = 20;

const troubles: ReadonlyArray<Event["_tag"]> = [
  "StoreUnavailable",
  "LeaseLost",
  "Suspended",
  "RunLost",
  "FireSkipped",
  "JoinFailed",
];

const troublesOf = (nodes: ReadonlyArray<BenchNode>, since: number): ReadonlyArray<Event> =>
  nodes.flatMap(({ events }) => events.filter(({ _tag, at }) => troubles.includes(_tag) && at >= since));

/** Three nodes with default options, and jobs that are due every few seconds. */
const fleet = (latency: number, options: Policy.PolicyOptions) => {
  const bench = new Bench();
  bench.latency = latency;
  const jobs = [3, 4, 5, 7, 10, 30].map((seconds) => job(`each-${seconds}`, `*/${seconds} * * * * *`, options));
  const nodes = ["a", "b", "c"].map((name) => bench.node(name));
  for (const node of nodes) node.join(...jobs);
  return { bench, jobs, nodes };
};

/** Every fire from an instant on is started once, at most so late, and nobody is in trouble. */
const expectPunctual = (
  { bench, jobs, nodes }: ReturnType<typeof fleet>,
  from: number,
  to: number,
  lateMs: number,
): void => {
  for (const { expression, name } of jobs) {
    const started = bench.started.filter(({ run }) => run.job === name && run.dueAt > from && run.dueAt <= to);
    expect(started.map(({ run }) => run.dueAt), name).toEqual([...NextFire.between(expression, from, to)]);
    for (const { at, run } of started) expect(at - run.dueAt, `${name} ${run.dueAt}`).toBeLessThanOrEqual(lateMs);
  }
  expect(troublesOf(nodes, from)).toEqual([]);
};

describe("a store whose answers take longer than a second", () => {
  it.each(
    [
      [2_500, "skip"],
      [2_500, "allow"],
      [1_200, "skip"],
      [1_200, "allow"],
    ] as const,
  )("%i ms, overlap %s: a fleet joins, loses nothing, and is late by a round trip at most", (trip, overlap) => {
    const world = fleet(trip / 2, { overlap });
    const { bench, nodes } = world;
    bench.until(trip + slackMs);
    expect(nodes.map(({ state }) => state.phase)).toEqual(["member", "member", "member"]);
    bench.until(2 * minute + 30_000);
    // By then they know of each other.
    expectPunctual(world, epoch + 20_000, epoch + 2 * minute, trip + slackMs);
    expect(troublesOf(nodes, 0).filter(({ _tag }) => _tag !== "FireSkipped")).toEqual([]);
  });

  it.each([1_200, 2_500])("a leap from 20 ms to %i ms while the fleet runs costs nothing but a round trip", (trip) => {
    const world = fleet(10, {});
    const { bench } = world;
    bench.until(30_000);
    bench.latency = trip / 2;
    bench.until(2 * minute + 30_000);
    expectPunctual(world, epoch + 3_000, epoch + 2 * minute, trip + slackMs);
  });

  it.each([1_000, 2_000])("a lease of %i ms outlasts the way there and back", (leaseMs) => {
    const bench = new Bench();
    bench.latency = 1_250;
    const node = bench.node("a", { leaseMs }).join(job("slow", "*/20 * * * * *"));
    bench.until(5 * minute);
    expect(node.state.hasLapsed).toBe(false);
    expect(troublesOf([node], epoch + 10_000)).toEqual([]);
    expect(bench.started.length).toBeGreaterThanOrEqual(14);
  });
});

describe("a request without an answer", () => {
  it("is sent again as it was, once ahead of the instant, then each time after twice as long, and given up after requestTimeoutMs", () => {
    const { bench, node } = alone();
    node.fate = (request) => isClaimOfRuns(request) ? "lost" : undefined;
    bench.until(minute + 4_700);
    const sent = node.sent.filter(({ request }) => isClaimOfRuns(request));
    expect(sent.map(({ at }) => Math.round((at - (sent[0]?.at ?? 0)) / 100))).toEqual([0, 1, 11, 31]);
    expect(new Set(sent.map(({ request }) => request)).size).toBe(1);
    expect(node.happened("StoreUnavailable")).toEqual([]);
    bench.until(minute + 5_100);
    expect(node.happened("StoreUnavailable").length).toBe(1);
  });

  it.each([0, 20, 100, 300, 400])(
    "makes nothing late at a round trip of %i ms, if it was a claim made ahead",
    (trip) => {
      const bench = new Bench();
      bench.latency = trip / 2;
      const node = bench.node("a").join(everyMinute);
      bench.until(minute - 20_000);
      node.fate = first(1, isClaimOfRuns, "lost");
      bench.until(2 * minute + 5_000);
      expect(bench.started.map(({ at, run }) => Math.floor((at - run.dueAt) / slackMs))).toEqual([0, 0]);
      // Two of the fire whose claim was lost, and one of the other.
      expect(node.sent.filter(({ request }) => isClaimOfRuns(request)).length).toBe(3);
    },
  );

  it("is settled by the first answer, whichever sending it is to; the later ones tell the time and the distance", () => {
    const { bench, node } = alone();
    node.fate = first(1, isClaimOfRuns, { replyAfterMs: 2_000 });
    bench.until(minute + 1_500);
    expect(bench.started.map(({ run }) => run.dueAt)).toEqual([due(1)]);
    const known = node.state.jobs.get(everyMinute.name);
    expect(node.state.clock.roundTripMs).toBeLessThan(100);
    bench.until(minute + 3_000);
    expect(node.state.clock.roundTripMs).toBeGreaterThan(1_000);
    // But for how far ahead the next look is planned.
    expect({ ...node.state.jobs.get(everyMinute.name), times: known?.times }).toEqual(known);
    expect(bench.started.length).toBe(1);
    expect(node.state.sendings.size).toBe(0);
  });

  it("whose first sending is answered while the third is under way is not asked for a fourth time", () => {
    const { bench, node } = alone();
    node.fate = first(3, isClaimOfRuns, { replyAfterMs: 2_500 });
    bench.until(1.5 * minute);
    expect(node.sent.filter(({ request }) => isClaimOfRuns(request)).length).toBe(3);
    expect(bench.started.length).toBe(1);
    expect(node.state.sendings.size).toBe(0);
  });
});

it("a successor waits for a claim that may take as long as its own to get there", () => {
  const bench = new Bench();
  bench.latency = 1_250;
  const nodes = ["a", "b"].map((name) => bench.node(name).join(everyMinute));
  bench.until(30_000);
  const successor = nodes.find((node) => roleOf(node, everyMinute.name) === "Successor") as BenchNode;
  const owner = nodes.find((node) => node !== successor) as BenchNode;
  // It is late, but it comes.
  owner.fate = first(1, isClaimOfRuns, "lost");
  bench.until(90_000);
  const claimed = successor.sent.filter(({ request }) => isClaimOfRuns(request)).map(({ at }) => at);
  expect(claimed.length).toBe(1);
  expect(claimed[0]).toBeGreaterThanOrEqual(due(1) + 3_500);
});
