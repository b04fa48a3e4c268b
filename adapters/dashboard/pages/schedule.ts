/**
 * One schedule in the store: in words when it runs and what holds it up, what its handler is given, and what can be done.
 */
import * as NextFire from "../../../src/core/schedule/NextFire.ts";
import { expressionOf } from "../../../src/core/schedule/ofSchedule.ts";
import { explainSchedule } from "../../../src/shell/explainSchedule.ts";
import type { ScheduleHoldup, ScheduleInfo } from "../../../src/shell/Schedules.ts";
import type { MemberSeen } from "../Seen.ts";
import type { Content } from "../frame.ts";
import { type Html, markup } from "../html.ts";
import { ownPolicies } from "../putting.ts";
import { length, moment } from "../words.ts";
import {
  type ActionLine,
  actionWord,
  button,
  capital,
  chip,
  comingList,
  empty,
  fact,
  type Look,
  scheduleWay,
  sentence,
  table,
} from "./parts.ts";
import { scheduleChip, whenOf } from "./schedules.ts";

const kinds: Readonly<Partial<Record<ScheduleHoldup["reason"], string>>> = { active: "", finished: "", overdue: "bad" };

/** What holds it up, then the rest of what is to be said of it; its first sentence is what stands above. */
const explained = (
  it: ScheduleInfo,
  members: Parameters<typeof explainSchedule>[1],
  look: Look,
): ReadonlyArray<Html> => {
  const { holdups, words } = explainSchedule(it, members, look.now);
  const held = new Set(holdups.map((holdup) => holdup.words));
  return [
    ...holdups.map(({ reason, words: text }) => {
      const kind = kinds[reason] ?? "warn";
      return kind === "" ? sentence(text, look) : markup`<em class="${kind}">${sentence(text, look)}</em>`;
    }),
    ...words.slice(1).filter((text) => !held.has(text)).map((text) => sentence(text, look)),
  ];
};

const buttons = ({ enabled, id, paused, version }: ScheduleInfo, look: Look): Html => {
  const body = { id };
  return markup`<div class="row actions">${
    button({
      action: "schedule-trigger",
      word: "Run now",
      ask: `Run ${id} now?`,
      means: "It runs once, on a node with its handler, even while it is paused.",
      body,
      kind: "main",
    })
  }${
    paused && enabled
      ? button({
        action: "schedule-resume",
        word: "Resume",
        ask: `Let ${id} go on?`,
        means: "It runs by its schedule again.",
        body,
        fields: "missed",
      })
      : enabled && button({
        action: "schedule-pause",
        word: "Pause",
        ask: `Pause ${id}?`,
        means: "It starts nothing until it is resumed, whatever is put. What runs goes on to its end.",
        body,
        fields: "reason",
      })
  }<a class="button" href="${scheduleWay(id, look, "/schedules/put")}">Change</a>${
    button({
      action: "schedule-remove",
      word: "Remove",
      ask: `Remove ${id}?`,
      means: "It is forgotten, with its payload. A run that is under way goes on, and its end is not recorded.",
      body: { id, ifVersion: version },
      kind: "grave",
    })
  }</div>`;
};

/** A payload as people read it. */
const payloadOf = ({ payload, payloadError }: ScheduleInfo, look: Look): Html => {
  if (payloadError !== undefined) return empty("Cannot be read here", payloadError);
  if (!look.isOperator) return empty("For operators to see", "What its handler is given may be private.");
  if (payload === undefined) return empty("None", "Its handler is given nothing.");
  return markup`<pre class="payload" tabindex="0" aria-label="Payload">${JSON.stringify(payload, undefined, 2)}</pre>`;
};

const runRow = ({ attempt, dueAt, endedAt, error, outcome, startedAt }: ScheduleInfo["lastRuns"][number], look: Look) =>
  markup`<tr><td>${chip(outcome, outcome)}</td><td class="num">${moment(dueAt, look.now)}</td><td class="num">${
    startedAt === 0 ? "" : length(endedAt - startedAt)
  }</td><td class="dim">${attempt > 1 && `attempt ${attempt}${error === undefined ? "" : ", "}`}${error}</td></tr>`;

const lastRuns = ({ keepRuns, lastRuns: runs }: ScheduleInfo, look: Look): Html =>
  runs.length > 0
    ? table("last runs", ["Outcome", "Due", "Took", "Note"], runs.map((run) => runRow(run, look)))
    : keepRuns === 0
    ? empty("None kept", "It is put so that none of its runs is kept.")
    : empty("No run yet", "What ran shows here.");

/** Who did what with it. */
const actionRows = (done: ReadonlyArray<ActionLine>, look: Look): ReadonlyArray<Html> =>
  done.map((line) =>
    markup`<tr><td>${chip(actionWord(line), "action")}</td><td class="num">${
      moment(line.at, look.now)
    }</td><td>${line.by}</td></tr>`
  );

/** The page. `done` is what people did with it who were named. */
export const schedule = (
  it: ScheduleInfo,
  members: ReadonlyArray<Pick<MemberSeen, "handlers" | "name">>,
  done: ReadonlyArray<ActionLine>,
  look: Look,
): Content => {
  const { endAt, id, paused, policies, startAt, timeZone, version } = it;
  const expression = expressionOf(id, it);
  const coming = paused || expression === undefined || it.nextDueAt === undefined
    ? []
    : NextFire.nextMany(expression, look.now, 5);
  const own = JSON.stringify(ownPolicies(policies));
  const main =
    markup`<p class="crumbs"><a href="${look.base}/schedules">Schedules</a></p><div class="row head"><h1><span class="name">${id}</span> ${
      scheduleChip(it)
    }</h1>${look.canAct && buttons(it, look)}</div><section class="card"><p class="verdict">${
      capital(whenOf(it))
    }.</p>${explained(it, members, look).map((line) => markup`<p>${line}</p>`)}<dl class="facts">${
      fact("Schedule", markup`<code>${it.schedule}</code>`)
    }${fact("Handler", markup`<span class="name">${it.handler}</span>`)}${
      timeZone !== undefined && fact("Time zone", timeZone)
    }${startAt !== undefined && fact("From", moment(startAt, look.now))}${
      endAt !== undefined && fact("Until", moment(endAt, look.now))
    }${own !== "{}" && fact("Policies", markup`<code>${own}</code>`)}${
      fact("Version", `${version}`)
    }</dl></section><div class="two"><section class="card"><h2>Payload</h2>${
      payloadOf(it, look)
    }</section><section class="card"><h2>Next</h2>${
      coming.length === 0
        ? empty("Nothing planned", paused ? "It starts nothing as it stands." : "It has no fire to come.")
        : comingList(coming, look)
    }</section></div><section class="card flush"><h2>Last runs</h2>${lastRuns(it, look)}</section>${
      done.length > 0 &&
      markup`<section class="card flush"><h2>Who did what</h2>${
        table("actions", ["What", "When", "Who"], actionRows(done, look))
      }</section>`
    }`;
  return { title: id, tab: "Schedules", main };
};
