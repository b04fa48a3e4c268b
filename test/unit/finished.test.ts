/**
 * Schedules that are over: accepted, called finished, and decided under `catchUp` once in a fleet that did not know them before.
 */
import * as Memory from "ringcron/memory";
import { createCron, type Event, type JobOptions, type Scheduler } from "ringcron/promise";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const noon = Date.UTC(2026, 0, 1, 12);
const at = (text: string): number => Date.parse(`2026-01-01T${text}Z`);

interface Node {
  readonly cron: Scheduler;
  readonly events: ReadonlyArray<Event>;
}

let driver: ReturnType<typeof Memory.layer>;
let runs: Array<{ readonly dueAt: number; readonly kind: string }>;
let alive: Array<Scheduler>;

beforeEach(() => {
  vi.useFakeTimers({ now: noon });
  driver = Memory.layer();
  runs = [];
  alive = [];
});
afterEach(async () => {
  const stops = alive.map((cron) => cron.stop());
  await vi.advanceTimersByTimeAsync(30_000);
  await Promise.all(stops);
  vi.useRealTimers();
});

const start = async (name: string, schedule: string, options: JobOptions = {}): Promise<Node> => {
  const cron = await createCron({ service: "finished", nodeName: name, driver, logLevel: "none" });
  alive.push(cron);
  const events: Array<Event> = [];
  cron.on((event) => events.push(event));
  await cron.add("job", schedule, ({ dueAt, kind }) => void runs.push({ dueAt, kind }), options);
  await cron.start();
  return { cron, events };
};

/** Two nodes at the same moment, and ten seconds. */
const startTwo = async (schedule: string, options: JobOptions = {}): Promise<ReadonlyArray<Node>> => {
  const nodes = await Promise.all([start("a", schedule, options), start("b", schedule, options)]);
  await vi.advanceTimersByTimeAsync(10_000);
  return nodes;
};

const happened = (nodes: ReadonlyArray<Node>, tag: Event["_tag"]): ReadonlyArray<Event> =>
  nodes.flatMap(({ events }) => events.filter(({ _tag }) => _tag === tag));

const isFinished = ({ cron }: Node): boolean | undefined => cron.jobs()[0]?.finished;

describe("a schedule that is over before the fleet knows it", () => {
  it("runs once if catchUp covers its instant, and never again", async () => {
    const nodes = await startTwo("@at 2026-01-01T11:30:00Z");
    expect(runs).toEqual([{ dueAt: at("11:30:00"), kind: "late" }]);
    expect(nodes.map(isFinished)).toEqual([true, true]);
    expect(happened(nodes, "StoreRegressed")).toEqual([]);

    const later = await start("c", "@at 2026-01-01T11:30:00Z");
    await vi.advanceTimersByTimeAsync(60_000);
    for (const { cron } of [...nodes, later]) {
      const stopped = cron.stop();
      await vi.advanceTimersByTimeAsync(10_000);
      await stopped;
    }
    const again = await start("a", "@at 2026-01-01T11:30:00Z");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(runs.length).toBe(1);
    expect(isFinished(again)).toBe(true);
    expect(happened([again], "JobFinished").length).toBe(1);
  });

  it.each([
    ["@at 2020-01-01T00:00:00Z", Date.UTC(2020, 0, 1)],
    ["0 0 0 1 1 * 2020", Date.UTC(2020, 0, 1)],
    ["* * * * * * 2025", Date.UTC(2026, 0, 1) - 1_000],
  ])("is skipped with its reason if catchUp does not: %s", async (schedule, last) => {
    const nodes = await startTwo(schedule);
    expect(runs).toEqual([]);
    expect(happened(nodes, "FireSkipped")).toMatchObject([
      { job: "job", reason: "window", count: 1, firstDueAt: last, lastDueAt: last },
    ]);
    expect(nodes.map(({ cron }) => cron.jobs()[0])).toMatchObject([
      { finished: true, nextDueAt: undefined },
      { finished: true, nextDueAt: undefined },
    ]);
    // By whoever looks after the job, once each.
    const finished = nodes.map((node) => happened([node], "JobFinished").length);
    expect(Math.max(...finished)).toBe(1);
  });

  it("is caught up on as catchUp says: all of a window", async () => {
    await startTwo("0 30-59 11 1 1 * 2026", { catchUp: { mode: "all", withinMs: 300_000 } });
    const minutes = ["11:55:00", "11:56:00", "11:57:00", "11:58:00", "11:59:00"];
    expect(runs.map(({ dueAt }) => dueAt)).toEqual(minutes.map(at));
  });

  it("is caught up on as catchUp says: none", async () => {
    const nodes = await startTwo("@at 2026-01-01T11:30:00Z", { catchUp: { mode: "skip" } });
    expect(runs).toEqual([]);
    expect(happened(nodes, "FireSkipped")).toMatchObject([{ reason: "catch-up", count: 1 }]);
  });

  it("is called finished before the start as well", async () => {
    const cron = await createCron({ service: "finished", driver, logLevel: "none" });
    await cron.add("job", "@at 2020-01-01T00:00:00Z", () => {});
    await cron.add("other", "@at 2027-01-01T00:00:00Z", () => {});
    await cron.add("manual", "@manual", () => {});
    expect(cron.jobs().map(({ finished }) => finished)).toEqual([true, false, false]);
    await cron.stop();
  });
});

