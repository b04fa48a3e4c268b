import { describe, expect, test } from "vitest";
import * as Simulation from "../../src/testing/Simulation.ts";
import { asked, askedInTime, type Seen } from "../../src/testing/simulation/check/asked.ts";
import { isAsked, type Issue } from "../../src/testing/simulation/History.ts";
import type { JobSpec } from "../../src/core/node/Machine.ts";

const report = Simulation.run({ seed: 1, faults: { ask: 1_000 } });
const { finale } = report.history;
if (finale === undefined) throw new Error("no finale");
const demand = { dueUpTo: finale.at };

/** What was seen of a job that somebody asked a lot of. */
const seenOf = (job: string): Seen => {
  const { asks, ends, issues, starts } = report.history;
  const own = <T extends { readonly job: string }>(all: ReadonlyArray<T>): ReadonlyArray<T> =>
    all.filter((it) => it.job === job);
  return { asks: own(asks), ends: own(ends), issues: own(issues), starts: own(starts), keptFrom: 0 };
};

/** A fire that was asked for and started, in one attempt. */
const takenOf = ({ issues, starts }: Seen): Issue | undefined =>
  issues.find((issue) =>
    isAsked(issue) && starts.some(({ fence }) => fence === issue.fence) &&
    issues.filter(({ dueAt }) => dueAt === issue.dueAt).length === 1
  );

const busiest = (): string => {
  const counts = new Map<string, number>();
  for (const { job } of report.history.issues.filter(isAsked)) counts.set(job, (counts.get(job) ?? 0) + 1);
  const [first] = [...counts].filter(([job]) => takenOf(seenOf(job)) !== undefined).sort(([, a], [, b]) => b - a);
  if (first === undefined) throw new Error("nobody asked for anything");
  return first[0];
};

const job = busiest();
const seen = seenOf(job);
const rulesOf = (it: Seen): ReadonlySet<string> => new Set(asked(job, it, demand).map(({ rule }) => rule));

const taken = takenOf(seen) as Issue;
const isIt = ({ fence }: { readonly fence: number }): boolean => fence === taken.fence;

describe("the judge of what people asked for", () => {
  test("finds nothing in a world where it is kept", () => {
    expect(report.violations).toEqual([]);
    expect(rulesOf(seen)).toEqual(new Set());
  });

  test("notices a fire that is never taken", () => {
    const issues = seen.issues.filter((it) => !isIt(it));
    const starts = seen.starts.filter((it) => !isIt(it));
    expect(rulesOf({ ...seen, issues, starts })).toEqual(new Set(["what was asked for is run"]));
  });

  test("notices one that is said to have run and was not started", () => {
    const starts = seen.starts.filter((it) => !isIt(it));
    expect(rulesOf({ ...seen, starts })).toEqual(new Set(["what was asked for is run"]));
  });

  test("notices one that is handed out twice", () => {
    const issues = [...seen.issues, { ...taken, fence: taken.fence + 1_000_000 }];
    expect(rulesOf({ ...seen, issues })).toContain("asked for once, run once");
  });

  test("notices one that runs although it was cancelled", () => {
    const cancel = { at: taken.at, job, dueAt: taken.dueAt, attempt: 0, fence: 1, outcome: "cancelled" };
    expect(rulesOf({ ...seen, ends: [...seen.ends, cancel] })).toEqual(new Set(["asked for once, run once"]));
  });

  test("notices a key under which the store answers something else than before", () => {
    const [first, ...others] = seen.asks;
    if (first === undefined) throw new Error("nobody asked");
    const again = { ...first, dueAts: first.dueAts.map((dueAt) => dueAt + 1) };
    expect(rulesOf({ ...seen, asks: [first, again, ...others] })).toContain("asked for once, run once");
  });

  test("notices one that nobody asked for, and one that is taken before it was asked for", () => {
    const asks = seen.asks.filter(({ dueAts }) => !dueAts.includes(taken.dueAt));
    expect(rulesOf({ ...seen, asks })).toContain("nothing that nobody asked for");
    const late = seen.asks.map((ask) => ask.dueAts.includes(taken.dueAt) ? { ...ask, at: taken.at + 1 } : ask);
    expect(rulesOf({ ...seen, asks: late })).toContain("nothing that nobody asked for");
  });

  test("notices a start that the store has not handed out", () => {
    const starts = seen.starts.map((it) => isIt(it) ? { ...it, attempt: it.attempt + 1 } : it);
    expect(rulesOf({ ...seen, starts })).toContain("nothing that nobody asked for");
  });

  test("notices one that waits too long while all is well", () => {
    const spec = finale.nodes.flatMap(({ declares }) => declares).find(({ name }) => name === job) as JobSpec;
    expect(askedInTime(spec, seen, finale)).toEqual([]);
    const issues = seen.issues.map((it) => isIt(it) ? { ...it, at: finale.at } : it);
    const [found] = askedInTime(spec, { ...seen, issues }, finale);
    expect(found?.rule).toBe("what was asked for is run in time");
  });

  test("asks for nothing that the store may have lost", () => {
    const issues = seen.issues.filter((it) => !isIt(it));
    const starts = seen.starts.filter((it) => !isIt(it));
    expect(rulesOf({ ...seen, issues, starts, keptFrom: finale.at })).toEqual(new Set());
  });
});
