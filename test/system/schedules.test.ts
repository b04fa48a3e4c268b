/**
 * Schedules in the store, and real nodes that have their handlers: over each store that keeps any.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Memory from "ringcron/memory";
import { createCron, InvalidInput, type ScheduledRun, type Scheduler, type StandardSchema } from "ringcron/promise";
import { afterAll, describe, expect, it } from "vitest";
import { Driver } from "../../src/Driver.ts";
import { hostClock } from "../../src/shell/hostClock.ts";
import type { ScheduleDefinition } from "../../src/core/words/ScheduleRequest.ts";
import { waitFor } from "../support/wait.ts";
import { define } from "../unit/support/schedules.ts";
import { everySecond, useNodes } from "./support/nodes.ts";

const { make, written } = useNodes();

/** A store that nodes share, and what somebody puts into it who is none of them. */
const shared = () => {
  const store = Memory.make();
  const service = `schedules-${crypto.randomUUID()}`;
  const driver = Layer.succeed(Driver, store);
  const ask = (command: Parameters<NonNullable<Driver["schedules"]>>[0]["command"]) =>
    // By the clock of the nodes, as the engine of the store is theirs.
    Effect.runPromise(
      Effect.provideService(
        store.schedules?.({ _tag: "Schedules", service, command }) ?? Effect.die("none"),
        Clock.Clock,
        hostClock,
      ),
    );
  const put = async (id: string, schedule: string, rest: Partial<ScheduleDefinition> = {}) =>
    (await ask({ _tag: "Put", puts: [{ id, definition: define({ schedule, ...rest }) }] })).done[0]?.result;
  return { service, driver, ask, put, options: { service, driver, leaseMs: 2_000, graceMs: 200, maxSilenceMs: 2_000 } };
};

/** What a schema answers with for whatever it is asked. */
const schemaOf = <A>(validate: StandardSchema<A>["~standard"]["validate"]): StandardSchema<A> => ({
  "~standard": { version: 1, vendor: "test", validate },
});

/** Takes a number, and hands on a text. */
const tenant = schemaOf((value) =>
  typeof value === "number"
    ? { value: `tenant ${value}` }
    : { issues: [{ message: "no number", path: ["tenant", { key: 0 }] }] }
);

