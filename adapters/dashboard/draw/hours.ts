/**
 * The last hour and the next as bars of two minutes: what ended above the line and how, what is due in pale.
 */
import * as NextFire from "../../../src/core/schedule/NextFire.ts";
import { type Html, markup } from "../html.ts";
import { type JobSeen, type JobTold, type Seen, writtenAt } from "../Seen.ts";
import { clock, counted } from "../words.ts";

const barMs = 120_000;
const hourMs = 3_600_000;
const bars = 2 * hourMs / barMs;
const height = 64;

/** More fires than this of one job within an hour are not walked through one by one: those behind come as often as these. */
const mostOfOne = 400;

/** Whether a fire of a job is due within the next hour. */
export const isToCome = ({ nextDueAt, state }: JobSeen, now: number): boolean =>
  state !== "paused" && state !== "undeclared" && nextDueAt !== undefined && nextDueAt < now + hourMs;

const kinds = ["succeeded", "failed", "skipped", "due"] as const;
type Counts = Record<typeof kinds[number], number>;

const spread = (
  counts: ReadonlyArray<Counts>,
  from: number,
  { jobs, lines, now }: Seen,
  soon: ReadonlyArray<JobTold>,
): void => {
  const at = (instant: number): Counts | undefined => counts[Math.floor((instant - from) / barMs)];
  for (const line of lines) {
    const bar = at(writtenAt(line));
    if (bar === undefined) continue;
    if (line._tag === "Skip") bar.skipped += Math.max(1, line.count);
    else bar[line.outcome === "succeeded" ? "succeeded" : "failed"] += 1;
  }
  const due = (instant: number): void => {
    const bar = instant < now ? undefined : at(instant);
    if (bar !== undefined) bar.due += 1;
  };
  const walked = new Set<string>();
  for (const { expression, name } of soon) {
    if (expression === undefined) continue;
    walked.add(name);
    let [left, last] = [mostOfOne, now];
    for (const instant of NextFire.between(expression, now, from + 2 * hourMs)) {
      due(instant);
      last = instant;
      if ((left -= 1) === 0) break;
    }
    if (left > 0) continue;
    const everyMs = (last - now) / mostOfOne;
    counts.forEach((it, bar) => {
      const behindMs = from + (bar + 1) * barMs - last;
      if (behindMs > 0) it.due += Math.round(Math.min(barMs, behindMs) / everyMs);
    });
  }
  // Of the others the next fire is all that is known without reading their schedules.
  for (const job of jobs) if (isToCome(job, now) && !walked.has(job.name)) due(job.nextDueAt ?? 0);
};

const names: Readonly<Record<keyof Counts, string>> = {
  succeeded: "succeeded",
  failed: "failed",
  skipped: "skipped",
  due: "due",
};

/** Draws it. The right half has not been yet; of the jobs of `soon` it has all fires. */
export const hours = (seen: Seen, soon: ReadonlyArray<JobTold>): Html => {
  const from = Math.floor((seen.now - hourMs) / barMs) * barMs;
  const counts = Array.from({ length: bars }, (): Counts => ({ succeeded: 0, failed: 0, skipped: 0, due: 0 }));
  spread(counts, from, seen, soon);
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
