/**
 * What is kept of fires that people asked for (R48): of each that is over, and no sooner, how its last attempt ended, and what that
 * one returned.
 */
import type { Finale } from "../Finale.ts";
import type { Ask, Ended, Issue, Kept, Regression } from "../History.ts";
import type { Violation } from "./Violation.ts";

/** What was seen of one job. */
interface Seen {
  readonly asks: ReadonlyArray<Ask>;
  readonly issues: ReadonlyArray<Issue>;
  readonly ends: ReadonlyArray<Ended>;
  readonly results: ReadonlyArray<Kept>;
}

/** Judges the results of one job. */
export const results = (
  name: string,
  { asks, ends, issues, results: kept }: Seen,
  regressions: ReadonlyArray<Regression>,
  finale: Finale | undefined,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  const say = (dueAt: number, detail: string): void => {
    violations.push({ rule: "a result is that of the run", detail: `${name} ${dueAt} ${detail}` });
  };
  const asked = new Set(asks.flatMap(({ dueAts, keepsResult }) => keepsResult === true ? dueAts : []));
  for (const { at, attempt, dueAt, outcome, returned } of kept) {
    const last = ends.findLast((it) => it.dueAt === dueAt && it.at <= at);
    if (last?.outcome !== outcome || last.attempt !== attempt) {
      say(dueAt, `at ${at}: attempt ${attempt} ${outcome}, not ${last?.attempt} ${last?.outcome}`);
    } else if (returned !== undefined && returned !== String(last.fence)) {
      say(dueAt, `at ${at}: what the run ${returned} returned, not ${last.fence}`);
    } else if (outcome === "succeeded" && returned === undefined) say(dueAt, `at ${at}: nothing was returned`);
    const again = issues.find((it) => it.dueAt === dueAt && it.kind !== "backfill" && it.at > at);
    if (again !== undefined && !regressions.some((it) => it.at >= at && it.at <= again.at)) {
      say(dueAt, `at ${at}, and attempt ${again.attempt} at ${again.at}`);
    }
  }
  if (finale === undefined) return violations;
  const known = new Set(kept.map(({ dueAt }) => dueAt));
  const open = new Set(finale.store.active.filter(({ job }) => job === name).map(({ dueAt }) => dueAt));
  // An attempt that was to follow on it may have been forgotten with all that the store knew of the fire.
  const isForgotten = (at: number): boolean => regressions.some((it) => it.to < at && at <= it.at);
  for (const { at, dueAt } of ends) {
    if (!asked.has(dueAt) || known.has(dueAt) || open.has(dueAt) || isForgotten(at)) continue;
    say(dueAt, "is over, and nothing is kept of it");
  }
  return violations;
};
