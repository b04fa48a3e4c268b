/**
 * One job: in words when it runs and what holds it up, what runs of it, what ran, and what can be done.
 */
import * as NextFire from "../../../src/core/schedule/NextFire.ts";
import type { Explanation, Holdup } from "../../../src/shell/Insight.ts";
import { sparkline } from "../draw/sparkline.ts";
import type { Content } from "../frame.ts";
import { type Html, markup } from "../html.ts";
import type { JobLook } from "../Looks.ts";
import { type JobSeen, type JobTold, runsOf, tookMs } from "../Seen.ts";
import { counted, length } from "../words.ts";
import { button, capital, comingList, empty, fact, historyTable, type Look, runTable, sentence } from "./parts.ts";
import { inWords, stateChip } from "./jobs.ts";

const kinds: Readonly<Partial<Record<Holdup["reason"], string>>> = {
  unreadable: "bad",
  undeclared: "bad",
  unplaced: "bad",
  overdue: "bad",
  new: "",
  finished: "",
  manual: "",
  overlap: "",
  retry: "",
  queue: "",
};

/** What holds it up, then the rest of what is to be said of it: its first sentence stands above, its history below. */
const explained = ({ decisions, holdups, job, words }: Explanation, look: Look): ReadonlyArray<Html> => {
  const held = new Set(holdups.map((it) => it.words));
  const names = [...job.declaredBy, ...job.outdatedAt];
  const said = (text: string): Html => sentence(text, look, names);
  return [
    ...holdups.map(({ reason, words: text }) => {
      const kind = kinds[reason] ?? "warn";
      return kind === "" ? said(text) : markup`<em class="${kind}">${said(text)}</em>`;
    }),
    ...words.slice(1, words.length - decisions.length).filter((text) => !held.has(text)).map(said),
  ];
};

const buttons = ({ name, queued, runs, state }: JobSeen): Html => {
  const held = runs.some((it) => it.state === "running" || it.state === "waiting" || it.state === "over");
  const body = { job: name };
  return markup`<div class="row actions">${
    button({
      action: "trigger",
      word: "Run now",
      ask: `Run ${name} now?`,
      means: "It runs once, on one node, in its turn, even while it is paused.",
      body,
      fields: "payload",
      kind: "main",
    })
  }${
    state === "paused"
      ? button({
        action: "resume",
        word: "Resume",
        ask: `Let ${name} go on?`,
        means: "It runs by its schedule again.",
        body,
        fields: "missed",
      })
      : button({
        action: "pause",
        word: "Pause",
        ask: `Pause ${name}?`,
        means: "Nothing new of it starts on any node. What runs goes on to its end.",
        body,
        fields: "reason",
      })
  }${
    held && button({
      action: "cancel",
      word: "Cancel what runs",
      ask: `Cancel all runs of ${name}?`,
      means:
        "Their signals abort as soon as their nodes hear of it, within some seconds. What waits for its next attempt is over.",
      body,
      kind: "grave",
    })
  }${
    queued > 0 && button({
      action: "cancel-queued",
      word: "Empty the queue",
      ask: `Give up ${counted(queued, "queued fire")} of ${name}?`,
      means: "They are not run. What a node has already goes on.",
      body,
      kind: "grave",
    })
  }</div>`;
};

const comingOf = ({ expression, nextDueAt, state }: JobTold, now: number): ReadonlyArray<number> => {
  if (state === "paused" || state === "undeclared") return [];
  if (expression !== undefined) return NextFire.nextMany(expression, now, 5);
  return nextDueAt === undefined || nextDueAt < now ? [] : [nextDueAt];
};

/** The page. */
export const job = ({ explained: why, hasMore, lines }: JobLook, look: Look): Content => {
  const { job: found } = why;
  const { name, runs, schedule, timeZone } = found;
  const ran = runsOf(lines);
  const good = ran.filter(({ outcome }) => outcome === "succeeded");
  const usual = [...good].map(tookMs).sort((a, b) => a - b)[good.length >> 1];
  const coming = comingOf(found, look.now);
  const main =
    markup`<p class="crumbs"><a href="${look.base}/jobs">Jobs</a></p><div class="row head"><h1><span class="name">${name}</span> ${
      stateChip(found)
    }</h1>${
      look.canAct &&
      buttons(found)
    }</div><section class="card">${
      schedule !== undefined && markup`<p class="verdict">${capital(inWords(found))}.</p>`
    }${
      explained(why, look).map((
        it,
      ) => markup`<p>${it}</p>`)
    }<dl class="facts">${
      schedule !== undefined &&
      fact("Schedule", markup`<code>${schedule}</code>`)
    }${
      timeZone !== undefined &&
      fact("Time zone", timeZone)
    }${
      usual !== undefined &&
      fact("Usually takes", length(usual))
    }${
      ran.length > 0 &&
      fact("Kept runs", `${good.length} of ${ran.length} succeeded`)
    }</dl></section><div class="two"><section class="card"><h2>How long the last runs took</h2>${
      sparkline(ran, look.now, 48, 72) ??
        empty("No run yet", "What ran shows here, as long as the history keeps it.")
    }</section><section class="card"><h2>Next</h2>${
      coming.length === 0
        ? empty(
          "Nothing planned",
          found.state === "paused" ? "It is paused." : "Its schedule has no fire to come, or nobody tells it.",
        )
        : comingList(coming, look)
    }</section></div><section class="card flush"><h2>Running, waiting, queued</h2>${
      runs.length === 0 ? empty("Nothing", "No run of it is under way.") : runTable(runs, false, look)
    }</section><section class="card flush"><div class="row"><h2>History</h2>${
      hasMore &&
      markup`<a href="${look.base}/runs?job=${encodeURIComponent(name)}">all that is kept</a>`
    }</div>${
      lines.length === 0
        ? empty("Nothing kept", "The store keeps the last lines of the whole fleet, a thousand and more.")
        : historyTable(lines, false, look)
    }</section>`;
  return { title: name, tab: "Jobs", main };
};
