/**
 * A dashboard of a fleet: who is there, what runs, ran and will run, and buttons for those who may. A function from a Web `Request` to
 * a `Response`, so that whatever serves those can mount it: Hono, Next, Deno, Bun, Workers, Node through an adapter.
 *
 * @module
 */
import { fingerprint } from "../src/core/words/hash.ts";
import { carryOut, forged, givenIn, isAction } from "./dashboard/actions.ts";
import { asset, headOf, json, page, redirect } from "./dashboard/answer.ts";
import { icon } from "./dashboard/assets/icon.ts";
import { script } from "./dashboard/assets/script.ts";
import { style } from "./dashboard/assets/style.ts";
import { type Asked, contentAt, reading, type Shown, trouble } from "./dashboard/content.ts";
import { bare, frame, type Paths } from "./dashboard/frame.ts";
import { looksOf } from "./dashboard/Looks.ts";
import { type DashboardOptions, type Settings, settingsOf } from "./dashboard/options.ts";
import type { Look } from "./dashboard/pages/parts.ts";
import { troubleOf } from "./dashboard/troubles.ts";
import { judged, type Visitor } from "./dashboard/Visitor.ts";

export type { Action } from "./dashboard/actions.ts";
export type { ScheduleAction } from "./dashboard/scheduleActions.ts";
export type { DashboardOptions } from "./dashboard/options.ts";
export type { Authorize, Role, Visitor } from "./dashboard/Visitor.ts";

const pathsOf = (base: string): Paths => ({
  base,
  style: `${base}/assets/${fingerprint(style)}.css`,
  script: `${base}/assets/${fingerprint(script)}.js`,
  icon: `${base}/assets/${fingerprint(icon)}.svg`,
});

/** So long a visitor waits for a page while the whole fleet is read. Milliseconds. */
const patienceMs = 100;

/** What comes of something, if that comes in time. What comes later is nobody's, an error neither. */
const inTime = async <A>(coming: Promise<A>, ms: number): Promise<A | undefined> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((over) => {
    timer = setTimeout(over, ms, undefined);
  });
  try {
    return await Promise.race([coming, late]);
  } finally {
    clearTimeout(timer);
  }
};

const notHere = bare("Nothing is here", "This path leads nowhere.");

/** Who it is, or the answer to whoever may not look. */
const visitorOf = async (request: Request, { authorize, onError }: Settings): Promise<Visitor | Response> => {
  try {
    const visitor = judged(await authorize(request));
    return visitor ?? page(bare("Who are you?", "You may not look at this. Sign in, and load the page again."), 401);
  } catch (error) {
    onError(error);
    return page(bare("Not now", "Who may look at this cannot be told at the moment."), 500);
  }
};

const notAllowed = (allowed: string): Response =>
  page(bare("Not like this", `Here one can only ${allowed}.`), 405, { allow: allowed });

/**
 * Makes the dashboard of a fleet. It answers under `basePath` and needs no build, no files and no other address. Nothing is sent to
 * the store before somebody looks, and nothing while nobody does.
 *
 * Every request is put to `authorize` first. Pages can be looked at by each `Visitor`; buttons are for the role `operator`, ask
 * before they act, and give its `name` as `by`. Cost: what was seen is kept for almost `refreshMs` and shared, so an open page of up to
 * 100 jobs sends some five requests each five seconds, about 60 a minute, however many watch; docs/DASHBOARD.md has the table.
 *
 * A page that needs a look at a whole fleet of which nothing is known yet, or at one of more than 400 jobs, is answered with 202 after
 * 100 ms if that look is not through: the frame of the page, which says so, and in which the page shows as soon as it is there.
 *
 * Throws `InvalidInput` if an option is wrong, and without `authorize`.
 *
 * @example
 * ```ts
 * import { dashboard } from "ringcron/dashboard";
 * import * as Memory from "ringcron/memory";
 * import { createClient } from "ringcron/promise";
 *
 * const client = await createClient({ service: "billing", driver: Memory.layer() });
 * const handle = dashboard({
 *   client,
 *   authorize: (request) =>
 *     request.headers.get("authorization") === "Bearer of-the-night-shift" && { role: "viewer", name: "night shift" },
 * });
 * console.log((await handle(new Request("http://localhost/"))).status); // 401
 * await client.close();
 * ```
 */
