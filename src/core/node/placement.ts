/**
 * R52: a job that needs labels goes only to nodes that have them all. A node that lacks one does not declare the job to the
 * others, so it has no place among those who try; and where no member declares the job, nobody can run it.
 */
import type { Config, JobSpec } from "./State.ts";

/** Whether a node has all labels that a job needs. */
export const fits = ({ labels = [] }: Pick<Config, "labels">, { policies: { runOn } }: JobSpec): boolean =>
  runOn === undefined || runOn.every((label) => labels.includes(label));
