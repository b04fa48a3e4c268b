/**
 * What all pages have around them: head, ways to the others, foot.
 */
import { type Html, markup, type Piece } from "./html.ts";
import type { Visitor } from "./Visitor.ts";

/** What a page says. */
export interface Content {
  /** Its name. */
  readonly title: string;
  /** Which of the ways leads here. */
  readonly tab: string;
  readonly main: Html;
}

/** Where everything is. */
export interface Paths {
  /** The path of the dashboard without a slash at its end. */
  readonly base: string;
  readonly style: string;
  readonly script: string;
  readonly icon: string;
}

/** What is in the frame. */
export interface Framed {
  readonly content: Content;
  readonly paths: Paths;
  /** What the whole is called. */
  readonly title: string;
  readonly visitor: Visitor;
  /** Where the sources of what runs here are, if that was told. */
  readonly sourceUrl: string | undefined;
  readonly canAct: boolean;
  readonly refreshMs: number;
  /** What the main part is known by; the script asks for another one, and soon if it is empty: something only stands in its place. */
  readonly mark: string;
  /** Where the page itself will be, for browsers that run no script. */
  readonly standsFor: string | undefined;
  readonly now: number;
}

const tabs: ReadonlyArray<readonly [path: string, name: string]> = [
  ["/", "Fleet"],
  ["/timeline", "Time line"],
  ["/jobs", "Jobs"],
  ["/schedules", "Schedules"],
  ["/runs", "Runs"],
];

/** The mark of ringcron: a ring with a hand. */
const brand =
  markup`<svg class="brand" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8.5" /><path d="M12 7v5l3.2 2" /><circle class="dot" cx="12" cy="3.5" r="2.6" /></svg>`;

const head = (title: string, { icon, script, style }: Paths, standsFor: string | undefined): Html =>
  markup`<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>${title}</title><link rel="icon" href="${icon}" type="image/svg+xml"><link rel="stylesheet" href="${style}"><script defer src="${script}"></script>${
    standsFor !== undefined && markup`<noscript><meta http-equiv="refresh" content="1;url=${standsFor}"></noscript>`
  }</head>`;

/** What asks before something is done. It stands outside of the main part, which comes anew while one types. */
const dialog =
  markup`<dialog id="ask" aria-labelledby="ask-title"><form method="dialog"><h2 id="ask-title"></h2><p id="ask-text"></p><label data-field="reason">Why, for the others to read <input name="reason" maxlength="200" autocomplete="off" placeholder="optional"></label><fieldset data-field="missed"><legend>What was missed meanwhile</legend><label class="choice"><input type="radio" name="missed" value="skip" checked> is skipped</label><label class="choice"><input type="radio" name="missed" value="catch-up"> is left to the job's catch-up policy</label></fieldset><label data-field="payload">Payload as JSON <textarea name="payload" rows="4" spellcheck="false" placeholder="none"></textarea></label><p class="wrong" id="ask-wrong" role="alert"></p><div class="row end"><button type="button" class="quiet" id="ask-no">Leave it</button><button type="submit" id="ask-yes">Do it</button></div></form></dialog>`;

/** A whole page. */
export const frame = (framed: Framed): Html => {
  const { canAct, content, mark, now, paths, refreshMs, sourceUrl, standsFor, title, visitor } = framed;
  const way = ([path, name]: readonly [string, string]): Html =>
    markup`<a href="${paths.base}${path}" ${
      name === content.tab ? markup`aria-current="page"` : undefined
    }>${name}</a>`;
  return markup`<html lang="en">${
    head(`${content.title} · ${title}`, paths, standsFor)
  }<body data-base="${paths.base}" data-refresh="${refreshMs}" data-now="${now}"><a class="skip" href="#main">To the content</a><header class="top"><div class="wide"><a class="home" href="${paths.base}/">${brand}<span>${title}</span></a><nav aria-label="Pages">${
    tabs.map(way)
  }</nav><div class="status">${
    standsFor === undefined
      ? markup`<span id="live" class="live" role="status">live</span>`
      : markup`<span id="live" class="live still" role="status">reading</span>`
  }<span id="clock" class="num"></span></div></div></header><noscript><p class="wide note">Without its script this page shows how things stood when it was loaded, and has no buttons that work.</p></noscript><main id="main" class="wide" tabindex="-1" data-mark="${mark}">${content.main}</main><footer class="wide"><p>Times are UTC; point at one for yours. You are ${visitor.name}, who may ${
    canAct ? "look and act" : "look"
  }.</p><p>ringcron is free software under the AGPL, version 3 or later; its source is yours, too: ${
    sourceUrl === undefined
      ? markup`the package <code>ringcron</code> of npm, <code>@ringcron/ringcron</code> of JSR`
      : markup`<a href="${sourceUrl}" rel="noreferrer">here it is</a>`
  }.</p></footer>${
    canAct && dialog
  }<div id="toast" role="status" aria-live="polite"></div><div id="tip" role="tooltip" hidden></div></body></html>`;
};

/** A page for whoever is not let in, or where nothing of the frame may be counted on: it needs no style, and shows nothing. */
export const bare = (title: string, words: Piece): Html =>
  markup`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title}</title></head><body><main><h1>${title}</h1><p>${words}</p></main></body></html>`;
