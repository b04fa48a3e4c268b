/**
 * The record of a job as text: `layout|watermark|since|lastFence|paused|definition|deployment|claimId|nextDueAt|runs|queue`,
 * and `|facts` behind it where there are any: a letter and a value each, `a` paused with all, `b` by whom, `j` when the next fire
 * starts that jitter moves, `n` how many runs were counted, `q` which fires wait for the run before them, `r` why it is paused, `s`
 * the row of the next result, `u` until when fires were in the way of runs in doubt.
 *
 * Reading is strict: what is not exactly of the expected shape is not ours. Names are escaped, so no text holds a separator
 * or the sign of an open number.
 */
import { Cursor, type Mutable } from "./Cursor.ts";
import { encode } from "./packed.ts";
import type { RunKind } from "../words/Fire.ts";
import { afterLayout } from "./layout.ts";
import { copied } from "./Record.ts";
import type { JobRecord, Queued, StoredRun } from "./Record.ts";
import * as Moment from "./Moment.ts";
import * as Past from "./Past.ts";
import type { Open } from "./Moment.ts";

const kinds: ReadonlySet<string> = new Set<RunKind>(["due", "late", "manual", "backfill", "rerun", "retry"]);

const optional = (value: number | undefined): string => value === undefined ? "" : Moment.text(value);

const name = (claimId: string | undefined): string => claimId === undefined ? "" : encode(claimId);

const runText = (run: StoredRun<Open>): string => {
  const { attempt, cancelAt, claimId, dueAt, fence, heldUntil, kind, notBefore, payload, previousError } = run;
  const { resultSlot, retries, startsAt } = run;
  let text = `${Moment.text(dueAt)},${Moment.text(attempt)},${kind},${Moment.text(fence)},${name(claimId)}`;
  if (heldUntil !== undefined) text += `,${Moment.text(heldUntil)}`;
  if (cancelAt !== undefined) text += `,c${Moment.text(cancelAt)}`;
  if (previousError !== undefined) text += `,e${encode(previousError)}`;
  if (startsAt !== undefined) text += `,j${Moment.text(startsAt)}`;
  if (payload === true) text += ",p";
  if (retries !== undefined) text += `,r${Moment.text(retries)}`;
  if (resultSlot !== undefined) text += `,s${Moment.text(resultSlot)}`;
  return notBefore === undefined ? text : `${text},w${Moment.text(notBefore)}`;
};

const queuedText = ({ dueAt, kind, payload, queuedAt, resultSlot }: Queued): string => {
  const text = `${Moment.text(dueAt)},${kind[0]},${Moment.text(queuedAt)}${payload === true ? ",p" : ""}`;
  return resultSlot === undefined ? text : `${text},s${Moment.text(resultSlot)}`;
};

/** What is seldom there stands only where it is, in the order of the letters. */
const factsText = (record: JobRecord<Open>): string => {
  const { busyUntil, counted, nextSlot, nextStartsAt, past, pauseReason, pausedBy, pausedWithAll, waiting } = record;
  const facts: Array<string> = [];
  if (pausedWithAll === true) facts.push("a");
  if (pausedBy !== undefined) facts.push(`b${encode(pausedBy)}`);
  if (past !== undefined) facts.push(`h${Past.text(past)}`);
  if (nextStartsAt !== undefined) facts.push(`j${Moment.text(nextStartsAt)}`);
  if (counted !== undefined) facts.push(`n${Moment.text(counted)}`);
  if (waiting !== undefined) facts.push(`q${waiting.map(Moment.text).join(".")}`);
  if (pauseReason !== undefined) facts.push(`r${encode(pauseReason)}`);
  if (nextSlot !== undefined) facts.push(`s${Moment.text(nextSlot)}`);
  if (busyUntil !== undefined) facts.push(`u${Moment.text(busyUntil)}`);
  return facts.length === 0 ? "" : `|${facts.join(",")}`;
};

/** Writes a record in a layout; numbers that are open stand as `@least+plus@`. Cost: linear in its runs and its queue. */
export const recordText = (record: JobRecord<Open>, layout: number): string => {
  const { active, claimId, definition, deployment, lastFence, nextDueAt, paused, queue, since, toldBy, watermark } =
    record;
  const told = toldBy === undefined ? "" : `,${encode(toldBy)}`;
  const flag = paused ? 1 : 0;
  return `${layout}|${Moment.text(watermark)}|${Moment.text(since)}${told}|${Moment.text(lastFence)}|${flag}|` +
    `${encode(definition)}|${Moment.text(deployment)}|${name(claimId)}|${optional(nextDueAt)}|` +
    `${active.map(runText).join(";")}|${queue.map(queuedText).join(";")}${factsText(record)}`;
};

const isResolved = (record: JobRecord<Open>): record is JobRecord =>
  typeof record.watermark === "number" && typeof record.since === "number" && typeof record.lastFence === "number" &&
  record.active.every(({ fence }) => typeof fence === "number") && Past.isResolved(record.past);

/**
 * What the text of a record is read as once a store has resolved it at an instant of its clock: whoever wrote it need not read it.
 * Only of the newest layout, as an earlier one may say less.
 */
export const resolvedAt = (record: JobRecord<Open>, now: number): JobRecord =>
  isResolved(record) ? record : resolved(record, now);

