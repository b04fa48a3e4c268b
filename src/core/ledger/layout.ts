/**
 * The layouts of texts: each text in a store begins with the number of its own.
 *
 * A release reads a span of layouts. What is of a later one it leaves alone and tells. Each member says the highest that it
 * reads, and writers use the highest that all of them do: a release that says more can be rolled out node by node, and back.
 */

/** Which layouts a release reads, and can write. */
export interface Span {
  readonly oldest: number;
  readonly newest: number;
}

/** Those of this release. */
export const layouts: Span = { oldest: 2, newest: 2 };

/**
 * The layout to write: the highest that all members read, by what they say. While none is known, the oldest: any of them can
 * read it. Those that cannot read even that are of a release that is no longer served.
 */
export const layoutFor = (reads: Iterable<number>, { newest, oldest }: Span): number => {
  let least = Infinity;
  for (const highest of reads) least = Math.min(least, highest);
  return Number.isFinite(least) ? Math.max(oldest, Math.min(newest, least)) : oldest;
};

/** Where the rest of a text begins if it is of a layout that is read; otherwise whether it is of a later one, or of none. */
export const afterLayout = (text: string): number | "newer" | "corrupt" => {
  let [layout, end] = [0, 0];
  for (; end < 6; end++) {
    const digit = text.charCodeAt(end) - 48;
    if (!(digit >= (end === 0 ? 1 : 0) && digit <= 9)) break;
    layout = layout * 10 + digit;
  }
  const isWhole = end === text.length;
  if (!isWhole && text[end] !== "|") return "corrupt";
  if (layout > layouts.newest) return "newer";
  return layout >= layouts.oldest && !isWhole ? end + 1 : "corrupt";
};
