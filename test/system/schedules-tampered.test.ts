/**
 * What somebody else has written in the place of a schedule, or a later release: it is left alone and told, and the fleet goes on.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Memory from "ringcron/memory";
import { createClient, type ScheduledRun } from "ringcron/promise";
import { expect, it } from "vitest";
import { Driver } from "../../src/Driver.ts";
import * as Engine from "../../src/shell/engine.ts";
import { hostClock } from "../../src/shell/hostClock.ts";
import { changeOf } from "../conformance/support/etcd-store.ts";
import { waitFor } from "../support/wait.ts";
import { define } from "../unit/support/schedules.ts";
import { everySecond, useNodes } from "./support/nodes.ts";

const { make } = useNodes();

it("a definition, a payload or a record that somebody has tampered with starts nothing, and all others go on", async () => {
  const store = Memory.store();
  const driver = Layer.succeed(Driver, Engine.driver(store));
  const service = "tampered";
  const client = await createClient({ service, driver });
  const ids = ["newer", "no definition", "no payload", "another payload", "no record", "cut", "witness"];
  await client.schedules.putMany(
    ids.map((id) => ({ id, handler: "report", schedule: everySecond, payload: { id } })),
  );
  const run = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.runPromise(Effect.provideService(effect, Clock.Clock, hostClock));
  const rowOf = (letter: string, id: string) => `_${letter}:${id.replaceAll(" ", "%20")}`;
  const tamper = async (key: string, put: (text: string) => string | null): Promise<void> => {
    const look = await run(
      store.exchange({ _tag: "Exchange", service, items: [{ _tag: "Look", keys: [key] }], touch: false }),
    );
    const [found] = look.results[0]?._tag === "Found" ? look.results[0].found : [];
    if (found === undefined) throw new Error(`no ${key}`);
    const change = changeOf(
      [{ key, expect: found.version, put: put(found.text) }],
      key.startsWith("_:") ? { shelf: "h:report:0" } : {},
    );
    const { results } = await run(store.exchange({ _tag: "Exchange", service, items: [change], touch: false }));
    expect(results[0]?._tag).toBe("Changed");
  };
  await tamper(rowOf("d", "newer"), (text) => text.replace("2|", "999|"));
  await tamper(rowOf("d", "no definition"), () => null);
  await tamper(rowOf("p", "no payload"), () => null);
  await tamper(rowOf("p", "another payload"), () => '2|{"id":"somebody else"}');
  await tamper(rowOf("", "no record"), () => "2|x");
  await tamper(rowOf("d", "cut"), (text) => text.slice(0, 12));

  const runs: Array<ScheduledRun> = [];
  const cron = await make({ service, driver, leaseMs: 2_000, graceMs: 200, maxSilenceMs: 2_000 });
  await cron.handle("report", (it) => void runs.push(it));
  await cron.start();
  await waitFor(
    () => runs.filter(({ schedule }) => schedule === "witness").length >= 5,
    20_000,
    "five runs of the witness",
  );
  expect(new Set(runs.map(({ schedule }) => schedule))).toEqual(new Set(["witness"]));
  expect(runs[0]?.payload).toEqual({ id: "witness" });

  const page = await client.schedules.list();
  expect(page.schedules.map(({ id }) => id)).toEqual(["witness"]);
  expect([...page.unreadable].sort()).toEqual(ids.filter((id) => id !== "witness").sort());
  for (const id of page.unreadable) {
    const foreign = { _tag: "DriverError", reason: "Foreign", detail: expect.stringContaining(JSON.stringify(id)) };
    await expect(client.schedules.get(id), id).rejects.toMatchObject(foreign);
    await expect(client.schedules.put({ id, handler: "report", schedule: "@daily" }), id).rejects.toMatchObject(
      foreign,
    );
    await expect(client.schedules.pause(id), id).rejects.toMatchObject(foreign);
    await expect(client.schedules.remove(id), id).rejects.toMatchObject(foreign);
  }
  await client.close();
});

it("a payload that is no JSON, and that the definition speaks of, is told as such and is a failed run", async () => {
  const store = Memory.make();
  const service = "no-json";
  const driver = Layer.succeed(Driver, store);
  const put = {
    _tag: "Put",
    puts: [{ id: "a", definition: define({ schedule: everySecond, payload: "{hush" }) }],
  } as const;
  await Effect.runPromise(
    Effect.provideService(
      store.schedules?.({ _tag: "Schedules", service, command: put }) ?? Effect.die("none"),
      Clock.Clock,
      hostClock,
    ),
  );
  const cron = await make({ service, driver });
  let calls = 0;
  await cron.handle("report", (run) => {
    calls += run.payload === undefined ? 0 : 1;
  });
  await cron.start();
  expect(await cron.schedules.get("a")).toMatchObject({
    payload: undefined,
    payloadError: expect.stringContaining("no JSON"),
  });
  expect((await cron.schedules.list()).schedules).toHaveLength(1);
  const last = await waitFor(async () => (await cron.schedules.get("a"))?.lastRuns[0], 15_000, "a run");
  expect(last).toMatchObject({ outcome: "failed", error: expect.stringContaining("it is no JSON") });
  expect([calls, JSON.stringify(last).includes("hush")]).toEqual([0, false]);
});
