/**
 * Pieces that several pages have.
 */
import type { ActiveFire, HistoryLine } from "../../../src/shell/Insight.ts";
import { type Html, markup, type Piece } from "../html.ts";
import { away, counted, length, moment } from "../words.ts";
import { tookMs } from "../Seen.ts";

/** What a page is told besides what it shows. */
export interface Look {
  /** Epoch milliseconds. */
  readonly now: number;
  /** The path of the dashboard without a slash at its end. */
  readonly base: string;
  /** Whether there are buttons. */
  readonly canAct: boolean;
  /** Whether whoever looks is an operator, where nobody may act as well. */
  readonly isOperator: boolean;
}

/** The same with a capital at its beginning. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** With how far off it is, where that is said: the page says it itself, and keeps it true. */
const instants = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z)(?:, (?:in )?\d+ (?:s|min|h|days)(?: ago)?)?/;

/**
 * A sentence of an explanation: with a capital, unless it begins with one of `names`, with a full stop, and its instants as those of
 * the page.
 */
export const sentence = (text: string, { now }: Look, names: ReadonlyArray<string> = []): Html => {
  const isNamed = names.some((name) => text.startsWith(name) && /^[ ,]/.test(text.slice(name.length)));
  return markup`${
    (isNamed ? text : capital(text)).split(instants).map((piece) => {
      const at = instants.test(piece) ? Date.parse(piece) : NaN;
      return Number.isNaN(at) ? piece : away(at, now);
    })
  }.`;
};

/** A word and what it is of something. */
export const fact = (word: string, value: Html | string): Html => markup`<div><dt>${word}</dt><dd>${value}</dd></div>`;

/** Fires that are to come. */
export const comingList = (fires: ReadonlyArray<number>, { now }: Look): Html =>
  markup`<ol class="coming">${fires.map((at) => markup`<li class="num">${away(at, now)}</li>`)}</ol>`;

/** A word in a frame of its kind's colour. */
export const chip = (word: string, kind: string): Html => markup`<span class="chip c-${kind}">${word}</span>`;

/** The way to a job. */
export const jobLink = (name: string, { base }: Look): Html =>
  markup`<a class="name" href="${base}/job?name=${encodeURIComponent(name)}">${name}</a>`;

/** The way to a schedule, or to what changes it. */
export const scheduleWay = (id: string, { base }: Look, path = "/schedule"): string =>
  `${base}${path}?id=${encodeURIComponent(id)}`;

/** What is said where there is nothing. */
export const empty = (title: string, words: Piece): Html =>
  markup`<div class="empty"><p><b>${title}</b></p><p>${words}</p></div>`;

/** What a button does, and what it asks first. */
export interface Act {
  readonly action: string;
  readonly word: string;
  /** The question, and what follows if it is answered with yes. */
  readonly ask: string;
  readonly means: string;
  readonly body: Readonly<Record<string, string | number>>;
  /** What is asked for besides: `reason`, `missed`, `payload`. */
  readonly fields?: string;
  readonly kind?: "main" | "grave" | "quiet";
}

/** A button. What it is about is data of it; the script does the rest. */
export const button = ({ action, ask, body, fields = "", kind = "quiet", means, word }: Act): Html =>
  markup`<button type="button" class="${kind}" id="b-${action}-${
    Object.values(body).join(
      "-",
    )
  }" data-act="${action}" data-body="${
    JSON.stringify(body)
  }" data-ask="${ask}" data-means="${means}" data-fields="${fields}">${word}</button>`;

/** A table that can be pushed sideways on a small screen. */
export const table = (label: string, heads: ReadonlyArray<string>, rows: ReadonlyArray<Html>): Html =>
  markup`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table><thead><tr>${
    heads.map((it) => markup`<th scope="col">${it}</th>`)
  }</tr></thead><tbody>${rows}</tbody></table></div>`;

/** The way to a page, with what is asked of it; what is empty is left out. */
export const pageWay = (path: string, asked: Readonly<Record<string, string>>, { base }: Look): string =>
  `${base}${path}?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ""))}`;

/** What a link says, and where it goes; false if there is none. */
type PagerLink = readonly [words: string, way: string] | false;

/** Links to the first page and to the next one. */
export const pager = (label: string, first: PagerLink, next: PagerLink): Html =>
  markup`<nav class="pager row" aria-label="${label}">${
    first && markup`<a href="${first[1]}">${first[0]}</a>`
  }<span class="grow"></span>${next && markup`<a rel="next" href="${next[1]}">${next[0]}</a>`}</nav>`;

const skipWords: Readonly<Record<string, string>> = {
  window: "missed for too long",
  coalesced: "a newer fire ran instead",
  "catch-up": "missed, and not caught up",
  overlap: "the run before was not over",
  "queue-full": "the run before was not over, and no more may wait",
  paused: "it was paused",
  "definition-changed": "the schedule changed",
  regressed: "the store lost what became of it",
};

