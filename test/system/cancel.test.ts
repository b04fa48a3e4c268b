/**
 * Cancelling what runs on another node, over every store: with hints at once, without them within a beat of that node.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { randomUUID } from "node:crypto";
import * as Memory from "ringcron/memory";
import { createClient, type JobRun } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { whole } from "../../src/carrier.ts";
import { Driver } from "../../src/Driver.ts";
import { waitFor } from "../support/wait.ts";
import { useNodes, type Watched } from "./support/nodes.ts";
import { type Fleet, useStores } from "./support/stores.ts";

const { make } = useNodes();
const { stores } = useStores({ hints: true });

const withoutHints = (fleet: Fleet): Fleet =>
  Layer.provide(
    Layer.effect(Driver, Effect.map(Driver, (driver): Driver => ({ ...whole(driver), hints: undefined }))),
    fleet,
  );

/** A node that runs something beats twice in that time. With hints so long that no beat tells it. */
const leaseMs = (hints: string) => hints === "with" ? 60_000 : 4_000;

/** Two nodes, a run on one of them that goes on until it is told to stop, and somebody who is no node. */
const busy = async (fleet: Fleet, hints = "without") => {
  const service = `cancel-${randomUUID()}`;
  const runs: Array<JobRun> = [];
  const handler = (run: JobRun) => {
    runs.push(run);
    return new Promise<void>((_, reject) =>
      run.signal.addEventListener("abort", () => reject(run.signal.reason as Error))
    );
  };
  const nodes = new Map<string, Watched>();
  for (const nodeName of ["a", "b"]) {
    const cron = await make({ driver: fleet, service, nodeName, leaseMs: leaseMs(hints), graceMs: 300 });
    await cron.add("job", "@manual", handler, { delivery: "at-least-once", retry: {} });
    await cron.start();
    nodes.set(nodeName, cron);
  }
  await nodes.get("a")?.trigger("job");
  const run = await waitFor(() => runs[0], 5_000, "a run");
  const client = await createClient({ service, driver: fleet });
  const cron = nodes.get(run.node) as Watched;
  return { client, cron, run, runs };
};

describe.concurrent.each(Object.keys(stores))("over %s", (name) => {
  it.each(["with", "without"])("a run is cancelled from outside, and not tried again: %s hints", async (hints) => {
    const fleet = (stores[name] as () => Fleet)();
    const { client, cron, run, runs } = await busy(hints === "with" ? fleet : withoutHints(fleet), hints);
    expect(await client.cancel("job", { fence: run.fence + 1 })).toBe(0);
    expect(await client.cancel("job", { fence: run.fence })).toBe(1);
    await waitFor(() => run.signal.aborted, 10_000, "its signal");
    expect(run.signal.reason).toMatchObject({ name: "AbortError", message: "the run was cancelled" });
    const end = await waitFor(() => cron.happened("RunEnded")[0], 2_000, "its end");
    expect(end).toMatchObject({ outcome: "cancelled", run: { fence: run.fence } });
    expect(end.retryAt).toBeUndefined();
    await waitFor(async () => (await client.cancel("job")) === 0, 3_000, "the end to be known");
    expect(runs.length).toBe(1);
    await client.close();
  }, 30_000);
});

it("a wrong fence, a wrong option and an unknown job are refused, and nothing is cancelled", async () => {
  const { client, run } = await busy(Memory.layer());
  for (const fence of [0, -1, 1.5, NaN, Infinity, "1", null, {}, 2 ** 53]) {
    await expect(client.cancel("job", { fence: fence as number })).rejects.toMatchObject({ field: "fence" });
  }
  await expect(client.cancel("job", { token: 1 } as object)).rejects.toMatchObject({ field: "token" });
  await expect(client.cancel("jbo")).rejects.toMatchObject({ _tag: "UnknownJob", nearest: ["job"] });
  expect(run.signal.aborted).toBe(false);
  expect(await client.cancel("job")).toBe(1);
  await client.close();
});
