/**
 * The last hour and the next as bars of two minutes: what ended above the line and how, what is due in pale.
 */
import * as NextFire from "../../../src/core/schedule/NextFire.ts";
import { type Html, markup } from "../html.ts";
import { type Seen, writtenAt } from "../Seen.ts";
import { clock, counted } from "../words.ts";

const barMs = 120_000;
const hourMs = 3_600_000;
const bars = 2 * hourMs / barMs;
const height = 64;

/** More fires than this of one job within an hour are not walked through one by one. */
const mostOfOne = 400;
/** Nor are those of more jobs than this: the pale bars are a picture, and must not keep a page waiting. */
const mostJobs = 2_000;

const kinds = ["succeeded", "failed", "skipped", "due"] as const;
type Counts = Record<typeof kinds[number], number>;

const spread = (counts: ReadonlyArray<Counts>, from: number, { jobs, lines, now }: Seen): void => {
  const at = (instant: number): Counts | undefined => counts[Math.floor((instant - from) / barMs)];
  for (const line of lines) {
    const bar = at(writtenAt(line));
    if (bar === undefined) continue;
    if (line._tag === "Skip") bar.skipped += Math.max(1, line.count);
    else bar[line.outcome === "succeeded" ? "succeeded" : "failed"] += 1;
  }
  for (const { expression, nextDueAt, state } of jobs.slice(0, mostJobs)) {
    if (state === "paused" || state === "undeclared") continue;
    if (expression === undefined) {
      const bar = nextDueAt === undefined || nextDueAt < now ? undefined : at(nextDueAt);
      if (bar !== undefined) bar.due += 1;
      continue;
    }
    let left = mostOfOne;
    for (const due of NextFire.between(expression, now, from + 2 * hourMs)) {
      const bar = at(due);
      if (bar !== undefined) bar.due += 1;
      if ((left -= 1) === 0) break;
    }
  }
};

const names: Readonly<Record<keyof Counts, string>> = {
  succeeded: "succeeded",
  failed: "failed",
  skipped: "skipped",
  due: "due",
};

/** Draws it. The right half has not been yet. */
export const hours = (seen: Seen): Html => {
  const from = Math.floor((seen.now - hourMs) / barMs) * barMs;
  const counts = Array.from({ length: bars }, (): Counts => ({ succeeded: 0, failed: 0, skipped: 0, due: 0 }));
  spread(counts, from, seen);
  const most = Math.max(4, ...counts.map((it) => kinds.reduce((sum, kind) => sum + it[kind], 0)));
  // Few among many are to be seen, too.
  const tall = (count: number): number => count === 0 ? 0 : Math.max(3, Math.sqrt(count / most) * (height - 6));
  const drawn = counts.map((it, at) => {
    let y = height;
    const told = kinds.filter((kind) => it[kind] > 0).map((kind) => `${it[kind]} ${names[kind]}`);
    if (told.length === 0) return undefined;
    const whole = kinds.reduce((sum, kind) => sum + it[kind], 0);
    const scale = tall(whole) / whole;
    const pieces = kinds.filter((kind) => it[kind] > 0).map((kind) => {
      const h = Math.max(1.5, it[kind] * scale);
      y -= h;
      return markup`<rect class="o-${kind}" x="${at * 10 + 1}" y="${y.toFixed(1)}" width="8" height="${
        h.toFixed(1)
      }" rx="1" />`;
    });
    return markup`<g>${pieces}<rect class="hit" x="${at * 10}" y="0" width="10" height="${height}"><title>${
      clock(from + at * barMs, seen.now)
    }: ${told.join(", ")}</title></rect></g>`;
  });
  const x = (seen.now - from) / barMs * 10;
  const sum = (kind: keyof Counts): number => counts.reduce((all, it) => all + it[kind], 0);
  const spoken = `the last hour: ${sum("succeeded")} succeeded, ${sum("failed")} did not, ${
    counted(sum("skipped"), "fire")
  } skipped; the next hour: ${counted(sum("due"), "fire")} due`;
  return markup`<svg class="hours" viewBox="0 0 ${
    bars * 10
  } ${height}" preserveAspectRatio="none" role="img" aria-label="${spoken}"><rect class="ahead" x="${
    x.toFixed(1)
  }" y="0" width="${
    (bars * 10 - x).toFixed(
      1,
    )
  }" height="${height}"/>${drawn}<line class="now" x1="${x.toFixed(1)}" x2="${
    x.toFixed(
      1,
    )
  }" y1="0" y2="${height}"/></svg><div class="axis" aria-hidden="true"><span>an hour ago</span><span>now</span><span>in an hour</span></div>`;
};
