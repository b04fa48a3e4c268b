/**
 * Which path shows what.
 */
import type { Content } from "./frame.ts";
import { markup } from "./html.ts";
import type { Looks } from "./Looks.ts";
import { fleet, soonest } from "./pages/fleet.ts";
import { job } from "./pages/job.ts";
import { jobs, jobsFound } from "./pages/jobs.ts";
import { empty, type Look } from "./pages/parts.ts";
import { put } from "./pages/put.ts";
import { linesPerPage, runs } from "./pages/runs.ts";
import { schedule } from "./pages/schedule.ts";
import { schedules } from "./pages/schedules.ts";
import { timeline, tracksFound } from "./pages/timeline.ts";
import { outcomes } from "../../src/shell/historyPage.ts";
import type { HistoryOptions } from "../../src/shell/Insight.ts";

/** What is shown, and the status of the answer. */
export interface Shown {
  readonly content: Content;
  readonly status: number;
  /** Where the page itself will be, if this only stands in its place until it is there. */
  readonly standsFor?: string;
}

/** What is asked for: a path below the dashboard's, and what stands behind its `?`. */
export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
}

type Page = (asked: URLSearchParams, looks: Looks, look: Look) => Promise<Shown>;

const found = (content: Content): Shown => ({ content, status: 200 });

/** A page that says in words why there is nothing else. */
export const trouble = (title: string, words: string, status: number, look: Look): Shown => ({
  content: {
    title,
    tab: "",
    main: markup`<section class="card"><h1 class="sr">${title}</h1>${
      empty(title, markup`${words} <a href="${look.base}/">To the fleet</a>`)
    }</section>`,
  },
  status,
});

/** The pages that show the whole fleet. */
const ofFleet: Readonly<Record<string, string>> = {
  "/": "Fleet",
  "/timeline": "Time line",
  "/jobs": "Jobs",
  "/runs": "Runs",
};

/** What whoever asks for a page besides is asked with who waits for it however long it takes. */
const waits = "wait";

/**
 * What stands for a page as long as the fleet is read; undefined if it does not show the fleet, or is to be waited for. The status says
 * that this is not the page yet: what reads pages, and runs no script, can tell one from the other.
 */
export const reading = ({ path, query }: Asked): Shown | undefined => {
  const title = Object.hasOwn(ofFleet, path) ? ofFleet[path] : undefined;
  if (title === undefined || query.has(waits)) return undefined;
  const later = new URLSearchParams(query);
  later.set(waits, "1");
  const head = path === "/"
    ? markup`<h1 class="sr">${title}</h1>`
    : markup`<div class="row head"><h1>${title}</h1></div>`;
  const words = markup`<p>The fleet is being read. It shows here as soon as it is there.</p>`;
  const main = markup`${head}<section class="card"><div class="empty" role="status">${words}</div></section>`;
  return { content: { title, tab: title, main }, status: 202, standsFor: `?${later}` };
};

const text = (asked: URLSearchParams, name: string): string => (asked.get(name) ?? "").slice(0, 400);

const handlersOf = async (looks: Looks): Promise<ReadonlySet<string>> =>
  new Set((await looks.members()).flatMap(({ handlers }) => [...handlers ?? []]));

const noSchedule = (id: string, look: Look): Shown =>
  trouble("No such schedule", `The store has no schedule “${id}”.`, 404, look);

const pages: Readonly<Record<string, Page>> = {
  "/": async (_, looks, look) => {
    const seen = await looks.fleet();
    return found(fleet(seen, await looks.told(soonest(seen)), look));
  },
  "/timeline": async (asked, looks, look) => {
    const seen = await looks.fleet();
    const wanted = { q: text(asked, "q"), after: text(asked, "after") };
    const picked = tracksFound(seen, wanted, look);
    return found(timeline({ ...picked, shown: await looks.told(picked.shown) }, wanted, look));
  },
  "/jobs": async (asked, looks, look) => {
    const seen = await looks.fleet();
    const wanted = { q: text(asked, "q"), state: text(asked, "state"), after: text(asked, "after") };
    const picked = jobsFound(seen, wanted);
    return found(jobs({ ...picked, shown: await looks.told(picked.shown) }, wanted, look));
  },
  "/job": async (asked, looks, look) => {
    const name = text(asked, "name");
    if (name === "") return trouble("No such job", "No job was asked for.", 404, look);
    return found(job(await looks.job(name), look));
  },
  "/schedules": async (asked, looks, look) => {
    const wanted = { prefix: text(asked, "prefix"), handler: text(asked, "handler"), cursor: text(asked, "cursor") };
    const [page, handlers] = await Promise.all([looks.schedules(wanted), handlersOf(looks)]);
    return found(schedules(page, handlers, wanted, look));
  },
  "/schedule": async (asked, looks, look) => {
    const id = text(asked, "id");
    if (id === "") return noSchedule(id, look);
    const [one, members, done] = await Promise.all([looks.schedule(id), looks.members(), looks.done(id)]);
    return one === undefined ? noSchedule(id, look) : found(schedule(one, members, done, look));
  },
  "/schedules/put": async (asked, looks, look) => {
    if (!look.canAct) return trouble("Not for you", "You may look, and not act.", 403, look);
    const id = text(asked, "id");
    const [old, handlers] = await Promise.all([id === "" ? undefined : looks.schedule(id), handlersOf(looks)]);
    if (id !== "" && old === undefined) return noSchedule(id, look);
    // A form without it would put the schedule without it.
    if (old?.payloadError !== undefined) {
      const why = `The payload of “${id}” cannot be read here (${old.payloadError}), and would be lost.`;
      return trouble("Not from here", why, 409, look);
    }
    return found(put(old, handlers, look));
  },
  "/runs": async (asked, looks, look) => {
    const [name, outcome, cursor] = [text(asked, "job"), text(asked, "outcome"), text(asked, "cursor")];
    const options: HistoryOptions = {
      job: name === "" ? undefined : name,
      outcome: outcomes.includes(outcome) ? outcome as Exclude<HistoryOptions["outcome"], undefined> : undefined,
      limit: linesPerPage,
      cursor: cursor === "" ? undefined : cursor,
    };
    const activeOf = async () =>
      name === "" ? (await looks.fleet()).jobs.flatMap((it) => it.runs) : await looks.runs(name);
    const [page, active] = await Promise.all([looks.history(options), activeOf()]);
    return found(runs({ active, lines: page.lines, next: page.cursor }, { job: name, outcome, cursor }, look));
  },
};

/** What a path shows; undefined if it shows nothing. */
export const contentAt = ({ path, query }: Asked, looks: Looks, look: Look): Promise<Shown> | undefined =>
  Object.hasOwn(pages, path) ? pages[path]?.(query, looks, look) : undefined;
