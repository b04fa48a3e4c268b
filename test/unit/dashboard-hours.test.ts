/**
 * The picture of the last hour and the next: what is due of jobs that are due very often.
 */
import { CronExpression } from "ringcron";
import { expect, it } from "vitest";
import { hours } from "../../adapters/dashboard/draw/hours.ts";
import type { JobTold, Seen } from "../../adapters/dashboard/Seen.ts";

const now = Date.UTC(2026, 0, 5, 8);

const dueIn = (schedule: string): ReadonlyArray<number> => {
  const expression = CronExpression.parseUnsafe(schedule);
  const job = { name: "often", state: "open", nextDueAt: now + 1_000, runs: [], expression } as unknown as JobTold;
  const seen: Seen = { now, clockMs: 0, members: [], jobs: [job], lines: [] };
  return [...hours(seen, [job]).text.matchAll(/(\d+) due/g)].map((it) => Number(it[1]));
};

it.each([["* * * * * *", 120], ["*/2 * * * * *", 60], ["*/20 * * * * *", 6], ["* * * * *", 2]])(
  "%s is due through the whole hour to come",
  (schedule, each) => {
    const bars = dueIn(schedule);
    expect(bars).toHaveLength(30);
    for (const bar of bars) expect(Math.abs(bar - each)).toBeLessThanOrEqual(1);
  },
);
