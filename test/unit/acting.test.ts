/**
 * Who asks: every command of a client, of a node and of a ticker takes a name, refuses what is none before anything is sent, and tells it
 * in the history with what it has changed.
 */
import * as Layer from "effect/Layer";
import { Driver, Store } from "ringcron";
import { commands, createTicker } from "ringcron/edge";
import * as Memory from "ringcron/memory";
import { type Client, createClient, createCron, type Scheduler } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";

const leapDay = "0 0 29 2 *";

/** A node with a job, a client, and how many requests the client has sent. */
const scene = async () => {
  const store = Memory.store();
  const sent: Array<string> = [];
  const counted: Store.Store = {
    ...store,
    exchange: (request) => {
      sent.push("exchange");
      return store.exchange(request);
    },
    beat: (request) => {
      sent.push("beat");
      return store.beat(request);
    },
  };
  const layer = (it: Store.Store) => Layer.succeed(Driver.Driver, Store.driver(it));
  const service = "billing";
  const node = await createCron({ service, driver: layer(store), nodeName: "web", logLevel: "none" });
  // One run of it goes on, so that what is asked for besides waits.
  const untilAborted = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener("abort", resolve));
  await node.add("invoices", leapDay, ({ signal }) => untilAborted(signal));
  await node.start();
  const client = await createClient({ service, driver: layer(counted) });
  await waitFor(() => node.jobs()[0]?.decidedUpTo !== undefined, 5_000, "its job in the store");
  await client.trigger("invoices");
  await waitFor(async () => (await client.runs())[0]?.state === "running", 5_000, "a run that goes on");
  const close = async () => {
    await client.close();
    await node.stop({ drainMs: 0 });
  };
  return { driver: layer(store), service, node, client, sent, [Symbol.asyncDispose]: close };
};

const put = { id: "tenant-7", handler: "report", schedule: "@yearly" };

type Asking = { readonly by?: string };
type Ask = (fleet: Client | Scheduler, options: Asking) => Promise<unknown>;

/** Commands, and the action of each in the history; a pause before its end, and so on, as only what changes something is told. */
const asks: ReadonlyArray<readonly [action: string, ask: Ask]> = [
  ["pause", (it, options) => it.pause("invoices", options)],
  ["trigger", (it, options) => it.trigger("invoices", options)],
  ["cancel-queued", (it, options) => it.cancelQueued("invoices", options)],
  ["resume", (it, options) => it.resume("invoices", options)],
  ["pause-all", (it, options) => it.pauseAll(options)],
  ["resume-all", (it, options) => it.resumeAll(options)],
  ["schedule-put", (it, options) => it.schedules.put(put, options)],
  ["schedule-pause", (it, options) => it.schedules.pause(put.id, options)],
  ["schedule-resume", (it, options) => it.schedules.resume(put.id, options)],
  ["schedule-trigger", (it, options) => it.schedules.trigger(put.id, options)],
  ["schedule-remove", (it, options) => it.schedules.remove(put.id, options)],
];

/** Those that change nothing as things stand here, and at the end one that ends the run. */
const others: ReadonlyArray<readonly [action: string, ask: Ask]> = [
  ["backfill", (it, options) => it.backfill("invoices", { afterMs: 1, upToMs: 2, ...options })],
  ["rewind", (it, options) => it.rewind("invoices", options)],
  ["drain", (it, options) => it.drain("nobody", options)],
  ["remove", (it, options) => "forget" in it ? it.forget("invoices", options) : it.remove("invoices", options)],
  ["cancel", (it, options) => it.cancel("invoices", options)],
];

const told = async (it: Client | Scheduler) =>
  (await it.history({ outcome: "action" })).lines.flatMap((line) => line._tag === "Action" ? [line] : []).reverse();

const wrong: ReadonlyArray<unknown> = ["", "x".repeat(101), "a\nb", "\u0007", 5, null, {}];

describe("who asks", () => {
  it.each(["client", "node"] as const)(
    "of a %s is told with what was done, once, and never unless it is said",
    async (kind) => {
      await using it = await scene();
      const fleet = it[kind];
      for (const [, ask] of asks) await ask(fleet, {});
      expect(await told(fleet)).toEqual([]);
      const before = Date.now();
      for (const [, ask] of asks) await ask(fleet, { by: `anna "ops" <紙>` });
      for (const [, ask] of others) await ask(fleet, { by: `anna "ops" <紙>` }).catch(() => {});
      const lines = await told(fleet);
      expect(lines.map(({ action, job, schedule }) => [action, job ?? schedule])).toEqual([
        ...asks.map(([action]) => {
          const name = action.startsWith("schedule-") ? put.id : action.endsWith("-all") ? undefined : "invoices";
          return [action, name];
        }),
        ["cancel", "invoices"],
      ]);
      for (const { at, by } of lines) expect([by, Math.abs(at - before) < 60_000]).toEqual([`anna "ops" <紙>`, true]);
      // Who did what is no decision about a fire.
      expect((await fleet.explain("invoices")).decisions.map((line) => line._tag as string)).not.toContain("Action");
      expect((await fleet.job("invoices")).history.map((line) => line._tag)).toContain("Action");
    },
  );

  it("is refused before anything is sent where it is no name, and the error says what is", async () => {
    await using it = await scene();
    for (const [action, ask] of [...asks, ...others]) {
      for (const by of wrong) {
        it.sent.length = 0;
        const refused = {
          _tag: "InvalidInput",
          field: "by",
          allowed: "1 to 100 characters, none of them a control character",
        };
        await expect(ask(it.client, { by } as Asking), `${action} by ${JSON.stringify(by)}`).rejects.toMatchObject(
          refused,
        );
        expect(it.sent, action).toEqual([]);
      }
      const strange = { _tag: "InvalidInput", field: expect.stringContaining("bye") };
      await expect(ask(it.client, { bye: "anna" } as Asking), action).rejects.toMatchObject(strange);
    }
    expect(await told(it.client)).toEqual([]);
  });

  it("costs no request", async () => {
    await using it = await scene();
    const costs = async (options: Asking) => {
      const counts: Array<number> = [];
      for (const [, ask] of asks) {
        it.sent.length = 0;
        await ask(it.client, options);
        counts.push(it.sent.length);
      }
      return counts;
    };
    await costs({});
    expect(await costs({ by: "anna" })).toEqual(await costs({}));
  });

  it("of a ticker's commands is told, too", async () => {
    await using it = await scene();
    const ticker = await createTicker({ service: it.service, driver: it.driver });
    await ticker.add("invoices", leapDay, () => {});
    await ticker.tick();
    await commands(ticker).pause("invoices", { by: "anna" });
    expect((await told(it.client)).map(({ action, by }) => [action, by])).toEqual([["pause", "anna"]]);
    await ticker.close();
  });

  it("asks a node to leave, and forgets a job, by name", async () => {
    await using it = await scene();
    await it.client.drain("web", { by: "anna", drainMs: 100 });
    await waitFor(() => it.node.pool.members().length === 0, 15_000, "the node to leave");
    await it.client.remove("invoices", { by: "bert" });
    expect(await told(it.client)).toEqual([
      { _tag: "Action", action: "drain", by: "anna", at: expect.any(Number), node: "web" },
      { _tag: "Action", action: "remove", by: "bert", at: expect.any(Number), job: "invoices" },
    ]);
  });
});
