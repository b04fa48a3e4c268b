/**
 * Waiting for what triggered runs come to, over every store, from a client and from nodes.
 */
import { randomUUID } from "node:crypto";
import { createClient, type JobOptions, type JobRun, NonRetryable, type Triggered } from "ringcron/promise";
import { afterAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { useNodes } from "./support/nodes.ts";
import { type Fleet, useStores } from "./support/stores.ts";

const { make } = useNodes();
const { stores } = useStores({ hints: true });
const closing: Array<() => Promise<void>> = [];
afterAll(async () => {
  for (const close of closing) await close();
});

const leapDay = "0 0 29 2 *";
const options = { leaseMs: 2_000, graceMs: 300, maxSilenceMs: 2_000 };

/** A fleet of some nodes with one job, and a client. */
const scene = async (
  name: string,
  handler: (run: JobRun) => unknown,
  jobOptions: JobOptions = {},
  nodeNames: ReadonlyArray<string> = ["a", "b"],
) => {
  const fleet = (stores[name] as () => Fleet)();
  const service = `results-${name}-${randomUUID()}`;
  const nodes = await Promise.all(nodeNames.map(async (nodeName) => {
    const cron = await make({ driver: fleet, service, nodeName, ...options });
    await cron.add("job", leapDay, handler, jobOptions);
    return cron;
  }));
  for (const cron of nodes) await cron.start();
  const client = await createClient({ service, driver: fleet });
  closing.push(client.close);
  const triggered = async (more?: object): Promise<Triggered> => {
    const handle = await client.trigger("job", more);
    if (handle === undefined) throw new Error("nobody declares it");
    return handle;
  };
  return { nodes, client, triggered };
};

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => undefined, (error: unknown) => error);

const within = { timeoutMs: 60_000 };

/** Waits until a result that is not there yet is told to be missing for this reason. */
const misses = (handle: Triggered, reason: string): Promise<unknown> =>
  waitFor(
    async () => (await caught(handle.result({ timeoutMs: 500 })) as { reason?: string } | undefined)?.reason === reason,
    20_000,
    `a result that is missing as ${reason}`,
  );

