/**
 * Runs: tokens grow, an attempt starts once and never early, what is lost stays lost, and each run has an end.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import { attemptOf, type Ended, fireOf, isAsked, type Issue, type Regression, type Started } from "../History.ts";
import { earliest } from "./jitter.ts";
import { isFailure } from "./retries.ts";
import type { Demand, Violation } from "./Violation.ts";

/** The store's clock may stand so far ahead without having leapt. Milliseconds. */
const steadyMs = 1_000;

/**
 * Fencing tokens of one job grow in the order in which they are handed out. Where the store forgets the last one, its clock keeps
 * them apart, unless it leaped: it stood ahead when it gave the token that is forgotten, or stands back when it gives the next.
 */
export const tokens = (
  name: string,
  issues: ReadonlyArray<Issue>,
  regressions: ReadonlyArray<Regression>,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  let last: Issue | undefined;
  for (const issue of issues) {
    const { at = 0, fence = 0 } = last ?? {};
    const isByLeap = fence > at + steadyMs || issue.fence < issue.at - steadyMs;
    const isForgotten = isByLeap && regressions.some((it) => it.at >= at && it.at <= issue.at);
    if (issue.fence <= fence && !isForgotten) {
      violations.push({ rule: "tokens grow", detail: `${name}: ${issue.fence} after ${fence}` });
    }
    last = issue;
  }
  return violations;
};

/** Judges the starts of one job. */
export const starts = (
  { name, policies }: JobSpec,
  versions: ReadonlyArray<JobSpec>,
  started: ReadonlyArray<Started>,
  ends: ReadonlyArray<Ended>,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  const lostAt = new Map<number, number>();
  const failed = new Set<number>();
  for (const end of ends) {
    if (end.outcome === "lost") lostAt.set(end.fence, end.at);
    if (isFailure(end.outcome)) failed.add(end.fence);
  }
  const attempts = new Set<string>();
  /** The token of the last start of each fire. */
  const fires = new Map<string, number>();
  for (const start of started) {
    const fire = fireOf(start);
    const attempt = attemptOf(start);
    const detail = `${name} ${attempt} on ${start.incarnation}`;
    if (attempts.has(attempt)) violations.push({ rule: "one start per attempt", detail });
    const before = fires.get(fire);
    // Another attempt after one that is known to be over is what was wanted.
    if (before !== undefined && policies.delivery === "at-most-once" && !failed.has(before)) {
      violations.push({ rule: "at most once", detail });
    }
    if (start.at > (lostAt.get(start.fence) ?? Infinity)) violations.push({ rule: "lost is lost", detail });
    attempts.add(attempt);
    fires.set(fire, start.fence);
    const startsAt = isAsked(start) ? start.dueAt : earliest(versions, start.dueAt);
    if (start.at < startsAt - start.uncertaintyMs - 1) {
      violations.push({ rule: "nothing early", detail: `${detail}: ${startsAt - start.at} ms` });
    }
  }
  return violations;
};

/**
 * The last token of each fire has an end in the store, if it was to start early enough: an attempt after another may be handed out
 * long after its fire was due, as the waits between several add up.
 */
export const accounts = (
  { name, policies: { jitterMs = 0 } }: JobSpec,
  issues: ReadonlyArray<Issue>,
  started: ReadonlyArray<Started>,
  ends: ReadonlyArray<Ended>,
  { dueUpTo }: Demand,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  const ended = new Set(ends.map((end) => end.fence));
  const last = new Map<string, Issue>();
  for (const issue of issues) last.set(fireOf(issue), issue);
  for (const [fire, { at, attempt, dueAt, fence }] of last) {
    const from = attempt > 1 ? Math.max(at, dueAt + jitterMs) : dueAt + jitterMs;
    if (from > dueUpTo || ended.has(fence)) continue;
    const isStarted = started.some((start) => start.fence === fence);
    const detail = `${name} ${fire} token ${fence}: ${isStarted ? "started" : "not started"}, never ended`;
    violations.push({ rule: "every run accounted for", detail });
  }
  return violations;
};

/** Until then whatever was under way when a run ended has arrived. Milliseconds. */
const underWayMs = 5_000;

/**
 * A run that had ended by its limit well before the store was emptied is not started again: the node on which its handler goes on
 * knows that it is over. Where the store lost something else since, its end may be lost with it. Where more attempts follow on one
 * that timed out there is nothing to be seen.
 */
export const over = (
  { name, policies }: JobSpec,
  issues: ReadonlyArray<Issue>,
  started: ReadonlyArray<Started>,
  ends: ReadonlyArray<Ended>,
  regressions: ReadonlyArray<Regression>,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  if (policies.retry !== undefined) return violations;
  const byFence = new Map(issues.map((issue) => [issue.fence, issue]));
  for (const end of ends) {
    const issue = byFence.get(end.fence);
    if (end.outcome !== "timed-out" || issue === undefined) continue;
    const fire = fireOf(issue);
    for (const again of started) {
      if (again.attempt <= issue.attempt || fireOf(again) !== fire) continue;
      const between = regressions.filter(({ at }) => at > end.at && at < again.at);
      const areEmptyings = between.every(({ at, isEmptied }) => isEmptied === true && at > end.at + underWayMs);
      if (between.length === 0 || !areEmptyings) continue;
      const detail = `${name} ${attemptOf(again)} on ${again.incarnation}: attempt ${issue.attempt} had timed out`;
      violations.push({ rule: "what is over stays over", detail });
    }
  }
  return violations;
};
