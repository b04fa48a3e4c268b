/**
 * The last runs of a schedule in the store: how many are kept, and of what.
 */
import { expect, it } from "vitest";
import * as Past from "../../src/core/ledger/Past.ts";
import type { Completion } from "../../src/core/words/Request.ts";
import { nameOf } from "../../src/core/words/Schedules.ts";
import { define, minute, Scene, service, start } from "./support/schedules.ts";

const job = nameOf("report", "a");
const first = start + minute / 2;

/** Hands out the fire of a minute, and ends it. */
const runs = (scene: Scene, minutes: number, end: Partial<Completion> | "none" = {}): void => {
  const to = first + minutes * minute;
  scene.now = to;
  const { definition, watermark } = scene.state();
  const claimed = scene.claim({
    _tag: "Claim",
    definition,
    from: watermark,
    to,
    runs: [{ dueAt: to, kind: "due" }],
    skips: [],
    nextDueAt: to + minute,
    claimId: `n.${minutes}`,
  } as never);
  const run = claimed.runs.find(({ dueAt }) => dueAt === to);
  expect(run?.dueAt).toBe(to);
  if (end === "none" || run === undefined) return;
  const { attempt, dueAt, fence } = run;
  const item = {
    job,
    fence,
    dueAt,
    attempt,
    outcome: "succeeded",
    startedAt: to,
    endedAt: to + 5,
    rerun: false,
  } as const;
  scene.ask({ _tag: "Complete", service, incarnation: "n", items: [{ ...item, ...end }] });
};

const kept = (scene: Scene) =>
  (scene.get()?.lastRuns ?? []).map(({ dueAt, outcome }) => [(dueAt - first) / minute, outcome]);

it("is one, unless it is put otherwise; a change of that keeps the newest", () => {
  const scene = new Scene();
  scene.put(define());
  for (const at of [0, 1]) runs(scene, at);
  expect(scene.get()?.lastRuns).toEqual([
    { dueAt: first + minute, attempt: 1, outcome: "succeeded", startedAt: first + minute, endedAt: first + minute + 5 },
  ]);
  expect(scene.put(define({ keepRuns: 3 }))?.result).toBe("updated");
  expect(scene.put(define({ keepRuns: 3 }))?.result).toBe("unchanged");
  for (const at of [2, 3, 4]) runs(scene, at);
  expect(kept(scene)).toEqual([[4, "succeeded"], [3, "succeeded"], [2, "succeeded"]]);
  scene.another().put(define({ keepRuns: 2 }));
  expect(kept(scene)).toEqual([[4, "succeeded"], [3, "succeeded"]]);
  scene.put(define({ keepRuns: 0 }));
  runs(scene, 5);
  expect(kept(scene)).toEqual([]);
});

it("are told with what they failed with, and those that were lost with their node", () => {
  const scene = new Scene();
  scene.put(define({ keepRuns: 5 }));
  runs(scene, 0, { outcome: "failed", error: `ä!/|,;\n${"x".repeat(400)}` });
  const [failed] = scene.get()?.lastRuns ?? [];
  expect(failed).toMatchObject({ outcome: "failed", error: "ä!/|,;" });
  runs(scene, 1, { outcome: "failed", error: "ö".repeat(400) });
  expect(scene.get()?.lastRuns[0]?.error).toMatch(/^ö{20,50}…$/);
  // Whoever was handed this one is gone.
  runs(scene, 2, "none");
  scene.now += 60 * minute;
  const { definition } = scene.state();
  scene.claim({ definition, claimId: "m.1" }, job, "m");
  expect(kept(scene)[0]).toEqual([2, "lost"]);
});

it("go with the schedule, and stand in no history", () => {
  const scene = new Scene();
  scene.put(define());
  runs(scene, 0);
  expect(scene.store.history).toEqual([]);
  scene.command({ _tag: "Remove", id: "a" });
  // But when one of its part of the ids was removed last.
  expect([...scene.store.rows.keys()].filter((key) => !key.startsWith("_r:"))).toEqual([]);
  scene.put(define());
  expect(kept(scene)).toEqual([]);
});

it.each(["", "0", "1!", "x", "1!1/1/x/1/1", "1!1/1/s/1", "1!1/1/s/1/1/e/e", "1!1/1/s/1/1!1/1/s/1/1", "2!1/1/f/1/1/"])(
  "are read as they were written, and %j is none",
  (text) => {
    expect(Past.read(text)).toBeUndefined();
    const past: Past.Past = {
      keeps: 2,
      runs: [
        { dueAt: 5, attempt: 1, outcome: "failed", startedAt: 6, endedAt: 7, error: "no!" },
        { dueAt: 8, attempt: 2, outcome: "lost", startedAt: 0, endedAt: 9 },
      ],
    };
    expect(Past.read(Past.text(past))).toEqual(past);
  },
);
