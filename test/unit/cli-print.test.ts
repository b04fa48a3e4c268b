/**
 * What the command line prints: words for times, tables, colours, and nothing that steers a terminal.
 */
import type { HistoryLine } from "ringcron";
import { describe, expect, it } from "vitest";
import { failureOf, Stop } from "../../cli/frame/exit.ts";
import { makeSecrets } from "../../cli/frame/secrets.ts";
import { byOf } from "../../cli/frame/values.ts";
import { historyTable } from "../../cli/print/history.ts";
import { fitted, paintFor, tame, widthOf } from "../../cli/print/paint.ts";
import { facts, table } from "../../cli/print/table.ts";
import { away, duration, iso, offsetText, wall, weekday } from "../../cli/print/words.ts";

const plain = paintFor(false, {}, true);
const coloured = paintFor(true, {}, false);

describe("times in words", () => {
  it.each(
    [
      [0, "0 ms"],
      [999, "999 ms"],
      [1_000, "1 s"],
      [1_450, "1.4 s"],
      [9_990, "10.0 s"],
      [59_600, "1 min"],
      [61_000, "1 min 1 s"],
      [3_600_000, "1 h"],
      [3_600_000 + 59_000, "1 h"],
      [90_000_000, "1 d 1 h"],
      [-5_000, "5 s"],
    ] as const,
  )("%d ms is %s", (ms, words) => expect(duration(ms)).toBe(words));

  it("say how far away an instant is", () => {
    expect([away(1_000, 1_000), away(61_000, 1_000), away(0, 7_000)]).toEqual(["now", "in 1 min", "7 s ago"]);
  });

  it("are those of a zone, also of one that is an offset", () => {
    const at = Date.UTC(2026, 2, 29, 1);
    expect(iso(at - 1_000, "Europe/Berlin")).toBe("2026-03-29T01:59:59+01:00");
    expect(iso(at, "Europe/Berlin")).toBe("2026-03-29T03:00:00+02:00");
    expect(iso(at, "UTC")).toBe("2026-03-29T01:00:00Z");
    expect(iso(at, "-03:30")).toBe("2026-03-28T21:30:00-03:30");
    expect(wall(at + 999, "Pacific/Chatham")).toBe("2026-03-29 14:45:00");
    expect([weekday(at, "UTC"), weekday(at, "-03:30"), offsetText(at, "Asia/Kathmandu")]).toEqual([
      "Sun",
      "Sat",
      "+05:45",
    ]);
  });
});

describe("tables", () => {
  const it1 = {
    head: ["job", "runs", "why"],
    rows: [["a", "7", "short"], ["bb", "12", "a reason that is long"]],
    right: [1],
  };

  it("are as wide as what is in them", () => {
    expect(table(it1, 80, plain)).toBe(
      "job  runs  why\n" +
        "a       7  short\n" +
        "bb     12  a reason that is long\n",
    );
  });

  it("are cut where the terminal ends, and keep the beginning", () => {
    const lines = table(it1, 25, plain).split("\n");
    expect(lines[2]).toBe("bb     12  a reason that…");
    expect(lines.every((line) => widthOf(line) <= 25)).toBe(true);
    // Never cut to nothing: a terminal that narrow wraps.
    expect(table(it1, 5, plain)).toContain("a reason th…");
  });

  it("align what is coloured or wide like the rest", () => {
    const rows = [[["日本", coloured.bad], "x"], ["abcd", "y"]] as const;
    const [, first = "", second = ""] = table({ head: ["a", "b"], rows }, 80, coloured).split("\n");
    expect(first).toContain("\u001b[31m日本\u001b[39m  x");
    expect(second).toBe("abcd  y");
    expect(widthOf(first)).toBe(widthOf(second));
    expect(facts([["a", "1"], ["long", ["2", coloured.good]]], plain)).toBe("a     1\nlong  \u001b[32m2\u001b[39m\n");
  });

  it("cut wide texts by their columns", () => {
    expect(fitted("日本語の文", 5)).toBe("日本…");
    expect(fitted("short", 5)).toBe("short");
  });
});

