/**
 * One job: in words when it runs and what holds it up, what runs of it, what ran, and what can be done.
 */
import * as NextFire from "../../../src/core/schedule/NextFire.ts";
import { sparkline } from "../draw/sparkline.ts";
import type { Content } from "../frame.ts";
import { type Html, markup } from "../html.ts";
import { type JobSeen, runsOf, type Seen, tookMs } from "../Seen.ts";
import { away, counted, length, listed } from "../words.ts";
import { button, capital, comingList, empty, fact, historyTable, type Look, runTable } from "./parts.ts";
import { inWords, stateChip } from "./jobs.ts";

const mostLines = 50;

/** Sentences, the most important first. */
const explained = (job: JobSeen, nodes: number, look: Look): ReadonlyArray<Html> => {
  const { declaredBy, isOverdue, nextDueAt, outdatedAt, owner, pauseReason, pausedBy, runs, state, successor } = job;
  const said: Array<Html> = [];
  if (state === "unreadable") {
    said.push(
      markup`<em class="bad">Its record in the store cannot be read</em>, so nothing of it runs. Somebody wrote to the store by hand, or a newer version did.`,
    );
  }
  if (state === "paused") {
    said.push(
      markup`<em class="warn">It is paused</em>${pausedBy !== undefined && markup` by <b>${pausedBy}</b>`}${
        pauseReason !== undefined &&
        markup`: “${pauseReason}”`
      }. Nothing new starts until somebody lets it go on; it can be run by hand.`,
    );
  }
  if (isOverdue) {
    said.push(markup`<em class="bad">A fire is due since ${away(nextDueAt, look.now)}</em>, and no node decided it.`);
  }
  if (state === "open" && nextDueAt !== undefined && !isOverdue) {
    said.push(markup`Its next fire is due at ${away(nextDueAt, look.now)}.`);
  }
  if (declaredBy.length === 0 && job.isTicked) {
    said.push(markup`No member declares it; ticks run it.`);
  } else if (declaredBy.length === 0) {
    said.push(
      markup`<em class="warn">No member declares it</em>, so it does not run. A deployment dropped it, or its nodes are gone.`,
    );
  } else {
    said.push(
      markup`${
        declaredBy.length === nodes
          ? markup`All ${counted(nodes, "node")} declare it`
          : markup`<b>${listed(declaredBy)}</b> of ${counted(nodes, "node")} declare${
            declaredBy.length === 1 && "s"
          } it`
      }${owner !== undefined && markup`; <b>${owner}</b> tries its fires first`}${
        successor !== undefined && markup`, <b>${successor}</b> if that one is late`
      }.`,
    );
  }
  if (outdatedAt.length > 0) {
    said.push(markup`<em class="warn">${listed(outdatedAt)} declare${
      outdatedAt.length === 1 &&
      "s"
    } it otherwise</em>, and leave${
      outdatedAt.length === 1 &&
      "s"
    } it alone: a deployment is under way, or was left half done.`);
  }
  const held = runs.filter((it) => it.state === "running" || it.state === "over").length;
  if (state === "new") said.push(markup`The store does not know it yet; it will once its owner has looked at it.`);
  if (held > 0 && state === "open") {
    said.push(markup`${counted(held, "run")} of it ${held === 1 ? "has" : "have"} not ended.`);
  }
  return said;
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

const comingOf = ({ expression, nextDueAt, state }: JobSeen, now: number): ReadonlyArray<number> => {
  if (state === "paused" || state === "undeclared") return [];
  if (expression !== undefined) return NextFire.nextMany(expression, now, 5);
  return nextDueAt === undefined || nextDueAt < now ? [] : [nextDueAt];
};

/** The page. */
export const job = (found: JobSeen, seen: Seen, look: Look): Content => {
  const { name, runs, schedule, timeZone } = found;
  const ran = runsOf(seen.lines);
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
      explained(found, seen.members.length, look).map((
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
      seen.lines.length > mostLines &&
      markup`<a href="${look.base}/runs?job=${encodeURIComponent(name)}">all that is kept</a>`
    }</div>${
      seen.lines.length === 0
        ? empty("Nothing kept", "The store keeps the last lines of the whole fleet, a thousand and more.")
        : historyTable(seen.lines.slice(0, mostLines), false, look)
    }</section>`;
  return { title: name, tab: "Jobs", main };
};
