/**
 * What a client and a node tell of a fleet: what ran, what runs, who is there.
 */
import { setTimeout as delay } from "node:timers/promises";
import * as Memory from "ringcron/memory";
import { createClient, createCron, type Scheduler } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";

const times = { leaseMs: 1_000, maxSilenceMs: 1_000, graceMs: 200 };
const leapDay = "0 0 29 2 *";

const fleetOf = async (service: string, driver: ReturnType<typeof Memory.layer>, name: string): Promise<Scheduler> => {
  const cron = await createCron({ service, driver, nodeName: name, logLevel: "none", ...times });
  await cron.add("good", leapDay, () => {}, { overlap: "allow" });
  await cron.add("bad", leapDay, () => {
    throw new Error("broken");
  });
  await cron.add("again", leapDay, () => {
    throw new Error("not yet");
  }, { retry: { times: 1, delayMs: 600_000 } });
  await cron.add("slow", leapDay, async ({ signal }) => await delay(60_000, undefined, { signal }).catch(() => {}));
  await cron.start();
  return cron;
};

describe("a fleet of two", () => {
  it("tells what runs, what waits and what is queued, wherever it is asked", async () => {
    const driver = Memory.layer();
    await using one = await fleetOf("insight", driver, "one");
    await using two = await fleetOf("insight", driver, "two");
    await using client = await createClient({ service: "insight", driver });
    await client.trigger("slow");
    await client.trigger("again");
    const asked = await client.trigger("slow");
    const states = async () => (await client.runs()).map(({ job, state }) => `${job} ${state}`);
    const wanted = ["again waiting", "slow running", "slow queued"];
    await waitFor(async () => (await states()).join() === wanted.join(), 10_000, wanted.join());
    const [again, running, queued] = await client.runs();
    expect(again).toMatchObject({ attempt: 1, node: undefined, previousError: expect.stringContaining("not yet") });
    expect(again?.notBefore).toBeGreaterThan(Date.now() + 300_000);
    expect(["one", "two"]).toContain(running?.node);
    expect(running).toMatchObject({ kind: "manual", attempt: 1, fence: expect.any(Number) });
    expect(Math.abs((running?.since ?? 0) - Date.now())).toBeLessThan(10_000);
    expect(queued).toMatchObject({ kind: "manual", attempt: 0, fence: undefined, id: asked?.id, dueAt: asked?.dueAt });
    expect(await one.runs()).toEqual(await client.runs());
    expect((await two.runs({ job: "slow" })).map(({ state }) => state)).toEqual(["running", "queued"]);
    expect(await client.runs({ job: "nobody" })).toEqual([]);
    await client.cancelQueued("slow");
    await client.cancel("slow");
    await waitFor(async () => !(await states()).includes("slow running"), 10_000, "the run to end");
  });

  it("tells what ran, the newest first, with the names of who ran it", async () => {
    const driver = Memory.layer();
    await using _ = await fleetOf("history", driver, "one");
    await using client = await createClient({ service: "history", driver });
    const before = Date.now();
    for (let n = 0; n < 3; n++) await client.trigger("good");
    await client.trigger("bad");
    const all = async () => (await client.history()).lines;
    await waitFor(async () => (await all()).length === 4, 10_000, "four lines");
    const failed = await client.history({ outcome: "failed" });
    expect(failed.lines).toMatchObject([{
      _tag: "Run",
      job: "bad",
      outcome: "failed",
      node: "one",
      attempt: 1,
      error: "Error: broken",
    }]);
    const first = await client.history({ job: "good", limit: 2 });
    const second = await client.history({ job: "good", limit: 2, cursor: first.cursor });
    expect([first.lines.length, second.lines.length, second.cursor]).toEqual([2, 1, undefined]);
    const ids = [...first.lines, ...second.lines].map((it) => it._tag === "Run" ? it.id : "");
    expect(new Set(ids).size).toBe(3);
    expect((await client.history({ to: before })).lines).toEqual([]);
  });

  it("tells what a run failed with, without secrets, as far as redactError lets it", async () => {
    const driver = Memory.layer();
    const told = async (redactError: ((text: string) => string) | undefined, service: string) => {
      await using cron = await createCron({ service, driver, logLevel: "none", redactError });
      let cause: unknown;
      cron.on((event) => event._tag === "RunEnded" && (cause = event.cause));
      await cron.add("bad", leapDay, () => {
        throw new Error(`no mail to ann@example.org, token=abcdef123 ${"紙".repeat(300)}\nsecond line`);
      });
      await cron.start();
      await cron.trigger("bad");
      const lines = async () => (await cron.history()).lines;
      await waitFor(async () => (await lines()).length === 1, 10_000, "a line");
      expect(String(cause)).toContain("ann@example.org");
      const [line] = await lines();
      return line?._tag === "Run" ? line.error ?? "" : "";
    };
    const bare = await told(undefined, "bare");
    expect(bare).toMatch(/^Error: no mail to ann@example\.org, token=\*\*\* 紙+…$/);
    expect(bare.length).toBeLessThan(200);
    const redacted = await told((text) => text.replace(/\S+@\S+/g, "somebody"), "redacted");
    expect(redacted).toMatch(/^Error: no mail to somebody token=\*\*\* /);
    const fail = () => {
      throw new Error("no");
    };
    for (const [name, redact] of [["throws", fail], ["tells-nothing", () => undefined as never]] as const) {
      expect(await told(redact, name)).toBe("an error, the text of which was left out");
    }
  });

  it("tells who is there, and who is not heard of", async () => {
    const driver = Memory.layer();
    await using client = await createClient({ service: "members", driver });
    expect(await client.members()).toEqual([]);
    await using _ = await fleetOf("members", driver, "one");
    expect(await client.members()).toMatchObject([{ name: "one", state: "active", isLate: false }]);
  });

  it("refuses what cannot be meant, and says nothing once it is closed", async () => {
    const client = await createClient({ service: "wrong", driver: Memory.layer() });
    const wrong = (field: string) => ({ _tag: "InvalidInput", field });
    await expect(client.history({ limit: 0 })).rejects.toMatchObject(wrong("limit"));
    await expect(client.history({ outcome: "lucky" as never })).rejects.toMatchObject(wrong("outcome"));
    await expect(client.history({ from: "today" as never })).rejects.toMatchObject(wrong("from"));
    await expect(client.history({ job: "a b" })).rejects.toMatchObject(wrong("job"));
    await expect(client.history({ until: 5 } as never)).rejects.toMatchObject(wrong("until"));
    await expect(client.history(null as never)).rejects.toMatchObject(wrong("options"));
    await expect(client.runs({ job: 5 as never })).rejects.toMatchObject(wrong("job"));
    await client.close();
    for (const asked of [client.history(), client.runs(), client.members()]) {
      await expect(asked).rejects.toMatchObject({ _tag: "DriverError", reason: "Misconfigured" });
    }
  });
});
