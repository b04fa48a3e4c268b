/**
 * How long the last runs took: a bar for each, oldest first, coloured by how it ended.
 */
import { type RunLine, tookMs } from "../Seen.ts";
import { type Html, markup } from "../html.ts";
import { clock, length } from "../words.ts";

const median = (values: ReadonlyArray<number>): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Draws the runs, which come newest first; at most `most` of them. */
export const sparkline = (runs: ReadonlyArray<RunLine>, now: number, most = 24, height = 22): Html | undefined => {
  if (runs.length === 0) return undefined;
  const shown = runs.slice(0, most).reverse();
  const times = shown.map(tookMs);
  const longest = Math.max(1, ...times);
  const [bar, step] = [4, 6];
  const bars = shown.map((run, at) => {
    const tall = Math.max(2, Math.round(tookMs(run) / longest * height));
    const told = `${run.outcome} in ${length(tookMs(run))}, due ${clock(run.dueAt, now)} UTC`;
    return markup`<rect class="o-${run.outcome}" x="${(most - shown.length + at) * step}" y="${
      height -
      tall
    }" width="${bar}" height="${tall}" rx="1"><title>${told}</title></rect>`;
  });
  const failed = shown.filter(({ outcome }) => outcome !== "succeeded").length;
  const spoken = `the last ${shown.length === 1 ? "run" : `${shown.length} runs`}: ${
    failed === 0 ? "all succeeded" : `${failed} did not succeed`
  }; the middle one took ${length(median(times))}, the longest ${length(longest)}`;
  return markup`<svg class="spark" width="${most * step}" height="${height}" viewBox="0 0 ${
    most * step
  } ${height}" role="img" aria-label="${spoken}">${bars}</svg>`;
};
