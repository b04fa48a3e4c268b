/**
 * Attempts after failures over every store, through the death of the node that waits for one.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { randomUUID } from "node:crypto";
import { type JobOptions, type JobRun, NonRetryable } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { whole } from "../../src/carrier.ts";
import { Driver } from "../../src/Driver.ts";
import { peek } from "../../src/shell/drivers.ts";
import { waitFor } from "../support/wait.ts";
import { everySecond, useNodes } from "./support/nodes.ts";
import { type Fleet, useStores } from "./support/stores.ts";

const { make, running } = useNodes();
const { stores } = useStores();

/** A driver that nothing gets through once it is cut: to all others its node is dead. */
const cuttable = (fleet: Fleet) => {
  let isCut = false;
  const guarded = (driver: Driver): Driver => {
    const cut = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.suspend(() => isCut ? Effect.never : effect);
    return {
      name: driver.name,
      at: driver.at,
      beat: (request) => cut(driver.beat(request)),
      claim: (request) => cut(driver.claim(request)),
      complete: (request) => cut(driver.complete(request)),
      peek: (request) => cut(driver.peek(request)),
      control: (request) => cut(driver.control(request)),
    };
  };
  const layer: Fleet = Layer.provide(Layer.effect(Driver, Effect.map(Effect.map(Driver, whole), guarded)), fleet);
  return { layer, cut: () => void (isCut = true) };
};

const delayMs = 4_000;
const options = { leaseMs: 2_000, graceMs: 300, maxSilenceMs: 2_000 };

describe.concurrent.each(Object.keys(stores))("over %s", (name) => {
  it("the node that waits for an attempt is killed, and another makes it at its time", async () => {
    const fleet = (stores[name] as () => Fleet)();
    const service = `retry-${name}-${randomUUID()}`;
    const runs: Array<JobRun> = [];
    const handler = (run: JobRun) => {
      runs.push(run);
      if (runs.length === 1) throw new Error("not the first time");
    };
    const nodes = await Promise.all(["a", "b"].map(async (nodeName) => {
      const { cut, layer } = cuttable(fleet);
      const cron = await make({ driver: layer, service, nodeName, ...options });
      await cron.add("job", everySecond, handler, { retry: { delayMs, jitter: 0 } });
      return { cron, cut, nodeName };
    }));
    for (const { cron } of nodes) await cron.start();
    const first = await waitFor(() => runs[0], 10_000, "a run");
    const { cron, cut } = nodes.find(({ nodeName }) => nodeName === first.node) ?? {};
    const end = await waitFor(() => cron?.happened("RunEnded")[0], 5_000, "its end");
    expect(end).toMatchObject({ outcome: "failed", retryAt: end.endedAt + delayMs });
    const waiting = () =>
      Effect.runPromise(Effect.provide(
        peek({ _tag: "Peek", service, jobs: ["job"], history: false }),
        fleet,
      ));
    for (let found = await waiting(); found.jobs[0]?.active[0]?.holder !== ""; found = await waiting());
    cut?.();
    const second = await waitFor(() => runs[1], 15_000, "the next attempt");
    expect(second).toMatchObject({ id: first.id, dueAt: first.dueAt, attempt: 2, kind: "retry" });
    expect(second.previousError).toContain("Error: not the first time");
    expect(second.node).not.toBe(first.node);
    expect(second.fence).toBeGreaterThan(first.fence);
    expect(second.startedAt).toBeGreaterThanOrEqual((end.retryAt ?? Infinity) - 5);
    // Fires that were decided meanwhile were skipped, and now they run again.
    const third = await waitFor(() => runs[2], 15_000, "the next fire");
    expect(third).toMatchObject({ attempt: 1, previousError: undefined });
    expect(third.dueAt).toBeGreaterThan(first.dueAt);
  }, 60_000);
});

describe("a handler", () => {
  const ends = async (handler: (run: JobRun) => unknown, jobOptions: JobOptions) => {
    const cron = await running((run) => run.dueAt === (first ??= run.dueAt) ? handler(run) : undefined, jobOptions);
    let first: number | undefined;
    return () => cron.happened("RunEnded").filter(({ run }) => run.dueAt === first);
  };

  it("is started again until it succeeds, and each end tells when", async () => {
    const of = await ends(({ attempt }) => {
      if (attempt < 3) throw new Error(`${attempt} is too few, ${"x".repeat(300)}`);
    }, { overlap: "allow", retry: { delayMs: 100, factor: 1.5, jitter: 0.5 } });
    const all = await waitFor(() => of().length === 3 ? of() : undefined, 10_000, "three ends");
    expect(all.map(({ outcome, run }) => [outcome, run.attempt, run.kind])).toEqual([
      ["failed", 1, "due"],
      ["failed", 2, "retry"],
      ["succeeded", 3, "retry"],
    ]);
    expect(all[2]?.run.previousError?.length).toBe(200);
    const waits = all.map(({ endedAt, retryAt }) => retryAt === undefined ? undefined : retryAt - endedAt);
    expect(waits[0]).toBeGreaterThanOrEqual(100);
    expect(waits[0]).toBeLessThanOrEqual(150);
    expect(waits[1]).toBeGreaterThanOrEqual(150);
    expect(waits[1]).toBeLessThanOrEqual(225);
    expect(waits[2]).toBeUndefined();
  });

  it("has in each attempt what the fire was triggered with, read anew each time", async () => {
    const cron = await make();
    const given: Array<unknown> = [];
    await cron.add("job", "@manual", (run) => {
      given.push(structuredClone(run.payload));
      // What one attempt does to it is nothing to the next.
      (run.payload as { list: Array<number> }).list.push(run.attempt);
      if (run.attempt < 3) throw new Error("not yet");
    }, { retry: { delayMs: 20, jitter: 0 } });
    await cron.start();
    const payload = { list: [7], text: "ä" };
    const asked = await cron.trigger("job", { payload });
    await waitFor(() => cron.happened("RunEnded").length === 3, 10_000, "three ends");
    expect(given).toEqual([payload, payload, payload]);
    expect(cron.happened("RunEnded").map(({ outcome, run }) => [outcome, run.dueAt])).toEqual([
      ["failed", asked?.dueAt],
      ["failed", asked?.dueAt],
      ["succeeded", asked?.dueAt],
    ]);
  });

  it.each<[how: string, fail: () => unknown]>([
    ["throws", () => {
      throw new NonRetryable("it never will");
    }],
    ["rejects", () => Promise.reject(new NonRetryable("it never will", { cause: new Error("no paper") }))],
  ])("that %s with NonRetryable is not", async (_, fail) => {
    const of = await ends(fail, { retry: { delayMs: 1, jitter: 0 } });
    const [end] = await waitFor(() => of().length > 0 ? of() : undefined, 10_000, "its end");
    expect(end).toMatchObject({ outcome: "failed", error: expect.stringContaining("NonRetryable: it never will") });
    expect(end?.retryAt).toBeUndefined();
  });
});
