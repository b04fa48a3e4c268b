import * as Memory from "ringcron/memory";
import type { JobRun } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { everySecond, timed, useNodes } from "./support/nodes.ts";

const { make, running } = useNodes();
const never = () => new Promise<void>(() => {});

describe.concurrent("a handler", () => {
  it("is told all about its run", async () => {
    const runs: Array<JobRun> = [];
    const cron = await make({ service: "told", nodeName: "here" });
    await cron.add("job", everySecond, (run) => void runs.push(run));
    await cron.start();
    const [run, next] = await waitFor(() => runs.length > 1 && runs, 5_000, "two runs") as Array<JobRun>;
    expect(run).toMatchObject({ job: "job", attempt: 1, kind: "due", node: "here" });
    expect((run?.dueAt ?? 1) % 1_000).toBe(0);
    expect(run?.id).toBe(`told/job/${new Date(run?.dueAt ?? 0).toISOString()}`);
    expect(run?.startedAt).toBeGreaterThanOrEqual(run?.dueAt ?? Infinity);
    expect(run?.signal.aborted).toBe(false);
    expect(next?.fence).toBeGreaterThan(run?.fence ?? Infinity);
  });

  it.each<[how: string, handler: () => unknown, outcome: string, error: RegExp | undefined]>([
    [
      "throws at once",
      () => {
        throw new Error("thrown");
      },
      "failed",
      /thrown/,
    ],
    ["rejects", () => Promise.reject(new TypeError("rejected")), "failed", /rejected/],
    ["rejects with nothing", () => Promise.reject(undefined), "failed", /./],
    ["rejects with what has no text", () => Promise.reject(Object.create(null)), "failed", /./],
    [
      "throws a text of 1 MB",
      () => {
        throw new Error("x".repeat(1_000_000));
      },
      "failed",
      /^.{1,1200}$/s,
    ],
    ["returns no promise", () => 5, "succeeded", undefined],
    ["returns nothing", () => undefined, "succeeded", undefined],
    ["returns what looks like a promise", () => ({ then: (done: () => void) => done() }), "succeeded", undefined],
  ])("that %s ends its run, and the next fire comes", async (_, handler, outcome, error) => {
    const cron = await running(handler);
    await waitFor(() => cron.happened("RunEnded").length > 1, 5_000, "two ends");
    for (const event of cron.happened("RunEnded")) {
      expect(event.outcome).toBe(outcome);
      if (error === undefined) expect(event.error).toBe(undefined);
      else expect(event.error).toMatch(error);
    }
  });

  it("that lasts too long has its signal aborted, and ends as timed out", async () => {
    let reason: unknown;
    const cron = await running(async ({ signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      reason ??= signal.reason;
      throw reason;
    }, { timeoutMs: 300 });
    await waitFor(() => cron.happened("RunEnded").length > 1, 6_000, "two ends");
    expect(reason).toMatchObject({ name: "TimeoutError" });
    const [end] = cron.happened("RunEnded");
    expect(end?.outcome).toBe("timed-out");
    expect((end?.endedAt ?? 0) - (end?.startedAt ?? 0)).toBeGreaterThanOrEqual(290);
    expect((end?.endedAt ?? 0) - (end?.startedAt ?? 0)).toBeLessThan(15_000);
  });

  it.each(["at-most-once", "at-least-once"] as const)(
    "that never ends does not keep stop waiting: %s",
    async (delivery) => {
      let runs = 0;
      const cron = await running(() => {
        runs += 1;
        return never();
      }, { delivery });
      await waitFor(() => runs > 0, 4_000, "a run");
      const took = await timed(cron.stop({ drainMs: 300 }));
      expect(took).toBeGreaterThan(250);
      expect(took).toBeLessThan(15_000);
      expect(runs).toBe(1);
    },
  );

  it("that never ends is started again elsewhere where that is asked for", async () => {
    const driver = Memory.layer();
    const runs: Array<JobRun> = [];
    const handler = (run: JobRun) => {
      runs.push(run);
      return run.attempt === 1 && runs.length === 1 ? never() : undefined;
    };
    const nodes = await Promise.all(["a", "b"].map(async (nodeName) => {
      const cron = await make({ driver, service: "again", nodeName });
      await cron.add("job", everySecond, handler, { delivery: "at-least-once" });
      await cron.start();
      return cron;
    }));
    const first = await waitFor(() => runs[0], 5_000, "a run");
    await nodes.find((cron) => cron.pool.nodeName === first.node)?.stop({ drainMs: 200 });
    expect(first.signal.aborted).toBe(true);
    const rerun = await waitFor(() => runs.find(({ kind }) => kind === "rerun"), 6_000, "the rerun");
    expect(rerun).toMatchObject({ attempt: 2, dueAt: first.dueAt, id: first.id });
    expect(rerun.node).not.toBe(first.node);
    expect(rerun.fence).toBeGreaterThan(first.fence);
  });

  it("may ignore that it is told to stop, and throw when nobody waits for it any more", async () => {
    let isTold = false;
    let finish = () => {};
    const cron = await running(async ({ signal }) => {
      signal.addEventListener("abort", () => isTold = true);
      await new Promise<void>((resolve) => finish = resolve);
      throw new Error("too late");
    });
    await waitFor(() => cron.happened("RunStarted").length > 0, 4_000, "a run");
    expect(await timed(cron.stop({ drainMs: 100 }))).toBeLessThan(15_000);
    expect(isTold).toBe(true);
    finish();
    expect(cron.happened("RunEnded").map(({ outcome }) => outcome)).toEqual(["cancelled"]);
  });

  it.each(["awaits", "does not await"])("that calls stop itself, and %s it, hangs nobody", async (how) => {
    let stopping: Promise<void> | undefined;
    const cron = await running(async (_, it) => {
      stopping ??= it.stop({ drainMs: 300 });
      if (how === "awaits") await stopping;
    });
    const stopped = await waitFor(() => stopping && { promise: stopping }, 4_000, "the handler");
    expect(await timed(stopped.promise)).toBeLessThan(15_000);
    expect(cron.happened("Stopped").length).toBe(1);
  });
});
