import { describe, expect, it } from "vitest";
import * as Control from "../../src/core/ledger/Control.ts";
import * as JobRecord from "../../src/core/ledger/JobRecord.ts";
import * as Moment from "../../src/core/ledger/Moment.ts";
import * as Queue from "../../src/core/ledger/Queue.ts";
import type { ControlRequest } from "../../src/core/words/Request.ts";
import { Bench, job } from "./support/bench.ts";
import { due, everyMinute, minute } from "./support/machine.ts";

const name = everyMinute.name;
const overlapping = job(name, "* * * * *", { overlap: "allow" });

const control = (bench: Bench, command: ControlRequest["command"]) => bench.control(command);
const trigger = (bench: Bench, key: string) => control(bench, { _tag: "Trigger", job: name, key });
const backfill = (bench: Bench, key: string, ...minutes: ReadonlyArray<number>) =>
  control(bench, { _tag: "Backfill", job: name, key, dueAts: minutes.map(due) });
const queued = (bench: Bench): number => bench.record(name)?.queue.length ?? 0;
const runs = (bench: Bench) =>
  bench.started.map(({ node, run }) => [run.kind, (run.dueAt - due(0)) / minute, node.name] as const);

describe("a node", () => {
  it("takes what it is told of at once, and once", () => {
    const bench = new Bench();
    const node = bench.node("a").join(everyMinute);
    bench.until(10_000);
    const asked = trigger(bench, "k");
    expect(trigger(bench, "k")).toEqual(asked);
    node.feed({ _tag: "Nudged", job: name });
    bench.until(10_100);
    expect(bench.started.map(({ run }) => [run.kind, run.attempt, run.dueAt])).toEqual([["manual", 1, asked.dueAt]]);
    expect(bench.started[0]?.at).toBeLessThan(due(0) + 10_050);
    expect(trigger(bench, "k")).toEqual(asked);
    node.feed({ _tag: "Nudged", job: name });
    bench.until(minute - 5_000);
    expect(bench.started.length).toBe(1);
    expect(bench.record(name)?.active).toEqual([]);
  });

  it("hears of it by its next beat when nobody told it", () => {
    const bench = new Bench();
    bench.node("a").join(everyMinute);
    bench.until(10_000);
    trigger(bench, "k");
    // A beat comes shortly before the next fire, at the latest.
    bench.until(minute + 2_000);
    expect(runs(bench).map(([kind]) => kind).sort()).toEqual(["due", "manual"]);
  });

  it("looks at several jobs in one request", () => {
    const bench = new Bench();
    const names = ["one", "two", "three"];
    const node = bench.node("a").join(...names.map((it) => job(it, "0 0 1 1 *")));
    bench.until(10_000);
    for (const it of names) control(bench, { _tag: "Trigger", job: it, key: "k" });
    const before = node.sent.length;
    node.feed({ _tag: "Nudged", job: [...names, "unknown"] });
    expect(node.sent.slice(before).map(({ request }) => request._tag)).toEqual(["Claim"]);
    bench.until(10_100);
    expect(bench.started.map(({ run }) => run.job).sort()).toEqual([...names].sort());
  });

  it("asks again when it is told of something while it asks", () => {
    const bench = new Bench();
    const node = bench.node("a").join(everyMinute);
    bench.until(10_000);
    node.feed({ _tag: "Nudged", job: name });
    // By now the store has answered, and the answer is on its way.
    bench.until(10_007);
    trigger(bench, "k");
    node.feed({ _tag: "Nudged", job: name });
    bench.until(10_100);
    expect(runs(bench).map(([kind]) => kind)).toEqual(["manual"]);
  });

  it("asks for what is queued also if a fire was due when it wanted to", () => {
    const bench = new Bench();
    const node = bench.node("a").join(overlapping);
    bench.until(minute - 205);
    trigger(bench, "k");
    bench.until(minute - 190);
    node.feed({ _tag: "Nudged", job: name });
    bench.until(minute + 100);
    expect(runs(bench).map(([kind]) => kind).sort()).toEqual(["due", "manual"]);
  });

  it("takes fires of the past one after the other, as each is over", () => {
    const bench = new Bench();
    const node = bench.node("a").join(everyMinute);
    node.lasts = () => 1_000;
    bench.until(3 * minute + 10_000);
    const before = bench.started.length;
    backfill(bench, "k", -5, -4, -3);
    node.feed({ _tag: "Nudged", job: name });
    bench.until(3 * minute + 10_500);
    expect([bench.started.length - before, queued(bench)]).toEqual([1, 2]);
    bench.until(3 * minute + 14_000);
    expect(runs(bench).slice(before)).toEqual([["backfill", -5, "a"], ["backfill", -4, "a"], ["backfill", -3, "a"]]);
    expect(queued(bench)).toBe(0);
    expect(node.requests("Claim", 3 * minute + 10_000, 3 * minute + 14_000).length).toBeLessThanOrEqual(4);
  });

  it("takes up to ten at once where runs may overlap", () => {
    const bench = new Bench();
    const node = bench.node("a").join(overlapping);
    node.lasts = ({ kind }) => kind === "backfill" ? 5_000 : 10;
    bench.until(10_000);
    backfill(bench, "k", ...Array.from({ length: 14 }, (_, index) => index - 20));
    node.feed({ _tag: "Nudged", job: name });
    bench.until(10_500);
    expect([bench.started.length, queued(bench)]).toEqual([10, 4]);
    bench.until(16_000);
    expect([bench.started.length, queued(bench)]).toEqual([14, 0]);
  });

  it("asks for what waits behind a run as soon as that is over", () => {
    const bench = new Bench();
    const node = bench.node("a").join(everyMinute);
    node.lasts = ({ kind }) => kind === "due" ? 20_000 : 10;
    bench.until(minute + 5_000);
    trigger(bench, "k");
    node.feed({ _tag: "Nudged", job: name });
    bench.until(minute + 19_900);
    expect([bench.started.length, queued(bench)]).toEqual([1, 1]);
    bench.until(minute + 20_100);
    expect(runs(bench).map(([kind]) => kind)).toEqual(["due", "manual"]);
  });

  it("also if only a beat told of it", () => {
    const bench = new Bench();
    const node = bench.node("a").join(everyMinute);
    node.lasts = ({ kind }) => kind === "due" ? 20_000 : 10;
    bench.until(minute + 5_000);
    trigger(bench, "k");
    bench.until(minute + 20_100);
    expect(runs(bench).map(([kind]) => kind)).toEqual(["due", "manual"]);
  });

  it("takes what is queued of a paused job, and nothing else of it", () => {
    const bench = new Bench();
    const node = bench.node("a").join(everyMinute);
    bench.until(10_000);
    control(bench, { _tag: "Pause", job: name });
    node.feed({ _tag: "Nudged" });
    bench.until(2 * minute);
    trigger(bench, "k");
    node.feed({ _tag: "Nudged" });
    bench.until(8 * minute);
    expect(runs(bench).map(([kind]) => kind)).toEqual(["manual"]);
  });

  it("that leaves takes nothing more: the others do", () => {
    const bench = new Bench();
    const node = bench.node("a").join(everyMinute);
    const other = bench.node("b");
    node.lasts = () => 2_000;
    bench.until(10_000);
    backfill(bench, "k", -5, -4, -3);
    node.feed({ _tag: "Nudged", job: name });
    bench.until(11_000);
    other.join(everyMinute);
    node.feed({ _tag: "StopRequested", drainMs: 10_000 });
    bench.until(40_000);
    expect(runs(bench).filter(([kind]) => kind === "backfill").map(([, , by]) => by)).toEqual(["a", "b", "b"]);
    expect(node.isHalted).toBe(true);
  });
});

