import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import { InvalidInput } from "../../src/core/words/InvalidInput.ts";
import * as Names from "../../src/core/words/Names.ts";
import * as Fire from "../../src/core/words/Fire.ts";
import * as Job from "../../src/shell/Job.ts";
import * as Options from "../../src/shell/Options.ts";
import * as Policy from "../../src/core/words/Policy.ts";
import * as Effect from "effect/Effect";
import type * as Result from "effect/Result";

const refusal = (result: Result.Result<unknown, unknown>): InvalidInput => {
  const failure = result._tag === "Failure" ? result.failure : undefined;
  if (!(failure instanceof InvalidInput)) throw new Error(`not refused: ${JSON.stringify(result)}`);
  // Whatever was handed in, the texts are short and can be written to any log.
  expect(failure.value.length).toBeLessThanOrEqual(80);
  expect(failure.message.length).toBeLessThan(400);
  expect(failure.message).toBe(`${failure.field}: ${failure.value} is not allowed; allowed: ${failure.allowed}`);
  expect(new TextDecoder().decode(new TextEncoder().encode(failure.message))).toBe(failure.message);
  // deno-lint-ignore no-control-regex
  expect(failure.message).not.toMatch(/[\u0000-\u001f]/);
  return failure;
};

const hostile = {
  toString() {
    throw new Error("no text");
  },
};

const absurdNames: ReadonlyArray<readonly [what: string, name: unknown, shown?: string]> = [
  ["empty", "", '""'],
  ["a blank", " "],
  ["blank at the end", "a "],
  ["a glob", "*"],
  ["an opening brace, which would begin a hash tag", "{", '"{"'],
  ["a closing brace", "a}"],
  ["a separator of keys first", ":b"],
  ["a separator of records", "a|b"],
  ["a comma", "a,b"],
  ["a dot and a slash", "../a"],
  ["a slash first", "/a"],
  ["a backslash", "a\\b"],
  ["a percent sign", "a%41"],
  ["a number sign", "#"],
  ["a line feed at the end", "a\n", '"a\\n"'],
  ["CR LF", "a\r\nSET x"],
  ["NUL", "a\u0000"],
  ["10 kB", "a".repeat(10_240)],
  ["129 characters", "a".repeat(129)],
  ["an emoji", "🦊"],
  ["10 kB of emoji", "🦊".repeat(2_560)],
  ["a letter and 10 kB of emoji", "a" + "🦊".repeat(2_560)],
  ["a lone surrogate", "\ud800", '"\\ud800"'],
  ["a composed letter", "é"],
  ["a decomposed letter", "e\u0301"],
  ["full-width letters", "ａ"],
  ["Arabic digits", "٣"],
  ["a change of direction", "a\u202eb"],
  // No letter or digit first; were it a key of a plain object it would do harm, so it is good that it is none.
  ["__proto__", "__proto__"],
  ["a dot first", ".a"],
  ["a minus first", "-a"],
  ["undefined", undefined, "undefined"],
  ["null", null, "null"],
  ["a number", 5, "5"],
  ["NaN", NaN, "NaN"],
  ["a big integer", 5n, "5"],
  ["a symbol", Symbol("a"), "Symbol(a)"],
  ["a boxed string", new String("a")],
  ["a list", ["a"]],
  ["an object that has no text", hostile, "object"],
  ["an object without prototype", Object.create(null), "object"],
  ["a function", () => "a"],
];

/** What are no labels: of another type, empty, unfit for a name, there twice, missing, or too many. */
const noLabels = [
  null,
  "gpu",
  5,
  true,
  {},
  { gpu: true },
  [""],
  ["a b"],
  [null],
  [5],
  ["gpu", "gpu"],
  [["gpu"]],
  new Set(["gpu"]),
  Array(2),
  ["x".repeat(129)],
  Array.from({ length: 33 }, (_, n) => `l${n}`),
];