describe.concurrent("a schedule in the store", () => {
  it("starts once on a node that has its handler, with its id and its payload as the schema has made it", async () => {
    const { options, put } = shared();
    const runs: Array<ScheduledRun<string>> = [];
    for (const nodeName of ["a", "b"]) {
      const cron = await make({ ...options, nodeName });
      await cron.handle("report", (run) => void runs.push(run), { payload: tenant });
      await cron.start();
    }
    expect(await put("tenant:42", everySecond, { payload: "42" })).toBe("created");
    await waitFor(() => runs.length >= 3, 10_000, "three runs");
    expect(runs[0]).toMatchObject({ job: "report", schedule: "tenant:42", payload: "tenant 42", attempt: 1 });
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
  });

  it("tells with each run of which version it is, also when it has become again what it was", async () => {
    const cron = await make(shared().options);
    const runs: Array<ScheduledRun> = [];
    await cron.handle("report", (run) => void runs.push(run));
    await cron.start();
    const versions: Array<number> = [];
    for (const payload of ["one", "two", "one"]) {
      await cron.schedules.put({ id: "tenant:42", handler: "report", schedule: everySecond, payload });
      const { version = 0 } = await cron.schedules.get("tenant:42") ?? {};
      versions.push(version);
      const run = await waitFor(() => runs.find((it) => it.version === version), 10_000, "a run of that version");
      expect(run.payload).toBe(payload);
    }
    expect([...versions].sort((one, other) => one - other)).toEqual(versions);
    expect(new Set(versions).size).toBe(3);
  });

  it("whose payload does not fit fails with the reason, and calls no handler", async () => {
    const { options, put } = shared();
    let calls = 0;
    const cron = await make(options);
    await cron.handle("report", () => void calls++, { payload: tenant });
    await cron.handle("later", () => void calls++, {
      payload: schemaOf(() => Promise.reject(new Error("no schema today"))),
    });
    await cron.start();
    await put("wrong", everySecond, { payload: '"x"' });
    await put("broken", everySecond, { handler: "later" });
    const failed = (id: string) => cron.happened("RunEnded").find(({ run }) => run.schedule === id);
    const wrong = await waitFor(() => failed("wrong"), 10_000, "a failed run");
    expect(wrong).toMatchObject({
      outcome: "failed",
      error: expect.stringContaining("the payload does not fit: tenant.0: no number"),
    });
    const broken = await waitFor(() => failed("broken"), 10_000, "another");
    expect(broken).toMatchObject({ outcome: "failed", error: expect.stringContaining("no schema today") });
    expect(calls).toBe(0);
  });

  it("is told of by its handler and its id, in events and in the log, and keeps its last runs", async () => {
    const { options } = shared();
    const cron = await make(options);
    const failing = { handler: "report", schedule: everySecond, keepRuns: 2 } as const;
    await cron.handle("report", () => Promise.reject(new Error("no ink")));
    await cron.start();
    await cron.schedules.put({ ...failing, id: "tenant-7" });
    const told = await waitFor(
      () => cron.happened("RunEnded").find(({ run }) => run.schedule === "tenant-7"),
      10_000,
      "a run",
    );
    expect(told.run).toMatchObject({ job: "report", schedule: "tenant-7" });
    const isLogged = (line: string) => /a run of schedule \W{1,3}tenant-7\W{1,3} of report failed: .*no ink/.test(line);
    await waitFor(() => written().some(isLogged), 10_000, "a line in the log");
    expect(cron.happened("RunStarted").every(({ run }) => run.job === "report")).toBe(true);
    await waitFor(async () => (await cron.schedules.get("tenant-7"))?.lastRuns.length === 2, 15_000, "two runs kept");
    const { lastRuns = [] } = await cron.schedules.get("tenant-7") ?? {};
    expect(lastRuns).toMatchObject([0, 1].map(() => ({ outcome: "failed", error: expect.stringContaining("no ink") })));
    expect(lastRuns[0]?.dueAt).toBeGreaterThan(lastRuns[1]?.dueAt ?? 0);
    const run = await cron.schedules.trigger("tenant-7");
    await expect(run.result()).rejects.toMatchObject({
      _tag: "RunFailed",
      job: "report (tenant-7)",
      outcome: "failed",
    });
    await expect((await cron.schedules.trigger("tenant-7", { keepResult: false })).result()).rejects.toMatchObject({
      _tag: "ResultUnavailable",
      reason: "not-kept",
    });
    await cron.schedules.remove("tenant-7");
  });

  it("is changed, paused, goes on and is removed while nodes have it", async () => {
    const { ask, options, put } = shared();
    const runs: Array<ScheduledRun> = [];
    const cron = await make(options);
    await cron.handle("report", (run) => void runs.push(run));
    await cron.start();
    await put("x", everySecond, { payload: "1" });
    await put("witness", everySecond);
    const of = (id: string) => runs.filter(({ schedule }) => schedule === id);
    // What is due within two seconds may have been claimed before.
    const noneAfter = async (what: string, at: number) => {
      const claimed = at + 2_000;
      await waitFor(
        () => of("witness").some(({ dueAt }) => dueAt > claimed + 2_000),
        15_000,
        `time after it was ${what}`,
      );
      expect(of("x").filter(({ dueAt }) => dueAt > claimed)).toEqual([]);
    };
    await waitFor(() => of("x").some(({ payload }) => payload === 1), 10_000, "a run of the first");
    expect(await put("x", everySecond, { payload: "2" })).toBe("updated");
    await waitFor(() => of("x").some(({ payload }) => payload === 2), 10_000, "a run of the second");
    const changed = of("x").findIndex(({ payload }) => payload === 2);
    await waitFor(() => of("x").length > changed + 2, 10_000, "more of them");
    expect(of("x").slice(changed).every(({ payload }) => payload === 2)).toBe(true);
    await ask({ _tag: "Pause", id: "x" });
    await noneAfter("paused", Date.now());
    const paused = of("x").length;
    await ask({ _tag: "Resume", id: "x", missed: "skip" });
    await waitFor(() => of("x").length > paused, 10_000, "a run after the pause");
    await ask({ _tag: "Remove", id: "x" });
    await noneAfter("removed", Date.now());
    expect(cron.jobs()).toEqual([]);
  });

  it("goes on when its node dies, when nobody has its handler for a while, and when the whole fleet was restarted", async () => {
    const { options, put } = shared();
    const runs: Array<ScheduledRun> = [];
    const node = async (nodeName: string): Promise<Scheduler> => {
      const cron = await createCron({ ...options, nodeName, logLevel: "none" });
      await cron.handle("report", (run) => void runs.push(run));
      await cron.start();
      return cron;
    };
    await put("early", everySecond);
    const first = await node("a");
    await waitFor(() => runs.some(({ node: it }) => it === "a"), 10_000, "a run on a");
    await first.stop({ drainMs: 0 });
    const alone = runs.length;
    const [b, c] = await Promise.all([node("b"), node("c")]);
    await waitFor(() => runs.length > alone + 1, 10_000, "runs on others");
    await Promise.all([b?.stop({ drainMs: 0 }), c?.stop({ drainMs: 0 })]);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
  });
});

describe("cron.handle", () => {
  const crons: Array<Scheduler> = [];
  afterAll(() => Promise.all(crons.map((cron) => cron.stop({ drainMs: 0 }))));

  it.each<[what: string, args: ReadonlyArray<unknown>, field: string]>([
    ["a name that is none", ["~x", () => {}], "handler"],
    ["no name", [undefined, () => {}], "handler"],
    ["a handler that is none", ["x", "y"], "handler"],
    ["a name that is taken", ["taken", () => {}], "handler"],
    ["an option that is none", ["x", () => {}, { schema: tenant }], "schema"],
    ["options that are none", ["x", () => {}, 5], "options"],
    ["a schema that is none", ["x", () => {}, { payload: {} }], "payload"],
    [
      "a schema of another version",
      ["x", () => {}, { payload: { "~standard": { version: 2, validate: () => {} } } }],
      "payload",
    ],
  ])("refuses %s", async (_, args, field) => {
    const cron = await make();
    await cron.handle("taken", () => {});
    const error = await (cron.handle as (...all: ReadonlyArray<unknown>) => Promise<void>)(...args).catch((it) => it);
    expect(error).toBeInstanceOf(InvalidInput);
    expect((error as InvalidInput).field).toBe(field);
  });

  it("refuses a driver that keeps no schedules", async () => {
    const { due: _, ...store } = Memory.make();
    const cron = await make({ driver: Layer.succeed(Driver, store) });
    await expect(cron.handle("report", () => {})).rejects.toMatchObject({ field: "driver" });
  });
});
