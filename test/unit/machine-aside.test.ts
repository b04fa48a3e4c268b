import { expect, it } from "vitest";
import type { StoredRun } from "../../src/core/ledger/JobRecord.ts";
import type { ControlRequest } from "../../src/core/words/Request.ts";
import { Bench, type BenchNode } from "./support/bench.ts";
import { due, everyMinute, minute, roleOf, starts } from "./support/machine.ts";

// Nodes that neither own a job nor succeed its owner do not look at it by themselves.

const name = everyMinute.name;
const role = (node: BenchNode) => roleOf(node, name);

/** Lets nodes join until one is neither owner nor successor any more, and time for all to hear of it. */
const pushAside = (bench: Bench, node: BenchNode): void => {
  for (let n = 0; n < 50 && role(node) !== "Bystander"; n++) {
    bench.node(`later-${n}`).join(everyMinute);
    bench.until(Math.round(bench.now - due(0)) + 1_000);
    node.feed({ _tag: "Nudged" });
    bench.until(Math.round(bench.now - due(0)) + 1_000);
  }
  expect(role(node)).toBe("Bystander");
};

const active = (bench: Bench): ReadonlyArray<StoredRun> => bench.record(name)?.active ?? [];

it("a run whose report the store has lost does not block the job when others look after it by then", () => {
  const bench = new Bench();
  const holder = bench.node("first").join(everyMinute);
  holder.lasts = () => undefined;
  bench.until(minute + 500);
  const [held] = active(bench);
  expect(held?.claimId).toContain(holder.state.incarnation);
  pushAside(bench, holder);
  // By then it has no other reason to ask.
  bench.until(Math.round(bench.now - due(0)) + 20_000);
  const before = bench.record(name);
  if (held === undefined || before === undefined) return;
  holder.feed({
    _tag: "RunsEnded",
    ends: [{ job: name, fence: held.fence, outcome: "succeeded", error: undefined, cause: undefined }],
  });
  bench.until(Math.round(bench.now - due(0)) + 1_000);
  expect(active(bench)).toEqual([]);
  // A replica that lagged behind takes over.
  bench.keep(name, before);
  bench.until(4.5 * minute);
  expect(active(bench)).toEqual([]);
  expect(starts(bench).filter((it) => it >= 3)).toEqual([3, 4]);
});

it("also if the job is withdrawn where it ran", () => {
  const bench = new Bench();
  const nodes = ["a", "b"].map((it) => bench.node(it).join(everyMinute));
  bench.until(minute - 100);
  const [before, held] = [bench.record(name), active(bench)[0]];
  const owner = nodes.find((node) => held?.claimId?.startsWith(`${node.state.incarnation}.`));
  if (before === undefined || owner === undefined) throw new Error("nobody claimed ahead of time");
  bench.until(minute + 500);
  expect(active(bench)).toEqual([]);
  bench.keep(name, before);
  owner.feed({ _tag: "Withdrawn", job: name });
  bench.until(4.5 * minute);
  expect(active(bench)).toEqual([]);
  expect(owner.state.jobs.size).toBe(0);
  expect(starts(bench).filter((it) => it >= 3)).toEqual([3, 4]);
});

it("a node that took a job to be paused helps when the job goes on and those who look after it are gone", () => {
  const bench = new Bench();
  const node = bench.node("first").join(everyMinute);
  const control = (command: ControlRequest["command"]) => bench.control(command);
  bench.until(5_000);
  control({ _tag: "Pause", job: name });
  node.feed({ _tag: "Nudged" });
  bench.until(10_000);
  expect(node.state.jobs.get(name)?.standing.condition).toBe("paused");
  pushAside(bench, node);
  control({ _tag: "Resume", job: name, missed: "skip" });
  for (const other of bench.nodes) other.feed({ _tag: "Nudged" });
  bench.until(Math.round(bench.now - due(0)) + 1_000);
  expect(role(node)).toBe("Bystander");
  for (const other of bench.nodes) other.isFrozen = other !== node;
  const next = Math.ceil((bench.now - due(0)) / minute);
  bench.until((next + 0.5) * minute);
  expect(bench.started.map(({ run }) => run.dueAt)).toEqual([due(next)]);
});
