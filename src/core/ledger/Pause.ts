/**
 * Pauses: of one job, or of all jobs of a service.
 *
 * That all are paused stands in a row of its own. Each record is paused with it, and one that is registered later rests on that row
 * in the same step, so nothing new starts and no claim costs more. A job that was paused by itself stays so when all go on.
 */
import type { Template } from "../words/Exchange.ts";
import type { PauseNote } from "../words/Request.ts";
import { Cursor } from "./Cursor.ts";
import { afterLayout } from "./layout.ts";
import * as Moment from "./Moment.ts";
import type { Open } from "./Moment.ts";
import { noteText, readNote } from "./noteText.ts";
import type { JobRecord } from "./Record.ts";

/** What a record says of its pause. */
export type PauseFacts = Pick<JobRecord, "paused" | "pausedBy" | "pauseReason" | "pausedWithAll">;

const notPaused: PauseFacts = { paused: false, pausedBy: undefined, pauseReason: undefined, pausedWithAll: undefined };

/** The record without its pause. */
export const opened = (record: JobRecord): JobRecord => ({ ...record, ...notPaused });

const isSame = (record: PauseFacts, { by, reason }: PauseNote): boolean =>
  record.pausedBy === by && record.pauseReason === reason;

/** The pause of a record that is registered, if all are paused. */
export const pausedWithAll = (note: PauseNote | undefined): PauseFacts =>
  note === undefined ? notPaused : { paused: true, pausedBy: note.by, pauseReason: note.reason, pausedWithAll: true };

/** Pauses a job by itself; of one that is paused, what is said replaces what was said before. The same record if nothing changes. */
export const pause = (record: JobRecord, note: PauseNote): JobRecord => {
  const { by, reason } = note;
  const isSaid = by !== undefined || reason !== undefined;
  const isKept = record.paused && record.pausedWithAll !== true && (!isSaid || isSame(record, note));
  if (isKept) return record;
  return { ...record, paused: true, pausedBy: by, pauseReason: reason, pausedWithAll: undefined };
};

/** Pauses a job with all others, unless it is paused by itself. The same record if nothing changes. */
export const pauseWithAll = (record: JobRecord, note: PauseNote): JobRecord =>
  record.paused && (record.pausedWithAll !== true || isSame(record, note))
    ? record
    : { ...record, ...pausedWithAll(note) };

/** Whether all jobs are paused, and since which of the numbers that grow each time that this changes (R58). */
export interface AllPaused<N = number> {
  /** Higher than that of every text before: so none of these comes back. */
  readonly token: N;
  /** What was said of the pause; undefined: all go on. */
  readonly note: PauseNote | undefined;
}

/** Writes it: `layout|token|`, then `p` and what was said of it, or `o`. */
export const allPausedText = ({ note, token }: AllPaused<Open>, layout: number): Template =>
  `${layout}|${Moment.text(token)}|${note === undefined ? "o" : `p|${noteText(note)}`}`;

const unknown: AllPaused = { token: 0, note: {} };

/** Reads it. While nobody can, all are paused, and nobody knows why. */
export const readAllPaused = (text: string): AllPaused => {
  const start = afterLayout(text);
  if (typeof start === "string") return unknown;
  const cursor = new Cursor(text, start);
  const token = cursor.whole("|");
  const isPaused = cursor.passes("p");
  if (!cursor.passes(isPaused ? "|" : "o")) return unknown;
  const note = isPaused ? readNote(cursor) : undefined;
  return cursor.isAtEnd() ? { token, note } : unknown;
};

/** Whether two say the same of what is paused, whenever it was said. */
export const saysSame = ({ note: one }: AllPaused, other: PauseNote | undefined): boolean =>
  one?.by === other?.by && one?.reason === other?.reason && (one === undefined) === (other === undefined);
