/**
 * The commands that need no store, and what every command has: help, JSON, exit codes.
 */
import { describe, expect, it } from "vitest";
import { instantOf } from "../../cli/frame/values.ts";
import type { budget } from "../../src/core/node/budget.ts";
import { call } from "../support/cli-host.ts";

const now = () => Date.UTC(2026, 10, 29, 18);

describe("next", () => {
  it("tells when a schedule is due, in its zone", async () => {
    const { code, err, out } = await call(["next", "0 9 * * 1-5", "--tz", "Europe/Berlin", "-n", "2"], { now });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(
      "0 9 * * 1-5  at 09:00 on Monday to Friday, Europe/Berlin\n" +
        "  Mon 2026-11-30 09:00:00 +01:00  in 14 h\n" +
        "  Tue 2026-12-01 09:00:00 +01:00  in 1 d 14 h\n",
    );
  });

  it("is one document of JSON if that is asked for, wherever the option stands", async () => {
    const args = ["next", "@hourly", "-n", "1", "--from", "2026-01-01T00:00:00Z"];
    const expected = {
      expression: "@hourly",
      timeZone: "UTC",
      dst: "default",
      description: "every hour, UTC",
      fires: [{ dueAt: 1767229200000, iso: "2026-01-01T01:00:00.000Z", local: "2026-01-01T01:00:00Z" }],
    };
    const [after, before] = [await call([...args, "--json"], { now }), await call(["--json", ...args], { now })];
    expect(after.json()).toEqual(expected);
    expect(before).toMatchObject({ code: 0, err: "", out: after.out });
    expect(after.out.trim().split("\n").length).toBe(1);
  });

  it("takes words that the shell has separated, and says where nothing is to come", async () => {
    expect((await call(["next", "@every", "90s", "-n", "1"], { now })).out).toContain("2026-11-29 18:01:30 Z");
    expect((await call(["next", "@at", "2020-01-01T00:00:00Z"], { now })).out).toContain("never again");
  });

  it.each([
    [["next", "0 61 * * *"], 'hours: "61" at position 2'],
    [["next", "* * * * *", "--tz", "Mars/Olympus"], "timeZone"],
    [["next", "* * * * *", "-n", "0"], '--count: "0" is not allowed'],
    [["next", "* * * * *", "--from", "yesterday"], "--from"],
    [["next"], "missing required argument"],
    [["nxt"], "Did you mean next?"],
    [["next", "* * * * *", "--jsn"], "Did you mean --json?"],
  ])("%j is wrong use, said in a sentence", async (args, words) => {
    const { code, err, out } = await call(args, { now });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^ringcron: /);
    expect(err).toContain(words);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it("says what is wrong in JSON to programs", async () => {
    const { code, err, out } = await call(["next", "x", "--json"], { now });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(JSON.parse(err)).toMatchObject({ error: { kind: "CronExpressionError", exitCode: 2 } });
  });
});

describe("explain", () => {
  it("says what a schedule means, and what it does when clocks change", async () => {
    const { code, out } = await call(["explain", "30 2 * * *", "--tz", "Europe/Berlin"], { now });
    expect(code).toBe(0);
    expect(out).toMatch(/means +at 02:30, Europe\/Berlin\n/);
    expect(out).toMatch(/last +Sun 2026-11-29 02:30:00 \+01:00 +16 h 30 min ago\n/);
    expect(out).toContain("2027-03-28T03:00:00+02:00, 60 min forward: due 03:00\n");
    expect(out).toContain("2027-10-31T02:00:00+01:00, 60 min back: due 02:30\n");
  });

  it("has all of it in JSON", async () => {
    const answer = (await call(["explain", "*/15 9-17 * * 1-5", "--json"], { now })).json();
    expect(answer).toMatchObject({ canonical: "*/15 9-17 * * 1-5", isManual: false, changesOfClocks: [] });
    expect((await call(["explain", "@manual", "--json"], { now })).json()).toMatchObject({
      isManual: true,
      nextAt: [],
    });
  });
});

describe("help", () => {
  it("is the answer to nothing at all, which is wrong use, and to who asks for it", async () => {
    const [bare, asked, ofOne] = [await call([]), await call(["--help"]), await call(["next", "--help"])];
    expect([bare.code, asked.code, ofOne.code]).toEqual([2, 0, 0]);
    expect(asked.out).toContain("Usage: ringcron");
    expect(asked.out).toContain("Exit codes:");
    expect(ofOne.out).toContain("--tz <zone>");
    expect(ofOne.out).toContain("--json");
    expect((await call(["--version"])).code).toBe(0);
  });
});

describe("instants of options", () => {
  it("are ISO 8601, epoch milliseconds, or a time from now", () => {
    const at = 1_700_000_000_000;
    const read = (text: string) => instantOf("--from", text, at);
    expect([
      read("now"),
      read("2h"),
      read("+90s"),
      read("1700000000001"),
      read("2026-03-01"),
      read("2026-03-01T09:00+01:00"),
    ])
      .toEqual([at, at - 7_200_000, at + 90_000, at + 1, Date.UTC(2026, 2, 1), Date.UTC(2026, 2, 1, 8)]);
    for (const wrong of ["", "soon", "2026-13-01", "2026-03-01T09:00", "5"]) {
      expect(() => read(wrong), wrong).toThrow("--from");
    }
  });
});

describe("budget", () => {
  it("tells requests, commands and price, by cause", async () => {
    const args = ["budget", "0 3 * * *", "2x 0 4 * * *", "--per100k-commands", "0.2", "--max-silence", "1h"];
    const { code, err, out } = await call(args, { now });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^in 30 days +requests +commands +MB\nbeats +2,/);
    expect(out).toMatch(/\n90 fires, price 0\.0\d\n$/);
    const { beats, claims, total } = (await call([...args, "--json"], { now })).json() as ReturnType<typeof budget>;
    expect(claims.requests).toBeLessThanOrEqual(90);
    expect(beats.commands).toBe(4 * beats.requests);
    expect(total.commands).toBeGreaterThan(beats.commands + claims.commands);
  });

  it.each([
    [["budget"], "missing required argument"],
    [["budget", "x"], "unexpected"],
    [["budget", "@daily", "--lasts", "long"], "--lasts"],
    [["budget", "@daily", "--per-gigabyte", "much"], "--per-gigabyte"],
    [["budget", "@daily", "--nodes", "0"], "--nodes"],
  ])("%j is wrong use", async (args, words) => {
    const { code, err } = await call(args, { now });
    expect(code).toBe(2);
    if (words !== "unexpected") expect(err).toContain(words);
  });
});
