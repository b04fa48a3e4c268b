/**
 * The first page: who is there, what each owns, and whether anything needs somebody.
 */
import { hues, ring } from "../draw/ring.ts";
import { hours, isToCome } from "../draw/hours.ts";
import type { Content } from "../frame.ts";
import { type Html, markup } from "../html.ts";
import { isWrong, type JobSeen, type JobTold, type MemberSeen, type Seen, tally } from "../Seen.ts";
import { away, counted, grouped, length } from "../words.ts";
import { button, chip, empty, historyTable, type Look } from "./parts.ts";

/** What is shown of the members at most: one that has more nodes is read, not looked at. */
const mostMembers = 60;

const stateOf = ({ isLate, state }: MemberSeen): Html =>
  isLate ? chip("late", "late") : state === "leaving" ? chip("leaving", "paused") : chip("here", "open");

const memberRow = (member: MemberSeen, at: number, jobs: number, look: Look): Html => {
  const { isLate, jobs: declared, leaseEndsAt, name, nextBeatAt, owned, state, weight } = member;
  const share = jobs === 0 ? 0 : owned / jobs * 100;
  const heard = isLate
    ? markup`not heard of; a member until ${away(leaseEndsAt, look.now)}`
    : markup`next heard of by ${away(nextBeatAt, look.now)}`;
  const drain = look.canAct && state === "active" && button({
    action: "drain",
    word: "Drain",
    ask: `Drain ${name}?`,
    means: "It claims nothing new, hands over what it owns, lets its handlers end, and leaves. Its process goes on.",
    body: { node: name },
    fields: "reason",
  });
  return markup`<li class="member"><span class="dot h${
    at % hues
  }"></span><div class="who"><b class="name">${name}</b> ${
    stateOf(
      member,
    )
  }<span class="dim">${heard}</span></div><div class="share"><svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="rail" width="100" height="4"/><rect class="fill h${
    at %
    hues
  }" width="${share.toFixed(1)}" height="4"/></svg><span>owns <b>${
    grouped(
      owned,
    )
  }</b> <span class="dim">of ${counted(declared.size, "job")} it declares${
    weight !== 1 &&
    `, weight ${weight}`
  }</span></span></div>${drain}</li>`;
};

const tile = (count: number, word: string, kind: string, href?: string): Html => {
  const inner = markup`<b class="num">${grouped(count)}</b><span>${word}</span>`;
  const classes = `tile${count > 0 ? ` t-${kind}` : ""}`;
  return href === undefined
    ? markup`<div class="${classes}">${inner}</div>`
    : markup`<a class="${classes}" href="${href}">${inner}</a>`;
};

/** Clocks that are this far apart are worth a word; less may be the way of the answer. Milliseconds. */
const apartMs = 2_000;

const clockWords = ({ clockMs, members }: Seen): string =>
  members.length === 0 || Math.abs(clockMs) < apartMs
    ? ""
    : `; the store's clock is ${length(Math.abs(clockMs))} ${clockMs > 0 ? "ahead of" : "behind"} this host's`;

/** In one sentence how it is. */
const verdict = ({ jobs, members }: Seen, late: number, overdue: number, orphaned: number): Html => {
  if (members.length === 0 && jobs.length === 0) return markup`Nobody is here yet.`;
  if (members.length === 0) return markup`<em class="bad">No node is here.</em> Nothing runs until one comes.`;
  const wrong = [
    late > 0 ? `${counted(late, "node")} ${late === 1 ? "has" : "have"} not been heard of in time` : "",
    overdue > 0 ? `${counted(overdue, "job")} ${overdue === 1 ? "is" : "are"} overdue` : "",
    orphaned > 0 ? `${counted(orphaned, "run")} lost ${orphaned === 1 ? "its" : "their"} node` : "",
  ].filter(Boolean);
  return wrong.length === 0
    ? markup`<em class="good">All is well.</em>`
    : markup`<em class="bad">${wrong.join("; ")}.</em>`;
};