const resolved = (record: JobRecord<Open>, now: number): JobRecord => {
  const told = copied(record);
  told.watermark = Moment.at(record.watermark, now);
  told.since = Moment.at(record.since, now);
  told.lastFence = Moment.at(record.lastFence, now);
  told.active = record.active.map((run) => ({ ...run, fence: Moment.at(run.fence, now) }));
  told.past = Past.resolvedAt(record.past, now);
  return told as JobRecord;
};

const readRun = (cursor: Cursor): StoredRun => {
  const dueAt = cursor.whole(",");
  const attempt = cursor.whole(",");
  const kind = cursor.part(",");
  const fence = cursor.whole(",");
  const claimId = cursor.name("");
  if (!kinds.has(kind)) cursor.refuse();
  const run: StoredRun = { dueAt, attempt, kind: kind as RunKind, fence, claimId, heldUntil: undefined };
  return cursor.passes(",") ? withParts(cursor, run) : run;
};

/** A fact that is there says something. */
const nameIn = (cursor: Cursor): string => {
  const text = cursor.name("");
  if (text === undefined) cursor.refuse();
  return text ?? "";
};

/** What most runs have none of. */
const withParts = (cursor: Cursor, run: StoredRun): StoredRun => {
  const parts: Mutable<StoredRun> = { ...run };
  if (cursor.isAtNumber()) {
    parts.heldUntil = cursor.whole("");
    if (!cursor.passes(",")) return parts;
  }
  cursor.facts({
    c: () => void (parts.cancelAt = cursor.whole("")),
    e: () => void (parts.previousError = nameIn(cursor)),
    j: () => void (parts.startsAt = cursor.whole("")),
    p: () => void (parts.payload = true),
    r: () => void (parts.retries = cursor.whole("")),
    s: () => void (parts.resultSlot = cursor.whole("")),
    w: () => void (parts.notBefore = cursor.whole("")),
  });
  return parts;
};

const readQueued = (cursor: Cursor): Queued => {
  const dueAt = cursor.whole(",");
  const kind = cursor.part(",");
  const queuedAt = cursor.whole("");
  if (kind !== "m" && kind !== "b") cursor.refuse();
  const queued: Mutable<Queued> = { dueAt, kind: kind === "m" ? "manual" : "backfill", queuedAt };
  if (cursor.passes(",")) {
    cursor.facts({
      p: () => void (queued.payload = true),
      s: () => void (queued.resultSlot = cursor.whole("")),
    });
  }
  return queued;
};

/** A list without an end of its own: a comma or the end of the text comes behind. */
const readWaiting = (cursor: Cursor): ReadonlyArray<number> => {
  const waiting: Array<number> = [];
  do waiting.push(cursor.whole("")); while (cursor.passes("."));
  return waiting;
};

const readPast = (cursor: Cursor): Past.Past | undefined => {
  const past = Past.read(cursor.part(""));
  if (past === undefined) cursor.refuse();
  return past;
};

type Facts = Pick<
  JobRecord,
  | "past"
  | "busyUntil"
  | "pausedBy"
  | "counted"
  | "nextSlot"
  | "nextStartsAt"
  | "pauseReason"
  | "pausedWithAll"
  | "waiting"
>;

const readFacts = (cursor: Cursor): Facts => {
  const facts: Mutable<Facts> = {};
  cursor.facts({
    a: () => void (facts.pausedWithAll = true),
    b: () => void (facts.pausedBy = nameIn(cursor)),
    h: () => void (facts.past = readPast(cursor)),
    j: () => void (facts.nextStartsAt = cursor.whole("")),
    n: () => void (facts.counted = cursor.whole("")),
    q: () => void (facts.waiting = readWaiting(cursor)),
    r: () => void (facts.pauseReason = nameIn(cursor)),
    s: () => void (facts.nextSlot = cursor.whole("")),
    u: () => void (facts.busyUntil = cursor.whole("")),
  });
  return facts;
};

const none: Facts = {};

/** Reads a record; `newer` if it is of a later layout, `corrupt` if it is none. Cost: linear in its length. */
export const readRecord = (text: string): JobRecord | "newer" | "corrupt" => {
  const start = afterLayout(text);
  if (typeof start === "string") return start;
  const cursor = new Cursor(text, start);
  const watermark = cursor.whole("|");
  const since = cursor.whole("");
  const isTold = cursor.passes(",");
  const toldBy = isTold ? cursor.name("|") : undefined;
  if (isTold ? toldBy === undefined : !cursor.passes("|")) cursor.refuse();
  const lastFence = cursor.whole("|");
  const flag = cursor.part("|");
  const definition = cursor.name("|");
  const deployment = cursor.whole("|");
  const claimId = cursor.name("|");
  const nextDueAt = cursor.optional("|");
  const active = cursor.list("|", readRun);
  const queue = cursor.list("", readQueued);
  const facts = cursor.passes("|") ? readFacts(cursor) : none;
  if (!cursor.isAtEnd() || definition === undefined || (flag !== "0" && flag !== "1")) return "corrupt";
  const paused = flag === "1";
  const { busyUntil, counted, nextSlot, nextStartsAt, past, pauseReason, pausedBy, pausedWithAll, waiting } = facts;
  return {
    watermark,
    since,
    toldBy,
    lastFence,
    paused,
    pausedBy,
    pauseReason,
    pausedWithAll,
    definition,
    deployment,
    claimId,
    nextDueAt,
    nextStartsAt,
    counted,
    active,
    queue,
    busyUntil,
    nextSlot,
    waiting,
    past,
  };
};
