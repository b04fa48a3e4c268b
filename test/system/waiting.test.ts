/**
 * Fires that wait for the run before them, over every store: through the death of the node that has that run.
 */
import * as Effect from "effect/Effect";
import { randomUUID } from "node:crypto";
import { Driver } from "ringcron";
import * as Memory from "ringcron/memory";
import { createClient, type JobRun } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { useNodes, type Watched } from "./support/nodes.ts";
import { severable } from "./support/severed.ts";
import { type Fleet, useStores } from "./support/stores.ts";

const { make } = useNodes();
const { stores } = useStores();

type Overlap = "queue" | "queue-all" | "cancel-previous";

const everyOther = "*/2 * * * * *";
const options = { leaseMs: 2_000, graceMs: 300, maxSilenceMs: 2_000 };

/** What the store knows of the job, and what became of its fires. */
const peek = (fleet: Fleet, service: string) =>
  Effect.runPromise(Effect.provide(
    Driver.peek({ _tag: "Peek", service, jobs: ["job"], history: true }),
    fleet,
  ));

/** Two nodes of a job whose first run goes on, whatever it is told, and one of which has it. */
const busy = async (fleet: Fleet, overlap: Overlap) => {
  const service = `waiting-${overlap}-${randomUUID()}`;
  const runs: Array<JobRun> = [];
  const handler = (run: JobRun) => {
    runs.push(run);
    return runs.length === 1 ? new Promise<void>(() => {}) : undefined;
  };
  const nodes = await Promise.all(["a", "b"].map(async (nodeName) => {
    const { cut, driver } = severable(fleet);
    const cron = await make({ driver, service, nodeName, ...options });
    await cron.add("job", everyOther, handler, { overlap });
    return { cron, cut, nodeName };
  }));
  for (const { cron } of nodes) await cron.start();
  const first = await waitFor(() => runs[0], 10_000, "a run");
  const holder = nodes.find(({ nodeName }) => nodeName === first.node);
  const other = nodes.find(({ nodeName }) => nodeName !== first.node)?.cron as Watched;
  const waiting = async () => {
    const { jobs: [state] } = await peek(fleet, service);
    const found = state?.active.filter(({ attempt }) => attempt === 0).map(({ dueAt }) => dueAt) ?? [];
    return found.length > 0 ? found : undefined;
  };
  await waitFor(waiting, 10_000, "a fire that waits");
  return { service, runs, first, other, cut: () => holder?.cut() };
};

describe.concurrent.each(Object.keys(stores))("over %s", (name) => {
  it("the newest fire that waits is started by another node, when that of the run is gone", async () => {
    const fleet = (stores[name] as () => Fleet)();
    const { cut, first, runs, service } = await busy(fleet, "queue");
    cut();
    const second = await waitFor(() => runs[1], 20_000, "the fire that waited");
    expect(second).toMatchObject({ attempt: 1, kind: "late" });
    expect(second.node).not.toBe(first.node);
    expect(second.dueAt).toBeGreaterThan(first.dueAt);
    expect(second.id).toContain(new Date(second.dueAt).toISOString());
    expect(second.fence).toBeGreaterThan(first.fence);
    const { history } = await peek(fleet, service);
    const given = history.flatMap((it) => it._tag === "Skip" ? [[it.reason, it.lastDueAt < second.dueAt]] : []);
    expect(given.every(([reason, isBefore]) => reason === "coalesced" && isBefore === true)).toBe(true);
    expect(history.find((it) => it._tag === "Run" && it.dueAt === first.dueAt)).toMatchObject({ outcome: "lost" });
  }, 60_000);

  it("all fires that wait are started by another node, in order, when that of the run is gone", async () => {
    const fleet = (stores[name] as () => Fleet)();
    const { cut, first, runs } = await busy(fleet, "queue-all");
    cut();
    await waitFor(() => runs[4], 30_000, "the fires that waited");
    const dueAts = runs.slice(0, 5).map(({ dueAt }) => (dueAt - first.dueAt) / 2_000);
    expect(dueAts).toEqual([0, 1, 2, 3, 4]);
    expect(runs[1]).toMatchObject({ attempt: 1, kind: "late" });
    expect(runs[1]?.node).not.toBe(first.node);
  }, 60_000);

  it("the run before is cancelled, and the newest fire is started by another node when that is gone", async () => {
    const fleet = (stores[name] as () => Fleet)();
    const { cut, first, runs, service } = await busy(fleet, "cancel-previous");
    await waitFor(() => first.signal.aborted, 10_000, "its signal");
    expect(first.signal.reason).toMatchObject({ name: "AbortError", message: "the run was cancelled" });
    expect(runs.length).toBe(1);
    cut();
    const second = await waitFor(() => runs[1], 20_000, "the newer fire");
    expect(second.node).not.toBe(first.node);
    expect(second.dueAt).toBeGreaterThan(first.dueAt);
    const { history } = await peek(fleet, service);
    const ends = history.filter((it) => it._tag === "Run" && it.dueAt === first.dueAt);
    expect(ends).toMatchObject([{ outcome: "cancelled" }]);
  }, 60_000);
});

it("what waits is given up from outside, with what people asked for, and its number told", async () => {
  const fleet = Memory.layer();
  const { first, other, service } = await busy(fleet, "queue");
  const client = await createClient({ service, driver: fleet });
  await other.pause("job");
  await client.trigger("job");
  expect(await client.cancelQueued("job")).toBe(2);
  expect(await client.cancelQueued("job")).toBe(0);
  const { history, jobs: [state] } = await peek(fleet, service);
  expect(state?.active.map(({ dueAt }) => dueAt)).toEqual([first.dueAt]);
  expect(history.filter((it) => it._tag === "Run").map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
    [0, "cancelled"],
    [0, "cancelled"],
  ]);
  await expect(client.cancelQueued("jbo")).rejects.toMatchObject({ _tag: "UnknownJob", nearest: ["job"] });
  await expect(client.cancelQueued("" as string)).rejects.toMatchObject({ _tag: "InvalidInput", field: "job" });
  await client.close();
});
