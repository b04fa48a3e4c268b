import { describe, expect, it } from "vitest";
import { invariants } from "../../src/core/node/invariants.ts";
import { Bench, epoch, job, policies } from "./support/bench.ts";
import { idsOn } from "./support/schedules.ts";
import { heed, put, remove, reporter, startsOf } from "./support/shelves.ts";

const second = 1_000;
const minute = 60_000;
const hour = 60 * minute;

const minutes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => (from + n) * minute);

describe("a schedule in the store (R53, R54)", () => {
  it("starts on a node that has its handler, on time and once, with its payload", () => {
    const bench = new Bench();
    for (const name of ["a", "b", "c"]) reporter(bench, name);
    bench.until(second);
    put(bench, "tenant:42", "* * * * *", { payload: '{"tenant":42}' });
    heed(bench, "tenant:42");
    bench.until(hour);
    expect(startsOf(bench)).toEqual(minutes(1, 60));
    expect(new Set(bench.started.map(({ run }) => `${run.job} ${run.payload}`))).toEqual(
      new Set(['~report~tenant:42 {"tenant":42}']),
    );
    expect(new Set(bench.started.map(({ node }) => node.name)).size).toBe(1);
    for (const { state } of bench.nodes) expect(invariants(state)).toEqual([]);
  });

  it("of which nobody tells is found with the next silent beat", () => {
    const bench = new Bench();
    const node = reporter(bench, "a");
    bench.until(second);
    put(bench, "tenant:42", "* * * * *");
    bench.until(10 * minute);
    const beat = node.requests("Beat", 2 * second)[0];
    expect(beat).toBeDefined();
    expect(startsOf(bench).slice(1)).toEqual(minutes(6, 10));
    expect(startsOf(bench)[0]).toBeLessThan(5 * minute + 10 * second);
  });

  it("that a node puts for soon starts on time, and until its owner has heard of it, whoever that is", () => {
    const bench = new Bench();
    const nodes = ["a", "b", "c"].map((name) => reporter(bench, name));
    bench.until(30 * second);
    nodes.forEach((node, n) => {
      bench.until((n + 1) * minute - 10 * second);
      put(bench, `x:${n}`, "* * * * *");
      node.feed({ _tag: "Nudged", job: `~report~x:${n}` });
    });
    bench.until(12 * minute + second);
    const fires = bench.started.map(({ run }) => `${run.job} ${run.dueAt}`);
    expect([fires.length, new Set(fires).size]).toEqual([12 + 11 + 10, 12 + 11 + 10]);
    expect(Math.max(...bench.started.map(({ at, run }) => at - run.dueAt))).toBeLessThan(second);
    for (const { state } of bench.nodes) expect(invariants(state)).toEqual([]);
  });

  it("costs nothing while it is not due: what exists is not what is asked for or kept", () => {
    const bench = new Bench();
    const node = reporter(bench, "a");
    bench.until(second);
    for (let n = 0; n < 500; n++) put(bench, `far:${n}`, "0 0 1 1 *");
    heed(bench, "far:0");
    bench.until(hour);
    expect(node.requests("Due", 2 * second).length).toBeLessThanOrEqual(node.requests("Beat", 2 * second).length);
    expect(node.requests("Claim")).toEqual([]);
    expect([node.state.jobs.size, node.state.shelving.loaded.size]).toEqual([0, 0]);
  });

  it("that is due now does not wait until all is decided that is overdue on its shelf", () => {
    const bench = new Bench();
    const [now = "", ...overdue] = idsOn(7, 1_001);
    for (const id of overdue) put(bench, id, "@at 2026-01-01T12:01:00Z", { policies: policies({ overlap: "allow" }) });
    bench.until(30 * minute + second);
    put(bench, now, "*/5 * * * * *");
    reporter(bench, "a");
    const starts = (id: string) => bench.started.filter(({ run }) => run.job === `~report~${id}`);
    bench.until(30 * minute + 10.5 * second);
    const [first, ...more] = starts(now).map(({ at, run }) => at - run.dueAt);
    expect(more.length).toBeGreaterThan(0);
    expect(Math.max(...more, first ?? Infinity)).toBeLessThan(3 * second);
    const left = () => overdue.filter((id) => starts(id).length === 0).length;
    expect(left()).toBeGreaterThan(300);
    bench.until(31 * minute + second);
    expect(left()).toBe(0);
    const runs = bench.started.map(({ run }) => `${run.job} ${run.dueAt}`);
    expect(new Set(runs).size).toBe(runs.length);
    expect(starts(now).length).toBe(12);
    for (const { state } of bench.nodes) expect(invariants(state)).toEqual([]);
  });

  it("is let go of when nothing of it is due for some time, and found again in time", () => {
    const bench = new Bench();
    const node = reporter(bench, "a");
    bench.until(second);
    put(bench, "hourly", "0 * * * *");
    heed(bench, "hourly");
    bench.until(hour - 5 * second);
    expect(node.state.jobs.size).toBe(1);
    bench.until(hour + minute);
    expect(node.state.jobs.size).toBe(0);
    bench.until(3 * hour + second);
    expect(startsOf(bench)).toEqual([hour, 2 * hour, 3 * hour]);
    // A look with each silent beat, and one ahead of each fire.
    expect(node.requests("Claim").length).toBe(3);
    expect(node.requests("Due", 10 * second).length).toBeLessThan(3 * 14);
  });

  it("that is changed is claimed no more as it was", () => {
    const bench = new Bench();
    reporter(bench, "a");
    reporter(bench, "b");
    bench.until(second);
    put(bench, "x", "* * * * *", { payload: "1" });
    heed(bench, "x");
    bench.until(minute + 30 * second);
    put(bench, "x", "30 * * * * *", { payload: "2" });
    bench.until(4 * minute);
    expect(bench.started.map(({ at, run }) => [Math.round((at - epoch) / second), run.payload])).toEqual([
      [60, "1"],
      [150, "2"],
      [210, "2"],
    ]);
  });

  it("that is removed starts no more", () => {
    const bench = new Bench();
    const node = reporter(bench, "a");
    bench.until(second);
    put(bench, "x", "* * * * *");
    heed(bench, "x");
    bench.until(2 * minute + 30 * second);
    remove(bench, "x");
    bench.until(10 * minute);
    expect(startsOf(bench)).toEqual([minute, 2 * minute]);
    expect([node.state.jobs.size, invariants(node.state)]).toEqual([0, []]);
  });

  it("whose owner is gone is taken over by its successor a grace later, before any lease is over", () => {
    const bench = new Bench();
    for (const name of ["a", "b", "c"]) reporter(bench, name);
    bench.until(20 * second);
    put(bench, "x", "* * * * *");
    heed(bench, "x");
    bench.until(5 * minute + 30 * second);
    const owner = bench.started.at(-1)?.node;
    expect(owner).toBeDefined();
    if (owner !== undefined) owner.isFrozen = true;
    bench.until(9 * minute + 5 * second);
    const late = bench.started.filter(({ at }) => at > epoch + 5 * minute + second);
    expect(late.map(({ run }) => run.dueAt - epoch)).toEqual(minutes(6, 9));
    expect(new Set(late.map(({ node }) => node))).not.toContain(owner);
    const [first] = late;
    expect((first?.at ?? 0) - (epoch + 6 * minute)).toBeLessThan(3 * second);
    expect((late.at(-1)?.at ?? 0) - (epoch + 9 * minute)).toBeLessThan(3 * second);
  });

  it("is asked about by those who leave no more often than by those who stay, and none of them waits for its deadline", () => {
    const bench = new Bench();
    const nodes = ["a", "b"].map((name) => reporter(bench, name, ["report"], { maxSilenceMs: 2 * second }));
    bench.until(second);
    const ids = idsOn(7, 5, "t:");
    for (const id of ids) put(bench, id, "* * * * * *");
    bench.until(5 * second);
    for (const id of ids) remove(bench, id);
    for (const node of nodes) node.feed({ _tag: "StopRequested", drainMs: 10 * second });
    const before = nodes.map((node) => node.requests("Due").length);
    bench.until(9 * second);
    expect(nodes.map(({ state }) => state.phase)).toEqual(["stopped", "stopped"]);
    const asked = nodes.map((node, index) => node.requests("Due").length - (before[index] ?? 0));
    expect(Math.max(...asked)).toBeLessThanOrEqual(5);
  });

  it("waits while no member has its handler, and is caught up on by the first that has", () => {
    const bench = new Bench();
    reporter(bench, "other", ["remind"]);
    bench.until(second);
    put(bench, "x", "* * * * *");
    bench.until(10 * minute + 30 * second);
    expect(bench.started).toEqual([]);
    reporter(bench, "a");
    bench.until(12 * minute + second);
    expect(bench.started.map(({ node, run }) => [node.name, run.kind, run.dueAt - epoch])).toEqual([
      ["a", "late", 10 * minute],
      ["a", "due", 11 * minute],
      ["a", "due", 12 * minute],
    ]);
  });

  it("goes from node to node while these are deployed anew, and each fire is started once and on time", () => {
    const bench = new Bench();
    const old = ["a", "b", "c"].map((name) => reporter(bench, name));
    bench.until(second);
    for (let n = 0; n < 20; n++) put(bench, `t:${n}`, "* * * * *");
    heed(bench);
    old.forEach((node, index) => {
      bench.until((index + 2) * minute - 30 * second);
      reporter(bench, `${node.name}2`);
      bench.until((index + 2) * minute - 20 * second);
      node.feed({ _tag: "StopRequested", drainMs: 10_000 });
    });
    bench.until(8 * minute + 10 * second);
    expect(old.every(({ isHalted }) => isHalted)).toBe(true);
    const fires = bench.started.map(({ run }) => `${run.job} ${run.dueAt}`);
    expect([fires.length, new Set(fires).size]).toEqual([160, 160]);
    const latest = Math.max(...bench.started.map(({ at, run }) => at - run.dueAt));
    expect(latest).toBeLessThan(second);
  });

  it("that has waited longest is claimed by a node that comes to own it before the rest of many is read", () => {
    const bench = new Bench();
    for (const at of Array.from({ length: 600 }, (_, index) => index)) put(bench, `t:${at}`, "0 * * * * *");
    bench.until(5 * minute + 10 * second);
    const node = reporter(bench, "b");
    bench.until(5 * minute + 11 * second);
    const [before, after] = node.requests("Due").map(({ asks }) => asks.reduce((sum, { limit }) => sum + limit, 0));
    expect(before).toBeLessThanOrEqual(300);
    expect(after).toBeGreaterThan(3_000);
    // A command that may tell of thousands would hold the store: those are asked for in parts.
    expect(node.requests("Due").map(({ expected }) => expected)).toEqual([
      0,
      4_000,
      ...node.requests("Due").slice(2).map(() => expect.any(Number)),
    ]);
    expect(bench.started.length).toBeGreaterThan(0);
    bench.until(6 * minute + second);
    expect(new Set(bench.started.map(({ run }) => `${run.job} ${run.dueAt}`)).size).toBe(bench.started.length);
    expect(new Set(bench.started.map(({ run }) => run.job)).size).toBe(600);
  });

  it("is due with more others of its shelf at one instant than are taken on at once, and none is lost, early or twice", () => {
    const bench = new Bench();
    for (const name of ["a", "b"]) reporter(bench, name);
    bench.until(second);
    for (const id of idsOn(7, 400, "t:")) put(bench, id, "@at 2026-01-01T12:05:00Z");
    heed(bench);
    bench.until(4 * minute + 55 * second);
    expect(Math.max(...bench.nodes.map(({ state }) => state.shelving.loaded.size))).toBeLessThanOrEqual(125);
    bench.until(6 * minute);
    expect(bench.started.length).toBe(400);
    expect(new Set(bench.started.map(({ run }) => run.job)).size).toBe(400);
    expect(Math.min(...startsOf(bench))).toBeGreaterThanOrEqual(5 * minute);
    for (const { state } of bench.nodes) expect([state.jobs.size, invariants(state)]).toEqual([0, []]);
  });
});

describe("a node without handlers", () => {
  it("asks about no shelf", () => {
    const bench = new Bench();
    reporter(bench, "a");
    const node = bench.node("b").join(job("minutely", "* * * * *"));
    bench.until(second);
    put(bench, "x", "* * * * *");
    bench.until(10 * minute);
    expect(node.requests("Due")).toEqual([]);
    expect(node.state.shelving.shelves.size).toBe(0);
  });
});
