/**
 * All jobs, a page at a time: how each stands, when it runs, and how long the last runs took.
 */
import { byJob } from "../../../src/core/words/groups.ts";
import { sparkline } from "../draw/sparkline.ts";
import type { Content } from "../frame.ts";
import { type Html, markup } from "../html.ts";
import { type JobSeen, type JobTold, runsOf, type Seen } from "../Seen.ts";
import { away, counted } from "../words.ts";
import { chip, empty, jobLink, type Look, pager, pageWay, table } from "./parts.ts";

/** Jobs on a page. */
export const perPage = 100;

/** How a job stands, as a chip. */
export const stateChip = ({ isOverdue, runs, state }: JobSeen): Html => {
  if (isOverdue) return chip("overdue", "failed");
  if (state === "open" && runs.some((it) => it.state === "running")) return chip("running", "running");
  const words = { open: "ready", paused: "paused", new: "new", undeclared: "undeclared", unreadable: "unreadable" };
  return chip(words[state], state);
};

const states: ReadonlyArray<readonly [value: string, word: string, is: (job: JobSeen) => boolean]> = [
  ["", "every state", () => true],
  ["running", "running", (job) => job.runs.some((it) => it.state === "running" || it.state === "over")],
  ["paused", "paused", (job) => job.state === "paused"],
  ["overdue", "overdue", (job) => job.isOverdue],
  ["waiting", "waiting or queued", (job) => job.waiting + job.queued > 0],
  ["undeclared", "declared by nobody", (job) => job.state === "undeclared"],
  ["unreadable", "unreadable", (job) => job.state === "unreadable"],
];

/** When a job runs, in words. */
export const inWords = ({ words }: JobTold): string => words ?? "";

/** What is asked of the page. */
export interface JobsAsked {
  /** What their names hold. */
  readonly q: string;
  readonly state: string;
  /** Goes on behind the job of this name. */
  readonly after: string;
}

/** What of the jobs the page shows. */
export interface JobsFound {
  readonly seen: Seen;
  /** How many fit. */
  readonly count: number;
  readonly shown: ReadonlyArray<JobTold>;
  /** Whether there are more behind them. */
  readonly hasMore: boolean;
  /** Whether it is behind the last of them. */
  readonly isPast: boolean;
}

/** Looks for them. */
export const jobsFound = (seen: Seen, { after, q, state }: JobsAsked): JobsFound => {
  const filter = states.find(([value]) => value === state) ?? states[0];
  const wanted = q.toLowerCase();
  const found = seen.jobs.filter((it) =>
    (wanted === "" || it.name.toLowerCase().includes(wanted)) && filter?.[2](it) === true
  );
  const isPast = after !== "" && (found.at(-1)?.name ?? "") <= after;
  const begin = after === "" ? 0 : Math.max(0, found.findIndex(({ name }) => name > after));
  const shown = isPast ? [] : found.slice(begin, begin + perPage);
  const hasMore = shown.length > 0 && begin + shown.length < found.length;
  return { seen, count: found.length, shown, hasMore, isPast };
};

/** The page. */
export const jobs = (
  { count, hasMore, isPast, seen, shown }: JobsFound,
  { after, q, state }: JobsAsked,
  look: Look,
): Content => {
  const lines = byJob(seen.lines);
  // Where no schedule is told there is no column for it.
  const isTold = shown.some(({ words }) => words !== undefined);
  const row = (job: JobTold): Html => {
    const ran = runsOf(lines.get(job.name) ?? []);
    return markup`<tr><th scope="row">${jobLink(job.name, look)}</th><td>${stateChip(job)}</td>${
      isTold && markup`<td class="words">${inWords(job)}</td>`
    }<td class="num">${
      job.state === "paused" ? markup`<span class="dim">when it goes on</span>` : away(job.nextDueAt, look.now)
    }</td><td>${job.owner ?? markup`<span class="dim">nobody</span>`}</td><td>${
      sparkline(ran, look.now) ?? markup`<span class="dim">no run kept</span>`
    }</td></tr>`;
  };
  const way = (to: string): string => pageWay("/jobs", { q, state, after: to }, look);
  const main = markup`<div class="row head"><h1>Jobs <span class="dim">${
    counted(count, "job")
  }</span></h1><form class="row" role="search" method="get" action="${look.base}/jobs"><label class="sr" for="q">Name holds</label><input id="q" name="q" type="search" value="${q}" placeholder="Name holds …" autocomplete="off" maxlength="128"><label class="sr" for="state">State</label><select id="state" name="state">${
    states
      .map(([value, word]) => markup`<option value="${value}" ${value === state && markup`selected`}>${word}</option>`)
  }</select><button class="quiet">Find</button></form></div><section class="card flush">${
    shown.length > 0
      ? table("jobs", ["Job", "State", ...(isTold ? ["Runs"] : []), "Next", "Owner", "Last runs"], shown.map(row))
      : seen.jobs.length === 0
      ? empty("No jobs yet", markup`What a node adds with <code>cron.add(…)</code> appears here when it starts.`)
      : isPast
      ? empty("No more jobs", "This was the last page.")
      : empty("No such job", "Nothing fits. Try fewer letters, or every state.")
  }</section>${
    pager(
      "More jobs",
      after !== "" && ["From the beginning", way("")],
      hasMore && [`The next ${perPage}`, way(shown.at(-1)?.name ?? "")],
    )
  }`;
  return { title: "Jobs", tab: "Jobs", main };
};