export const dashboard = (options: DashboardOptions): (request: Request) => Promise<Response> => {
  const settings = settingsOf(options);
  const { base, client, onAction, onError, readOnly, refreshMs, sourceUrl, title } = settings;
  const paths = pathsOf(base);
  const looks = looksOf(client, Date.now, refreshMs * 0.9);
  const assets: Readonly<Record<string, () => Response>> = {
    [paths.style]: () => asset(style, "text/css"),
    [paths.script]: () => asset(script, "text/javascript"),
    [paths.icon]: () => asset(icon, "image/svg+xml"),
  };

  const show = async (asked: Asked, look: Look): Promise<Shown> => {
    try {
      return await (contentAt(asked, looks, look) ?? trouble("Nothing is here", "This path leads nowhere.", 404, look));
    } catch (error) {
      const { status, title, words } = troubleOf(error);
      if (status >= 500) onError(error);
      return trouble(title, words, status, look);
    }
  };

  /** The same, or what stands for it if the fleet must be read for it and that takes longer than anybody is to wait. */
  const showSoon = async (asked: Asked, look: Look): Promise<Shown> => {
    const shown = show(asked, look);
    const meanwhile = reading(asked);
    if (meanwhile === undefined) return await shown;
    return await inTime(shown, patienceMs) ?? (looks.isLong() ? meanwhile : await shown);
  };

  const framed = ({ content, standsFor, status }: Shown, visitor: Visitor, look: Look): Response => {
    const mark = standsFor === undefined ? fingerprint(content.main.text) : "";
    const { canAct, now } = look;
    return page(frame({ canAct, content, mark, now, paths, refreshMs, sourceUrl, standsFor, title, visitor }), status);
  };

  /** What has changed on a page since the mark that it has. */
  const live = async (query: URLSearchParams, look: Look): Promise<Response> => {
    const at = new URL(query.get("at") || "/", "http://at");
    const { content, status } = await show({ path: at.pathname, query: at.searchParams }, look);
    const [mark, had] = [fingerprint(content.main.text), query.get("mark")];
    const anew = { mark, main: content.main.text };
    if (status >= 500) {
      // What somebody sees stays, unless it only says that something is to come.
      const instead = had === "" ? anew : {};
      return json({ now: look.now, error: content.title.toLowerCase(), ...instead }, status);
    }
    return json({ now: look.now, ...(mark === had ? { mark } : anew) });
  };

  const act = async (name: string, request: Request, visitor: Visitor, canAct: boolean): Promise<Response> => {
    const refuse = (status: number, error: string) => json({ error }, status);
    if (!isAction(name)) return refuse(404, "There is no such action.");
    const why = forged(request);
    if (why !== undefined) return refuse(403, `This is not taken for a request of the page itself: ${why}.`);
    if (!canAct) return refuse(403, readOnly ? "This dashboard is for looking only." : "You may look, and not act.");
    const given = await givenIn(request);
    if (given === undefined) return refuse(400, "The request cannot be read: one JSON object is expected.");
    try {
      const said = await carryOut(name, client, given, visitor.name);
      const named = (field: string) => typeof given[field] === "string" ? given[field] : undefined;
      onAction({ action: name, by: visitor.name, job: named("job"), node: named("node"), schedule: named("id") });
      return json({ said });
    } catch (error) {
      const { status, title, words } = troubleOf(error);
      if (status >= 500) onError(error);
      return refuse(status, `${title}: ${words}`);
    } finally {
      looks.forget(name.endsWith("-all") || typeof given.job !== "string" ? undefined : given.job);
    }
  };

  const answer = async (request: Request): Promise<Response> => {
    const { pathname, searchParams: query } = new URL(request.url);
    if (pathname !== base && !pathname.startsWith(`${base}/`)) return page(notHere, 404);
    const visitor = await visitorOf(request, settings);
    if (visitor instanceof Response) return visitor;
    const canAct = visitor.role === "operator" && !readOnly;
    const path = pathname.slice(base.length) || "/";
    const action = /^\/actions\/([\w-]+)$/.exec(path)?.[1];
    if (action !== undefined) {
      return request.method === "POST" ? await act(action, request, visitor, canAct) : notAllowed("POST");
    }
    if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET, HEAD");
    const look: Look = { now: Date.now(), base, canAct, isOperator: visitor.role === "operator" };
    if (path === "/live.json") return await live(query, look);
    if (path !== "/" && path.endsWith("/")) return redirect(`${base}${path.replace(/\/+$/, "")}`);
    return assets[pathname]?.() ?? framed(await showSoon({ path, query }, look), visitor, look);
  };

  return async (request) => {
    const answered = await answer(request);
    return request.method === "HEAD" ? headOf(answered) : answered;
  };
};