describe("colours", () => {
  const isColoured = (...it: Parameters<typeof paintFor>): boolean => paintFor(...it).bad("x") !== "x";

  it("are where a terminal is, unless somebody says otherwise", () => {
    expect(isColoured(undefined, {}, true)).toBe(true);
    expect(isColoured(undefined, {}, false)).toBe(false);
    expect(isColoured(undefined, { TERM: "dumb" }, true)).toBe(false);
    expect(isColoured(undefined, { NO_COLOR: "1" }, true)).toBe(false);
    expect(isColoured(undefined, { FORCE_COLOR: "1" }, false)).toBe(true);
    expect(isColoured(undefined, { FORCE_COLOR: "0" }, true)).toBe(false);
    expect(isColoured(true, { NO_COLOR: "1" }, false)).toBe(true);
    expect(isColoured(false, { FORCE_COLOR: "1" }, true)).toBe(false);
  });

  it("of strangers do not reach the terminal", () => {
    expect(tame("a\u001b[2Jb\r\n\u202ec\u0007")).toBe("a\\u001b[2Jb\\u000d\\u000a\\u202ec\\u0007");
    expect(tame("<img onerror> ä 日本")).toBe("<img onerror> ä 日本");
  });
});

describe("the history", () => {
  it("tells who did what, and no name steers the terminal", () => {
    const [at, by] = [Date.UTC(2026, 10, 29, 18), "a\u001b[2Jb\u202e"];
    const lines: ReadonlyArray<HistoryLine> = [
      { _tag: "Action", action: "pause", by: "anna", at, job: "invoices" },
      { _tag: "Action", action: "schedule-put", by, at, schedule: "a\u001b[2J" },
      { _tag: "Action", action: "pause-all", by: "anna", at },
      { _tag: "Action", action: "drain", by: "anna", at, node: "web-1" },
    ];
    const look = { columns: 100, now: at, paint: plain, zone: "UTC" };
    const rows = table(historyTable(lines, look), 100, plain).trimEnd().split("\n").slice(1);
    expect(rows.map((row) => row.split(/ {2,}/).slice(-3).map((it) => it.trim()))).toEqual([
      ["invoices", "pause", "by anna"],
      ["a\\u001b[2J", "schedule-put", "by a\\u001b[2Jb\\u202e"],
      ["all", "pause-all", "by anna"],
      ["web-1", "drain", "by anna"],
    ]);
  });
});

describe("secrets", () => {
  it("are in no text, in whichever form they are written", () => {
    const secrets = makeSecrets();
    for (const it of ["p@ss/word", "p@ss/word-and-more", 'quote"d', "abc", undefined]) secrets.keep(it);
    const text = `p@ss/word p%40ss%2Fword p@ss/word-and-more ${JSON.stringify({ a: 'quote"d' })} abc`;
    expect(secrets.without(text)).toBe('[secret] [secret] [secret] {"a":"[secret]"} abc');
  });
});

describe("failures", () => {
  it("are a sentence and an ending, whatever is thrown", () => {
    const driver = (reason: string) => failureOf({ _tag: "DriverError", reason, detail: "why" });
    expect(driver("Unavailable")).toEqual({
      ending: "unreachable",
      kind: "Unavailable",
      message: "the store cannot be reached: why",
    });
    expect(["Unauthorized", "Foreign", "Misconfigured", "Corrupt", "RateLimited"].map((it) => driver(it).ending))
      .toEqual(["denied", "refused", "usage", "unreachable", "unreachable"]);
    expect(failureOf(new Stop("unknown", "UnknownRun", "no"))).toMatchObject({ ending: "unknown", message: "no" });
    for (const it of [undefined, null, "text", new Error("one\n  at two"), { message: 5 }]) {
      expect(failureOf(it)).toMatchObject({ ending: "failed", kind: "Unforeseen" });
      expect(failureOf(it).message).not.toContain("\n");
    }
  });
});

describe("who is said to do something", () => {
  it.each([
    [undefined, "anna", "anna"],
    ["ben", "anna", "ben"],
    ["", "anna", undefined],
    [undefined, "", undefined],
    [undefined, undefined, undefined],
  ])("--by %j of USER %j is %j", (by, USER, said) => expect(byOf(by, { USER })).toBe(said));
});
