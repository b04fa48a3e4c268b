/**
 * Pauses: of one job, or of all jobs of a service.
 *
 * That all are paused stands in a row of its own. Each record is paused with it, and one that is registered later rests on that row
 * in the same step, so nothing new starts and no claim costs more. A job that was paused by itself stays so when all go on.
 */
import type { PauseNote } from "../words/Request.ts";
import { Cursor } from "./Cursor.ts";
import { afterLayout } from "./layout.ts";
import { noteText, readNote } from "./noteText.ts";
import type { JobRecord } from "./Record.ts";

/** What a record says of its pause. */
export type PauseFacts = Pick<JobRecord, "paused" | "pausedBy" | "pauseReason" | "pausedWithAll">;

const open: PauseFacts = { paused: false, pausedBy: undefined, pauseReason: undefined, pausedWithAll: undefined };

/** The record without its pause. */
export const opened = (record: JobRecord): JobRecord => ({ ...record, ...open });

const isSame = (record: PauseFacts, { by, reason }: PauseNote): boolean =>
  record.pausedBy === by && record.pauseReason === reason;

/** The pause of a record that is registered, if all are paused. */
export const pausedWithAll = (note: PauseNote | undefined): PauseFacts =>
  note === undefined ? open : { paused: true, pausedBy: note.by, pauseReason: note.reason, pausedWithAll: true };

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

/** What was said of the pause of all jobs, as text: `layout|` and facts as in a record. */
export const allPausedText = (note: PauseNote, layout: number): string => `${layout}|${noteText(note)}`;

/** Reads it. While nobody can, all are paused, and nobody knows why. */
export const readAllPaused = (text: string): PauseNote => {
  const start = afterLayout(text);
  if (typeof start === "string") return {};
  const cursor = new Cursor(text, start);
  const note = readNote(cursor);
  return cursor.isAtEnd() ? note : {};
};
