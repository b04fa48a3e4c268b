/**
 * Things that belong together.
 */

/** The items of each key, in their order. Cost: linear. */
export const groupBy = <A>(items: Iterable<A>, keyOf: (item: A) => string): ReadonlyMap<string, ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
};

/** The items of each job, in their order. Cost: linear. */
export const byJob = <A extends { readonly job: string }>(
  items: ReadonlyArray<A>,
): ReadonlyMap<string, ReadonlyArray<A>> => groupBy(items, ({ job }) => job);
