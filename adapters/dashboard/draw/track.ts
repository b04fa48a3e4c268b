/**
 * One job on the time line: its fires of the last hour as they went, and those of the next.
 */
import * as NextFire from "../../../src/core/schedule/NextFire.ts";
import type { FireLine } from "../../../src/shell/Insight.ts";
import { type Html, markup } from "../html.ts";
import { skipped } from "../pages/parts.ts";
import { type JobSeen, type JobTold, tookMs } from "../Seen.ts";
import { clock, counted, length } from "../words.ts";

/** Which time a track shows. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

/** More marks than this of one kind on one side cannot be told apart: they are drawn as one band. */
const mostMarks = 120;

const middle = 14;

const places = ({ from, to }: Window) => (at: number): string => `${((at - from) / (to - from) * 100).toFixed(2)}%`;

/** A run: as long as it took, at least so wide that it is seen. */
const runMark = (
  line: Extract<FireLine, { readonly _tag: "Run" }>,
  window: Window,
  x: (at: number) => string,
): Html => {
  const begun = Math.max(window.from, line.startedAt === 0 ? line.dueAt : line.startedAt);
  const width = Math.max(0, (line.endedAt - begun) / (window.to - window.from) * 100);
  const told = `${line.outcome}, due ${clock(line.dueAt, window.now)}${
    line.startedAt === 0 ? ", never started" : `, took ${length(tookMs(line))}`
  }${line.node === undefined ? "" : ` on ${line.node}`}`;
  return markup`<svg x="${x(begun)}" width="${
    width.toFixed(2)
  }%" height="28" class="mark" data-tip="${told}"><rect class="o-${line.outcome}" x="-2" y="6" width="100%" height="16" rx="2" /><rect class="o-${line.outcome}" x="-2" y="6" width="5" height="16" rx="2" /></svg>`;
};

const skipMark = (
  line: Extract<FireLine, { readonly _tag: "Skip" }>,
  window: Window,
  x: (at: number) => string,
): Html =>
  markup`<circle class="mark o-skipped" cx="${
    x(
      Math.min(window.now, Math.max(window.from, line.lastDueAt)),
    )
  }" cy="${middle}" r="3.5" data-tip="skipped, ${skipped(line)}, due ${clock(line.lastDueAt, window.now)}" />`;

const pastMarks = (
  lines: ReadonlyArray<FireLine>,
  window: Window,
  x: (at: number) => string,
): ReadonlyArray<Html> => {
  const dull = lines.filter((it) => it._tag === "Run" && it.outcome === "succeeded");
  const others = lines.filter((it) => !dull.includes(it));
  const mark = (it: FireLine): Html => it._tag === "Run" ? runMark(it, window, x) : skipMark(it, window, x);
  if (dull.length <= mostMarks) return lines.slice(0, 4 * mostMarks).map(mark).reverse();
  const instants = dull.map((it) => it._tag === "Run" ? it.dueAt : it.at);
  const [first, last] = [Math.max(window.from, Math.min(...instants)), Math.min(window.now, Math.max(...instants))];
  const band = markup`<rect class="mark band o-succeeded" x="${
    x(
      first,
    )
  }" y="6" width="${((last - first) / (window.to - window.from) * 100).toFixed(2)}%" height="16" rx="2" data-tip="${
    counted(dull.length, "run")
  } succeeded" />`;
  return [band, ...others.slice(0, 4 * mostMarks).map(mark).reverse()];
};

const hollow = (due: number, window: Window, x: (at: number) => string, r = 3.5): Html =>
  markup`<circle class="mark hollow" cx="${x(due)}" cy="${middle}" r="${r}" data-ahead data-tip="due ${
    clock(due, window.now)
  }"/>`;

const comingMarks = (
  { expression, nextDueAt, state }: JobTold,
  window: Window,
  x: (at: number) => string,
): ReadonlyArray<Html> => {
  if (state === "paused" || state === "undeclared") return [];
  const dues: Array<number> = [];
  if (expression === undefined) {
    // Nobody tells the schedule: the next fire is all that is known.
    if (nextDueAt === undefined || nextDueAt < window.now || nextDueAt > window.to) return [];
    return [hollow(nextDueAt, window, x)];
  }
  for (const due of NextFire.between(expression, window.now, window.to)) {
    dues.push(due);
    if (dues.length > mostMarks) break;
  }
  if (dues.length <= mostMarks) {
    return dues.map((due) => hollow(due, window, x, dues.length > 30 ? 2.5 : 3.5));
  }
  const first = dues[0] as number;
  const every = ((dues.at(-1) as number) - first) / (dues.length - 1);
  return [
    markup`<rect class="mark band o-due" x="${x(first)}" y="9" width="${
      ((window.to - first) / (window.to - window.from) * 100)
        .toFixed(2)
    }%" height="10" rx="2" data-ahead data-tip="due about every ${length(every)}" />`,
  ];
};

/** A fire that nobody decided. */
const lateMark = ({ isOverdue, nextDueAt }: JobSeen, window: Window, x: (at: number) => string): Html | undefined =>
  isOverdue && nextDueAt !== undefined
    ? markup`<circle class="mark late-mark" cx="${
      x(Math.max(window.from, nextDueAt))
    }" cy="${middle}" r="5" data-tip="due ${clock(nextDueAt, window.now)}, and nobody decided it"/>`
    : undefined;

const runningMarks = ({ runs }: JobSeen, window: Window, x: (at: number) => string): ReadonlyArray<Html> =>
  runs.filter(({ state }) => state === "running" || state === "over" || state === "orphaned").map((run) => {
    const begun = Math.min(window.now, Math.max(window.from, run.since));
    const kind = { running: "running", over: "cancelled" }[run.state as string] ?? "failed";
    const word = run.state === "orphaned" ? "its node is gone" : run.state === "over" ? "over its limit" : "running";
    const told = `${word} since ${clock(run.since, window.now)}${run.node === undefined ? "" : ` on ${run.node}`}`;
    return markup`<svg x="${x(begun)}" width="${
      ((window.now - begun) / (window.to - window.from) * 100).toFixed(
        2,
      )
    }%" height="28" class="mark" data-tip="${told}"><rect class="o-${kind}" x="-2" y="6" width="100%" height="16" rx="2" /><rect class="o-${kind}" x="-3" y="6" width="6" height="16" rx="2" /></svg>`;
  });

/** Draws a track. `lines` are those of the job in the window, the newest first. */
export const track = (job: JobTold, lines: ReadonlyArray<FireLine>, window: Window): Html => {
  const x = places(window);
  const marks = [
    ...pastMarks(lines, window, x),
    ...runningMarks(job, window, x),
    lateMark(job, window, x),
    ...comingMarks(job, window, x),
  ];
  const bad = lines.filter((it) => it._tag === "Run" && it.outcome !== "succeeded").length;
  const spoken = `${job.name}: ${counted(lines.length, "line")} in the last hour${
    bad > 0 ? `, ${bad} of them gone wrong` : ""
  }; arrow keys go through the marks`;
  return markup`<svg height="28" tabindex="0" role="img" data-marks aria-label="${spoken}"><rect class="past" width="${
    x(
      window.now,
    )
  }" height="28"/><line class="line" x1="0" x2="100%" y1="${middle}" y2="${middle}"/>${marks}<line class="now" x1="${
    x(
      window.now,
    )
  }" x2="${x(window.now)}" y1="0" y2="28"/></svg>`;
};