describe("a run that was asked for, whose node dies,", () => {
  const orphan = (delivery: "at-most-once" | "at-least-once") => {
    const bench = new Bench();
    const spec = job(name, "* * * * *", { delivery });
    const node = bench.node("a").join(spec);
    node.lasts = () => undefined;
    bench.until(10_000);
    trigger(bench, "k");
    node.feed({ _tag: "Nudged", job: name });
    bench.until(10_100);
    node.isFrozen = true;
    bench.node("b").join(spec);
    bench.until(3 * minute);
    return bench;
  };

  it("is started again as what it was under at-least-once", () => {
    const manual = orphan("at-least-once").started.filter(({ run }) => run.kind === "manual");
    expect(manual.map(({ node, run }) => [node.name, run.attempt])).toEqual([["a", 1], ["b", 2]]);
  });

  it("is recorded as lost under at-most-once", () => {
    const bench = orphan("at-most-once");
    expect(bench.started.filter(({ run }) => run.kind === "manual").length).toBe(1);
    const lost = bench.history.filter((it) => it._tag === "Run" && it.outcome === "lost");
    expect(lost.length).toBe(1);
  });
});

describe("a queue", () => {
  const record: JobRecord.JobRecord = {
    watermark: 1_000,
    since: 0,
    lastFence: 5_000,
    paused: false,
    definition: "d",
    deployment: 1,
    claimId: undefined,
    nextDueAt: 9_000,
    active: [],
    queue: [],
  };
  const now = 6_000;

  it("gives triggers instants of their own, where no schedule has a fire", () => {
    const first = Queue.add(record, undefined, now);
    const second = Queue.add(first.record, undefined, now);
    expect([first.dueAt, second.dueAt]).toEqual([6_001, 6_002]);
  });

  it("is full at 200 fires, and then nothing is changed", () => {
    const fires = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
    const { record: filled } = Queue.add(record, fires(199), now);
    expect(Queue.add(filled, [1, 2], now)).toEqual({ record: filled, result: "full", dueAt: undefined });
    expect(Queue.add(filled, [1], now).result).toBe("ok");
    expect(Queue.add(record, fires(201), now).result).toBe("full");
  });

  it("is what a job waits for since it was asked, though it is paused or due later", () => {
    const asked = Queue.add(record, [1], now).record;
    expect(JobRecord.waitsSince(asked)).toBe(6_000);
    expect(JobRecord.waitsSince({ ...asked, paused: true })).toBe(6_000);
    expect(JobRecord.waitsSince({ ...asked, nextDueAt: 2_000 })).toBe(2_000);
    expect(JobRecord.waitsSince({ ...record, paused: true })).toBeUndefined();
  });

  it("that is given up leaves a line for each fire, and what runs alone", () => {
    const asked = Queue.add(record, [1, 2, 3], now).record;
    const taken = Queue.take(asked, "n.1", 1, Moment.exact(now)) as JobRecord.JobRecord;
    const command = { _tag: "Cancel", job: "a" } as const;
    const { history, record: left } = Control.apply(taken, command, 7_000);
    expect(left.active.map(({ attempt, dueAt }) => [dueAt, attempt])).toEqual([[1, 1]]);
    expect(left.queue).toEqual([]);
    expect(history.map((it) => it._tag === "Run" ? [it.dueAt, it.outcome] : [])).toEqual([
      [2, "cancelled"],
      [3, "cancelled"],
    ]);
    expect(Control.apply(left, command, 7_000)).toMatchObject({ record: left, history: [] });
  });
});
