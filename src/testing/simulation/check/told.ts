/**
 * After a store has forgotten everything, or all since a copy was made, no fire is dropped in silence: each one is
 * decided by somebody, or told to be skipped, once, whoever tells.
 *
 * Judged of jobs whose schedule nobody changes, as a change drops fires of its own. What a node was told that is no more died
 * with it: nobody else can know.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import * as JobRecord from "../../../core/ledger/JobRecord.ts";
import * as NextFire from "../../../core/schedule/NextFire.ts";
import { byJob } from "../../../core/words/groups.ts";
import type { Finale } from "../Finale.ts";
import { type Commit, type Gap, type History, isAsked, type Issue, type Told } from "../History.ts";
import type { Mishap } from "../Timeline.ts";
import type { Demand, Violation } from "./Violation.ts";

/** What was seen of one job. */
interface Seen {
  readonly commits: ReadonlyArray<Commit>;
  readonly issues: ReadonlyArray<Issue>;
  readonly gaps: ReadonlyArray<Gap>;
  readonly told: ReadonlyArray<Told>;
}

const covers = ({ firstDueAt, lastDueAt }: Pick<Told, "firstDueAt" | "lastDueAt">, due: number): boolean =>
  due >= firstDueAt && due <= lastDueAt;

/** Identities that lived to the end and declared the same jobs all along: what they knew they know. */
const lasting = ({ nodes }: Finale, timeline: ReadonlyArray<Mishap>): ReadonlySet<string> => {
  const changed = new Set(
    timeline.filter(({ what }) => what === "change of the declared jobs").map(({ node }) => node),
  );
  return new Set(
    nodes.flatMap(({ incarnation, isAlive }, index) => isAlive && !changed.has(index) ? [incarnation] : []),
  );
};

const judge = (
  { expression, name }: JobSpec,
  { commits, gaps, issues, told }: Seen,
  alive: ReadonlySet<string>,
  { dueUpTo }: Demand,
): ReadonlyArray<Violation> => {
  const [first] = commits;
  if (first === undefined) return [];
  // What becomes of a fire that was handed out is judged with the runs.
  const handed = new Set(issues.filter((issue) => !isAsked(issue)).map(({ dueAt }) => dueAt));
  const isDecided = (due: number): boolean =>
    handed.has(due) ||
    commits.some(({ from, kind, reason, runs, skips, to }) =>
      kind === "claim"
        ? runs.includes(due) || skips.some((skip) => covers(skip, due))
        : reason === "control" && due > from && due <= to
    );
  // Whoever was to tell it is no more, or nobody is left who knew the job before the store forgot it.
  const isUnheard = (due: number): boolean => {
    const gap = gaps.find(({ from, to }) => due > from && due <= to);
    if (gap !== undefined) return !alive.has(gap.incarnation);
    return !commits.some(({ at, claimId, kind }) =>
      kind === "claim" && at < due && alive.has(JobRecord.holder(claimId))
    );
  };
  const violations: Array<Violation> = [];
  for (const due of NextFire.between(expression, first.to, dueUpTo)) {
    if (isDecided(due) || isUnheard(due)) continue;
    const times = told.filter((it) => covers(it, due)).length;
    if (times === 1) continue;
    const detail = `${name} ${due}: does not run, told ${times} times`;
    violations.push({ rule: "what was forgotten is told once", detail });
  }
  return violations.slice(0, 3);
};

/** Judges what became of the fires of every job. */
export const told = (
  specs: ReadonlyArray<JobSpec>,
  earlier: ReadonlyArray<JobSpec>,
  history: History,
  demand: Demand,
): ReadonlyArray<Violation> => {
  const { finale, regressions } = history;
  if (finale === undefined || !regressions.some(({ isWhole }) => isWhole === true)) return [];
  const alive = lasting(finale, history.timeline ?? []);
  const commits = byJob(history.commits);
  const issues = byJob(history.issues);
  const gaps = byJob(history.gaps ?? []);
  const skips = byJob(history.told ?? []);
  // Beyond a limit no fire is owed, and what was counted may be forgotten with the rest.
  const isSettled = ({ definition, name, policies }: JobSpec): boolean =>
    policies.limit === undefined &&
    earlier.every((other) => other.name !== name || other.definition === definition);
  return specs.filter(isSettled).flatMap((spec) => {
    const { name } = spec;
    const seen = {
      commits: commits.get(name) ?? [],
      issues: issues.get(name) ?? [],
      gaps: gaps.get(name) ?? [],
      told: skips.get(name) ?? [],
    };
    return judge(spec, seen, alive, demand);
  });
};
