/**
 * The demo's independent count: it must be able to say that something went wrong.
 */
import { describe, expect, it } from "vitest";
import type { Started } from "../../examples/demo/news.ts";
import { createObserver } from "../../examples/demo/observer.ts";

const jobs = [
  { name: "plain", schedule: "*/10 * * * * *", takesMs: 0 },
  { name: "again", schedule: "5/10 * * * * *", takesMs: 0, options: { delivery: "at-least-once" } },
] as const;

const start = (job: string, second: number, node: string, more: Partial<Started> = {}): Started => {
  const dueAt = second * 1000;
  return { _tag: "Started", node, job, dueAt, startedAt: dueAt + 1, kind: "due", attempt: 1, ...more };
};

const counted = (starts: ReadonlyArray<Started>, dead?: string) => {
  const observer = createObserver(jobs);
  if (dead !== undefined) observer.noteDeath(dead);
  for (const run of starts) observer.note(run);
  const { lost, onTime, skipped, takenOver, ...counts } = observer.totals(0, 20_000);
  return { ...counts, lost: lost.length, skipped: skipped.length, ownOnes: onTime.length, takenOver: takenOver.length };
};

const all = [start("plain", 10, "a"), start("plain", 20, "a"), start("again", 5, "b"), start("again", 15, "b")];

describe("the observer", () => {
  it("counts each fire that the schedules make due, from arithmetic", () => {
    const fine = { due: 4, once: 4, again: 0, twice: 0, lost: 0, skipped: 0, ownOnes: 4, takenOver: 0 };
    expect(counted(all)).toEqual(fine);
    expect(counted([])).toMatchObject({ due: 4, once: 0, lost: 4 });
  });

  it("calls a second start a second start, also on the same node and under another attempt", () => {
    expect(counted([...all, start("plain", 10, "b")])).toMatchObject({ once: 3, twice: 1 });
    expect(counted([...all, start("plain", 10, "a")])).toMatchObject({ once: 3, twice: 1 });
    expect(counted([...all, start("plain", 10, "b", { attempt: 2, kind: "rerun" })], "a")).toMatchObject({ twice: 1 });
  });

  it("allows a rerun where the job asks for it and the node of the first start is dead", () => {
    const rerun = start("again", 15, "a", { attempt: 2, kind: "rerun" });
    expect(counted([...all, rerun], "b")).toMatchObject({ once: 3, again: 1, twice: 0 });
    expect(counted([...all, rerun], "c")).toMatchObject({ again: 0, twice: 1 });
    expect(counted([...all, rerun, { ...rerun, node: "c" }], "b")).toMatchObject({ again: 0, twice: 1 });
    expect(counted([...all, rerun, { ...rerun, attempt: 3 }], "b")).toMatchObject({ again: 0, twice: 1 });
  });

  it("tells what was lost from what a policy left out, and who stepped in", () => {
    const observer = createObserver(jobs);
    const dropped = { _tag: "Dropped", node: "a", firstDueAt: 10_000, lastDueAt: 10_000 } as const;
    observer.note({ ...dropped, job: "plain", reason: "lost with its node" });
    observer.note({ ...dropped, job: "again", firstDueAt: 1, lastDueAt: 9_999, reason: "overlap" });
    observer.note(start("again", 15, "c", { startedAt: 15_501 }));
    const { due, lost, once, skipped, takenOver } = observer.totals(0, 20_000);
    expect({ due, once, takenOver }).toEqual({ due: 4, once: 1, takenOver: [501] });
    expect(lost.map(({ dueAt, reason }) => [dueAt, reason])).toEqual([
      [10_000, "lost with its node"],
      [20_000, "no living node knows why"],
    ]);
    expect(skipped).toEqual([{ job: "again", dueAt: 5_000, reason: "overlap" }]);
  });
});
