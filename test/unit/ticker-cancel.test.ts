/**
 * R44, R57: a tick heeds who cancels a run of its own.
 */
import { afterAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { endAll, from, minute, scene } from "./support/ticking.ts";

afterAll(endAll);

const noop = () => {};

describe("a run of a tick that somebody cancels", () => {
  it("is told so, ends as cancelled, and is not tried again", async () => {
    const { client, pass, ticker } = scene();
    const { cancel, history } = await client();
    const { add, tick } = await ticker();
    const reasons: Array<string> = [];
    let isBegun = false;
    const untilTold = (signal: AbortSignal) =>
      new Promise<never>((_, fail) => {
        isBegun = true;
        signal.addEventListener("abort", () => {
          reasons.push(signal.reason.message);
          fail(signal.reason);
        });
      });
    await add("long", "0 * * * *", (run) => untilTold(run.signal), {
      delivery: "at-least-once",
      retry: { times: 3, delayMs: 1_000 },
    });
    await add("short", "0 * * * *", noop);
    await tick();
    pass(60 * minute);
    const ticking = tick({ maxMs: 20_000 });
    await waitFor(() => isBegun, 10_000, "the start of the run");
    expect(await cancel("long")).toBe(1);
    expect(await ticking).toMatchObject({
      started: 2,
      succeeded: 1,
      failures: [{ job: "long", outcome: "cancelled", error: "the run was cancelled" }],
      left: 0,
      nextDueAt: from + 120 * minute,
    });
    expect(reasons).toEqual(["the run was cancelled"]);
    expect((await history({ job: "long" })).lines.map((it) => it._tag === "Run" && it.outcome)).toEqual(["cancelled"]);
  });

  it("makes way for a newer fire that another tick has found due", async () => {
    const { pass, ticker } = scene();
    const [one, other] = [await ticker({ marginMs: 600_000 }), await ticker()];
    const runs: Array<string> = [];
    for (const { add } of [one, other]) {
      await add("latest", "* * * * *", async ({ id, signal }) => {
        runs.push(id);
        if (runs.length === 1) await new Promise((go) => signal.addEventListener("abort", go));
      }, { overlap: "cancel-previous" });
    }
    await one.tick();
    pass(minute);
    const first = one.tick({ maxMs: 10_000 });
    await waitFor(() => runs.length === 1, 10_000, "the start of the first run");
    pass(minute);
    expect(await other.tick()).toMatchObject({ started: 0, failed: 0 });
    expect(await first).toMatchObject({ failures: [{ outcome: "cancelled", error: "the run was cancelled" }] });
    // By whichever comes first: the one that was in the way looks again once that is over.
    await other.tick();
    expect(runs).toEqual(["edge/latest/2026-03-01T00:01:00.000Z", "edge/latest/2026-03-01T00:02:00.000Z"]);
  });
});