describe("names", () => {
  const kinds = [
    ["service", Names.service],
    ["nodeName", Names.node],
    ["job", Names.job],
    ["handler", Names.handler],
    ["key", Names.key],
  ] as const;

  describe.each(kinds)("of a %s", (field, check) => {
    const structured = ["a:b", "tenant:42", "reports/daily", "10.0.0.7:3000", "a//b/", "a::"];

    it.each(absurdNames)("%s is refused, with what is allowed", (_, name, shown) => {
      const error = refusal(check(name));
      expect(error.field).toBe(field);
      const more = field === "service" ? "" : ", ':', '/'";
      expect(error.allowed).toBe(
        `1 to 128 characters, a letter or digit first, then letters, digits, '.', '_'${more} and '-'`,
      );
      if (shown !== undefined) expect(error.value).toBe(shown);
    });

    it.each(structured)("%s is a name, but not of a service: its end in the id of a fire could not be told", (name) => {
      expect(check(name)._tag).toBe(field === "service" ? "Failure" : "Success");
    });

    it.each(["a", "0", "constructor", "toString", "hasOwnProperty", "a__proto__", "A.b_c-9", "a".repeat(128)])(
      "%s is accepted as it is",
      (name) => expect(check(name)).toMatchObject({ _tag: "Success", success: name }),
    );
  });
});

it("two fires never have the same id", () => {
  const part = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,8}$/);
  const fire = fc.record({
    service: part.filter((name) => Names.service(name)._tag === "Success"),
    job: part,
    dueAt: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  });
  fc.assert(
    fc.property(fire, ({ dueAt, job, service }) => {
      const id = Fire.id(service, job, dueAt);
      expect(id.slice(0, id.indexOf("/"))).toBe(service);
      expect(id.slice(id.indexOf("/") + 1, id.lastIndexOf("/"))).toBe(job);
      expect(Date.parse(id.slice(id.lastIndexOf("/") + 1))).toBe(dueAt);
    }),
  );
});

