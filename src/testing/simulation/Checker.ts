/**
 * Judges a history. It knows the rules, not the code that is to keep them.
 */
import * as NextFire from "../../core/NextFire.ts";
import { byJob } from "../../internal/byJob.ts";
import type { JobSpec } from "../../core/Machine.ts";
import type { Commit, History } from "./History.ts";

/** A broken promise. */
export interface Violation {
  readonly rule:
    | "one decision per fire"
    | "intervals without gap or overlap"
    | "one start per attempt"
    | "at most once"
    | "tokens grow"
    | "nothing early"
    | "nothing undecided"
    | "every run accounted for"
    | "lost is lost"
    | "no overlap"
    | "nothing taken from a member"
    | "no more doubles than losses";
  readonly detail: string;
}

const intervals = (
  { name }: JobSpec,
  versions: ReadonlyMap<string, JobSpec>,
  commits: ReadonlyArray<Commit>,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  let at: number | undefined;
  for (const commit of commits) {
    const { from, runs, skips, to } = commit;
    if ((at !== undefined && from !== at) || to <= from && commit.kind === "claim") {
      const detail = `${name}: (${from}, ${to}] by ${commit.claimId} after ${at}`;
      violations.push({ rule: "intervals without gap or overlap", detail });
    }
    at = to;
    const spec = versions.get(commit.definition);
    if (commit.kind === "register" || spec === undefined) continue;
    const decided = new Map<number, number>();
    for (const due of runs) decided.set(due, (decided.get(due) ?? 0) + 1);
    for (const due of NextFire.between(spec.expression, from, to)) {
      for (const { firstDueAt, lastDueAt } of skips) {
        if (due >= firstDueAt && due <= lastDueAt) decided.set(due, (decided.get(due) ?? 0) + 1);
      }
      if (decided.get(due) !== 1) {
        violations.push({
          rule: "one decision per fire",
          detail: `${name} ${due}: ${decided.get(due) ?? 0} decisions in (${from}, ${to}]`,
        });
      }
      decided.delete(due);
    }
    for (const due of decided.keys()) {
      violations.push({
        rule: "one decision per fire",
        detail: `${name} ${due}: decided outside (${from}, ${to}]`,
      });
    }
  }
  return violations;
};

/**
 * What holds over a store that loses what it acknowledged: tokens do not repeat, nothing is early or passed over, and
 * fires run again at most as often as claims were lost.
 */
export const checkLossy = (
  specs: ReadonlyArray<JobSpec>,
  earlier: ReadonlyArray<JobSpec>,
  history: History,
  demand: Demand,
): ReadonlyArray<Violation> => {
  const kept: ReadonlyArray<Violation["rule"]> = ["tokens grow", "nothing early", "nothing undecided"];
  const violations = check(specs, earlier, history, demand).filter(({ rule }) => kept.includes(rule));
  const starts = new Map<string, number>();
  for (const { attempt, dueAt, job } of history.starts) {
    const key = `${job} ${dueAt} ${attempt}`;
    starts.set(key, (starts.get(key) ?? 0) + 1);
  }
  const again = [...starts.values()].reduce((sum, count) => sum + count - 1, 0);
  const lost = history.regressions.reduce((sum, { issues }) => sum + issues, 0);
  if (again > lost) {
    violations.push({ rule: "no more doubles than losses", detail: `${again} runs again, ${lost} claims lost` });
  }
  return violations;
};

/** When the last fire is due that must be decided, and until when. */
export interface Demand {
  readonly dueUpTo: number;
}

/**
 * Every promise, judged over everything that was seen. `specs` are the jobs as they are at the end, `earlier` as they
 * were before. `demand` is given when the world was healed for long enough.
 */
export const check = (
  specs: ReadonlyArray<JobSpec>,
  earlier: ReadonlyArray<JobSpec>,
  history: History,
  demand: Demand | undefined,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  const commits = byJob(history.commits);
  const starts = byJob(history.starts);
  const issues = byJob(history.issues);
  const ends = byJob(history.ends);
  for (const { fence, incarnation, job } of history.robberies) {
    violations.push({ rule: "nothing taken from a member", detail: `${job} token ${fence} of ${incarnation}` });
  }
  for (const { active, at, job } of history.overlaps) {
    violations.push({ rule: "no overlap", detail: `${job} at ${at}: ${active} runs` });
  }
  for (const spec of specs) {
    const { name } = spec;
    const versions = [...earlier, ...specs].filter((version) => version.name === name);
    const byDefinition = new Map(versions.map((version) => [version.definition, version]));
    violations.push(...intervals(spec, byDefinition, commits.get(name) ?? []));

    let token = 0;
    for (const issue of issues.get(name) ?? []) {
      if (issue.fence <= token) {
        violations.push({ rule: "tokens grow", detail: `${name}: ${issue.fence} after ${token}` });
      }
      token = issue.fence;
    }

    const lostAt = new Map<number, number>();
    for (const end of ends.get(name) ?? []) if (end.outcome === "lost") lostAt.set(end.fence, end.at);

    const attempts = new Set<string>();
    const fires = new Set<number>();
    const started = new Set<number>();
    for (const start of starts.get(name) ?? []) {
      const attempt = `${start.dueAt} ${start.attempt}`;
      const detail = `${name} ${start.dueAt} attempt ${start.attempt} on ${start.incarnation}`;
      if (attempts.has(attempt)) violations.push({ rule: "one start per attempt", detail });
      if (fires.has(start.dueAt) && spec.policies.delivery === "at-most-once") {
        violations.push({ rule: "at most once", detail });
      }
      if (start.at > (lostAt.get(start.fence) ?? Infinity)) violations.push({ rule: "lost is lost", detail });
      attempts.add(attempt);
      fires.add(start.dueAt);
      started.add(start.fence);
      if (start.at < start.dueAt - start.uncertaintyMs - 1) {
        violations.push({ rule: "nothing early", detail: `${detail}: ${start.dueAt - start.at} ms` });
      }
    }

    if (demand === undefined) continue;
    const last = commits.get(name)?.at(-1)?.to ?? 0;
    const undecided = NextFire.next(spec.expression, last);
    if (undecided !== undefined && undecided <= demand.dueUpTo) {
      violations.push({ rule: "nothing undecided", detail: `${name}: ${undecided} is open, watermark ${last}` });
    }
    const ended = new Set((ends.get(name) ?? []).map((end) => end.fence));
    const byFire = new Map<number, number>();
    for (const issue of issues.get(name) ?? []) byFire.set(issue.dueAt, issue.fence);
    for (const [dueAt, fence] of byFire) {
      if (dueAt > demand.dueUpTo || ended.has(fence)) continue;
      const detail = `${name} ${dueAt} token ${fence}: ${started.has(fence) ? "started" : "not started"}, never ended`;
      violations.push({ rule: "every run accounted for", detail });
    }
  }
  return violations;
};