describe.concurrent.each(Object.keys(stores))("over %s", (name) => {
  it("a client hears what a handler returned, and what it failed with", async () => {
    const secret = "connect to redis://user:hunter2@host failed, token=abc123\nand more";
    const { client, nodes, triggered } = await scene(name, ({ payload }) => {
      switch (payload) {
        case "nothing":
          return undefined;
        case "large":
          return "x".repeat(16_383);
        case "odd":
          return 5n;
        case "fail":
          throw new NonRetryable(secret);
        default:
          return { got: payload, text: "Zo\u00eb|@;\ud83d\ude00" };
      }
    });
    const value = await triggered({ payload: { n: 1 }, key: "one" });
    expect(JSON.parse(JSON.stringify(value))).toEqual({ dueAt: value.dueAt, id: value.id });
    const told = { got: { n: 1 }, text: "Zo\u00eb|@;\ud83d\ude00" };
    expect(await value.result(within)).toEqual(told);
    // Again, under the same key, and from a node.
    expect(await (await triggered({ key: "one" })).result(within)).toEqual(told);
    expect(await (await nodes[0]?.trigger("job", { key: "one" }))?.result(within)).toEqual(told);
    expect(await (await triggered({ payload: "nothing" })).result(within)).toBeUndefined();
    const large = await triggered({ payload: "large" });
    expect(await caught(large.result(within))).toMatchObject({ _tag: "ResultUnavailable", reason: "too-large" });
    const odd = await triggered({ payload: "odd" });
    expect(await caught(odd.result(within))).toMatchObject({ _tag: "ResultUnavailable", reason: "not-json" });
    const failed = await triggered({ payload: "fail" });
    const error = await caught(failed.result(within));
    expect(error).toMatchObject({ _tag: "RunFailed", job: "job", id: failed.id, outcome: "failed", attempt: 1 });
    expect(String(error)).toContain("connect to redis://***@host failed");
    expect(String(error)).not.toMatch(/hunter2|abc123|and more/);
    const without = await triggered({ keepResult: false });
    expect(await caught(without.result(within))).toMatchObject({ _tag: "ResultUnavailable", reason: "not-kept" });
    const many = await Promise.all(Array.from({ length: 12 }, (_, n) => triggered({ payload: n })));
    const all = await Promise.all(many.map((it) => it.result(within)));
    expect(all.map((it) => (it as { got: number }).got)).toEqual(many.map((_, n) => n));
    await client.close();
    expect(await caught(value.result())).toMatchObject({ _tag: "DriverError", reason: "Misconfigured" });
  }, 120_000);

  it("only the last attempt counts, giving up waiting cancels nothing, and what is cancelled is told", async () => {
    let release: (() => void) | undefined;
    const { client, triggered } = await scene(name, (run) => {
      if (run.payload === "slow") return new Promise((resolve) => release = () => resolve("released"));
      if (run.payload === "hangs") return new Promise((resolve) => run.signal.addEventListener("abort", resolve));
      if (run.attempt < 3) throw new Error(`attempt ${run.attempt}`);
      return run.attempt;
    }, { retry: { delayMs: 300, jitter: 0, times: 3 } });
    const tried = await triggered();
    expect(await tried.result(within)).toBe(3);
    const slow = await triggered({ payload: "slow" });
    const queued = await triggered({ payload: "slow" });
    await misses(slow, "running");
    await misses(queued, "queued");
    expect(await client.cancelQueued("job")).toBe(1);
    expect(await caught(queued.result(within))).toMatchObject({ _tag: "RunFailed", outcome: "cancelled", attempt: 0 });
    const waiting = slow.result(within);
    // The store may say that it runs before its node has heard of it.
    (await waitFor(() => release, 10_000, "the start of the handler"))();
    expect(await waiting).toBe("released");
    const hangs = await triggered({ payload: "hangs" });
    await misses(hangs, "running");
    await client.cancel("job");
    expect(await caught(hangs.result(within))).toMatchObject({ _tag: "RunFailed", outcome: "cancelled", attempt: 1 });
  }, 120_000);

  it("the result is that of whoever ran it in the end", async () => {
    const starts: Array<JobRun> = [];
    const { nodes, triggered } = await scene(name, (run) => {
      starts.push(run);
      return run.attempt > 1 ? run.node : new Promise((resolve) => run.signal.addEventListener("abort", resolve));
    }, { delivery: "at-least-once" });
    const handle = await triggered({ payload: 1 });
    const first = await waitFor(() => starts[0], 10_000, "a run");
    const waiting = handle.result(within);
    await nodes[first.node === "a" ? 0 : 1]?.stop({ drainMs: 0 });
    expect(await waiting).toBe(first.node === "a" ? "b" : "a");
    expect(starts.map(({ id }) => id)).toEqual([handle.id, handle.id]);
  }, 120_000);
});

describe("options of results", () => {
  it("are checked before anything is asked", async () => {
    const { triggered } = await scene("memory", () => 1, {}, ["a"]);
    const handle = await triggered();
    for (const timeoutMs of [0, -1, 1.5, Number.NaN, Infinity, 86_400_001, "5", null]) {
      expect(await caught(handle.result({ timeoutMs } as never))).toMatchObject({
        _tag: "InvalidInput",
        field: "timeoutMs",
      });
    }
    expect(await caught(handle.result({ timeout: 5 } as never))).toMatchObject({ _tag: "InvalidInput" });
    expect(await caught(handle.result(5 as never))).toMatchObject({ _tag: "InvalidInput" });
    expect(await caught(triggered({ keepResult: 1 }))).toMatchObject({ _tag: "InvalidInput", field: "keepResult" });
  });
});
