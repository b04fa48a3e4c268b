/**
 * R45: fires that wait for the run before them, under ticks.
 */
import * as Layer from "effect/Layer";
import { Driver, Store } from "ringcron";
import { createTicker, DriverError } from "ringcron/edge";
import * as Memory from "ringcron/memory";
import { afterAll, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { endAll, minute, scene } from "./support/ticking.ts";

afterAll(endAll);

it("a tick lets a fire wait for the run of another one, and starts it once that is over", async () => {
  const from = Date.UTC(2026, 2, 1);
  let now = from;
  const store = Memory.store({ now: () => now });
  const seen: Array<number> = [];
  let release = () => {};
  const handler = ({ dueAt }: { readonly dueAt: number }) =>
    seen.push(dueAt - from) === 1 ? new Promise<void>((done) => release = done) : undefined;
  const [one, two] = await Promise.all([1, 2].map(async () => {
    const driver = Layer.sync(Driver.Driver, () => Store.driver(store));
    const ticker = await createTicker({ service: "edge", driver, eager: true });
    await ticker.add("long", "*/5 * * * * *", handler, { overlap: "queue-all" });
    return ticker;
  }));
  await one?.tick();
  now += 5_000;
  const first = one?.tick();
  await waitFor(() => seen.length === 1, 5_000, "the first run");
  now += 5_000;
  expect(await two?.tick()).toMatchObject({ started: 0 });
  release();
  await first;
  expect(await two?.tick()).toMatchObject({ started: 1, succeeded: 1 });
  expect(seen).toEqual([5_000, 10_000]);
  await Promise.all([one?.close(), two?.close()]);
});

it("a tick does not start again what a newer fire cancels in the same step", async () => {
  const { client, cutOff, pass, ticker } = scene();
  const [killed, other] = [await ticker(), await ticker()];
  const runs: Array<string> = [];
  for (const { add } of [killed, other]) {
    await add("newest", "* * * * *", (run) => void runs.push(`${run.kind} ${run.id} ${run.attempt}`), {
      delivery: "at-least-once",
      overlap: "cancel-previous",
    });
  }
  await killed.tick();
  pass(minute);
  cutOff("claims");
  await expect(killed.tick({ maxMs: 10_000 })).rejects.toBeInstanceOf(DriverError);
  cutOff("no");
  pass(minute);
  expect(await other.tick()).toMatchObject({ started: 1, succeeded: 1, failed: 0, left: 0 });
  expect(runs).toEqual(["late edge/newest/2026-03-01T00:02:00.000Z 1"]);
  const { lines } = await (await client()).history({ job: "newest" });
  expect(lines.flatMap((line) => line._tag === "Run" ? [`${line.attempt} ${line.outcome}`] : []).sort())
    .toEqual(["1 succeeded", "2 cancelled"]);
});
