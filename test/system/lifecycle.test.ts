import * as Memory from "ringcron/memory";
import { type JobRun, NodeStopped } from "ringcron/promise";
import * as RedisZset from "ringcron/redis-zset";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";
import { everySecond, timed, useNodes } from "./support/nodes.ts";

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis?.stop();
});
const { make, running, written } = useNodes();

describe.concurrent("starting and stopping", () => {
  it("stop before start is done at once, and the node cannot be started any more", async () => {
    const cron = await make();
    expect(await timed(cron.stop())).toBeLessThan(15_000);
    await expect(cron.start()).rejects.toBeInstanceOf(NodeStopped);
    await expect(cron.start()).rejects.toMatchObject({ _tag: "NodeStopped", name: "NodeStopped" });
  });

  it("stop may be called again, at once and later", async () => {
    const cron = await running(() => {});
    await Promise.all([cron.stop(), cron.stop({ drainMs: 0 }), cron[Symbol.asyncDispose]()]);
    await cron.stop();
    expect(cron.happened("Stopped").length).toBe(1);
  });

  it("start may be called again, at once and later: one member", async () => {
    const cron = await make();
    await Promise.all([cron.start(), cron.start(), cron.start()]);
    await cron.start();
    expect(cron.happened("Joined").length).toBe(1);
    expect(cron.pool.members().length).toBe(1);
    expect(cron.pool.members()[0]?.incarnation).toBe(cron.pool.nodeId);
  });

  it("a stopped node is not started again, and can still be asked", async () => {
    const cron = await running(() => {});
    await cron.stop();
    await expect(cron.start()).rejects.toBeInstanceOf(NodeStopped);
    await expect(cron.add("late", "@daily", () => {})).rejects.toBeInstanceOf(NodeStopped);
    expect(await cron.remove("nobody's")).toBe(false);
    expect(cron.jobs().map(({ name }) => name)).toEqual(["job"]);
    expect(cron.pool.owns("any")).toBeTypeOf("boolean");
    expect(cron.pool.members()).toBeInstanceOf(Array);
    cron.on(() => {})();
    cron.pool.onChange(() => {})();
  });

  it("stop during start ends both", async () => {
    const endpoint = await startUpstash({ redisPort: redis.port });
    try {
      endpoint.faults.delayReplyMs = 300;
      const { token, url } = endpoint;
      const cron = await make({ driver: RedisZset.layer({ url, token }) });
      const starting = cron.start().then(() => "started", (error: unknown) => error);
      await waitFor(() => endpoint.requests() > 0, 2_000, "the first beat");
      expect(await timed(cron.stop())).toBeLessThan(15_000);
      expect(await starting).toBeInstanceOf(NodeStopped);
    } finally {
      await endpoint.stop();
    }
  });

  it("a node that is disposed of is gone", async () => {
    const driver = Memory.layer();
    const [a, b] = await Promise.all(["a", "b"].map((nodeName) => make({ driver, service: "disposed", nodeName })));
    await a?.start();
    await b?.start();
    await a?.[Symbol.asyncDispose]();
    await b?.stop();
    const left = b?.happened("ViewChanged").at(-1);
    expect([...left?.members ?? []].map(({ name }) => name)).not.toContain("a");
  });
});

