/**
 * What a job says of when and where its fires start, in a fleet of two nodes on each store, one of which is cut off.
 */
import { randomUUID } from "node:crypto";
import type { JobRun } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { useNodes, type Watched } from "./support/nodes.ts";
import { severable } from "./support/severed.ts";
import { type Fleet, useStores } from "./support/stores.ts";

const { make } = useNodes();
const { stores } = useStores();

const options = { leaseMs: 2_000, graceMs: 300, maxSilenceMs: 3_000 };

describe.concurrent.each(Object.keys(stores))("over %s", (name) => {
  it("fires start as jitter moves them, also when another node takes over", async () => {
    const fleet = (stores[name] as () => Fleet)();
    const service = `jitter-${randomUUID()}`;
    const runs: Array<JobRun> = [];
    const nodes = new Map<string, { readonly cron: Watched; readonly cut: () => void }>();
    for (const nodeName of ["a", "b"]) {
      const { cut, driver } = severable(fleet);
      const cron = await make({ driver, service, nodeName, ...options });
      await cron.add("job", "*/2 * * * * *", (run) => void runs.push(run), { jitterMs: 1_500 });
      await cron.start();
      nodes.set(nodeName, { cron, cut });
    }
    await waitFor(() => runs.length >= 3, 20_000, "three runs");
    const before = runs.length;
    nodes.get(runs.at(-1)?.node ?? "")?.cut();
    await waitFor(() => runs.length >= before + 4, 30_000, "four more");
    for (const { dueAt, startedAt, startsAt } of runs) {
      expect(dueAt % 2_000).toBe(0);
      expect(startsAt).toBeGreaterThanOrEqual(dueAt);
      expect(startsAt).toBeLessThanOrEqual(dueAt + 1_500);
      expect(startedAt).toBeGreaterThanOrEqual(startsAt - 1);
    }
    const moved = runs.map(({ dueAt, startsAt }) => startsAt - dueAt);
    expect(new Set(moved).size).toBeGreaterThan(3);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
    expect(new Set(runs.map(({ node }) => node)).size).toBe(2);
  }, 90_000);

  it("a job runs only on nodes with its labels, which others can trigger; where there is none it waits", async () => {
    const fleet = (stores[name] as () => Fleet)();
    const service = `labels-${randomUUID()}`;
    const runs: Array<JobRun> = [];
    const join = async (nodeName: string, labels: ReadonlyArray<string>) => {
      const { cut, driver } = severable(fleet);
      const cron = await make({ driver, service, nodeName, labels, ...options });
      await cron.add("render", "* * * * * *", (run) => void runs.push(run), {
        runOn: ["gpu"],
        overlap: "allow",
        catchUp: { mode: "all" },
      });
      await cron.start();
      return { cron, cut };
    };
    const plain = await join("plain", ["cpu"]);
    expect(plain.cron.jobs()[0]).toMatchObject({
      unplaced: "no member has the labels gpu",
      owner: undefined,
      ownedHere: false,
    });
    await expect(plain.cron.trigger("render")).rejects.toMatchObject({ name: "UnknownJob", isDeclared: true });
    const able = new Map([["a", await join("a", ["gpu"])], ["b", await join("b", ["gpu", "cpu"])]]);
    await waitFor(() => runs.length >= 2, 15_000, "two runs");
    await waitFor(() => plain.cron.jobs()[0]?.unplaced === undefined, 10_000, "that a node can run it");
    const asked = await plain.cron.trigger("render");
    await waitFor(() => runs.some(({ id }) => id === asked?.id), 15_000, "what was asked for elsewhere");
    const first = runs.at(-1)?.node ?? "";
    able.get(first)?.cut();
    await waitFor(() => runs.at(-1)?.node !== first, 20_000, "a takeover");
    for (const { cut } of able.values()) cut();
    await waitFor(() => plain.cron.jobs()[0]?.unplaced !== undefined, 30_000, "that nobody can run it");
    expect(plain.cron.happened("JobUnplaced").length).toBe(2);
    const last = Math.max(...runs.map(({ dueAt }) => dueAt));
    await join("c", ["gpu"]);
    await waitFor(() => runs.some((run) => run.node === "c" && run.kind === "due"), 20_000, "runs on the new one");
    const due = runs.filter(({ kind }) => kind !== "manual").map(({ dueAt }) => dueAt).sort((x, y) => x - y);
    expect(due).toContain(last + 1_000);
    expect(due).toEqual(Array.from(due, (_, index) => (due[0] ?? 0) + 1_000 * index));
    expect(runs.some(({ node }) => node === "plain")).toBe(false);
  }, 120_000);
});
