import { describe, expect, it } from "vitest";
import type { JobEntry, State } from "../../src/core/node/Machine.ts";
import type { LocalRuns } from "../../src/core/node/State.ts";
import * as Agenda from "../../src/core/node/Agenda.ts";
import { invariants } from "../../src/core/node/invariants.ts";
import { nothing } from "../../src/core/node/handed.ts";
import { none } from "../../src/core/node/requests.ts";
import { withdrawn } from "../../src/core/node/role.ts";
import { alone, minute } from "./support/machine.ts";

const name = "minutely";

/** A node with a run that goes on. */
const busy = (): State => {
  const { bench, node } = alone();
  node.lasts = () => 30_000;
  bench.until(1.2 * minute);
  expect(node.state.runCount).toBe(1);
  return node.state;
};

const withJob = (state: State, change: Partial<JobEntry>): State => ({
  ...state,
  jobs: state.jobs.set({ ...state.jobs.get(name) as JobEntry, ...change }, {}),
});

const withRun = (state: State, change: { readonly startedAt: number }): State => ({
  ...state,
  runs: state.runs.set(
    (state.runs.get(name) ?? []).map((local) => ({ ...local, ...change })) as unknown as LocalRuns,
    {},
  ),
});

describe("invariants", () => {
  it("hold of a node at each instant of its day", () => {
    const { bench, node } = alone();
    const seen: Array<string> = [...invariants(node.state)];
    for (let at = 2_000; at < 3 * minute; at += 50) {
      bench.until(at);
      seen.push(...invariants(node.state));
    }
    expect(seen).toEqual([]);
    node.feed({ _tag: "StopRequested", drainMs: 10_000 });
    bench.until(3.5 * minute);
    expect(invariants(node.state)).toEqual([]);
  });

  it("ask nothing of a node that has stopped", () => {
    expect(invariants({ ...busy(), phase: "stopped", runCount: 7 })).toEqual([]);
  });

  it.each<readonly [string, (state: State) => State, string]>([
    ["counts of runs", (state) => ({ ...state, runCount: 2 }), "1 runs, and 2 are counted"],
    [
      "counts of a job",
      (state) => withJob(state, { handed: { ...nothing, lastFence: Infinity, active: 3 } }),
      "minutely has 1 runs and reports, and counts 3",
    ],
    [
      "requests",
      (state) => withJob(state, { requests: { ...none, flight: "peek" } }),
      "minutely: its request is false, not as noted",
    ],
    ["looks", (state) => ({ ...state, looks: Agenda.empty }), "looks: "],
    ["dues", (state) => ({ ...state, dues: Agenda.empty }), "dues: "],
    ["places", (state) => ({ ...state, phase: "joining" }), "minutely has a place, and this node is no member"],
    ["withdrawals", (state) => withJob(state, { role: withdrawn, handed: nothing }), "minutely is withdrawn, and kept"],
    [
      "tokens",
      (state) => withJob(state, { handed: { ...nothing, active: 1 } }),
      "minutely has a run above the highest token it was handed",
    ],
    ["starts", (state) => withRun(state, { startedAt: 0 }), "minutely: running since 0"],
    ["the lease", (state) => ({ ...state, hasLapsed: true }), "lapsed: true, and its lease not"],
    ["the digest", (state) => ({ ...state, digest: "other" }), "the digest is not of what is declared"],
    ["the alarm", (state) => ({ ...state, wakeAt: Infinity }), "to be woken at Infinity"],
  ])("find %s that are wrong", (_, doctor, text) => {
    const state = busy();
    expect(invariants(state)).toEqual([]);
    expect(invariants(doctor(state)).join("\n")).toContain(text);
  });
});
