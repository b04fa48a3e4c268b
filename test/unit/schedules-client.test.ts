/**
 * `client.schedules` over the memory driver: what it answers, and what it refuses before anything is written.
 */
import * as Effect from "effect/Effect";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as Memory from "../../adapters/memory.ts";
import { Driver } from "../../src/Driver.ts";
import * as Engine from "../../src/shell/engine.ts";
import { type Client, createClient, createCron, type ScheduleOptions } from "../../src/shell/promise.ts";
import * as Layer from "effect/Layer";

const clock = { now: Date.UTC(2026, 0, 5, 8, 0, 30) };
const store = Memory.store({ now: () => clock.now });
const report = { handler: "report", schedule: "0 9 * * 1-5" } as const;
let client: Client;
let count = 0;

beforeEach(async () => {
  const driver = Layer.succeed(Driver, Engine.driver(store));
  client = await createClient({ service: `schedules-${++count}`, driver });
});
const began = clock.now;
afterEach(() => {
  clock.now = began;
  return client.close();
});

const listed = async () => (await client.schedules.list()).schedules.map(({ id }) => id);

it("are put, told, listed, changed and removed", async () => {
  const { schedules } = client;
  const put = { ...report, id: "tenant/1", timeZone: "Europe/Berlin", payload: { to: "ä@b.c" }, limit: 3 };
  expect(await schedules.put(put)).toBe("created");
  expect(await schedules.put({ ...put })).toBe("unchanged");
  const info = await schedules.get("tenant/1");
  expect(info).toMatchObject({
    ...{ id: "tenant/1", handler: "report", schedule: "0 9 * * 1-5", timeZone: "Europe/Berlin", enabled: true },
    ...{
      payload: { to: "ä@b.c" },
      paused: false,
      nextDueAt: Date.UTC(2026, 0, 6, 8),
      decidedUpTo: clock.now,
      active: 0,
    },
  });
  expect(info?.policies.limit).toBe(3);
  expect(await schedules.put({ ...put, payload: 2, ifVersion: info?.version })).toBe("updated");
  expect(await schedules.put({ ...put, payload: 3, ifVersion: info?.version })).toBe("conflict");
  expect(await schedules.remove("tenant/1", { ifVersion: 1 })).toBe(false);
  expect(await schedules.putMany([{ ...report, id: "a" }, { ...report, id: "b", handler: "x" }])).toEqual([
    ...["created", "created"],
  ]);
  expect(await listed()).toEqual(["a", "b", "tenant/1"]);
  const first = await schedules.list({ limit: 2 });
  expect((await schedules.list({ limit: 2, cursor: first.cursor })).schedules.map(({ id }) => id)).toEqual([
    "tenant/1",
  ]);
  expect((await schedules.list({ handler: "x" })).schedules.map(({ id }) => id)).toEqual(["b"]);
  expect((await schedules.list({ prefix: "tenant/" })).schedules).toHaveLength(1);
  expect([await schedules.remove("tenant/1"), await schedules.remove("tenant/1")]).toEqual([true, false]);
  expect(await schedules.get("tenant/1")).toBeUndefined();
});

