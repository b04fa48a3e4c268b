/**
 * Things of jobs, job by job.
 */

/** The items of each job, in their order. Cost: linear. */
export const byJob = <A extends { readonly job: string }>(
  items: ReadonlyArray<A>,
): ReadonlyMap<string, ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>();
  for (const item of items) {
    const group = groups.get(item.job);
    if (group === undefined) groups.set(item.job, [item]);
    else group.push(item);
  }
  return groups;
};
