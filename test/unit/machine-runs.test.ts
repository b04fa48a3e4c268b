import { describe, expect, it } from "vitest";
import type * as Machine from "../../src/core/node/Machine.ts";
import { Bench, job, type Request } from "./support/bench.ts";
import { alone, due, everyMinute, first, minute, starts, unavailable } from "./support/machine.ts";

// R12, R27, R33.
describe("runs", () => {
  it("that last too long are told to stop, and recorded as timed out; a later end changes nothing", () => {
    const { bench, node } = alone({}, job("minutely", "* * * * *", { timeoutMs: 2_500 }));
    node.lasts = () => 5_000;
    bench.until(1.5 * minute);
    expect(node.aborts().map(({ reason }) => reason)).toEqual(["timeout"]);
    expect(node.happened("RunEnded")).toMatchObject([{ outcome: "timed-out" }]);
    const { endedAt = 0, startedAt = 0 } = node.happened("RunEnded")[0] ?? {};
    expect(endedAt - startedAt).toBeGreaterThanOrEqual(2_500);
    expect(endedAt - startedAt).toBeLessThan(2_510);
    expect(bench.history.map((it) => it._tag === "Run" && it.outcome)).toEqual(["timed-out"]);
  });

  it("of one job do not overlap: the next fire is skipped while one is active", () => {
    const { bench, node } = alone();
    node.lasts = () => 90_000;
    bench.until(3.9 * minute);
    expect(starts(bench)).toEqual([1, 3]);
    expect(node.happened("FireSkipped")).toMatchObject([{ reason: "overlap", firstDueAt: due(2), lastDueAt: due(2) }]);
  });

  it("do not overlap with what has ended, though the report of that is overtaken", () => {
    const { bench, node } = alone();
    node.lasts = ({ dueAt }) => dueAt === due(1) ? minute - 300 : 10;
    node.fate = first(1, (request) => request._tag === "Complete", "lost");
    bench.until(3.9 * minute);
    expect(starts(bench)).toEqual([1, 2, 3]);
    expect(node.happened("FireSkipped")).toEqual([]);
  });

  it("may overlap where that is allowed", () => {
    const { bench, node } = alone({}, job("minutely", "* * * * *", { overlap: "allow" }));
    node.lasts = () => 90_000;
    bench.until(3.9 * minute);
    expect(starts(bench)).toEqual([1, 2, 3]);
    expect(node.happened("FireSkipped")).toEqual([]);
  });

  it("ends are reported until they are acknowledged, and recorded once", () => {
    const { bench, node } = alone();
    node.fate = first(3, (request) => request._tag === "Complete", "deaf");
    bench.until(1.9 * minute);
    const sent = node.requests("Complete");
    expect(sent.length).toBe(4);
    expect(new Set(sent.map(({ items }) => items.map(({ fence }) => fence).join())).size).toBe(1);
    expect(bench.history.length).toBe(1);
    bench.until(2.5 * minute);
    expect(starts(bench)).toEqual([1, 2]);
  });

  it("ends that nobody waits for, and answers to nothing, are ignored", () => {
    const { bench, node } = alone();
    const ends = [{ job: "minutely", fence: 1, outcome: "succeeded" as const, error: undefined, cause: undefined }];
    const before = node.state;
    const silent = (commands: ReadonlyArray<Machine.Command>) => commands.map(({ _tag }) => _tag);
    expect(silent(node.feed({ _tag: "RunsEnded", ends }))).toEqual(["WakeAt"]);
    expect(silent(node.feed({ _tag: "Failed", id: 999, failure: unavailable }))).toEqual(["WakeAt"]);
    const reply = { _tag: "Complete" as const, results: [] };
    expect(silent(node.feed({ _tag: "Replied", id: 999, reply }))).toEqual(["WakeAt"]);
    expect(node.state.jobs).toBe(before.jobs);
    bench.until(1.5 * minute);
    expect(starts(bench)).toEqual([1]);
  });
});