it("are overdue half a minute after they should have started, which jitter puts off, and say so in one way", async () => {
  const { schedules } = client;
  const [at, jitterMs] = [Date.UTC(2026, 0, 5, 9), 3_600_000];
  const jittered = Array.from({ length: 24 }, (_, n) => ({ ...report, id: `later-${n}`, jitterMs }));
  await schedules.putMany([{ ...report, id: "plain" }, ...jittered]);
  clock.now = at + 29_000;
  expect((await schedules.list()).schedules.filter(({ isOverdue }) => isOverdue)).toEqual([]);
  clock.now = at + jitterMs / 2;
  const { schedules: [...found] } = await schedules.list();
  for (const it of found) {
    const { id, isOverdue, nextDueAt, nextStartsAt = 0 } = it;
    expect([id, nextDueAt, isOverdue]).toEqual([id, at, nextStartsAt < clock.now - 30_000]);
    expect(nextStartsAt - at, id).toBeLessThanOrEqual(id === "plain" ? 0 : jitterMs);
    const { holdups, schedule } = await schedules.explain(id);
    expect(schedule).toMatchObject({ isOverdue, isTicked: false, nextStartsAt });
    expect(holdups.map(({ reason }) => reason)).toEqual(["unhandled", ...(isOverdue ? ["overdue"] : [])]);
  }
  const late = found.filter(({ isOverdue }) => isOverdue).length;
  expect([late > 1, late < found.length]).toEqual([true, true]);
  await schedules.pause("plain", { by: "ann", reason: "a bill is due" });
  expect((await schedules.explain("plain")).words).toEqual([
    "plain: 0 9 * * 1-5, starts report",
    `every fire up to ${new Date(began).toISOString().replace(".000", "")} is decided`,
    "its next fire was due at 2026-01-05T09:00:00Z",
    "no member has the handler report: what is due waits, and is caught up on once one has it",
    "it is paused by ann: a bill is due",
  ]);
});

it("are paused, resumed and triggered, and are no jobs", async () => {
  const { schedules } = client;
  await schedules.put({ ...report, id: "a" });
  await expect(schedules.pause("a", { reason: "", by: "" })).rejects.toMatchObject({ field: "by", value: '""' });
  await schedules.pause("a", { by: "ana" });
  expect(await schedules.put({ ...report, id: "a", payload: 1 })).toBe("updated");
  expect((await schedules.get("a"))?.paused).toBe(true);
  await schedules.resume("a");
  const { dueAt, id } = await schedules.trigger("a");
  expect([dueAt, id.startsWith(`schedules-${count}/`)]).toEqual([clock.now + 2, true]);
  expect(await schedules.get("a")).toMatchObject({ paused: false, active: 1 });
  await schedules.put({ ...report, id: "a", enabled: false });
  await expect(schedules.resume("a")).rejects.toMatchObject({ _tag: "InvalidInput", field: "enabled" });
  for (const call of ["pause", "resume", "trigger"] as const) {
    await expect(schedules[call]("b")).rejects.toMatchObject({ _tag: "UnknownSchedule", id: "b" });
  }
  await expect(client.pause("a")).rejects.toMatchObject({ _tag: "UnknownJob" });
});

it("at an instant that has passed run if their policy says so", async () => {
  const { schedules } = client;
  const at = clock.now - 60_000;
  await schedules.putMany([
    { id: "number", handler: "remind", at },
    { id: "date", handler: "remind", at: new Date(at) },
    { id: "text", handler: "remind", at: new Date(at).toISOString() },
  ]);
  for (const id of ["number", "date", "text"]) {
    expect(await schedules.get(id)).toMatchObject({
      nextDueAt: at,
      schedule: `@at ${new Date(at).toISOString()}`.replace(
        id === "text" ? "" : ".000Z",
        id === "text" ? "" : "Z",
      ),
    });
  }
});