describe("policies", () => {
  const huge = 2 ** 53;
  const noCount = [null, NaN, Infinity, -Infinity, -1, 1.5, huge, 1e18, "1", "1m", {}, [], true, 5n];

  it.each<[field: string, values: ReadonlyArray<unknown>, of: (value: never) => Policy.PolicyOptions]>([
    ["catchUp", ["latest", "skip", null, [], ["all"], 5, true, () => "latest"], (value) => ({ catchUp: value })],
    ["catchUp.mode", [null, "", "LATEST", "none", "__proto__", "toString", 1, {}, ["all"]], (value) => ({
      catchUp: { mode: value },
    })],
    ["catchUp.withinMs", [...noCount, 3_650 * 86_400_000 + 1], (value) => ({ catchUp: { withinMs: value } })],
    ["catchUp.max", [...noCount, 0, 10_001], (value) => ({ catchUp: { max: value } })],
    [
      "maxConcurrent",
      [0, -1, 1.5, 1_001, NaN, Infinity, "5", null, {}, []],
      (value) => ({ overlap: "allow", maxConcurrent: value }),
    ],
    ["maxQueued", [...noCount, 0, 1_001], (value) => ({ overlap: "queue-all", maxQueued: value })],
    ["limit", [...noCount, 0, 1_000_000_001], (value) => ({ limit: value })],
    ["jitterMs", [...noCount, 0, 86_400_001], (value) => ({ jitterMs: value })],
    ["runOn", [...noLabels, []], (value) => ({ runOn: value })],
    [
      "overlap",
      [null, "", "queueAll", "queue_all", "cancel", "SKIP", "__proto__", 0, {}, true],
      (value) => ({ overlap: value }),
    ],
    ["delivery", [null, "", "exactly-once", 1, false], (value) => ({ delivery: value })],
    ["timeoutMs", [...noCount, 0, 604_800_001], (value) => ({ timeoutMs: value })],
    ["retry", [null, 3, true, "3", [], [3], () => 3], (value) => ({ retry: value })],
    ["retry.times", [...noCount, 0, 101, 1e9], (value) => ({ retry: { times: value } })],
    ["retry.delayMs", [...noCount, 0, 86_400_001], (value) => ({ retry: { delayMs: value } })],
    ["retry.factor", [null, "2", NaN, 0, -1, 0.9, 10.1, Infinity, {}], (value) => ({ retry: { factor: value } })],
    ["retry.maxDelayMs", [...noCount, 0, 999, 604_800_001], (value) => ({ retry: { maxDelayMs: value } })],
    ["retry.maxDelayMs", [1_999], (value) => ({ retry: { delayMs: 2_000, maxDelayMs: value } })],
    ["retry.jitter", [null, "0", NaN, -0.1, 1.1, Infinity, true, {}], (value) => ({ retry: { jitter: value } })],
  ])("%s", (field, values, of) => {
    for (const value of values) {
      const error = refusal(Policy.make(of(value as never)));
      expect([error.field, value]).toEqual([field, value]);
      expect(error.allowed.length).toBeGreaterThan(10);
    }
  });

  it("that are left out, or undefined, have their defaults", () => {
    const unset = { catchUp: undefined, overlap: undefined, delivery: undefined, timeoutMs: undefined };
    const unsetInside = { catchUp: { mode: undefined, withinMs: undefined, max: undefined } };
    for (const options of [undefined, {}, unset, { catchUp: {} }, unsetInside]) {
      expect(Policy.make(options)).toMatchObject({ _tag: "Success", success: Policy.defaults });
    }
  });

  it.each([
    ["timeoutMS", { timeoutMS: 5 }],
    ["retries", { retries: 3 }],
    ["retry.delay", { retry: { delay: 3 } }],
    ["catchUp.window", { catchUp: { window: 5 } }],
  ])("misspelt or unknown are refused: %s", (field, options) => {
    const error = refusal(Policy.make(options as Policy.PolicyOptions));
    expect([error.field, error.allowed.startsWith("one of ")]).toEqual([field, true]);
  });

  it("of retries have defaults of their own, and a first wait that is longer than the longest lengthens that", () => {
    const made = (retry: Policy.PolicyOptions["retry"]) => {
      const policies = Policy.make({ retry });
      return policies._tag === "Success" && policies.success.retry;
    };
    expect(made({})).toEqual({ times: 3, delayMs: 1_000, factor: 2, maxDelayMs: 3_600_000, jitter: 0.1 });
    expect(made({ times: 100, delayMs: 86_400_000 })).toMatchObject({ times: 100, maxDelayMs: 86_400_000 });
    expect(made({ delayMs: 1, factor: 10, jitter: 1, maxDelayMs: 1 })).toMatchObject({ jitter: 1, maxDelayMs: 1 });
  });

  it.each(["queue", "queue-all", "cancel-previous"] as const)("of overlapping fires that wait: %s", (overlap) => {
    expect(Policy.make({ overlap })).toMatchObject({ _tag: "Success", success: { ...Policy.defaults, overlap } });
    for (const maxQueued of [1, 1_000]) {
      expect(Policy.make({ overlap, maxQueued })).toMatchObject({ success: { overlap, maxQueued } });
    }
  });

  it("at their bounds are accepted, and hold nothing but policies", () => {
    const made = Policy.make({
      catchUp: { mode: "all", withinMs: 0, max: 10_000 },
      timeoutMs: 1,
      overlap: "allow",
      maxConcurrent: 100,
      delivery: "at-least-once",
    });
    expect(made._tag === "Success" && made.success).toEqual({
      catchUp: { mode: "all", withinMs: 0, max: 10_000 },
      timeoutMs: 1,
      overlap: "allow",
      maxConcurrent: 100,
      delivery: "at-least-once",
    });
  });
});