describe("a job that is withdrawn", () => {
  it("is not claimed any more, what is claimed but not started goes back, and another node starts it", () => {
    const bench = new Bench();
    const nodes = ["a", "b"].map((name) => bench.node(name).join(everyMinute));
    bench.until(59_900);
    const owner = nodes.find((node) => node.state.runs.size > 0);
    expect(owner).toBeDefined();
    owner?.feed({ _tag: "Withdrawn", job: "minutely" });
    bench.until(1.9 * minute);
    expect(bench.started.map(({ node, run }) => [node === owner, run.dueAt])).toEqual([[false, due(1)]]);
    expect(owner?.state.jobs.size).toBe(0);
    bench.until(3.5 * minute);
    expect(bench.started.map(({ node }) => node === owner)).toEqual([false, false, false]);
  });

  it("goes on where it runs, and may be declared again", () => {
    const { bench, node } = alone();
    node.lasts = () => 30_000;
    bench.until(1.1 * minute);
    node.feed({ _tag: "Withdrawn", job: "minutely" });
    expect(node.aborts()).toEqual([]);
    node.feed({ _tag: "Declared", jobs: [everyMinute] });
    bench.until(2.4 * minute);
    expect(starts(bench)).toEqual([1, 2]);
    expect(node.happened("RunEnded").map(({ outcome }) => outcome)).toEqual(["succeeded"]);
  });

  it("of which nobody knows changes nothing", () => {
    const { node } = alone();
    expect(node.feed({ _tag: "Withdrawn", job: "nobody's" }).map(({ _tag }) => _tag)).toEqual(["WakeAt"]);
  });
});

// R23.
describe("silence", () => {
  const ofADay = (...jobs: ReadonlyArray<Machine.JobSpec>) => {
    const { bench, node } = alone({}, ...jobs);
    const before = node.sent.length;
    bench.until(24 * 60 * minute);
    const count = (tag: Request["_tag"]) =>
      node.sent.slice(before).filter(({ request }) => request._tag === tag).length;
    const counts = {
      beats: count("Beat"),
      claims: count("Claim"),
      completions: count("Complete"),
      peeks: count("Peek"),
    };
    console.log(`silence, ${jobs.map(({ name }) => name).join()} over 24 h: ${JSON.stringify(counts)}`);
    return { bench, ...counts };
  };

  it("a node with a daily job is heard of every maxSilence, and a little more when it runs", () => {
    const { beats, bench, claims, completions, peeks } = ofADay(job("daily", "0 9 * * *"));
    expect(bench.started.length).toBe(1);
    // 24 h / 5 min = 288.
    expect(beats).toBeLessThanOrEqual(292);
    expect(beats).toBeGreaterThanOrEqual(280);
    expect([claims, completions, peeks]).toEqual([1, 1, 0]);
  });

  it("a node with a job each minute needs four requests for each fire: two beats around it, a claim, a completion", () => {
    const { beats, bench, claims, completions, peeks } = ofADay(everyMinute);
    expect(bench.started.length).toBe(1_440);
    expect(claims).toBeLessThanOrEqual(1_441);
    expect(completions).toBeLessThanOrEqual(1_441);
    expect(beats).toBeLessThanOrEqual(2_890);
    expect(peeks).toBe(0);
  });

  it("nodes that do not own a job each minute need half as many", () => {
    const bench = new Bench();
    const nodes = ["a", "b", "c", "d"].map((name) => bench.node(name).join(everyMinute));
    bench.until(60 * minute);
    const counts = nodes.map((node) => node.sent.length);
    console.log(
      `silence, 4 nodes, a job each minute over 1 h: ${counts.join(", ")} requests, ${bench.started.length} runs`,
    );
    expect(bench.started.length).toBe(60);
    const [owner = 0, successor = 0, ...others] = counts.sort((a, b) => b - a);
    expect(owner).toBeLessThanOrEqual(4 * 61);
    expect(successor).toBeLessThanOrEqual(3 * 62);
    for (const other of others) expect(other).toBeLessThanOrEqual(2 * 62);
  });
});