describe("bad input is refused, with the field, the value and what is allowed:", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const wrong: ReadonlyArray<
    readonly [what: string, field: string, options: Partial<Record<keyof ScheduleOptions, unknown>>]
  > = [
    ["no id", "id", { id: undefined }],
    ["an empty id", "id", { id: "" }],
    ["a long id", "id", { id: "x".repeat(257) }],
    ["no handler", "handler", { handler: undefined }],
    ["a handler that is no name", "handler", { handler: "a b" }],
    ["no schedule", "schedule", { schedule: undefined }],
    ["two schedules", "at", { at: 5 }],
    ["an instant that is none", "at", { schedule: undefined, at: NaN }],
    ["a date that is none", "at", { schedule: undefined, at: new Date(NaN) }],
    ["an end before the start", "endAt", { startAt: 2_000_000_000_000, endAt: 1_999_999_999_999 }],
    ["bounds without a fire", "endAt", {
      schedule: "0 0 1 1 *",
      startAt: "2026-02-01T00:00:00Z",
      endAt: "2026-03-01T00:00:00Z",
    }],
    ["a limit of none", "limit", { limit: 0 }],
    ["a payload that is too large", "payload", { payload: "x".repeat(16_383) }],
    ["a BigInt", "payload", { payload: { n: 5n } }],
    ["a cycle", "payload", { payload: cycle }],
    ["undefined within", "payload", { payload: { a: { b: undefined } } }],
    ["undefined in a list", "payload", { payload: [undefined] }],
    ["a function", "payload", { payload: { f: () => 5 } }],
    ["a symbol", "payload", { payload: Symbol("s") }],
    ["no number", "payload", { payload: [NaN] }],
    ["labels", "runOn", { runOn: ["gpu"] } as never],
    ["what is misspelt", "timezone", { timezone: "UTC" } as never],
    ["a version that is none", "ifVersion", { ifVersion: -1 }],
    ["enabled as text", "enabled", { enabled: "no" }],
  ];

  it.each(wrong)("%s", async (_, field, options) => {
    const put = { ...report, id: "a", ...options } as ScheduleOptions;
    await expect(client.schedules.put(put)).rejects.toMatchObject({ _tag: "InvalidInput", field });
    await expect(client.schedules.putMany([{ ...report, id: "b" }, put])).rejects.toMatchObject({
      field: `schedules[1].${field}`,
    });
    expect(await listed()).toEqual([]);
  });

  it.each([
    ["a text that says nothing", { schedule: "every day" }, "minutes"],
    ["days that never come", { schedule: "0 0 30 2 *" }, "days"],
    ["a zone that is none", { timeZone: "Mars/Olympus" }, "timeZone"],
  ])("%s", async (_, options, field) => {
    const error = await client.schedules.put({ ...report, id: "a", ...options }).then(() => undefined, (it) => it);
    expect(error).toMatchObject({ _tag: "CronExpressionError" });
    expect(field).toBeTypeOf("string");
    expect(await listed()).toEqual([]);
  });

  it("an id twice, and lists that are none", async () => {
    const twice = [{ ...report, id: "a" }, { ...report, id: "a" }];
    await expect(client.schedules.putMany(twice)).rejects.toMatchObject({ field: "schedules[1].id" });
    await expect(client.schedules.putMany(5 as never)).rejects.toMatchObject({ field: "schedules" });
    for (const limit of [0, 1_001, 1.5]) {
      await expect(client.schedules.list({ limit })).rejects.toMatchObject({ field: "limit" });
    }
  });
});

it("ids may be anything that is a text", async () => {
  const ids = [
    "__proto__",
    "constructor",
    "a/b",
    "~x~y",
    "#",
    " ",
    "ä",
    "\ud800",
    "%",
    "@1+2@",
    "|,;",
    "\u0000",
    "a\nb",
    "\u202eb",
    "..",
    "*",
    "{billing}:rows",
    "😀",
    "x".repeat(256),
  ];
  await client.schedules.putMany(ids.map((id) => ({ ...report, id })));
  expect((await listed()).sort()).toEqual([...ids].sort());
  for (const id of ids) {
    expect((await client.schedules.get(id))?.id).toBe(id);
    expect(await client.schedules.remove(id)).toBe(true);
  }
});

it("are refused where the store keeps none, and everything else goes on", async () => {
  const { shelved: _, ...plain } = store;
  const driver = Layer.succeed(Driver, Engine.driver(plain));
  const cron = await createCron({ service: "none", driver, logLevel: "none" });
  await cron.add("job", "@manual", () => undefined);
  const other = await createClient({ service: "none", driver });
  await expect(other.schedules.put({ ...report, id: "a" })).rejects.toMatchObject({
    ...{ _tag: "DriverError", reason: "Misconfigured" },
  });
  await other.close();
  await cron.stop();
  await expect(Effect.runPromise(plain.keys("none", undefined))).resolves.toMatchObject({ cursor: undefined });
});

it("are refused by a client that is closed", async () => {
  await client.close();
  await expect(client.schedules.list()).rejects.toMatchObject({ reason: "Misconfigured" });
});
