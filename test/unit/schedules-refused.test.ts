/**
 * What is refused of schedules in the store: by a typed error that names the field, the value and what is allowed, word by word, and
 * before the store is asked for anything.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as Memory from "../../adapters/memory.ts";
import { Driver } from "../../src/Driver.ts";
import * as Engine from "../../src/shell/engine.ts";
import { hostClock } from "../../src/shell/hostClock.ts";
import { type Client, createClient, type ScheduleOptions } from "../../src/shell/promise.ts";
import type { Store } from "../../src/Store.ts";
import { changeOf } from "../conformance/support/etcd-store.ts";

const now = Date.UTC(2026, 0, 5, 8);
const good = { id: "a", handler: "report", schedule: "0 9 * * 1-5" } as const;
const service = "refused";
let store: Store;
let client: Client;
let asked = 0;

beforeEach(async () => {
  store = Memory.store({ now: () => now });
  const counting: Store = {
    ...store,
    exchange: (request) => {
      asked += 1;
      return store.exchange(request);
    },
  };
  client = await createClient({ service, driver: Layer.succeed(Driver, Engine.driver(counting)) });
  asked = 0;
});
afterEach(() => client.close());

const failure = (it: Promise<unknown>) => it.then(() => undefined, (error) => error);

type Wrong = Partial<Record<keyof ScheduleOptions | "runOn" | "timezone", unknown>>;

const cycle: Record<string, unknown> = {};
cycle["self"] = { cycle };

const json = "what JSON can say: no undefined, function, symbol, BigInt, NaN or cycle in it";
const ids = "1 to 256 characters";
const names = "1 to 128 characters, a letter or digit first, then letters, digits, '.', '_', ':', '/' and '-'";
const instants =
  "whole epoch milliseconds, a Date or an ISO text with Z or an offset (2026-03-01T09:00:00Z), 1970 to 2200";

describe("a put says what is wrong with", () => {
  it.each<[what: string, options: Wrong, message: string]>([
    [
      "a payload that is too large",
      { payload: "x".repeat(16_383) },
      'payload: "16385 bytes"; at most 16384 bytes of JSON in UTF-8',
    ],
    [
      "one that is so in UTF-8",
      { payload: "ä".repeat(8_192) },
      'payload: "16386 bytes"; at most 16384 bytes of JSON in UTF-8',
    ],
    ["a BigInt", { payload: { n: 5n } }, `payload: "bigint in \\"n\\""; ${json}`],
    ["a BigInt alone", { payload: 5n }, `payload: "bigint in the payload"; ${json}`],
    ["a cycle", { payload: cycle }, `payload: "object"; ${json}`],
    ["undefined within", { payload: { a: { b: undefined } } }, `payload: "undefined in \\"b\\""; ${json}`],
    ["undefined in a list", { payload: [1, undefined] }, `payload: "undefined in \\"1\\""; ${json}`],
    ["a function", { payload: { f: () => 5 } }, `payload: "function in \\"f\\""; ${json}`],
    ["a symbol", { payload: Symbol("s") }, `payload: "symbol in the payload"; ${json}`],
    ["what is no number", { payload: { n: NaN } }, `payload: "number in \\"n\\""; ${json}`],
    ["what throws when it is written", {
      payload: {
        toJSON: () => {
          throw new Error("hush");
        },
      },
    }, `payload: "object"; ${json}`],
    ["no handler", { handler: undefined }, `handler: undefined; ${names}`],
    ["a handler that is no name", { handler: "a b" }, `handler: "a b"; ${names}`],
    ["no id", { id: undefined }, `id: undefined; ${ids}`],
    ["an id that is no text", { id: 5 }, `id: 5; ${ids}`],
    ["an id that says nothing", { id: "" }, `id: "0 characters"; ${ids}`],
    ["a long id", { id: "x".repeat(257) }, `id: "257 characters"; ${ids}`],
    ["a limit of none", { limit: 0 }, "limit: 0; a whole number of runs from 1 to 1000000000"],
    ["a limit that is not whole", { limit: 1.5 }, "limit: 1.5; a whole number of runs from 1 to 1000000000"],
    [
      "an end before the start",
      { startAt: "2026-02-01T00:00:00Z", endAt: "2026-01-01T00:00:00Z" },
      'endAt: "2026-01-01T00:00:00Z"; later than startAt, 2026-02-01T00:00:00Z',
    ],
    [
      "an end that is the start",
      { startAt: now, endAt: now },
      `endAt: ${now}; later than startAt, 2026-01-05T08:00:00Z`,
    ],
    ["an end that is no instant", { endAt: "tomorrow" }, `endAt: "tomorrow"; ${instants}`],
    [
      "bounds between which it never fires",
      { schedule: "0 0 1 1 *", startAt: "2026-02-01T00:00:00Z", endAt: "2026-03-01T00:00:00Z" },
      'endAt: "2026-03-01T00:00:00Z"; with a fire of "0 0 1 1 *" within startAt and endAt',
    ],
    [
      "an instant outside its bounds",
      { schedule: undefined, at: "2026-01-01T00:00:00Z", startAt: "2026-02-01T00:00:00Z" },
      'startAt: "2026-02-01T00:00:00Z"; with a fire of "@at 2026-01-01T00:00:00Z" within startAt and endAt',
    ],
    [
      "an instant that is none",
      { schedule: undefined, at: NaN },
      "at: NaN; whole epoch milliseconds, a Date or an ISO text with Z or an offset",
    ],
    ["an instant beside a schedule", { at: 5 }, "at: 5; none beside a schedule"],
    ["neither", { schedule: undefined }, "schedule: undefined; a cron expression, or an instant as at"],
    [
      "a version that is none",
      { ifVersion: -1 },
      "ifVersion: -1; the version of a schedule, or 0 for one that is not there",
    ],
    ["enabled as text", { enabled: "no" }, 'enabled: "no"; true or false'],
    ["too many runs to keep", { keepRuns: 11 }, "keepRuns: 11; a whole number from 0 to 10"],
  ])("%s", async (_, options, message) => {
    const put = { ...good, ...options } as ScheduleOptions;
    const text = message.replace("; ", " is not allowed; allowed: ");
    const error = await failure(client.schedules.put(put));
    expect(error).toMatchObject({ _tag: "InvalidInput", message: text });
    const [field = ""] = message.split(":");
    expect(error).toMatchObject({ field, allowed: message.slice(message.indexOf("; ") + 2) });
    const second = await failure(client.schedules.putMany([{ ...good, id: "b" }, put]));
    expect(second).toMatchObject({ _tag: "InvalidInput", message: `schedules[1].${text}` });
    expect(asked).toBe(0);
    expect((await client.schedules.list()).schedules).toEqual([]);
  });

  it.each<[what: string, options: Wrong, message: string]>([
    [
      "a schedule that never fires",
      { schedule: "0 0 30 2 *" },
      'days: "30" at position 4 of "0 0 30 2 *" is not allowed; allowed: ',
    ],
    [
      "a text that is no instant",
      { schedule: undefined, at: "tomorrow" },
      'expression: "tomorrow" at position 4 of "@at tomorrow" is not allowed; allowed: 1970 to 2200, with Z or an offset (2026-03-01T09:00:00Z)',
    ],
    [
      "a zone that is none",
      { timeZone: "Mars/Olympus" },
      'timeZone: "Mars/Olympus" at position 0 of "0 9 * * 1-5" is not allowed; allowed: ',
    ],
  ])("%s", async (_, options, message) => {
    const error = await failure(client.schedules.put({ ...good, ...options } as ScheduleOptions));
    expect(error).toMatchObject({ _tag: "CronExpressionError" });
    expect(error.message.slice(0, message.length)).toBe(message);
    expect(error.allowed).not.toBe("");
    expect(asked).toBe(0);
    expect((await client.schedules.list()).schedules).toEqual([]);
  });
});

it("an instant in the past is no error: its policy decides, and the schedule says what it is", async () => {
  const { schedules } = client;
  const [soon, long] = [now - 60_000, now - 7_200_000];
  await schedules.put({ id: "within", handler: "remind", at: soon });
  await schedules.put({ id: "beyond", handler: "remind", at: long });
  for (const [id, at] of [["within", soon], ["beyond", long]] as const) {
    const { holdups, schedule } = await schedules.explain(id);
    expect(schedule).toMatchObject({ nextDueAt: at, policies: { catchUp: { mode: "latest", withinMs: 3_600_000 } } });
    expect(holdups.map(({ reason }) => reason)).toContain("unhandled");
  }
});

it("a handler that nobody has is none: what is due waits, and is explained", async () => {
  await client.schedules.put({ ...good, handler: "nobody-has-it" });
  expect((await client.schedules.explain("a")).holdups).toEqual([{
    reason: "unhandled",
    words: "no member has the handler nobody-has-it: what is due waits, and is caught up on once one has it",
  }]);
});

describe("what is stored and cannot be read is left alone, and told:", () => {
  const run = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.runPromise(Effect.provideService(effect, Clock.Clock, hostClock));
  const key = "_d:a";

  const texts = async (): Promise<ReadonlyArray<string | undefined>> => {
    const items = [{ _tag: "Look", keys: ["_:a", key] }] as const;
    const { results: [looked] } = await run(store.exchange({ _tag: "Exchange", service, items, touch: false }));
    return looked?._tag === "Found" ? looked.found.map((it) => it?.text) : [];
  };

  it.each<[what: string, tamper: (text: string) => string, why: string]>([
    [
      "a definition that was tampered with",
      (text) => text.replace("report", "repart"),
      'schedule "a" is nothing that ringcron has written; it was left alone',
    ],
    [
      "one of a newer layout",
      (text) => text.replace("2|", "3|"),
      'schedule "a" was written by a later release of ringcron; it was left alone',
    ],
  ])("%s", async (_, tamper, why) => {
    const { schedules } = client;
    await schedules.put(good);
    const [, definition = ""] = await texts();
    const { results: [looked] } = await run(
      store.exchange({ _tag: "Exchange", service, items: [{ _tag: "Look", keys: [key] }], touch: false }),
    );
    const expected = looked?._tag === "Found" ? looked.found[0]?.version : undefined;
    const items = [changeOf([{ key, expect: expected, put: tamper(definition) }])];
    await run(store.exchange({ _tag: "Exchange", service, items, touch: false }));
    const before = await texts();
    expect(before[1]).not.toBe(definition);
    const foreign = { _tag: "DriverError", reason: "Foreign", operation: "schedules" };
    const calls = [
      () => schedules.put({ ...good, schedule: "@daily" }),
      () => schedules.remove("a"),
      () => schedules.pause("a"),
      () => schedules.resume("a"),
      () => schedules.trigger("a"),
    ];
    for (const call of calls) expect(await failure(call())).toMatchObject({ ...foreign, detail: why });
    const unread = 'schedule "a" cannot be read: a later release of ringcron has written it, or somebody else';
    for (const call of [() => schedules.get("a"), () => schedules.explain("a")]) {
      expect(await failure(call())).toMatchObject({ ...foreign, detail: unread });
    }
    expect(await schedules.list()).toMatchObject({ schedules: [], unreadable: ["a"] });
    expect(await texts()).toEqual(before);
  });
});
