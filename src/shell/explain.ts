/**
 * Why a job stands as it does, in data and in words.
 */
import { othersAmong } from "../core/ring/turn.ts";
import type * as Ownership from "../core/ring/Ownership.ts";
import { absurdMs } from "../core/ledger/JobRecord.ts";
import { instantText } from "../core/schedule/format.ts";
import type { View } from "../core/words/View.ts";
import type { FireLine } from "./fires.ts";
import type { JobInfo } from "./JobInfo.ts";

/** What holds a job up, or is worth knowing of it. */
export interface Holdup {
  /**
   * - `unreadable`: its record cannot be read; `undeclared`: no member declares it; `unplaced`: none that has the labels it needs;
   *   `new`: it is not registered yet; `paused`; `ahead`: all its fires are decided up to more than a day from now, see `rewind`;
   *   `finished`; `manual`: only people start it;
   * - `overlap`: a run is active; `retry`: an attempt waits for its time; `queue`: fires wait for their turn; `overdue`: nobody
   *   decides its fires;
   * - `outdated-here`: this node declares another definition than the one in force, and leaves the job to others; `outdated`: other
   *   nodes do; `policies`: nodes have other policies for it than its owner.
   */
  readonly reason:
    | "unreadable"
    | "undeclared"
    | "unplaced"
    | "new"
    | "paused"
    | "ahead"
    | "finished"
    | "manual"
    | "overlap"
    | "retry"
    | "queue"
    | "overdue"
    | "outdated-here"
    | "outdated"
    | "policies";
  /** The same in a sentence. */
  readonly words: string;
}

/** A member that tries the fires of a job. */
export interface Ranked {
  /** Its configured name. */
  readonly node: string;
  /** Its identity. */
  readonly incarnation: string;
  /** 0 is the owner; rank k tries k times `graceMs` after an owner that has not. */
  readonly rank: number;
}

/** Why a job stands as it does. */
export interface Explanation {
  /** How it stands. */
  readonly job: JobInfo;
  /** Who tries its fires, in the order in which they do. */
  readonly ranks: ReadonlyArray<Ranked>;
  /** What holds it up, the weightiest first; none where its next fire will run when it is due. */
  readonly holdups: ReadonlyArray<Holdup>;
  /** What was decided last, the newest first. */
  readonly decisions: ReadonlyArray<FireLine>;
  /** All of it in sentences, one after the other. The wording may change; nothing reads it back. */
  readonly words: ReadonlyArray<string>;
}

const join = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

const some = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

const span = (ms: number): string => {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120
    ? `${minutes} min`
    : minutes < 2_880
    ? `${Math.round(minutes / 60)} h`
    : `${Math.round(minutes / 1_440)} days`;
};

/** Who tries the fires, in order. */
const ranksOf = (
  { name }: JobInfo,
  view: View,
  { definitions, places }: Ownership.Ownership,
): ReadonlyArray<Ranked> => {
  const place = places.get(name);
  const definition = definitions.get(name);
  if (place === undefined || definition === undefined) return [];
  // The place behind the owner is its successor's, even if there is none.
  const order = [place.owner, place.successor, ...othersAmong(view, place, { name, definition })];
  const ranks = new Map(order.map((incarnation, rank) => [incarnation, rank]));
  return view.members.flatMap(({ incarnation, name: node }): ReadonlyArray<Ranked> => {
    const rank = ranks.get(incarnation);
    return rank === undefined ? [] : [{ node, incarnation, rank }];
  }).sort((a, b) => a.rank - b.rank);
};

const whenActive = {
  skip: "a fire that is due meanwhile is skipped",
  allow: "runs may overlap",
  queue: "the newest fire that is due meanwhile waits for its end",
  "queue-all": "fires that are due meanwhile wait for their turn",
  "cancel-previous": "a fire that is due meanwhile cancels it",
} as const;

const runningText = ({ policies, runs }: JobInfo): string => {
  const active = runs.filter(({ state }) => state !== "waiting" && state !== "queued");
  const [first] = active;
  const where = first?.node === undefined ? "a node that is gone" : first.node;
  const since = first === undefined ? "" : ` since ${instantText(first.since)}`;
  const then = policies === undefined ? "" : `: ${whenActive[policies.overlap]}`;
  return `${some(active.length, "run is", "runs are")} active, on ${where}${since}${then}`;
};

