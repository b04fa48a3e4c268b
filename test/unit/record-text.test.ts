import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layouts } from "../../src/core/ledger/layout.ts";
import * as Moment from "../../src/core/ledger/Moment.ts";
import type { Open } from "../../src/core/ledger/Moment.ts";
import type { JobRecord, StoredRun } from "../../src/core/ledger/Record.ts";
import { readRecord, recordText, resolvedAt } from "../../src/core/ledger/recordText.ts";

const instant = fc.integer({ min: 0, max: 2_000_000_000_000 });
const open: fc.Arbitrary<Open> = fc.oneof(instant, fc.record({ least: instant, plus: fc.nat(1_000) }));
const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("", "n1.3x1", "a|b;c,d@e%f"));
const maybe = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined });

const run: fc.Arbitrary<StoredRun<Open>> = fc.record({
  dueAt: instant,
  attempt: fc.integer({ min: 1, max: 5 }),
  kind: fc.constantFrom("due", "late", "manual", "backfill", "rerun", "retry"),
  fence: open,
  claimId: maybe(text),
  heldUntil: maybe(instant),
  startsAt: maybe(instant),
  cancelAt: maybe(instant),
  notBefore: maybe(instant),
  previousError: maybe(text),
  retries: maybe(fc.nat(100)),
  payload: fc.constantFrom(true as const, undefined),
  resultSlot: maybe(fc.nat(63)),
});

const record: fc.Arbitrary<JobRecord<Open>> = fc.record({
  watermark: open,
  since: open,
  toldBy: fc.option(text.filter((it) => it !== ""), { nil: undefined }),
  lastFence: open,
  paused: fc.boolean(),
  pausedBy: maybe(text.filter((it) => it !== "")),
  pauseReason: maybe(text),
  pausedWithAll: fc.constantFrom(true as const, undefined),
  definition: text,
  deployment: instant,
  claimId: maybe(text),
  nextDueAt: maybe(instant),
  nextStartsAt: maybe(instant),
  counted: maybe(instant),
  nextSlot: maybe(fc.nat(63)),
  active: fc.array(run, { maxLength: 4 }),
  queue: fc.array(
    fc.record({
      dueAt: instant,
      kind: fc.constantFrom("manual", "backfill"),
      queuedAt: instant,
      payload: fc.constantFrom(true as const, undefined),
      resultSlot: maybe(fc.nat(63)),
    }),
    {
      maxLength: 4,
    },
  ),
  busyUntil: maybe(instant),
  waiting: maybe(fc.array(instant, { minLength: 1, maxLength: 4 })),
});

const sample = "2|5|0|7|0|d|1|n1.1|9|5,1,due,7,n1.1;6,2,rerun,8,,9|3,m,4;4,b,5";

