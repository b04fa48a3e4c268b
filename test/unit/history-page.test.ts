/**
 * Pages of the history: filtered, the newest first, and each line once however the history goes on meanwhile.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryEntry } from "../../src/core/words/Request.ts";
import { type HistoryOptions, pageOf } from "../../src/shell/historyPage.ts";

const ran = (job: string, endedAt: number, outcome: "succeeded" | "failed" = "succeeded"): HistoryEntry => ({
  _tag: "Run",
  job,
  dueAt: endedAt - 5,
  attempt: 1,
  fence: endedAt,
  outcome,
  startedAt: endedAt - 5,
  endedAt,
  incarnation: "n1",
});
const skipped = (job: string, at: number): HistoryEntry => ({
  _tag: "Skip",
  job,
  at,
  reason: "overlap",
  count: 1,
  firstDueAt: at,
  lastDueAt: at,
});

const acted = (of: { readonly job?: string; readonly schedule?: string }, at: number): HistoryEntry => ({
  _tag: "Action",
  action: of.schedule === undefined ? "pause" : "schedule-pause",
  by: "anna",
  at,
  ...of,
});

const instants = (entries: ReadonlyArray<HistoryEntry>) => entries.map((it) => it._tag === "Run" ? it.endedAt : it.at);

describe("a page", () => {
  const history = [ran("a", 1), ran("b", 2, "failed"), skipped("a", 3), ran("a", 4, "failed"), ran("b", 5)];
  const of = (options: HistoryOptions) => instants(pageOf(history, options).entries);

  it("has the newest first, and what was asked for", () => {
    expect(of({})).toEqual([5, 4, 3, 2, 1]);
    expect(of({ job: "a" })).toEqual([4, 3, 1]);
    expect(of({ outcome: "failed" })).toEqual([4, 2]);
    expect(of({ outcome: "skipped" })).toEqual([3]);
    expect(of({ from: 2, to: 4 })).toEqual([3, 2]);
    expect(of({ job: "b", outcome: "failed", from: 3 })).toEqual([]);
  });

  it("has what people did among the rest, by itself, and of one job or schedule", () => {
    const lines = [...history, acted({ job: "a" }, 6), acted({ schedule: "a" }, 7), acted({}, 8)];
    const of = (options: HistoryOptions) => instants(pageOf(lines, options).entries);
    expect(of({})).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(of({ job: "a" })).toEqual([6, 4, 3, 1]);
    expect(of({ schedule: "a" })).toEqual([7]);
    expect(of({ outcome: "action" })).toEqual([8, 7, 6]);
    expect(of({ outcome: "failed" })).toEqual([4, 2]);
    expect(of({ job: "a", outcome: "action", from: 7 })).toEqual([]);
  });

  it("tells where to go on only if something follows", () => {
    const first = pageOf(history, { limit: 3 });
    expect(first.cursor).toBeTypeOf("string");
    const second = pageOf(history, { limit: 3, cursor: first.cursor });
    expect([instants(second.entries), second.cursor]).toEqual([[2, 1], undefined]);
    expect(pageOf(history, { limit: 5 }).cursor).toBe(undefined);
  });

  it("is empty behind a line that is not kept any more, and behind what is no cursor", () => {
    const { cursor } = pageOf(history, { limit: 4 });
    expect(pageOf(history.slice(2), { cursor })).toEqual({ entries: [], cursor: undefined });
    for (const it of ["", "x", "...", "1.NaN"]) expect(pageOf(history, { cursor: it }).entries).toEqual([]);
  });
});

it("pages have each line once, in order, also while lines are added and lines are the same", () => {
  const entry = fc.record({ at: fc.integer({ min: 1, max: 4 }), isRun: fc.boolean() })
    .map(({ at, isRun }) => isRun ? ran("a", at) : skipped("a", at));
  fc.assert(fc.property(fc.array(entry), fc.array(entry), fc.integer({ min: 1, max: 5 }), (before, later, limit) => {
    const read: Array<HistoryEntry> = [];
    let cursor: string | undefined;
    let pages = 0;
    // What comes meanwhile differs from what was there: an end is recorded once.
    const added = later.map((it) => ({ ...it, job: "later" }));
    do {
      const page = pageOf([...before, ...added.slice(0, pages)], { limit, cursor, job: "a" });
      read.push(...page.entries);
      cursor = page.cursor;
      pages += 1;
    } while (cursor !== undefined && pages < 1_000);
    expect(read).toEqual([...before].reverse());
  }));
});
