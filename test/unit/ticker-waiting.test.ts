/**
 * R45: fires that wait for the run before them, under ticks.
 */
import * as Layer from "effect/Layer";
import { Driver, Store } from "ringcron";
import { createTicker } from "ringcron/edge";
import * as Memory from "ringcron/memory";
import { expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";

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
