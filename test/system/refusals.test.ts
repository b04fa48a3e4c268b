/**
 * Options and calls that a running node refuses, and that nothing is changed by them.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Schedule from "effect/Schedule";
import * as Memory from "ringcron/memory";
import type { Scheduler } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { whole } from "../../src/carrier.ts";
import { Driver } from "../../src/Driver.ts";
import { waitFor } from "../support/wait.ts";
import { useNodes } from "./support/nodes.ts";

const { make } = useNodes();

const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  return error;
};

describe("a running node", () => {
  const past = Date.UTC(2026, 0, 1);
  /** What is refused, the field it names, and a part of what it says is allowed. */
  const jobOptions: ReadonlyArray<readonly [field: string, options: Record<string, unknown>, allowed: string]> = [
    ["retry", { retry: 3 }, "{ times: 3 }"],
    ["retry", { retry: Schedule.forever }, "1 to 100 times"],
    ["retry.times", { retry: { times: 1e9 } }, "1 to 100"],
    ["retry.times", { retry: { times: 0 } }, "1 to 100"],
    ["retry.delayMs", { retry: { delayMs: -1 } }, "1 to 86400000"],
    ["retry.factor", { retry: { factor: NaN } }, "1 to 10"],
    ["retry.maxDelayMs", { retry: { delayMs: 2_000, maxDelayMs: 1_000 } }, "from delayMs"],
    ["retry.jitter", { retry: { jitter: 2 } }, "0 to 1"],
    ["overlap", { overlap: "sometimes" }, '"skip"'],
    ["maxConcurrent", { overlap: "allow", maxConcurrent: 0 }, "1 to 1000"],
    ["maxQueued", { overlap: "queue-all", maxQueued: 1_001 }, "1 to 1000"],
    ["limit", { limit: 0 }, "1 to 1000000000"],
    ["limit", { limit: 1e10 }, "1 to 1000000000"],
    ["startAt", { startAt: "tomorrow" }, "ISO text"],
    ["endAt", { startAt: past + 2_000, endAt: past + 1_000 }, "later than startAt"],
    ["endAt", { endAt: past, startAt: past }, "later than startAt"],
    ["jitterMs", { jitterMs: 0 }, "1 to 86400000"],
    ["jitterMs", { jitterMs: "1m" }, "1 to 86400000"],
    ["runOn", { runOn: "gpu" }, "a list of 1 to 32"],
    ["runOn", { runOn: [] }, "a list of 1 to 32"],
    ["runOn", { runOn: ["gpu", "gpu"] }, "each once"],
    ["timeoutMs", { timeoutMs: -1 }, "1 to 604800000"],
    ["delivery", { delivery: "exactly-once" }, '"at-most-once"'],
    ["catchUp.max", { catchUp: { max: 1e9 } }, "1 to 10000"],
  ];
  const anything = (value: unknown) => value as never;
  const calls: ReadonlyArray<readonly [field: string, call: (cron: Scheduler) => Promise<unknown>]> = [
    ["payload", (cron) => cron.trigger("a", { payload: "x".repeat(20_000) })],
    ["payload", (cron) => cron.trigger("a", { payload: 5n })],
    ["key", (cron) => cron.trigger("a", { key: "" })],
    ["afterMs", (cron) => cron.backfill("a", { afterMs: 2_000, upToMs: 1_000 })],
    ["upToMs", (cron) => cron.backfill("a", { afterMs: 0, upToMs: NaN })],
    ["upToMs", (cron) => cron.backfill("a", { afterMs: 0, upToMs: 1e15 })],
    ["reason", (cron) => cron.pause("a", { reason: "" })],
    ["by", (cron) => cron.pauseAll({ by: anything(5) })],
    ["missed", (cron) => cron.resume("a", { missed: anything("all") })],
    ["missed", (cron) => cron.resumeAll({ missed: anything(true) })],
    ["fence", (cron) => cron.cancel("a", { fence: -1 })],
    ["drainMs", (cron) => cron.drain("a", { drainMs: -1 })],
    ["job", (cron) => cron.cancelQueued("a b")],
    ["job", (cron) => cron.rewind("")],
  ];

  it("refuses options and calls by field, value and what is allowed, and nothing is changed by them", async () => {
    let commands = 0;
    const counted = Layer.provide(
      Layer.effect(
        Driver,
        Effect.map(Effect.map(Driver, whole), (driver): Driver => ({
          ...driver,
          control: (request) => {
            commands += 1;
            return driver.control(request);
          },
        })),
      ),
      Memory.layer(),
    );
    const cron = await make({ driver: counted });
    await cron.add("a", "@yearly", () => {});
    await cron.start();
    const before = cron.jobs();
    for (const [field, options, allowed] of jobOptions) {
      const error = await rejection(cron.add("b", "* * * * *", () => {}, options));
      expect(error).toMatchObject({ _tag: "InvalidInput", field, allowed: expect.stringContaining(allowed) });
      expect((error as Error).message).toContain(field);
    }
    for (const field of ["limit", "jitterMs"]) {
      expect(await rejection(cron.add("b", "@manual", () => {}, { [field]: 5 }))).toMatchObject({ field });
    }
    for (const [field, call] of calls) {
      expect(await rejection(call(cron))).toMatchObject({ _tag: "InvalidInput", field });
    }
    expect(commands).toBe(0);
    expect(cron.jobs()).toEqual(before);
    // The name is as free as it was. A label that nobody has is no error: who has it may come.
    await cron.add("b", "* * * * *", () => {}, { runOn: ["nobody-has-it"] });
    await waitFor(
      () => cron.jobs()[1]?.unplaced === "no member has the labels nobody-has-it",
      5_000,
      "that it is told",
    );
  });
});