describe.concurrent("jobs", () => {
  it("are told with all that is known of them", async () => {
    const cron = await make({ nodeName: "here" });
    await cron.add("daily", "0 9 * * *", () => {}, { timeZone: "Europe/Berlin" });
    await cron.add("over", "@at 2020-01-01T00:00:00Z", () => {});
    const before = cron.jobs();
    expect(before.map(({ name, owner, ownedHere, paused }) => ({ name, owner, ownedHere, paused }))).toEqual([
      { name: "daily", owner: undefined, ownedHere: false, paused: false },
      { name: "over", owner: undefined, ownedHere: false, paused: false },
    ]);
    await cron.start();
    const [daily, over] = cron.jobs();
    expect(daily).toMatchObject({
      name: "daily",
      schedule: "0 9 * * *",
      timeZone: "Europe/Berlin",
      owner: "here",
      ownedHere: true,
      paused: false,
    });
    const due = new Date(daily?.nextDueAt ?? 0);
    expect(due.getTime()).toBeGreaterThan(Date.now());
    expect(due.toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin" })).toBe("09:00:00");
    expect(over?.nextDueAt).toBe(undefined);
  });

  it("are added and removed while the node runs", async () => {
    const runs: Array<string> = [];
    const cron = await running(() => void runs.push("job"));
    await waitFor(() => runs.includes("job"), 4_000, "a run");
    await cron.add("second", everySecond, () => void runs.push("second"));
    await waitFor(() => runs.includes("second"), 4_000, "a run of the added job");
    expect(await cron.remove("job")).toBe(true);
    expect(await cron.remove("job")).toBe(false);
    expect(cron.jobs().map(({ name }) => name)).toEqual(["second"]);
    const before = runs.filter((name) => name === "job").length;
    const others = runs.length;
    await waitFor(() => runs.length >= others + 2, 5_000, "two more runs of the other job");
    expect(runs.filter((name) => name === "job").length).toBe(before);
    await cron.add("job", everySecond, () => void runs.push("again"));
    await waitFor(() => runs.includes("again"), 4_000, "a run of the job that was added again");
  });

  it("that only some nodes declare are owned and run by one of those", async () => {
    const driver = Memory.layer();
    const service = "some";
    const ranOn = new Map<string, Set<string>>();
    const note = ({ job, node }: JobRun) => void ranOn.set(job, new Set([...ranOn.get(job) ?? [], node]));
    const nodes = await Promise.all(["a", "b", "c"].map(async (nodeName) => {
      const cron = await make({ driver, service, nodeName });
      for (let n = 0; n < 4; n++) await cron.add(`all-${n}`, everySecond, note);
      if (nodeName !== "a") { for (let n = 0; n < 4; n++) await cron.add(`some-${n}`, everySecond, note); }
      if (nodeName === "c") await cron.add("one", everySecond, note);
      return cron;
    }));
    await Promise.all(nodes.map((cron) => cron.start()));
    await waitFor(() => nodes.every((cron) => cron.pool.members().length === 3), 8_000, "a fleet of three");
    await waitFor(() => ranOn.size === 9, 8_000, () => `all jobs to run, but ran ${[...ranOn.keys()].join()}`);
    const [a, b, c] = nodes;
    const owners = new Map(c?.jobs().map(({ name, owner }) => [name, owner]));
    expect(owners.get("one")).toBe("c");
    for (let n = 0; n < 4; n++) expect(["b", "c"]).toContain(owners.get(`some-${n}`));
    const byNode = ["a", "b", "c"].map((name) => [...owners.values()].filter((owner) => owner === name).length);
    expect(byNode).toEqual([3, 3, 3]);
    expect(a?.jobs().some(({ name }) => !name.startsWith("all"))).toBe(false);
    expect(b?.jobs().find(({ name }) => name === "some-0")?.owner).toBe(owners.get("some-0"));
    for (let n = 0; n < 4; n++) expect(ranOn.get(`some-${n}`)).not.toContain("a");
    expect([...ranOn.get("one") ?? []]).toEqual(["c"]);
  });

  it("are paused and resumed in the whole fleet", async () => {
    const runs: Array<number> = [];
    const cron = await running(({ dueAt }) => void runs.push(dueAt));
    await waitFor(() => runs.length > 0, 4_000, "a run");
    await expect(cron.pause("jbo")).rejects.toMatchObject({ _tag: "UnknownJob", nearest: ["job"] });
    await expect(cron.pause("nobody's")).rejects.toMatchObject({ _tag: "InvalidInput", field: "job" });
    await expect(cron.resume("job", { missed: "later" as "skip" })).rejects.toMatchObject({ field: "missed" });
    expect(await cron.pause("job")).toBe(true);
    await waitFor(() => cron.jobs()[0]?.paused, 2_000, "the job to be paused here");
    const before = runs.length;
    const pausedAt = Date.now();
    await waitFor(() => Date.now() > pausedAt + 2_200, 4_000, "two fires to pass");
    // One that was claimed ahead may still have started.
    expect(runs.length).toBeLessThanOrEqual(before + 1);
    expect(await cron.resume("job")).toBe(true);
    const after = runs.length;
    await waitFor(() => runs.length > after, 4_000, "a run after the pause");
    expect(cron.jobs()[0]?.paused).toBe(false);
    expect(new Set(runs).size).toBe(runs.length);
  });
});

describe.concurrent("a listener", () => {
  it("that throws, or rejects, hurts neither the node nor other listeners", async () => {
    const cron = await make();
    let calls = 0;
    cron.on(() => {
      calls += 1;
      throw new Error("a bad listener");
    });
    cron.on(
      (async () => {
        await Promise.resolve();
        throw new Error("a bad asynchronous listener");
      }) as () => void,
    );
    cron.pool.onChange(() => {
      throw new Error("a bad listener of views");
    });
    const seen: Array<string> = [];
    const end = cron.on(({ _tag }) => void seen.push(_tag));
    await cron.add("job", everySecond, () => {});
    await cron.start();
    await waitFor(() => seen.includes("RunEnded"), 4_000, "a run");
    expect(calls).toBeGreaterThanOrEqual(seen.length);
    end();
    end();
    const before = seen.length;
    await cron.stop();
    expect(seen.length).toBe(before);
    expect(written().some((text) => text.includes("listener failed"))).toBe(true);
  });
});

it("2,000 jobs that are due at one instant are each started once", async () => {
  const driver = Memory.layer();
  const due = Math.ceil((Date.now() + 5_000) / 1_000) * 1_000;
  const schedule = `@at ${new Date(due).toISOString().replace(".000", "")}`;
  const started: Array<string> = [];
  const nodes = await Promise.all(["a", "b"].map((nodeName) => make({ driver, service: "many", nodeName })));
  const handler = ({ dueAt, job }: JobRun) => void (dueAt === due && started.push(job));
  const names = Array.from({ length: 2_000 }, (_, index) => `job-${index}`);
  for (const cron of nodes) await Promise.all(names.map((name) => cron.add(name, schedule, handler)));
  await Promise.all(nodes.map((cron) => cron.start()));
  await waitFor(() => started.length >= names.length, 10_000, () => `2,000 starts, seen ${started.length}`);
  expect(new Set(started).size).toBe(names.length);
  await waitFor(
    () => nodes.flatMap((cron) => cron.happened("RunEnded")).length === names.length,
    5_000,
    "the ends of all runs",
  );
  expect(started.length).toBe(names.length);
});