const holdupsOf = (
  info: JobInfo,
  now: number,
  here: string | undefined,
): ReadonlyArray<Holdup> => {
  const { decidedUpTo, expression, name, nextDueAt, outdatedAt, policies, runs, state } = info;
  const found: Array<Holdup> = [];
  const add = (isSo: boolean, reason: Holdup["reason"], words: () => string): void => {
    if (isSo) found.push({ reason, words: words() });
  };
  const isLost = state === "undeclared" ||
    (state === "paused" && !info.isTicked && info.declaredBy.length + outdatedAt.length === 0);
  const needs = policies?.runOn;
  add(
    state === "unreadable",
    "unreadable",
    () => "its record cannot be read: a later release wrote it, or something that is not ringcron; it was left alone",
  );
  add(isLost && needs !== undefined, "unplaced", () => `no member with the labels ${join(needs ?? [])} declares it`);
  add(isLost && needs === undefined, "undeclared", () => "no member declares it, so nobody runs it; remove forgets it");
  add(state === "new", "new", () => "it is declared, and its owner is about to register it");
  add(state === "paused", "paused", () => {
    const { pauseReason, pausedBy, pausedWithAll } = info;
    const by = pausedBy === undefined ? "" : ` by ${pausedBy}`;
    return `it is paused${pausedWithAll ? " with all jobs" : ""}${by}${
      pauseReason === undefined ? "" : `: ${pauseReason}`
    }`;
  });
  add(
    decidedUpTo !== undefined && decidedUpTo > now + absurdMs,
    "ahead",
    () =>
      `all its fires up to ${
        instantText(decidedUpTo ?? 0)
      } are decided, as a clock was wrong once; rewind takes that back`,
  );
  add(info.isFinished, "finished", () => "its schedule has no fire to come, or had as many runs as its limit");
  add(expression?.plan._tag === "Manual", "manual", () => "only people start it");
  add(info.running > 0, "overlap", () => runningText(info));
  add(info.waiting > 0, "retry", () => {
    const at = runs.find(({ state: it }) => it === "waiting")?.notBefore;
    return `an attempt waits${at === undefined ? " for a node" : ` until ${instantText(at)}`}`;
  });
  add(info.queued > 0, "queue", () => `${some(info.queued, "fire waits for its", "fires wait for their")} turn`);
  add(
    info.isOverdue,
    "overdue",
    () => `nobody has decided its fire of ${instantText(nextDueAt ?? 0)}, ${span(now - (nextDueAt ?? now))} ago`,
  );
  const isHere = here !== undefined && outdatedAt.includes(here);
  add(
    isHere,
    "outdated-here",
    () => `this node (${here}) declares another definition of it, and leaves it to the others`,
  );
  const others = outdatedAt.filter((it) => it !== here);
  add(
    others.length > 0,
    "outdated",
    () => `${join(others)} ${others.length === 1 ? "declares" : "declare"} another definition of it`,
  );
  add(
    info.otherPoliciesAt.length > 0,
    "policies",
    () => `${join(info.otherPoliciesAt)} would run ${name} under other policies than ${info.owner ?? "the others"}`,
  );
  return found;
};

const decisionText = (line: FireLine): string => {
  if (line._tag === "Skip") {
    const how = line.count < 0 ? "fires were" : some(line.count, "fire was", "fires were");
    return `${how} skipped (${line.reason}) up to ${instantText(line.lastDueAt)}`;
  }
  const took = line.startedAt === 0 ? "" : ` after ${span(line.endedAt - line.startedAt)}`;
  const where = line.node === undefined ? "" : ` on ${line.node}`;
  return `the fire of ${instantText(line.dueAt)}${where}, attempt ${line.attempt}: ${line.outcome}${took}`;
};

/** Explains a job that was found. */
export const explain = (
  info: JobInfo,
  { decisions, here, now, ownership, view }: {
    readonly decisions: ReadonlyArray<FireLine>;
    /** The name of the node that asks; undefined: a client does. */
    readonly here: string | undefined;
    readonly now: number;
    readonly ownership: Ownership.Ownership;
    readonly view: View;
  },
): Explanation => {
  const { decidedUpTo, declaredBy, definition, name, nextDueAt } = info;
  const ranks = ranksOf(info, view, ownership);
  const holdups = holdupsOf(info, now, here);
  const [owner, ...rest] = ranks;
  const next = nextDueAt === undefined
    ? "no fire is to come"
    : nextDueAt > now
    ? `its next fire is due at ${instantText(nextDueAt)}, in ${span(nextDueAt - now)}`
    : `its next fire was due at ${instantText(nextDueAt)}`;
  const words = [
    `${name}: ${info.words ?? "nobody has told its schedule yet"}${
      info.schedule === undefined ? "" : ` (${info.schedule})`
    }`,
    declaredBy.length === 0
      ? `no member declares it${info.isTicked ? ", ticks run it" : ""}`
      : `${join(declaredBy)} ${declaredBy.length === 1 ? "declares" : "declare"} it` +
        (definition === undefined ? "" : `, definition ${definition}`),
    ...(owner === undefined ? [] : [
      `${owner.node} tries its fires first` +
      (rest.length === 0
        ? ", and nobody after it"
        : `, then ${join(rest.slice(0, 3).map(({ node }) => node))}, a grace later each`),
    ]),
    ...(decidedUpTo === undefined ? [] : [`every fire up to ${instantText(decidedUpTo)} is decided`]),
    ...(info.state === "unreadable" || info.state === "paused" ? [] : [next]),
    ...(holdups.length === 0 ? ["nothing holds it up"] : holdups.map((it) => it.words)),
    ...decisions.map(decisionText),
  ];
  return { job: info, ranks, holdups, decisions, words };
};