/** What somebody did who was named. */
export type ActionLine = Extract<HistoryLine, { readonly _tag: "Action" }>;

/** Why fires were skipped, in words. */
export const skipped = (line: Extract<HistoryLine, { readonly _tag: "Skip" }>): string =>
  `${line.count < 0 ? "many" : counted(line.count, "fire")}: ${skipWords[line.reason] ?? line.reason}`;

/** What was done, in words; of a schedule, which is named beside it, without that. */
export const actionWord = ({ action }: ActionLine): string => action.replace("schedule-", "").replaceAll("-", " ");

/** What an action was about. */
const subject = ({ job, node, schedule }: ActionLine, look: Look): Html =>
  job !== undefined
    ? jobLink(job, look)
    : schedule !== undefined
    ? markup`<a class="name" href="${scheduleWay(schedule, look)}">${schedule}</a>`
    : markup`<span class="name">${node ?? "all"}</span>`;

const historyRow = (line: HistoryLine, withJob: boolean, look: Look): Html => {
  if (line._tag === "Action") {
    const { at, by } = line;
    return markup`<tr>${withJob && markup`<td>${subject(line, look)}</td>`}<td>${
      chip(actionWord(line), "action")
    }</td><td class="num">${moment(at, look.now)}</td><td></td><td></td><td class="dim">by ${by}</td></tr>`;
  }
  const job = withJob && markup`<td>${jobLink(line.job, look)}</td>`;
  if (line._tag === "Skip") {
    return markup`<tr>${job}<td>${chip("skipped", "skipped")}</td><td class="num">${moment(line.firstDueAt, look.now)}${
      line.lastDueAt > line.firstDueAt && markup` to ${moment(line.lastDueAt, look.now)}`
    }</td><td></td><td></td><td class="dim">${skipped(line)}</td></tr>`;
  }
  const late = line.startedAt - line.dueAt;
  const notes = [
    line.startedAt === 0 ? "never started" : late >= 1_000 ? `${length(late)} after it was due` : "",
    line.attempt > 1 ? `attempt ${line.attempt}` : "",
    line.error ?? "",
  ].filter(Boolean).join(", ");
  return markup`<tr>${job}<td>${chip(line.outcome, line.outcome)}</td><td class="num">${
    moment(line.dueAt, look.now)
  }</td><td class="num">${line.startedAt === 0 ? "" : length(tookMs(line))}</td><td>${
    line.node ?? markup`<span class="dim">gone</span>`
  }</td><td class="dim">${notes}</td></tr>`;
};

/** Lines of the history. */
export const historyTable = (lines: ReadonlyArray<HistoryLine>, withJob: boolean, look: Look): Html =>
  table("history", [...(withJob ? ["Job"] : []), "Outcome", "Due", "Took", "Node", "Note"], [
    ...lines.map((it) => historyRow(it, withJob, look)),
  ]);

const runWords: Readonly<Record<ActiveFire["state"], string>> = {
  running: "running",
  over: "over its limit",
  orphaned: "its node is gone",
  waiting: "waiting",
  queued: "queued",
};

const runRow = (run: ActiveFire, withJob: boolean, look: Look): Html => {
  const { attempt, dueAt, fence, job, kind, node, notBefore, previousError, since, state } = run;
  const due = dueAt > look.now && state === "running";
  const cancel = look.canAct && fence !== undefined && (state === "running" || state === "waiting") &&
    button({
      action: "cancel",
      word: "Cancel",
      ask: `Cancel this run of ${job}?`,
      means: "Its signal aborts as soon as its node hears of it, within some seconds.",
      body: { job, fence },
      kind: "quiet",
    });
  const after = previousError !== undefined &&
    markup`<details><summary>after a failure</summary><pre>${previousError}</pre></details>`;
  return markup`<tr>${withJob && markup`<td>${jobLink(job, look)}</td>`}<td>${
    chip(due ? "about to start" : runWords[state], state)
  }</td><td class="num">${away(notBefore ?? since, look.now)}</td><td>${
    node ?? markup`<span class="dim">nobody yet</span>`
  }</td><td class="dim">${kind}${attempt > 1 && `, attempt ${attempt}`}${after}</td>${
    look.canAct && markup`<td class="end">${cancel}</td>`
  }</tr>`;
};

/** Runs that have not ended. */
export const runTable = (runs: ReadonlyArray<ActiveFire>, withJob: boolean, look: Look): Html =>
  table(
    "runs",
    [...(withJob ? ["Job"] : []), "State", "Since", "Node", "Why", ...(look.canAct ? ["Actions"] : [])],
    runs.map((it) => runRow(it, withJob, look)),
  );