describe("options of a node", () => {
  const bounds: ReadonlyArray<readonly [keyof Options.NodeOptions, number, number]> = [
    ["leaseMs", 1_000, 600_000],
    ["graceMs", 50, 60_000],
    ["lookaheadMs", 0, 1_500],
    ["maxSilenceMs", 1_000, 86_400_000],
    ["requestTimeoutMs", 100, 60_000],
    ["weight", 1, 1_000],
    ["deployment", 0, Number.MAX_SAFE_INTEGER],
    ["missedAfterMs", 1_000, 86_400_000],
    ["startTimeoutMs", 100, 600_000],
    ["drainMs", 0, 3_600_000],
  ];
  it("misspelt or unknown are refused", () => {
    const error = refusal(Options.check({ service: "s", ...{ leaseMS: 5_000 } }, "node-1"));
    expect([error.field, error.allowed.includes("leaseMs")]).toEqual(["leaseMS", true]);
  });

  const check = (field: string, value: unknown) =>
    Options.check({ service: "s", [field]: value } as Options.NodeOptions, "node-1");

  it.each(bounds)("%s: whole numbers from %i to %i", (field, from, to) => {
    const wrong = [
      from - 1,
      to + 1,
      from + 0.5,
      NaN,
      Infinity,
      -Infinity,
      -1,
      null,
      "1000",
      "10s",
      "",
      true,
      {},
      [5],
      5n,
    ];
    for (const value of wrong) {
      const error = refusal(check(field, value));
      expect([error.field, error.allowed]).toEqual([field, `a whole number from ${from} to ${to}`]);
    }
    expect([from, to].map((value) => check(field, value)._tag)).toEqual(["Success", "Success"]);
    expect(check(field, undefined)._tag).toBe("Success");
  });

  it("names are checked too, and a node without one gets the given one", () => {
    expect(refusal(Options.check({ service: "a:b" }, "node-1")).field).toBe("service");
    for (const nodeName of ["*", null, 5]) {
      expect(refusal(Options.check({ service: "a", nodeName: nodeName as string }, "node-1")).field).toBe("nodeName");
    }
    const checked = Options.check({ service: "a" }, "node-1");
    expect(checked._tag === "Success" && checked.success.config.nodeName).toBe("node-1");
  });

  it.each([undefined, null, "billing", 5])("%s instead of options", (options) => {
    expect(refusal(Options.check(options as never, "node-1")).field).toBe("options");
  });

  it("labels of a node", () => {
    for (const value of noLabels) expect(refusal(check("labels", value))).toMatchObject({ field: "labels" });
    for (const value of [[], ["gpu"], ["gpu", "zone:eu", "v1.2/x_y-z"]]) {
      const checked = check("labels", value);
      expect(checked._tag === "Success" && checked.success.config.labels).toEqual(value);
    }
  });

  it("how long to drain", () => {
    for (const value of [-1, NaN, Infinity, "1", null, 3_600_001]) {
      expect(refusal(Options.drain(value)).field).toBe("drainMs");
    }
  });
});

describe("jobs", () => {
  const spec = (name: unknown, schedule: unknown, options: unknown = {}) =>
    Job.spec(Job.make(name as string, schedule as string, () => Effect.void, options as Job.JobOptions));

  it("are checked from the name to the policies", () => {
    expect(refusal(spec("a b", "* * * * *")).field).toBe("job");
    expect(refusal(spec("a", "* * * * *", { timeoutMs: "1m" })).field).toBe("timeoutMs");
  });

  it.each([null, 5, "UTC"])("%s instead of options", (options) => {
    expect(refusal(spec("a", "* * * * *", options)).field).toBe("options");
  });

  it.each<[field: string, schedule: unknown, options?: unknown]>([
    ["expression", ""],
    ["expression", undefined],
    ["expression", 5],
    ["expression", hostile],
    ["minutes", "60 * * * *"],
    ["days", "0 0 30 2 *"],
    ["timeZone", "* * * * *", { timeZone: "Mars/Olympus" }],
    ["timeZone", "* * * * *", { timeZone: "UTC+25" }],
    ["timeZone", "* * * * *", { timeZone: "" }],
    ["timeZone", "* * * * *", { timeZone: 5 }],
    ["timeZone", "* * * * *", { timeZone: null }],
    ["dst", "* * * * *", { dst: null }],
    ["dst", "* * * * *", { dst: "never" }],
  ])("a schedule with a wrong %s (%#)", (field, schedule, options) => {
    const result = spec("a", schedule, options);
    const error = result._tag === "Failure" ? result.failure : undefined;
    expect(error).toBeInstanceOf(CronExpression.CronExpressionError);
    expect((error as CronExpression.CronExpressionError).field).toBe(field);
  });
});
