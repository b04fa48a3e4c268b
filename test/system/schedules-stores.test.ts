/**
 * Schedules that a client puts, changes, pauses and removes while nodes run them, on each store that keeps any; nodes are cut off,
 * and the whole fleet is another one in the end.
 */
import { randomUUID } from "node:crypto";
import { createClient, type ScheduledRun } from "ringcron/promise";
import { afterAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { everySecond, useNodes, type Watched } from "./support/nodes.ts";
import { severable } from "./support/severed.ts";
import { useStores } from "./support/stores.ts";

const { make } = useNodes();
const { stores } = useStores();
const endings: Array<() => Promise<void>> = [];
afterAll(() => Promise.all(endings.map((end) => end())));

/** How long a condition may take on a machine that is busy. Milliseconds. */
const patience = 30_000;

/** Due each second, and none of that is skipped. */
const all = { handler: "report", schedule: everySecond, catchUp: { mode: "all" }, overlap: "allow" } as const;

/** What is missing between instants that are to follow one another by seconds. */
const gapsIn = (dueAts: ReadonlyArray<number>): ReadonlyArray<number> => {
  const seen = new Set(dueAts);
  const missing: Array<number> = [];
  for (let at = Math.min(...seen); at < Math.max(...seen); at += 1_000) if (!seen.has(at)) missing.push(at);
  return missing;
};

// In memory, they are tested by themselves.
const { memory: _, ...served } = stores;

describe.concurrent.each(Object.entries(served))("schedules over %s", (__, open) => {
  /** Nodes that have a handler, somebody who is none of them, and what ran where. */
  const fleet = async () => {
    const service = `schedules-${randomUUID()}`;
    const driver = open();
    const client = await createClient({ service, driver });
    endings.push(() => client.close());
    const runs: Array<ScheduledRun> = [];
    const lost: Array<{ readonly schedule?: string | undefined; readonly dueAt: number }> = [];
    const told: Array<string> = [];
    const join = async (nodeName: string, leaseMs = 3_000): Promise<Watched & { readonly cut: () => void }> => {
      const { cut, driver: severed } = severable(driver);
      const times = { leaseMs, graceMs: 300, maxSilenceMs: 3_000 };
      const cron = await make({ service, nodeName, driver: severed, logLevel: "none", ...times });
      cron.on((event) => {
        if (event._tag === "RunLost") lost.push(event.run);
        told.push(`${Date.now()} ${nodeName} ${JSON.stringify(event)}`);
      });
      await cron.handle("report", (run) => {
        runs.push(run);
        return run.kind;
      });
      await cron.start();
      return Object.assign(cron, { cut });
    };
    const of = (id: string) => runs.filter(({ schedule }) => schedule === id);
    const last = (id: string) => of(id).at(-1);
    /** Waits until one has run `count` more times. */
    const more = (id: string, count: number, what: string, isIt: (run: ScheduledRun) => boolean = () => true) => {
      const before = new Set(of(id).map((run) => run.id));
      return waitFor(() => of(id).filter((run) => isIt(run) && !before.has(run.id)).length >= count, patience, what);
    };
    /** Waits until another has run what is due later, and expects nothing of these but what may have been claimed already. */
    const noneFrom = async (ids: ReadonlyArray<string>) => {
      const claimed = Date.now() + 2_000;
      await waitFor(() => (last("witness")?.dueAt ?? 0) > claimed + 1_000, patience, "time that passes");
      const later = ids.flatMap(of).filter(({ dueAt, kind }) => kind !== "manual" && dueAt > claimed);
      expect(later).toEqual([]);
    };
    return { client, join, last, lost, more, noneFrom, of, runs, schedules: client.schedules, told };
  };

  it("run once each on nodes that have their handler, put, changed, paused, resumed and removed", async () => {
    const { client, join, more, noneFrom, of, runs, schedules } = await fleet();
    await Promise.all([join("a", 10_000), join("b", 10_000)]);
    const [id, other] = ["tenant-7/x y", "tenant-8"];
    const results = await schedules.putMany([
      { ...all, id, payload: { tenant: 7 } },
      { ...all, id: other },
      { ...all, id: "witness" },
      { id: "once", handler: "report", at: Date.now() + 2_000, payload: "ü" },
    ]);
    expect(results).toEqual(["created", "created", "created", "created"]);
    expect(await schedules.put({ ...all, id, payload: { tenant: 7 } })).toBe("unchanged");
    await Promise.all([more(id, 2, "two runs"), more(other, 1, "one of another")]);
    expect(of(id)[0]).toMatchObject({ job: "report", payload: { tenant: 7 } });

    expect(await schedules.put({ ...all, id, payload: { tenant: 8 } })).toBe("updated");
    const isChanged = ({ payload }: ScheduledRun) => Object(payload).tenant === 8;
    await more(id, 2, "runs of what it was changed to", isChanged);
    expect(of(id).slice(of(id).findIndex(isChanged)).every(isChanged)).toBe(true);

    await schedules.pause(id, { by: "anna" });
    expect(await schedules.remove(other)).toBe(true);
    expect(await schedules.remove(other)).toBe(false);
    expect(await schedules.get(id)).toMatchObject({ paused: true, enabled: true });
    expect(await (await schedules.trigger(id)).result({ timeoutMs: patience })).toBe("manual");
    expect((await schedules.get(id))?.lastRuns).toMatchObject([{ attempt: 1, outcome: "succeeded" }]);
    await noneFrom([id, other]);
    await schedules.resume(id);
    await more(id, 2, "runs after it was resumed", ({ kind }) => kind !== "manual");
    expect((await schedules.list()).schedules.map((it) => it.id)).toEqual(["once", id, "witness"].sort());
    expect(of("once").map(({ payload }) => payload)).toEqual(["ü"]);
    expect(new Set(runs.map((run) => run.id)).size).toBe(runs.length);
    expect(gapsIn(of("witness").map(({ dueAt }) => dueAt))).toEqual([]);

    expect(await client.pauseAll({ by: "ops" })).toBe(3);
    const claimed = Date.now() + 2_000;
    expect(await schedules.get(id)).toMatchObject({ paused: true, pausedBy: "ops", pausedWithAll: true });
    expect(await schedules.put({ ...all, id: "meanwhile" })).toBe("created");
    await waitFor(() => Date.now() > claimed + 2_000, patience, "time that passes");
    expect(runs.filter(({ dueAt }) => dueAt > claimed)).toEqual([]);
    const goesOn = Date.now();
    expect(await client.resumeAll()).toBe(4);
    await Promise.all(["witness", "meanwhile"].map((it) => more(it, 2, `runs of ${it} after all were resumed`)));
    // What was due meanwhile is skipped.
    expect(runs.filter(({ dueAt }) => dueAt > claimed && dueAt < goesOn - 1_000)).toEqual([]);
  }, 180_000);

  it("go on when their node is cut off, and when all nodes are others", async () => {
    const { join, last, lost, more, of, runs, schedules, told } = await fleet();
    const nodes = { a: await join("a"), b: await join("b") };
    const ids = Array.from({ length: 8 }, (_, index) => `s${index}`);
    await schedules.putMany(ids.map((id) => ({ ...all, id, keepRuns: 10 })));
    await Promise.all(ids.map((id) => more(id, 2, `runs of ${id}`)));
    // Whoever has one of them; each of the others is its own or another's.
    const gone = last("s0")?.node as "a" | "b";
    const left = gone === "a" ? "b" : "a";
    nodes[gone].cut();
    await Promise.all(ids.map((id) => more(id, 3, `runs of ${id} on ${left}`, ({ node }) => node === left)));

    nodes[left].cut();
    const wasAt = await schedules.get("s0");
    expect(wasAt).toMatchObject({ handler: "report", schedule: everySecond });
    await Promise.all([join("c"), join("d")]);
    const isNew = ({ node }: ScheduledRun) => node === "c" || node === "d";
    await Promise.all(ids.map((id) => more(id, 3, `runs of ${id} on new nodes`, isNew)));
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
    for (const id of ids) {
      // What a node has claimed that was then cut off may never start, and is told of.
      const gone = lost.filter(({ schedule }) => schedule === id);
      // Who finds that out may be cut off before it has told anybody.
      const recorded = (await schedules.get(id))?.lastRuns.filter(({ outcome }) => outcome === "lost") ?? [];
      const gaps = gapsIn([...of(id), ...gone, ...recorded].map(({ dueAt }) => dueAt));
      expect(gaps, `${id}: ${told.filter((it) => !it.includes("schedule") || it.includes(`"${id}"`)).join("\n")}`)
        .toEqual([]);
    }
  }, 180_000);
});
