/**
 * What runs now, and what ran, page by page.
 */
import { outcomes } from "../../../src/shell/historyPage.ts";
import type { ActiveFire, HistoryLine } from "../../../src/shell/Insight.ts";
import type { Content } from "../frame.ts";
import { markup } from "../html.ts";
import { counted } from "../words.ts";
import { empty, historyTable, type Look, pager, pageWay, runTable } from "./parts.ts";

/** Lines on a page. */
export const linesPerPage = 100;

/** Runs that have not ended are shown up to so many. */
const mostActive = 200;

/** What is asked of the page. */
export interface RunsAsked {
  readonly job: string;
  readonly outcome: string;
  readonly cursor: string;
}

/** What the page shows. */
export interface RunsSeen {
  readonly active: ReadonlyArray<ActiveFire>;
  readonly lines: ReadonlyArray<HistoryLine>;
  /** Of the page behind this one. */
  readonly next: string | undefined;
}

/** The page. */
export const runs = ({ active, lines, next }: RunsSeen, { cursor, job, outcome }: RunsAsked, look: Look): Content => {
  const way = (to: string): string => pageWay("/runs", { job, outcome, cursor: to }, look);
  const isFirst = cursor === "";
  const main =
    markup`<div class="row head"><h1>Runs</h1><form class="row" role="search" method="get" action="${look.base}/runs"><label class="sr" for="job">Job</label><input id="job" name="job" type="search" value="${job}" placeholder="One job …" autocomplete="off" maxlength="128"><label class="sr" for="outcome">Outcome</label><select id="outcome" name="outcome"><option value="">every outcome</option>${
      outcomes
        .map((it) => markup`<option value="${it}" ${it === outcome && markup`selected`}>${it}</option>`)
    }</select><button class="quiet">Find</button></form></div>${
      isFirst &&
      markup`<section class="card flush"><h2>Now <span class="dim">${counted(active.length, "run")}</span></h2>${
        active.length === 0
          ? empty("Nothing runs", "What runs, waits for another attempt or is queued shows here.")
          : runTable(active.slice(0, mostActive), true, look)
      }${
        active.length > mostActive &&
        markup`<p class="dim pad">and ${active.length - mostActive} more; look at one job for its own</p>`
      }</section>`
    }<section class="card flush"><h2>History</h2>${
      lines.length === 0
        ? empty(
          isFirst ? "Nothing kept" : "No more",
          "The store keeps the last lines of the whole fleet, a thousand and more.",
        )
        : historyTable(lines, true, look)
    }</section>${
      pager("More lines", !isFirst && ["From the newest", way("")], next !== undefined && ["Older ones", way(next)])
    }`;
  return { title: "Runs", tab: "Runs", main };
};