describe("the text of a record", () => {
  it("is read as what was written, with every open number as the store resolves it", () => {
    fc.assert(fc.property(record, instant, (it, now) => {
      const stored = Moment.resolve(recordText(it, layouts.newest), now);
      expect(stored).toMatch(/^[!-?A-~]+$/);
      expect(readRecord(stored)).toEqual(resolvedAt(it, now));
    }));
  });

  it("is written again as it was read", () => {
    const read = readRecord(sample);
    expect(typeof read === "string" ? read : recordText(read, layouts.newest)).toBe(sample);
  });

  it("says facts at its end once each, in their order, or it is corrupt", () => {
    const withFacts = (facts: string) => readRecord(`${sample}|${facts}`);
    expect(withFacts("banna,r%")).toMatchObject({ pausedBy: "anna", pauseReason: "", queue: [{}, {}] });
    expect(withFacts("n1,q5.7,r%")).toMatchObject({ counted: 1, waiting: [5, 7], pauseReason: "" });
    const wrong = [
      "",
      "b",
      "banna,",
      "r1,banna",
      "banna,banna",
      "z1",
      "B1",
      ",banna",
      "banna;r1",
      "banna|r1",
      "b!",
      "q",
      "q5.",
      "q.5",
      "q5,6",
      "qx",
      "q5.x",
    ];
    expect(wrong.filter((it) => withFacts(it) !== "corrupt")).toEqual([]);
  });

  it("of a later layout is newer, whatever follows", () => {
    expect([readRecord("3|x"), readRecord("17"), readRecord("999999|")]).toEqual(["newer", "newer", "newer"]);
  });

  it.each(["", "2", "2|", "1|5", "0|5", "x", "02|5", "2.5|5", "3x|5", "-3|5", "1000000|5", " 3|5", "|", "@"])(
    "is nothing of ours if it is %j",
    (it) => expect(readRecord(it)).toBe("corrupt"),
  );

  it("is corrupt where what a run has besides is in another order, there twice, empty, or unknown", () => {
    const of = (parts: string) => readRecord(`2|5|0|7|0|d|1|n1.1|9|5,1,due,7,n1.1,${parts}|`);
    expect(["1", "w1", "1,w1", "eno,r2,w1", "-1,r2"].filter((parts) => typeof of(parts) === "string")).toEqual([]);
    const wrong = ["", "w", "e", "r", "w1,r2", "w1,w1", "w1,1", "1,1", "x1", "W1", "1,", "w1,", "rx", "e!", "w1;"];
    expect(wrong.filter((parts) => of(parts) !== "corrupt")).toEqual([]);
  });

  it("is corrupt as soon as one character is missing at the end of a part, or one is too many", () => {
    const parts = sample.split("|");
    const broken = parts.flatMap((part, index) =>
      index === 0 ? [] : [",", ";", "!", "@1+2@", "|"].map((more) => parts.with(index, part + more).join("|"))
    );
    expect(broken.filter((it) => readRecord(it) !== "corrupt")).toEqual([]);
    const emptied = [1, 2, 3, 4, 5, 6].map((index) => parts.with(index, "").join("|"));
    expect(emptied.filter((it) => readRecord(it) !== "corrupt")).toEqual([]);
  });

  it.each([
    ["a number of 17 digits", "2|12345678901234567|0|7|0|d|1||||"],
    ["a number that is not safe", "2|9007199254740992|0|7|0|d|1||||"],
    ["a number with a point", "2|5.5|0|7|0|d|1||||"],
    ["a sign alone", "2|-|0|7|0|d|1||||"],
    ["a flag that is none", "2|5|0|7|2|d|1||||"],
    ["a kind of run that is none", "2|5|0|7|0|d|1|||5,1,maybe,7,n1.1|"],
    ["a kind of queued fire that is none", "2|5|0|7|0|d|1||||3,x,4"],
    ["a run without an end", "2|5|0|7|0|d|1|||5,1,due,7|"],
    ["a run with an end that is none", "2|5|0|7|0|d|1|||5,1,due,7,n1.1,|"],
    ["a name that is not escaped as we do", "2|5|0|7|0|%zz|1||||"],
    ["a part too few", "2|5|0|7|0|d|1|||"],
  ])("is corrupt with %s", (_, it) => expect(readRecord(it)).toBe("corrupt"));
});

describe("a template", () => {
  it("has each number of its clock resolved, and the rest left as it is", () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.string({ unit: fc.constantFrom("a", "+", "|", "0") }), open)), instant, (
      parts,
      now,
    ) => {
      const template = parts.map(([before, number]) => `${before}${Moment.text(number)}`).join(",");
      const wanted = parts.map(([before, number]) => `${before}${Moment.at(number, now)}`).join(",");
      expect(Moment.resolve(template, now)).toBe(wanted);
    }));
  });

  it.each(["@", "a@", "@5", "@5+", "@5+6", "a@b", "@x+1@", "@1@"])("of no engine is left as it is: %s", (template) => {
    expect(Moment.resolve(template, 5)).toBe(template);
  });
});
