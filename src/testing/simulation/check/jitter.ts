/**
 * When fires start whose job has a jitter (R51): in the simulated world bounds and patience count from there.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import * as Jitter from "../../../core/schedule/jitter.ts";
import * as NextFire from "../../../core/schedule/NextFire.ts";
import { serviceName } from "../History.ts";

/** When a fire of a job starts. */
export const startOf = ({ expression, name, policies }: JobSpec, dueAt: number): number =>
  Jitter.startOf(expression, Jitter.of(serviceName, name, policies.jitterMs), dueAt);

/** When a fire may start at the earliest, whichever of the versions of its job decided it. */
export const earliest = (versions: Iterable<JobSpec>, dueAt: number): number => {
  let start = Infinity;
  for (const spec of versions) {
    if (NextFire.matches(spec.expression, dueAt)) start = Math.min(start, startOf(spec, dueAt));
  }
  return start < Infinity ? start : dueAt;
};

/** When a fire starts at the latest, whichever of the versions of its job decided it. */
export const latest = (versions: Iterable<JobSpec>, dueAt: number): number => {
  let start = dueAt;
  for (const spec of versions) {
    if (NextFire.matches(spec.expression, dueAt)) start = Math.max(start, startOf(spec, dueAt));
  }
  return start;
};
