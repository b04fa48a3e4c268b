/**
 * A client: what it costs, what it leaves behind, and what it says.
 */
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Layer from "effect/Layer";
import { Client, Driver, Store } from "ringcron";
import * as Memory from "ringcron/memory";
import { createClient, createCron, DriverError, InvalidInput, JobInUse, UnknownJob } from "ringcron/promise";
import { afterAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";

const hour = 3_600_000;
const leapDay = "0 0 29 2 *";
const ends: Array<() => Promise<void>> = [];
afterAll(async () => {
  for (const end of ends) await end();
});

/** A store, and what a client asks of it. */
const counting = () => {
  const store = Memory.store();
  const asked: Array<string> = [];
  const counted: Store.Store = {
    ...store,
    exchange: (request) => {
      asked.push(request.items[0]?._tag ?? "nothing");
      return store.exchange(request);
    },
    beat: (request) => {
      asked.push(request.incarnation === "" ? "members" : "beat");
      return store.beat(request);
    },
  };
  const layerOf = (it: Store.Store) => Layer.succeed(Driver.Driver, Store.driver(it));
  return { store, asked, ofNodes: layerOf(store), ofClient: layerOf(counted) };
};

const scene = async () => {
  const counted = counting();
  const service = "billing";
  const node = await createCron({ service, driver: counted.ofNodes, nodeName: "n", logLevel: "none" });
  const runs: Array<string> = [];
  await node.add("invoices", leapDay, (run) => void runs.push(run.kind));
  await node.add("reports", leapDay, () => {});
  await node.start();
  const client = await createClient({ service, driver: counted.ofClient });
  ends.push(client.close, () => node.stop({ drainMs: 0 }));
  // Both are known to the store from here on.
  await waitFor(
    () => node.jobs().every(({ decidedUpTo }) => decidedUpTo !== undefined),
    5_000,
    "its jobs in the store",
  );
  const costOf = async (call: () => Promise<unknown>): Promise<ReadonlyArray<string>> => {
    counted.asked.length = 0;
    await call().catch(() => undefined);
    return [...counted.asked].sort();
  };
  return { ...counted, service, node, runs, client, costOf };
};

describe("a client", () => {
  it("costs a look, a change and a question who is there; nothing in between", async () => {
    const { asked, client, costOf, node } = await scene();
    const span = { afterMs: 0, upToMs: hour, schedule: "*/15 * * * *" };
    const [look, change, members] = ["Look", "Change", "members"];
    const one = [change, look, members].sort();
    expect(asked).toEqual([]);
    expect(await costOf(() => client.pause("invoices"))).toEqual(one);
    expect(await costOf(() => client.pause("invoices"))).toEqual([look, members]);
    expect(await costOf(() => client.resume("invoices"))).toEqual(one);
    expect(await costOf(() => client.cancelQueued("invoices"))).toEqual([look]);
    expect(await costOf(() => client.trigger("invoices", { key: "k" }))).toEqual(one);
    expect(await costOf(() => client.trigger("invoices", { key: "k" }))).toEqual([look, members]);
    expect(await costOf(() => client.backfill("invoices", span))).toEqual(one);
    expect(await costOf(() => client.pause("invoces"))).toEqual([look, members]);
    expect(await costOf(() => client.trigger("invoces"))).toEqual([look, members]);
    expect(await costOf(() => client.remove("reports"))).toEqual([look, members]);
    await node.remove("reports");
    await node.pool.refresh();
    expect(await costOf(() => client.trigger("reports"))).toEqual([look, members]);
    expect(await costOf(() => client.remove("reports"))).toEqual(one);
    // What cannot be is told without a question.
    const wrong = [
      () => client.pause("a b"),
      () => client.pause("invoices", { reason: "" }),
      () => client.pause("invoices", { by: "b".repeat(101) }),
      () => client.trigger("invoices", { key: "a b" }),
      () => client.resume("invoices", { missed: "some" } as never),
      () => client.backfill("invoices", { ...span, schedule: "61 * * * *" }),
      () => client.backfill("invoices", { ...span, afterMs: -1 }),
      () => client.remove(5 as never),
    ];
    for (const call of wrong) expect(await costOf(call)).toEqual([]);
  });

  it("pauses all jobs, also one that is declared meanwhile, and lets them go on", async () => {
    const { client, costOf, node, runs } = await scene();
    await node.add("secondly", "* * * * * *", (run) => void runs.push(run.kind));
    await waitFor(() => runs.length > 0, 5_000, "a run");
    await client.pause("reports", { by: "anna" });
    const note = { by: "ops", reason: "incident" };
    expect(await client.pauseAll(note)).toBe(2);
    expect(await client.pauseAll(note)).toBe(2);
    expect(await costOf(() => client.pauseAll({ reason: "" }))).toEqual([]);
    expect(await costOf(() => client.resumeAll({ missed: "some" } as never))).toEqual([]);
    const stood = () => node.jobs().map(({ name, pausedBy }) => [name, pausedBy]);
    await node.add("late", "* * * * * *", () => void runs.push("late"));
    const paused = [["invoices", "ops"], ["reports", "anna"], ["secondly", "ops"], ["late", "ops"]];
    await waitFor(() => JSON.stringify(stood()) === JSON.stringify(paused), 5_000, () => JSON.stringify(stood()));
    expect(runs).not.toContain("late");
    await client.resume("secondly");
    const before = runs.length;
    await waitFor(() => runs.length > before, 5_000, "a run of the one that goes on");
    expect(runs).not.toContain("late");
    expect(await node.resumeAll()).toBe(2);
    await waitFor(() => runs.includes("late"), 5_000, "a run of the new one");
    expect(stood().filter(([, by]) => by !== undefined)).toEqual([["reports", "anna"]]);
    const { jobs } = await client.overview();
    expect(jobs.filter(({ state }) => state === "paused").map(({ name }) => name)).toEqual(["reports"]);
  });

  it("asks a node to leave, which does, and says which names are near a wrong one", async () => {
    const { client, costOf, node, service, store, ofNodes } = await scene();
    const other = await createCron({ service, driver: ofNodes, nodeName: "worker-2", logLevel: "none" });
    const events: Array<string> = [];
    other.on((event) => events.push(event._tag === "DrainAsked" ? `asked by ${event.by}` : event._tag));
    await other.start();
    expect(await costOf(() => client.drain("worker 2"))).toEqual([]);
    expect(await costOf(() => client.drain("worker-2", { drainMs: -1 }))).toEqual([]);
    expect(await costOf(() => client.drain("worker-2", { by: "" }))).toEqual([]);
    await expect(client.drain("worker-3")).rejects.toMatchObject({ _tag: "UnknownNode", nearest: ["worker-2"] });
    await expect(client.drain("worker-3")).rejects.toThrow('no member is called worker-3; the nearest: "worker-2"');
    expect(await client.drain("worker-2", { by: "anna" })).toBe(1);
    await waitFor(() => events.includes("Stopped"), 5_000, "its end");
    expect(events.slice(-3)).toEqual(["asked by anna", "Leaving", "Stopped"]);
    await other.stop();
    await node.pool.refresh();
    expect(node.pool.members().map(({ name }) => name)).toEqual(["n"]);
    const { keys } = await Effect.runPromise(store.keys(service, undefined));
    expect(keys.filter((key) => key.startsWith("d:"))).toEqual([]);
    await expect(client.drain("worker-2")).rejects.toMatchObject({ nearest: [] });
  });

  it("leaves nothing of a payload when its fire is over, is given up, or is forgotten", async () => {
    const { client, node, service, store } = await scene();
    const rows = async () =>
      (await Effect.runPromise(store.keys(service, undefined))).keys.filter((key) => key.startsWith("p:")).length;
    const seen: Array<unknown> = [];
    let release = () => {};
    await node.add("slow", leapDay, (run) => {
      seen.push(run.payload);
      return new Promise<void>((resolve) => release = resolve);
    });
    await waitFor(() => node.jobs().every(({ decidedUpTo }) => decidedUpTo !== undefined), 5_000, "the job");
    await client.trigger("slow", { payload: { n: 1 } });
    await waitFor(() => seen.length > 0, 5_000, "a run");
    await client.trigger("slow", { payload: { n: 2 } });
    await client.trigger("slow", { payload: { n: 3 } });
    expect(await rows()).toBe(3);
    release();
    await waitFor(() => seen.length > 1, 5_000, "the next run");
    expect(await rows()).toBe(2);
    await client.cancelQueued("slow");
    expect(await rows()).toBe(1);
    release();
    await waitFor(async () => await rows() === 0, 5_000, "the end of the last");
    expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it("is no member, and leaves nothing in the store where nobody is", async () => {
    const { client, node, store, service } = await scene();
    await client.pause("invoices");
    await client.trigger("invoices");
    await node.pool.refresh();
    expect(node.pool.members().map(({ name }) => name)).toEqual(["n"]);

    const empty = await createClient({ service: "nobody", driver: Layer.succeed(Driver.Driver, Store.driver(store)) });
    await expect(empty.pause("invoices")).rejects.toMatchObject({ _tag: "UnknownJob", nearest: [], isDeclared: false });
    await expect(empty.remove("invoices")).rejects.toBeInstanceOf(UnknownJob);
    await empty.close();
    expect((await Effect.runPromise(store.keys("nobody", undefined))).keys).toEqual([]);
    expect((await Effect.runPromise(store.keys(service, undefined))).keys.length).toBeGreaterThan(0);
  });

  it("says what is in the way of a removal", async () => {
    const { client, node } = await scene();
    const error = await client.remove("invoices").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(JobInUse);
    expect(error).toMatchObject({ name: "JobInUse", job: "invoices", reason: "declared", nodes: ["n"] });
    expect(String(error)).toBe("JobInUse: job invoices is declared by n");
    await expect(node.forget("invoices")).rejects.toMatchObject({ reason: "declared" });
    const known = { job: "a", nodes: ["n", "m"] };
    expect(new JobInUse({ ...known, reason: "running" }).message).toBe("job a is being run by n, m");
    expect(new JobInUse({ ...known, nodes: [], reason: "queued" }).message).toContain("cancelQueued");
  });

  it("forgets a job that nobody declares, which begins afresh when it is declared again; so does a node", async () => {
    const { client, node, runs } = await scene();
    await client.pause("invoices");
    await node.remove("invoices");
    await node.pool.refresh();
    expect(await client.resume("invoices")).toBe(false);
    await client.pause("invoices");
    await client.remove("invoices");
    await expect(client.pause("invoices")).rejects.toBeInstanceOf(UnknownJob);
    await node.add("invoices", "* * * * * *", (run) => void runs.push(run.kind));
    await waitFor(() => runs.includes("due"), 5_000, "a run: the pause is forgotten as well");
    await node.remove("reports");
    await node.pool.refresh();
    await node.forget("reports");
    await expect(node.forget("reports")).rejects.toMatchObject({ _tag: "UnknownJob" });
  });

  it("is told of a job that a node is about to make known", async () => {
    const { client, node } = await scene();
    const added = node.add("added", leapDay, () => {});
    await added;
    await node.pool.refresh();
    expect(await client.pause("added")).toBe(true);
  });

  it("backfills with the schedule that it is given, and a node with its own", async () => {
    const { client, node, runs } = await scene();
    const span = { afterMs: 0, upToMs: 2 * hour };
    // A node tells it some time after it has joined.
    expect([0, "schedule"]).toContain(await client.backfill("invoices", span).catch(({ field }) => field));
    expect(await client.backfill("invoices", { ...span, schedule: "@hourly", timeZone: "Asia/Tokyo" })).toBe(2);
    await waitFor(() => runs.length === 2, 10_000, "both runs");
    expect(runs).toEqual(["backfill", "backfill"]);
    const now = Date.now();
    await expect(client.backfill("invoices", { afterMs: now, upToMs: now + hour, schedule: "@hourly" })).rejects
      .toMatchObject({ field: "upToMs" });
    // A clock that is a little ahead asks for what is due by now, and for nothing that is to come.
    const ahead = { afterMs: now - 2_500, upToMs: now + 4_000, schedule: "* * * * * *" };
    const found = await client.backfill("invoices", ahead);
    expect([2, 3, 4]).toContain(found);
    await expect(client.backfill("invoices", { ...span, schedule: "* * * * * *" })).rejects
      .toMatchObject({ field: "upToMs" });
    await expect(client.backfill("invoices", { ...span, schedule: "@manual" })).rejects.toMatchObject({ field: "job" });
    await expect(client.backfill("invoices", { ...span, schedule: "0 0 30 2 *" })).rejects.toMatchObject({
      _tag: "CronExpressionError",
    });
    await expect(node.backfill("invoices", { ...span, schedule: "@hourly" })).rejects.toMatchObject({
      _tag: "InvalidInput",
      field: "schedule",
    });
    await expect(node.backfill("invoices", { ...span, timeZone: "UTC" })).rejects.toMatchObject({ field: "timeZone" });
    expect(await node.backfill("invoices", span)).toBe(0);
  });

  it("says so once it is closed, as often as it is", async () => {
    const { client } = await scene();
    await client.close();
    await client.close();
    await client[Symbol.asyncDispose]();
    for (const call of [client.pause, client.trigger, client.remove, client.cancelQueued, client.rewind]) {
      await expect(call("invoices")).rejects.toMatchObject({
        _tag: "DriverError",
        driver: "memory",
        reason: "Misconfigured",
        detail: "this client is closed; make a new one",
      });
    }
  });

  it("takes a driver whose operations are methods", async () => {
    class Methods {
      readonly name = "methods";
      readonly #store = Memory.make();
      readonly asked: Array<string> = [];
      beat(request: Parameters<Driver.Driver["beat"]>[0]) {
        return this.#store.beat(request);
      }
      claim(request: Parameters<Driver.Driver["claim"]>[0]) {
        return this.#store.claim(request);
      }
      complete(request: Parameters<Driver.Driver["complete"]>[0]) {
        return this.#store.complete(request);
      }
      peek(request: Parameters<Driver.Driver["peek"]>[0]) {
        this.asked.push("peek");
        return this.#store.peek(request);
      }
      control(request: Parameters<Driver.Driver["control"]>[0]) {
        this.asked.push("control");
        return this.#store.control(request);
      }
      schedules(request: Parameters<NonNullable<Driver.Driver["schedules"]>>[0]) {
        return this.#store.schedules?.(request) ?? Effect.never;
      }
      hints(service: string, hearing: Driver.Hearing) {
        this.asked.push("hints");
        return this.#store.hints?.(service, hearing) ?? Effect.never;
      }
    }
    const driver = new Methods();
    const client = await createClient({ service: "billing", driver: Layer.succeed(Driver.Driver, driver) });
    await expect(client.pause("a")).rejects.toBeInstanceOf(UnknownJob);
    await expect(client.remove("a")).rejects.toBeInstanceOf(UnknownJob);
    expect(driver.asked).toEqual(["control", "peek", "control", "peek"]);
    expect((await client.schedules.list()).schedules).toEqual([]);
    await client.close();

    const node = await createCron({ service: "billing", driver: Layer.succeed(Driver.Driver, driver) });
    ends.push(() => node.stop({ drainMs: 0 }));
    const events: Array<string> = [];
    node.on(({ _tag }) => events.push(_tag));
    await node.start();
    await waitFor(() => driver.asked.includes("hints"), 2_000, "the node to listen");
    expect(events).not.toContain("HintsUnavailable");
  });

  it("takes a store whose operations are methods", async () => {
    const kept = Memory.store();
    class Methods {
      readonly name = "methods";
      readonly limits = kept.limits;
      readonly #store = kept;
      readonly exchange = this.#store.exchange;
      readonly beat = this.#store.beat;
      readonly history = this.#store.history;
      readonly keys = this.#store.keys;
      readonly destroy = this.#store.destroy;
      hints(service: string, hearing: Store.Hearing) {
        return this.#store.hints?.(service, hearing) ?? Effect.never;
      }
    }
    const driver = Store.driver(new Methods());
    let isOpen = false;
    const hearing = { opened: () => void (isOpen = true), heard: () => {} };
    const fiber = Effect.runFork(driver.hints?.("billing", hearing) ?? Effect.never);
    expect(isOpen).toBe(true);
    await Effect.runPromise(Fiber.interrupt(fiber));
  });

  it("releases what its driver opened, and a layer does so with its scope", async () => {
    const open: Array<string> = [];
    const driver = Layer.effect(
      Driver.Driver,
      Effect.acquireRelease(
        Effect.sync(() => {
          open.push("opened");
          return Memory.make();
        }),
        () => Effect.sync(() => void open.push("closed")),
      ),
    );
    const client = await createClient({ service: "billing", driver });
    expect(open).toEqual(["opened"]);
    await client.close();
    expect(open).toEqual(["opened", "closed"]);
    const layer = Layer.provide(Client.layer({ service: "billing" }), driver);
    const kept = await Effect.runPromise(Effect.provide(Client.Client, layer));
    expect(open).toEqual(["opened", "closed", "opened", "closed"]);
    expect(await Effect.runPromise(Effect.flip(kept.pause("a")))).toMatchObject({ reason: "Misconfigured" });
  });

  it.each<[field: string, options: unknown]>([
    ["options", undefined],
    ["options", null],
    ["options", "billing"],
    ["driver", { service: "billing" }],
    ["driver", { service: "billing", driver: "redis://:s3cr3t@example.com" }],
    ["service", { driver: Memory.layer() }],
    ["service", { driver: Memory.layer(), service: "" }],
    ["service", { driver: Memory.layer(), service: "a b" }],
    ["service", { driver: Memory.layer(), service: "a".repeat(129) }],
    ["nodeName", { driver: Memory.layer(), service: "billing", nodeName: "a" }],
    ["driver", { driver: Layer.empty, service: "billing" }],
  ])("refuses a wrong %s (%#)", async (field, options) => {
    const error = await createClient(options as never).then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidInput);
    expect(error).toMatchObject({ field });
    expect(String(error)).not.toContain("s3cr3t");
  });

  it("passes on that a driver cannot be made, and that its store is away", async () => {
    const away = new DriverError({ driver: "x", operation: "layer", reason: "Unavailable", detail: "away" });
    const none = Layer.effect(Driver.Driver, Effect.fail(away));
    await expect(createClient({ service: "billing", driver: none })).rejects.toMatchObject({ reason: "Unavailable" });
    const store = { ...Memory.make(), control: () => Effect.fail(away), peek: () => Effect.fail(away) };
    const client = await createClient({ service: "billing", driver: Layer.succeed(Driver.Driver, store) });
    await expect(client.pause("a")).rejects.toMatchObject({ detail: "away" });
    await expect(client.trigger("a")).rejects.toMatchObject({ detail: "away" });
    await expect(client.remove("a")).rejects.toMatchObject({ detail: "away" });
    await client.close();
  });
});
