/**
 * Which of the known names somebody may have meant.
 */

/** How many are offered. */
const most = 3;

/**
 * How many letters must be changed, put in, left out or swapped with their neighbour to make one text of the other;
 * `limit + 1` if those are too many. Only cells near the diagonal are looked at: about `limit` times the length.
 */
const distance = (one: string, other: string, limit: number): number => {
  const beyond = limit + 1;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const [a, b] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  if (Math.abs(a.length - b.length) > limit) return beyond;
  const rows = [0, 1, 2].map(() => new Array<number>(b.length + 2).fill(beyond));
  let [before = [], last = [], row = []] = rows;
  for (let j = 0; j <= Math.min(limit, b.length); j++) last[j] = j;
  for (let i = 1; i <= a.length; i++) {
    const from = Math.max(1, i - limit);
    const to = Math.min(b.length, i + limit);
    let least = row[from - 1] = from === 1 ? i : beyond;
    for (let j = from; j <= to; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const changed = Math.min(last[j] as number, row[j - 1] as number) + 1;
      const kept = (last[j - 1] as number) + (isSame ? 0 : 1);
      const cost = Math.min(changed, kept, isSwapped ? (before[j - 2] as number) + 1 : beyond);
      row[j] = cost;
      if (cost < least) least = cost;
    }
    row[to + 1] = beyond;
    if (least > limit) return beyond;
    [before, last, row] = [last, row, before];
  }
  return Math.min(beyond, last[b.length] ?? beyond);
};

/**
 * The names that are most like what was given, at most three, the nearest first: a few letters off, upper or lower case the
 * same, or one within the other. Cost: some microseconds a name.
 */
export const nearest = (given: string, names: Iterable<string>): ReadonlyArray<string> => {
  const wanted = given.toLowerCase();
  const limit = Math.min(3, Math.max(1, Math.floor(given.length / 3)));
  const found: Array<{ readonly name: string; readonly far: number }> = [];
  for (const name of new Set(names)) {
    const known = name.toLowerCase();
    const isWithin = Math.min(wanted.length, known.length) > 2 && (known.includes(wanted) || wanted.includes(known));
    const far = Math.min(distance(wanted, known, limit), isWithin ? limit + 1 : Infinity);
    if (far <= limit || isWithin) found.push({ name, far });
  }
  return found.sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1)).slice(0, most).map(({ name }) => name);
};