/** Of so many jobs all fires of the next hour are drawn; of the others, the next one. */
const mostWalked = 300;

/** Those whose fires come first. */
export const soonest = ({ jobs, now }: Seen): ReadonlyArray<JobSeen> =>
  jobs.filter((it) => isToCome(it, now)).sort((a, b) => (a.nextDueAt ?? 0) - (b.nextDueAt ?? 0)).slice(0, mostWalked);

/** The page. `soon` are those jobs whose fires come first, with what they are. */
export const fleet = (seen: Seen, soon: ReadonlyArray<JobTold>, look: Look): Content => {
  const { jobs, lines, members } = seen;
  const count = tally(seen);
  const owned = members.reduce((sum, it) => sum + it.owned, 0);
  const arcs = members.map((it, hue) => ({
    label: `${it.name} owns ${counted(it.owned, "job")}${it.isLate ? " and is late" : ""}`,
    size: owned === 0 ? 1 : it.owned,
    hue,
    isFaint: it.isLate || it.state === "leaving",
  }));
  const trouble = lines.filter(isWrong).slice(0, 6);
  const path = (it: string): string => `${look.base}${it}`;
  const main = markup`<h1 class="sr">Fleet</h1><section class="hero card" aria-label="Members">${
    ring(
      arcs,
      grouped(members.length),
      members.length === 1 ? "node" : "nodes",
    )
  }<div class="grow"><p class="verdict">${
    verdict(
      seen,
      members.filter((it) => it.isLate).length,
      count.overdue,
      count.orphaned,
    )
  } <span class="dim">${counted(members.length, "node")}, ${
    counted(
      jobs.length,
      "job",
    )
  }${clockWords(seen)}.</span></p>${
    members.length === 0
      ? empty("No members", "A process that calls start() with this service and store appears here within a second.")
      : markup`<ul class="members">${
        members.slice(0, mostMembers).map((it, at) => memberRow(it, at, owned, look))
      }</ul>${members.length > mostMembers && markup`<p class="dim">and ${members.length - mostMembers} more</p>`}`
  }</div></section><section class="tiles" aria-label="Now">${tile(count.running, "running", "running", path("/runs"))}${
    tile(
      count.waiting + count.queued,
      "waiting or queued",
      "waiting",
      path("/runs"),
    )
  }${tile(count.paused, "paused", "paused", path("/jobs?state=paused"))}${
    tile(
      count.overdue,
      "overdue",
      "failed",
      path("/jobs?state=overdue"),
    )
  }${tile(count.succeeded, "succeeded this hour", "succeeded", path("/runs?outcome=succeeded"))}${
    tile(
      count.failed,
      "went wrong this hour",
      "failed",
      path("/runs?outcome=failed"),
    )
  }</section><section class="card"><div class="row"><h2>Two hours</h2><a href="${
    path("/timeline")
  }">job by job</a></div>${
    hours(
      seen,
      soon,
    )
  }</section><section class="card flush"><h2>What went wrong lately</h2>${
    trouble.length === 0
      ? empty("Nothing", "No run that the history still has failed, timed out or got lost.")
      : historyTable(trouble, true, look)
  }</section>${
    look.canAct &&
    markup`<section class="card row"><p>For a release or an outage elsewhere: nothing new starts anywhere until it is over.</p><div class="row">${
      button({
        action: "pause-all",
        word: "Pause all jobs",
        ask: "Pause all jobs of this fleet?",
        means: "Nothing new starts on any node. What runs goes on to its end.",
        body: {},
        fields: "reason",
        kind: "grave",
      })
    }${
      button({
        action: "resume-all",
        word: "Resume all",
        ask: "Let all jobs go on?",
        means: "Those that were paused by themselves stay so.",
        body: {},
        fields: "missed",
      })
    }</div></section>`
  }`;
  return { title: "Fleet", tab: "Fleet", main };
};
