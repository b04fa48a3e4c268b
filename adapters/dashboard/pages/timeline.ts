/**
 * The last hour and the next, job by job: those of which most is to be seen first.
 */
import { byJob } from "../../../src/core/words/groups.ts";
import { track, type Window } from "../draw/track.ts";
import type { FireLine } from "../../../src/shell/Insight.ts";
import type { Content } from "../frame.ts";
import { type Html, markup } from "../html.ts";
import { type JobSeen, type JobTold, type Seen, writtenAt } from "../Seen.ts";
import { counted } from "../words.ts";
import { empty, jobLink, type Look, pageWay } from "./parts.ts";

/** Tracks on a page. */
const perPage = 50;

const hourMs = 3_600_000;

/** The picture moves on in steps, so that a page that is looked at does not come anew each time it asks. */
const stepMs = 15_000;

/** What is asked of the page. */
export interface TimelineAsked {
  readonly q: string;
  readonly after: string;
}

const legend: ReadonlyArray<readonly [kind: string, word: string]> = [
  ["succeeded", "succeeded"],
  ["failed", "failed, timed out or lost"],
  ["cancelled", "cancelled or abandoned"],
  ["running", "running"],
  ["skipped", "skipped"],
];

const sample = ([kind, word]: readonly [string, string]): Html =>
  markup`<span><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="o-${kind}" width="10" height="10" rx="2"/></svg>${word}</span>`;

/** Whether anything of a job is to be seen within the window. */
const isSeen = ({ nextDueAt, runs, state }: JobSeen, hasLines: boolean, { to }: Window): boolean =>
  hasLines || runs.length > 0 || (state !== "paused" && nextDueAt !== undefined && nextDueAt <= to);

/** What of the jobs the page shows. */
export interface TracksFound {
  readonly window: Window;
  /** Of how many there is something to be seen. */
  readonly count: number;
  readonly shown: ReadonlyArray<JobTold>;
  /** What ran of each within the last hour. */
  readonly lines: ReadonlyMap<string, ReadonlyArray<FireLine>>;
  /** Whether there are more behind them. */
  readonly hasMore: boolean;
}

/** Looks for them. */
export const tracksFound = (seen: Seen, { after, q }: TimelineAsked, look: Look): TracksFound => {
  const now = Math.floor(look.now / stepMs) * stepMs;
  const window: Window = { from: now - hourMs, to: now + hourMs, now };
  const lines = byJob(seen.lines.filter((it) => writtenAt(it) >= window.from));
  const wanted = q.toLowerCase();
  const found = seen.jobs.filter((it) =>
    (wanted === "" || it.name.toLowerCase().includes(wanted)) && isSeen(it, lines.has(it.name), window)
  );
  const behind = found.filter(({ name }) => name > after);
  const shown = behind.slice(0, perPage);
  return { window, count: found.length, shown, lines, hasMore: behind.length > shown.length };
};

/** The page. */
export const timeline = (
  { count, hasMore, lines, shown, window }: TracksFound,
  { after, q }: TimelineAsked,
  look: Look,
): Content => {
  const way = (to: string): string => pageWay("/timeline", { q, after: to }, look);
  const row = (job: JobTold): Html =>
    markup`<li class="track">${jobLink(job.name, look)}${track(job, lines.get(job.name) ?? [], window)}</li>`;
  const main =
    markup`<div class="row head"><h1>Time line <span class="dim">the last hour and the next</span></h1><form class="row" role="search" method="get" action="${look.base}/timeline"><label class="sr" for="q">Name holds</label><input id="q" name="q" type="search" value="${q}" placeholder="Name holds …" autocomplete="off" maxlength="128"><button class="quiet">Find</button></form></div><section class="card flush"><div class="row"><div class="legend">${
      legend.map(
        sample,
      )
    }<span><svg viewBox="0 0 10 10" aria-hidden="true"><circle class="hollow" cx="5" cy="5" r="4"/></svg>due</span></div></div>${
      shown
          .length === 0
        ? empty("Nothing to be seen", "No job ran within the last hour, runs now or is due within the next.")
        : markup`<ul class="tracks"><li class="track" aria-hidden="true"><span></span><div class="axis"><span>−60 min</span><span>−30</span><span>now</span><span>+30</span><span>+60 min</span></div></li>${
          shown
            .map(row)
        }</ul>`
    }</section><nav class="pager row" aria-label="More jobs"><span class="dim">${
      counted(
        count,
        "job",
      )
    } with something to be seen</span><span class="grow"></span>${
      after !== "" &&
      markup`<a href="${way("")}">From the beginning</a>`
    }${
      hasMore &&
      markup`<a rel="next" href="${way(shown.at(-1)?.name ?? "")}">The next ${perPage}</a>`
    }</nav>`;
  return { title: "Time line", tab: "Time line", main };
};