it("a schedule that ends while the fleet runs is told to be finished once, after its last fire", async () => {
  const nodes = await startTwo("@at 2026-01-01T12:00:20Z");
  expect(nodes.map(isFinished)).toEqual([false, false]);
  expect(happened(nodes, "JobFinished")).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(runs).toEqual([{ dueAt: at("12:00:20"), kind: "due" }]);
  expect(nodes.map(isFinished)).toEqual([true, true]);
  const told = nodes.map((node) => happened([node], "JobFinished").length);
  expect(Math.max(...told)).toBe(1);
});

it("a job that is changed into one that is over owes nothing: the fleet knew it", async () => {
  const [a, b] = await startTwo("0 0 * * * *") as [Node, Node];
  for (const { cron } of [a, b]) {
    const stopped = cron.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
  }
  const nodes = await startTwo("@at 2026-01-01T11:30:00Z");
  expect(runs).toEqual([]);
  expect(nodes.map(isFinished)).toEqual([true, true]);
});

describe("a limit", () => {
  const seconds = async (count: number): Promise<void> => void await vi.advanceTimersByTimeAsync(count * 1_000);
  const stop = async (nodes: ReadonlyArray<Node>): Promise<void> => {
    const stops = nodes.map(({ cron }) => cron.stop());
    await seconds(10);
    await Promise.all(stops);
  };

  it("ends the schedule on every node, also for who joins later and after a restart of all", async () => {
    const options = { limit: 3 };
    const nodes = await Promise.all(["a", "b", "c"].map((name) => start(name, "*/10 * * * * *", options)));
    await seconds(60);
    expect(runs.map(({ dueAt }) => dueAt)).toEqual([10, 20, 30].map((second) => noon + second * 1_000));
    expect(happened(nodes, "FireSkipped")).toEqual([]);
    // Whoever neither owns the job nor comes next hears of it with its next beat.
    await seconds(300);
    expect(nodes.map(({ cron }) => cron.jobs()[0])).toMatchObject(
      Array.from({ length: 3 }, () => ({ finished: true, nextDueAt: undefined })),
    );
    for (const node of nodes) expect(happened([node], "JobFinished").length).toBe(1);
    const later = await start("d", "*/10 * * * * *", options);
    await seconds(30);
    expect(isFinished(later)).toBe(true);
    await stop([...nodes, later]);
    const again = await start("a", "*/10 * * * * *", options);
    await seconds(60);
    expect(isFinished(again)).toBe(true);
    await again.cron.trigger("job");
    await seconds(5);
    expect(runs.map(({ kind }) => kind)).toEqual(["due", "due", "due", "manual"]);
  });

  it("that is higher lets it go on from then, and one that is lower ends it", async () => {
    const first = await start("a", "*/10 * * * * *", { limit: 2 });
    await seconds(120);
    expect(runs.length).toBe(2);
    await first.cron.remove("job");
    await first.cron.add("job", "*/10 * * * * *", ({ dueAt, kind }) => void runs.push({ dueAt, kind }), {
      limit: 4,
      catchUp: { mode: "all" },
    });
    await seconds(60);
    expect(runs.slice(2)).toEqual([{ dueAt: noon + 130_000, kind: "due" }, { dueAt: noon + 140_000, kind: "due" }]);
    expect(happened([first], "FireSkipped")).toEqual([]);
    await first.cron.remove("job");
    await first.cron.add("job", "*/5 * * * * *", () => void runs.push({ dueAt: 0, kind: "never" }), { limit: 3 });
    await seconds(200);
    expect(runs.length).toBe(4);
    expect(isFinished(first)).toBe(true);
  });
});
