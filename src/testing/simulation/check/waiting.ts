/**
 * Fires that wait for the run before them: what waited runs in order, and none is lost on the way.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import { type Ended, isAsked, type Issue, type Waited } from "../History.ts";
import type { Demand, Violation } from "./Violation.ts";

/** What was seen of one job. */
export interface Seen {
  /** Fires that began to wait. */
  readonly waited: ReadonlyArray<Waited>;
  /** Fires that gave way to others, first and last. */
  readonly gaveWay: ReadonlyArray<Waited>;
  readonly issues: ReadonlyArray<Issue>;
  readonly ends: ReadonlyArray<Ended>;
}

/** Whether each fire of the schedule starts after those before it. */
const inOrder = (name: string, issues: ReadonlyArray<Issue>): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  let last = 0;
  for (const issue of issues) {
    if (isAsked(issue) || issue.attempt > 1) continue;
    if (issue.dueAt <= last) {
      violations.push({ rule: "what waits is run in order", detail: `${name}: ${issue.dueAt} after ${last}` });
    }
    last = issue.dueAt;
  }
  return violations;
};

/** Judges the fires of one job. `demand` is given when everything had time to run. */
export const waiting = (
  { name, policies: { overlap } }: JobSpec,
  { ends, gaveWay, issues, waited }: Seen,
  demand: Demand | undefined,
): ReadonlyArray<Violation> => {
  if (overlap === "skip" || overlap === "allow") return [];
  const violations = [...inOrder(name, issues)];
  if (demand === undefined) return violations.slice(0, 3);
  const over = new Set([
    ...issues.filter((issue) => !isAsked(issue)).map(({ dueAt }) => dueAt),
    ...gaveWay.map(({ dueAt }) => dueAt),
    ...ends.filter(({ attempt, dueAt, fence }) => attempt === 0 && fence === dueAt).map(({ dueAt }) => dueAt),
  ]);
  for (const { at, dueAt } of waited) {
    if (at > demand.dueUpTo || over.has(dueAt)) continue;
    violations.push({ rule: "what waits is run", detail: `${name} ${dueAt}: waits since ${at}, and did not run` });
  }
  return violations.slice(0, 3);
};
