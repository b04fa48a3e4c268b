/**
 * Committed intervals are disjoint and consecutive, and each holds one decision for every fire that an oracle sees in it.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import * as NextFire from "../../../core/schedule/NextFire.ts";
import type { Commit } from "../History.ts";
import type { Violation } from "./Violation.ts";

/** The decisions of one commit against the fires of its schedule. */
const decisions = (name: string, spec: JobSpec, { from, runs, skips, to }: Commit): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  const { endAt = Infinity, startAt = 0 } = spec.expression;
  for (const due of runs) {
    if (due >= startAt && due < endAt) continue;
    violations.push({ rule: "nothing out of bounds", detail: `${name} ${due}: not within ${startAt} and ${endAt}` });
  }
  const decided = new Map<number, number>();
  const add = (due: number): void => {
    decided.set(due, (decided.get(due) ?? 0) + 1);
  };
  runs.forEach(add);
  for (const due of NextFire.between(spec.expression, from, to)) {
    for (const { firstDueAt, lastDueAt } of skips) if (due >= firstDueAt && due <= lastDueAt) add(due);
    const count = decided.get(due) ?? 0;
    if (count !== 1) {
      const detail = `${name} ${due}: ${count} decisions in (${from}, ${to}]`;
      violations.push({ rule: "one decision per fire", detail });
    }
    decided.delete(due);
  }
  for (const due of decided.keys()) {
    violations.push({ rule: "one decision per fire", detail: `${name} ${due}: decided outside (${from}, ${to}]` });
  }
  return violations;
};

/** Judges the commits of one job. `versions` are its definitions. */
export const intervals = (
  name: string,
  versions: ReadonlyMap<string, JobSpec>,
  commits: ReadonlyArray<Commit>,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  let at: number | undefined;
  for (const commit of commits) {
    const { from, reason, to } = commit;
    const interval = `${name}: (${from}, ${to}] by ${commit.claimId}`;
    if ((at !== undefined && from !== at) || to <= from && commit.kind === "claim") {
      violations.push({ rule: "intervals without gap or overlap", detail: `${interval} after ${at}` });
    }
    at = to;
    if (reason === "none" || reason === "repair") {
      violations.push({ rule: "nothing passed over", detail: `${interval} decides nothing, for no reason` });
    }
    const spec = versions.get(commit.definition);
    if (commit.kind === "claim" && spec !== undefined) violations.push(...decisions(name, spec, commit));
  }
  return violations;
};
