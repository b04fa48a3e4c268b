/**
 * What people see of jobs that only ticks run.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Driver } from "ringcron";
import { createTicker } from "ringcron/edge";
import { afterAll, describe, expect, it } from "vitest";
import { endAll, endLater, from, minute, scene } from "./support/ticking.ts";

afterAll(endAll);

const noop = () => {};

describe("what the jobs of ticks are", () => {
  it("is told once, and then known to whoever asks, at no request more", async () => {
    const { asked, client, pass, ticker } = scene();
    const { explain, job, jobs, nextFires } = await client();
    const [one, other] = [await ticker(), await ticker()];
    for (const { add } of [one, other]) {
      await add("invoices", "0 9 * * MON-FRI", noop, { timeZone: "Europe/Berlin", catchUp: { mode: "latest" } });
    }
    await one.tick();
    const known = await job("invoices");
    expect(known).toMatchObject({
      state: "open",
      isTicked: true,
      schedule: "0 9 * * MON-FRI",
      timeZone: "Europe/Berlin",
      nextDueAt: Date.UTC(2026, 2, 2, 8),
      policies: { catchUp: { mode: "latest" } },
    });
    expect((await jobs()).map(({ words }) => words)).toEqual([known.words]);
    const fires = await nextFires({ from: from, to: from + 3 * 86_400_000 });
    expect(fires.fires.map(({ dueAt }) => dueAt)).toEqual([Date.UTC(2026, 2, 2, 8), Date.UTC(2026, 2, 3, 8)]);
    expect((await explain("invoices")).job.schedule).toBe("0 9 * * MON-FRI");
    for (const { tick } of [one, other]) {
      pass(minute);
      asked.length = 0;
      await tick();
      expect(asked).toEqual(["Look"]);
    }
  });

  it("is told anew when it changes, and when the store was emptied", async () => {
    const { asked, client, pass, store, ticker } = scene();
    const { job } = await client();
    const { add, tick } = await ticker({ deployment: 1 });
    await add("a", "0 * * * *", noop);
    await tick();
    await add("b", "30 * * * *", noop);
    await tick();
    expect((await job("b")).schedule).toBe("30 * * * *");
    pass(minute);
    const newer = await ticker({ deployment: 2 });
    await newer.add("a", "15 * * * *", noop, { timeoutMs: 5_000 });
    await newer.tick();
    expect(await job("a")).toMatchObject({ schedule: "15 * * * *", policies: { timeoutMs: 5_000 } });
    await Effect.runPromise(store.destroy("edge"));
    await tick();
    expect((await job("a")).schedule).toBe("0 * * * *");
    pass(minute);
    asked.length = 0;
    await tick();
    expect(asked).toEqual(["Look"]);
  });

  it("is beside the work: a store that refuses it fails no tick, and the next one tries again", async () => {
    const { client, layer } = scene();
    const { job } = await client();
    let isRefused = true;
    const whole = Driver.whole(await Effect.runPromise(Effect.provide(Driver.Driver, layer())));
    const driver: Driver.Driver = {
      ...whole,
      control: (request) => {
        if (isRefused) throw new Error("no such command");
        return whole.control(request);
      },
    };
    const { add, close, tick } = await createTicker({
      service: "edge",
      driver: Layer.succeed(Driver.Driver, driver),
      eager: true,
    });
    endLater(close);
    await add("a", "0 * * * *", noop);
    expect(await tick()).toMatchObject({ started: 0, nextDueAt: from + 60 * minute });
    expect((await job("a")).schedule).toBeUndefined();
    isRefused = false;
    await tick();
    expect((await job("a")).schedule).toBe("0 * * * *");
  });
});