it("a node that stood still while it reported that a handler goes on counts that run once", () => {
  const bench = new Bench();
  const spec = job("limited", "0 * * * * *", { timeoutMs: 1_000, catchUp: { mode: "all" } });
  const node = bench.node("a").join(spec);
  node.lasts = ({ dueAt }) => dueAt === due(1) ? undefined : 10;
  bench.until(minute + 500);
  const [run] = bench.started;
  node.fate = (request) => request._tag === "Complete" ? "lost" : undefined;
  bench.until(minute + 1_500);
  node.isFrozen = true;
  bench.until(minute + 30_000);
  node.isFrozen = false;
  node.fate = () => undefined;
  node.feed({ _tag: "Wake" });
  expect(node.happened("Suspended").length).toBe(1);
  bench.until(minute + 35_000);
  const { fence = 0 } = run?.run ?? {};
  node.feed({
    _tag: "RunsEnded",
    ends: [{ job: spec.name, fence, outcome: "succeeded", error: undefined, cause: undefined }],
  });
  bench.until(3 * minute + 5_000);
  expect(node.state.jobs.get(spec.name)?.handed.active).toBe(0);
  expect(bench.started.map(({ run }) => run.dueAt)).toEqual([1, 2, 3].map(due));
});

it("a withdrawn job whose last report was answered under a wrong wall clock is forgotten as soon as any other", () => {
  const { bench, node } = alone();
  node.lasts = () => undefined;
  bench.until(minute + 500);
  const { fence = 0 } = bench.started[0]?.run ?? {};
  node.feed({ _tag: "Withdrawn", job: "minutely" });
  // It stands still by its wall clock, which is wrong, and is told the fleet's time only after the report was answered.
  node.fate = (request) => request._tag === "Beat" ? "lost" : undefined;
  node.wallError = 85_000;
  node.feed({
    _tag: "RunsEnded",
    ends: [{ job: "minutely", fence, outcome: "succeeded", error: undefined, cause: undefined }],
  });
  bench.until(minute + 1_000);
  expect([node.state.phase, node.state.jobs.get("minutely")?.handed.active]).toEqual(["joining", 0]);
  node.fate = () => undefined;
  bench.until(minute + 40_000);
  expect([node.state.phase, node.state.jobs.has("minutely")]).toEqual(["member", false]);
});

describe("the end of a run whose record cannot be read", () => {
  const scene = () => {
    const { bench, node } = alone();
    node.lasts = () => 30_000;
    bench.until(minute + 20_000);
    const [key] = [...bench.service.rows.keys()].filter((it) => it.startsWith("j:"));
    const text = bench.service.rows.get(key as string) as string;
    return {
      bench,
      node,
      write: (it: string) => bench.service.rows.set(key as string, it),
      text,
      active: () => bench.record("minutely")?.active.length,
    };
  };

  it("is reported again until it can be, also for a job that is declared no more", () => {
    for (const isWithdrawn of [false, true]) {
      const { active, bench, node, text, write } = scene();
      write("nobody reads this");
      if (isWithdrawn) node.feed({ _tag: "Withdrawn", job: "minutely" });
      bench.until(minute + 40_000);
      expect(node.state.unrecorded.map(({ outcome }) => outcome)).toEqual(["succeeded"]);
      expect(node.requests("Complete", minute + 30_000, minute + 40_000).length).toBeLessThan(5);
      write(text);
      bench.until(minute + 55_000);
      expect([active(), node.state.unrecorded.length]).toEqual([0, 0]);
    }
  });

  it("is given up by a node that leaves at its deadline", () => {
    const { bench, node, write } = scene();
    write("nobody reads this");
    bench.until(minute + 32_000);
    node.feed({ _tag: "StopRequested", drainMs: 5_000 });
    bench.until(minute + 36_500);
    expect(node.state.phase).toBe("leaving");
    bench.until(minute + 38_000);
    expect([node.state.phase, node.happened("Stopped").length]).toEqual(["stopped", 1]);
    expect(bench.service.members.size).toBe(0);
  });
});
