/**
 * R56: a handler that outlasts its tick and asks for more time.
 */
import * as Effect from "effect/Effect";
import { Job, Ticker } from "ringcron";
import { InvalidInput } from "ringcron/edge";
import * as Memory from "ringcron/memory";
import { createCron } from "ringcron/promise";
import { afterAll, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { endAll, endLater, minute, scene } from "./support/ticking.ts";

afterAll(endAll);

it("goes on beyond the time of its tick, and nobody else takes it meanwhile", async () => {
  const { pass, ticker } = scene();
  const [long, other] = [await ticker(), await ticker()];
  const seen: Array<string> = [];
  let end = () => {};
  const isOver = new Promise<void>((resolve) => void (end = resolve));
  await long.add("export", "* * * * *", async (run) => {
    seen.push(`${run.attempt} ${await run.extend(3_600_000)}`);
    await isOver;
    seen.push(`${run.signal.aborted}`);
  }, { delivery: "at-least-once" });
  await other.add("export", "* * * * *", (run) => void seen.push(`taken ${run.attempt}`), {
    delivery: "at-least-once",
  });
  await long.tick();
  pass(minute);
  const ticking = long.tick({ maxMs: 300 });
  await waitFor(() => seen.length > 0, 10_000, "more time");
  // The lease of the tick would be over by now.
  pass(minute / 2);
  expect(await other.tick()).toMatchObject({ started: 0 });
  await new Promise((go) => setTimeout(go, 500));
  end();
  expect(await ticking).toMatchObject({ started: 1, succeeded: 1, failed: 0 });
  expect(seen).toEqual(["1 true", "false"]);
});

it("is told that it was taken, or cancelled, or is over", async () => {
  const { client, pass, ticker } = scene();
  const [slow, other] = [await ticker(), await ticker()];
  const said: Array<boolean> = [];
  let ask = () => {};
  const isTaken = new Promise<void>((resolve) => void (ask = resolve));
  let later: (ms: number) => Promise<boolean> = () => Promise.resolve(true);
  await slow.add("export", "* * * * *", async (run) => {
    later = (ms) => run.extend(ms);
    await isTaken;
    said.push(await run.extend(1_000));
  }, { delivery: "at-least-once" });
  await other.add("export", "* * * * *", () => {}, { delivery: "at-least-once" });
  await slow.tick();
  pass(minute);
  const ticking = slow.tick();
  await waitFor(async () => (await (await client()).runs({ job: "export" })).length > 0, 10_000, "a run");
  pass(2 * minute);
  expect((await other.tick()).started).toBeGreaterThan(0);
  ask();
  await ticking;
  expect(said).toEqual([false]);
  expect(await later(1_000)).toBe(false);
});

it("asks for a time that is none, and is refused by name", async () => {
  const { pass, ticker } = scene();
  const { add, tick } = await ticker();
  const refused: Array<string> = [];
  await add("job", "* * * * *", async (run) => {
    for (const wrong of [0, -1, 0.5, NaN, 86_400_001, "1000"] as Array<number>) {
      await run.extend(wrong).catch((error) => refused.push(error instanceof InvalidInput ? error.field : `${error}`));
    }
  });
  await tick();
  pass(minute);
  await tick();
  expect(refused).toEqual(Array.from({ length: 6 }, () => "ms"));
});

it("on a node is true while it goes on, and false after", async () => {
  const cron = await createCron({ service: "extending", driver: Memory.layer(), logLevel: "none" });
  endLater(() => cron.stop({ drainMs: 0 }));
  const said: Array<boolean> = [];
  let later: (() => Promise<boolean>) | undefined;
  await cron.add("job", "* * * * * *", async (run) => {
    said.push(await run.extend(60_000));
    later = () => run.extend(60_000);
  });
  await cron.start();
  await waitFor(() => later !== undefined, 10_000, "a run");
  await waitFor(async () => !(await later?.()), 10_000, "the end of the run");
  expect(said[0]).toBe(true);
});

it("as an effect", async () => {
  const said: Array<boolean> = [];
  let now = Date.UTC(2026, 0, 1);
  const program = Effect.gen(function* () {
    const ticker = yield* Ticker.make({ service: "extending", eager: true });
    yield* ticker.add(
      Job.make("job", "* * * * *", (run) =>
        Effect.gen(function* () {
          said.push(yield* Job.extend(run, 60_000));
          said.push(yield* Effect.match(Job.extend(run, -1), { onFailure: () => false, onSuccess: () => true }));
        })),
    );
    yield* ticker.tick();
    now += minute;
    return yield* ticker.tick();
  });
  const report = await Effect.runPromise(Effect.provide(program, Memory.layer({ now: () => now })));
  expect([report.succeeded, ...said]).toEqual([1, true, false]);
});
