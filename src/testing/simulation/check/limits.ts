/**
 * The limit of a schedule: no more of its fires are handed out than it allows, each counted once, but for as many as the store
 * has lost.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import { isAsked, type Issue, type Regression } from "../History.ts";
import type { Violation } from "./Violation.ts";

/** How many fires of the schedule were handed out. */
const handedOut = (issues: ReadonlyArray<Issue>): number =>
  new Set(issues.filter((issue) => !isAsked(issue)).map(({ dueAt }) => dueAt)).size;

/** Whether the store has forgotten that it was handed out. */
const isLost = ({ at }: Issue, regressions: ReadonlyArray<Regression>): boolean =>
  regressions.some((it) => at >= Math.floor(it.to) && at <= it.at);

/** How many fires of the schedule were handed out again as the store had forgotten it, while nodes may know that they were counted. */
const handedOutAgain = (issues: ReadonlyArray<Issue>, regressions: ReadonlyArray<Regression>): number => {
  const own = issues.filter((issue) => !isAsked(issue));
  const isAgain = ({ attempt, dueAt }: Issue, index: number): boolean =>
    attempt === 1 && own.slice(0, index).some((before) => before.dueAt === dueAt && isLost(before, regressions));
  return own.filter(isAgain).length;
};

/** Whether the schedule has had all its runs, or may have as far as the store can tell, so that no fire is owed. */
export const isSpent = (
  { policies: { limit = Infinity } }: JobSpec,
  issues: ReadonlyArray<Issue>,
  regressions: ReadonlyArray<Regression>,
): boolean => limit < Infinity && handedOut(issues) + handedOutAgain(issues, regressions) >= limit;

/** Judges the fires of one job, of which processes may have had different limits. */
export const limits = (
  name: string,
  specs: ReadonlyArray<JobSpec>,
  issues: ReadonlyArray<Issue>,
  regressions: ReadonlyArray<Regression>,
): ReadonlyArray<Violation> => {
  const limit = specs.reduce((most, { policies }) => Math.max(most, policies.limit ?? Infinity), 0);
  if (limit === Infinity) return [];
  const lost = handedOut(issues.filter((issue) => isLost(issue, regressions)));
  const count = handedOut(issues);
  return count > limit + lost
    ? [{ rule: "no more runs than the limit", detail: `${name}: ${count} runs, ${limit} allowed, ${lost} lost` }]
    : [];
};
