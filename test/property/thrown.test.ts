import * as Cause from "effect/Cause";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import fc from "fast-check";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { Config, RunEnd } from "../../src/core/node/Machine.ts";
import { effectHandler } from "../../src/shell/effectHandler.ts";
import * as Handlers from "../../src/shell/Handlers.ts";
import { maxLength, textOf } from "../../src/shell/thrown.ts";
import { each, type Hostile, hostile, touched } from "../support/hostile.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** Names only, so that a failure can be printed. */
const check = (law: (it: Hostile) => unknown) =>
  fc.assert(
    fc.property(hostile, (it) => {
      const broken = law(it);
      if (broken !== undefined) throw new Error(`${it.name}: ${String(broken)}`);
    }),
    {
      numRuns: 1_000,
      seed,
      reporter: ({ errorInstance }) => {
        if (errorInstance !== null) throw errorInstance;
      },
    },
  );

const wrongText = (text: unknown) =>
  typeof text !== "string"
    ? "no text"
    : text === "" || text.length > maxLength
    ? `${text.length} characters`
    : undefined;

describe(`the text of what was thrown, SEED=${seed}`, () => {
  it("is there and bounded, whatever that was", () => {
    for (const { name, value } of each()) expect([name, wrongText(textOf([value]))]).toEqual([name, undefined]);
    check(({ value }) => wrongText(textOf([value])));
    check(({ value }) => wrongText(textOf([new Error("one"), value, value])));
  });

  it("is made without a proxy being touched, and with few of a value's own getters", () => {
    check(({ value }) => {
      Object.assign(touched, { traps: 0, getters: 0 });
      textOf([value]);
      return touched.traps === 0 && touched.getters < 100 ? undefined : `${touched.traps}, ${touched.getters}`;
    });
  });

  it("does not keep a huge one in memory", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const used = (): number => {
      collect();
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = used();
    const texts = Array.from({ length: 10 }, (_, index) => {
      const large = `${index}`.repeat(10_000_000);
      return [textOf([large]), textOf([new Error(large)]), textOf([{ large }]), textOf([{ [large]: 1 }])];
    });
    expect(used() - before).toBeLessThan(20_000_000);
    expect(texts.flat().every((text) => text.length <= maxLength)).toBe(true);
  });

  it.each<[thrown: unknown, text: string | RegExp]>([
    [{ code: 42 }, "non-Error thrown: { code: 42 }"],
    ["boom", 'non-Error thrown: "boom"'],
    [undefined, "non-Error thrown: undefined"],
    [null, "non-Error thrown: null"],
    [-1n, "non-Error thrown: -1n"],
    [Symbol("s"), "non-Error thrown: Symbol(s)"],
    [function f() {}, "non-Error thrown: [function f]"],
    [
      new (class Odd {
        a = [1, { b: 2 }];
      })(),
      "non-Error thrown: Odd { a: [ 1, { … 1 more } ] }",
    ],
    [[], "non-Error thrown: []"],
    [Array.from({ length: 10 }, (_, it) => it), "non-Error thrown: [ 0, 1, 2, 3, 4, 5, 6, 7, … 2 more ]"],
    [{
      get a() {
        return 1;
      },
    }, "non-Error thrown: { a: [getter] }"],
    [new Uint8Array(7), "non-Error thrown: [7 bytes]"],
    [new Error("boom"), /^Error: boom\n +at .*thrown\.test\.ts/],
    [new TypeError(""), /^TypeError\n +at /],
    [new DOMException("gone", "AbortError"), /^AbortError: gone(\n|$)/],
    [Object.assign(new Error("refused"), { code: "ECONNREFUSED" }), /^Error \[ECONNREFUSED\]: refused\n/],
    [Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }), /^Error: connect ECONNREFUSED\n/],
    [
      new Error("outer", { cause: new RangeError("inner", { cause: "a text" }) }),
      /^Error: outer\n +at [^]*\n\[cause\] RangeError: inner\n\[cause\] "a text"$/,
    ],
    [
      new AggregateError([new Error("a"), 5], "both"),
      /^AggregateError: both\n[^]*1 of 2\] Error: a\n\[error 2 of 2\] 5$/,
    ],
    [
      new (class Late extends Error {
        override get message(): string {
          return "made when asked";
        }
      })(),
      /^Error: made when asked\n/,
    ],
  ])("tells people what it was: %#", (thrown, text) => {
    if (typeof text === "string") expect(textOf([thrown])).toBe(text);
    else expect(textOf([thrown])).toMatch(text);
  });

  it("survives a broken Error.prepareStackTrace", () => {
    const holder = Error as { prepareStackTrace?: unknown };
    const before = holder.prepareStackTrace;
    try {
      for (
        const broken of [
          () => {
            throw new Error("no");
          },
          () => ({}),
          () => 5,
          (_: unknown, sites: unknown) => sites,
          5,
        ]
      ) {
        const error = new Error("boom");
        holder.prepareStackTrace = broken;
        expect(textOf([error])).toMatch(/^Error: boom(\n|$)/);
      }
    } finally {
      holder.prepareStackTrace = before;
    }
  });
});

const config = { service: "s", nodeName: "n" } as Config;
const run = { job: "job", dueAt: 0, attempt: 1, kind: "due", fence: 1 } as const;

/** How a handler's effect ends; undefined if that is not told at once. */
const endOf = (handler: () => Effect.Effect<unknown, unknown>): RunEnd | undefined => {
  const handlers = Handlers.make(config);
  const ends: Array<RunEnd> = [];
  handlers.set("job", effectHandler(handler, Context.empty()));
  handlers.start(run, 0, (end) => ends.push(end));
  expect(ends.length).toBeLessThan(2);
  return ends[0];
};

describe(`the end of a handler's effect, SEED=${seed}`, () => {
  const ways: Readonly<Record<string, (value: unknown) => Effect.Effect<unknown, unknown>>> = {
    "fails": Effect.fail,
    "dies": Effect.die,
    "throws before there is an effect": (value) => {
      throw value;
    },
    "throws": (value) =>
      Effect.sync(() => {
        throw value;
      }),
  };
  it.each(Object.keys(ways))("that %s is told, with what it was", (way) => {
    check(({ value }) => {
      const end = endOf(() => ways[way]?.(value) as Effect.Effect<unknown, unknown>);
      if (end?.outcome !== "failed") return end?.outcome ?? "no end";
      return Object.is(end.cause, value) ? wrongText(end.error) : "another cause";
    });
  });

  it("is told even if there was no effect", () => {
    check(({ value }) => {
      // Whether an object that names itself an effect ever ends is its own affair.
      const end = endOf(() => value as Effect.Effect<unknown>);
      return end === undefined || end.outcome !== "failed" ? undefined : wrongText(end.error);
    });
    expect(endOf(() => undefined as unknown as Effect.Effect<void>)?.error).toMatch(/^TypeError: .*no effect/);
  });

  it("of many reasons has them all as its cause", () => {
    const reasons = Array.from({ length: 100_000 }, (_, index) => Cause.makeFailReason(`reason ${index}`));
    const cause = Cause.fromReasons([...reasons, Cause.makeDieReason({ code: 42 })]);
    const end = endOf(() => Effect.failCause(cause));
    expect(wrongText(end?.error)).toBe(undefined);
    expect(end?.cause === cause).toBe(true);
    expect(end?.error).toContain("[reason 2 of 100001]");
  });

  it("that was interrupted is no failure", () => {
    expect(endOf(() => Effect.interrupt)).toMatchObject({ outcome: "cancelled", cause: undefined });
  });
});
