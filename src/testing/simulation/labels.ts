/**
 * Which simulated nodes may run which jobs: some jobs need a label, and some nodes have it.
 */
import type { JobSpec } from "../../core/node/Machine.ts";

/** The label that some jobs need. */
export const someLabel = "gpu";

/** Whether a node has what a job needs, as it declares it. */
export const mayRun = (
  { jobs, labels }: { readonly jobs: ReadonlyMap<string, JobSpec>; readonly labels: ReadonlyArray<string> },
  job: string,
): boolean => {
  const needed = jobs.get(job)?.policies.runOn ?? [];
  return needed.filter((label) => !labels.includes(label)).length === 0;
};
