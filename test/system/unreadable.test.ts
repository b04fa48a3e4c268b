/**
 * A record that nobody can read stops its own job and no other, and is taken up again soon after it was mended.
 */
import * as Effect from "effect/Effect";
import * as Memory from "ringcron/memory";
import { expect, it } from "vitest";
import * as Engine from "../../src/internal/engine.ts";
import type { Found, Store } from "../../src/Store.ts";
import { waitFor } from "../support/wait.ts";
import { everySecond, useNodes } from "./support/nodes.ts";

const { make } = useNodes();

const service = "unreadable";
const key = "j:broken";

const look = async (store: Store): Promise<Found | undefined> => {
  const reply = await Effect.runPromise(
    store.exchange({ _tag: "Exchange", service, items: [{ _tag: "Look", keys: [key] }], touch: false }),
  );
  const [result] = reply.results;
  return result?._tag === "Found" ? result.found[0] : undefined;
};

/** Puts a text in the place of what is there, as somebody does by hand. */
const put = async (store: Store, text: (before: string) => string): Promise<void> => {
  for (;;) {
    const found = await look(store);
    const { results: [result] } = await Effect.runPromise(store.exchange({
      _tag: "Exchange",
      service,
      items: [{
        _tag: "Change",
        rows: [{ key, expect: found?.version, put: text(found?.text ?? "") }],
        notBefore: 0,
        notAfter: Number.MAX_SAFE_INTEGER,
        members: [],
        waitsSince: "same",
        lines: [],
      }],
      touch: false,
    }));
    if (result?._tag === "Changed") return;
  }
};

it.each([
  ["a watermark of 17 digits", (text: string) => text.replace(/^2\|\d+/, "2|12345678901234567"), "RecordCorrupt"],
  ["nothing of ours", () => "hello", "RecordCorrupt"],
  ["a record of a later release", (text: string) => text.replace(/^2/, "3"), "RecordNewer"],
])("%s", async (_, damage, tag) => {
  const store = Memory.store();
  const cron = await make({ service, driver: Memory.layer({ store: Engine.driver(store) }) });
  const { events } = cron;
  const runs = { broken: 0, whole: 0 };
  await cron.add("broken", everySecond, () => void (runs.broken += 1));
  await cron.add("whole", everySecond, () => void (runs.whole += 1));
  await cron.start();
  await waitFor(() => runs.broken > 0 && runs.whole > 0, 5_000, "both jobs to run");

  const before = (await look(store))?.text as string;
  await put(store, damage);
  await waitFor(() => events.some((event) => event._tag === tag), 5_000, "the node to say so");
  const { whole } = runs;
  await waitFor(() => runs.whole > whole + 2, 6_000, "the other job to go on");
  expect(events.filter((event) => event._tag === tag).length).toBe(1);
  expect(events.filter((event) => event._tag === "StoreUnavailable")).toEqual([]);
  expect((await look(store))?.text).toMatch(/hello|12345678901234567|^3/);

  const { broken } = runs;
  await put(store, () => before);
  await waitFor(() => runs.broken > broken, 8_000, "the job to be taken up again");
});
