import { expect, it } from "vitest";
import type { JobRecord } from "../../src/core/ledger/JobRecord.ts";
import { Bench, type BenchNode, job } from "./support/bench.ts";
import { due, everyMinute, minute, roleOf } from "./support/machine.ts";

const name = everyMinute.name;

/** Two nodes, the one that claims ahead of time first. */
const pair = () => {
  const bench = new Bench();
  const nodes = ["a", "b"].map((it) => bench.node(it).join(everyMinute));
  bench.until(minute / 2);
  const [owner, successor] = ["Owner", "Successor"].map((role) =>
    nodes.find((node) => roleOf(node, name) === role) as BenchNode
  ) as [BenchNode, BenchNode];
  const before = bench.record(name) as JobRecord;
  return { bench, owner, successor, before };
};

const reports = (node: BenchNode) => node.happened("StoreRegressed").map(({ from, to }) => [from, to]);

it("who asks first after the store has forgotten a claim repairs and reports it", () => {
  const { before, bench, owner, successor } = pair();
  bench.until(minute + 100);
  bench.keep(name, before);
  owner.feed({ _tag: "Nudged", job: name });
  bench.until(1.5 * minute);
  expect(reports(owner)).toEqual([[due(1), before.watermark]]);
  bench.until(3.5 * minute);
  expect(bench.started.map(({ run }) => run.dueAt)).toEqual([due(1), due(2), due(3)]);
  expect([reports(owner).length, reports(successor).length]).toEqual([1, 0]);
});

it("a claim that somebody else has made again since is found out by who had made it first", () => {
  const { before, bench, owner, successor } = pair();
  bench.until(minute + 100);
  bench.keep(name, before);
  bench.until(3.5 * minute);
  const first = bench.started.filter(({ run }) => run.dueAt === due(1));
  expect(first.map(({ node }) => node.name)).toEqual([owner.name, successor.name]);
  expect(first[1]?.run.fence).toBeGreaterThan(first[0]?.run.fence ?? Infinity);
  expect(reports(owner)).toEqual([[due(1), due(1)]]);
  expect(reports(successor)).toEqual([]);
  expect(bench.started.map(({ run }) => run.dueAt)).toEqual([due(1), due(1), due(2), due(3)]);
});

it("nothing is reported by a node whose claim is answered only after others have claimed further", () => {
  const { bench, owner } = pair();
  const others = bench.nodes.filter((node) => node !== owner);
  // The answer to the claim ahead is lost; when it is asked again, more is due and has been claimed by the successor.
  owner.lasts = () => 10;
  owner.fate = (request) => request._tag === "Claim" ? { replyAfterMs: 400_000 } : undefined;
  bench.until(2.5 * minute);
  owner.fate = () => undefined;
  owner.feed({ _tag: "Wake" });
  bench.until(6.5 * minute);
  expect(others.flatMap(reports).concat(reports(owner))).toEqual([]);
});

it("nothing is reported of a store that forgets nothing, whoever claims", () => {
  const { bench, owner, successor } = pair();
  bench.until(2 * minute - 5_000);
  owner.isFrozen = true;
  bench.until(4 * minute - 5_000);
  owner.isFrozen = false;
  owner.feed({ _tag: "Wake" });
  bench.until(8.5 * minute);
  expect([...reports(owner), ...reports(successor)]).toEqual([]);
  expect(bench.started.map(({ run }) => run.dueAt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map(due));
});

it("a run that ended by its limit is ended again if the store has forgotten that its handler has settled", () => {
  const bench = new Bench();
  const spec = job("limited", "0 * * * * *", { timeoutMs: 1_000 });
  const node = bench.node("a");
  node.lasts = ({ dueAt }) => dueAt === due(1) ? 20_000 : 10;
  node.join(spec);
  bench.until(minute + 10_000);
  const before = bench.record(spec.name) as JobRecord;
  expect(before.active.map(({ heldUntil }) => heldUntil)).not.toContain(undefined);
  bench.until(1.5 * minute);
  expect(bench.record(spec.name)?.active).toEqual([]);
  bench.keep(spec.name, before);
  bench.until(3.5 * minute);
  expect(bench.record(spec.name)?.active).toEqual([]);
  expect(bench.started.map(({ run }) => run.dueAt)).toEqual([1, 2, 3].map(due));
});
