/**
 * Which rows a service has, and what their texts are read as.
 */
import * as Asked from "../ledger/Asked.ts";
import { decode, encode } from "../ledger/packed.ts";
import type { JobRecord } from "../ledger/JobRecord.ts";
import * as Moment from "../ledger/Moment.ts";
import type { Open } from "../ledger/Moment.ts";
import { readAllPaused } from "../ledger/Pause.ts";
import { layouts } from "../ledger/layout.ts";
import { readRecord, recordText, resolvedAt } from "../ledger/recordText.ts";
import { type Found, lasting, shelved, type Template } from "../words/Exchange.ts";
import { partsOf, shelfOf } from "../words/Schedules.ts";
import type { PauseNote } from "../words/Request.ts";
import { unreadable } from "./Operation.ts";

/** The row of the record of a job, or of a schedule in the store by its name. */
export const jobKey = (job: string): string => {
  const parts = partsOf(job);
  return parts === undefined ? `j:${encode(job)}` : scheduleKey(parts.id);
};

/** The row of a schedule's record. */
export const scheduleKey = (id: string): string => `${shelved}${encode(id)}`;

/** The schedule whose record a row is; undefined if it is none. */
export const scheduleIdOf = (key: string): string | undefined =>
  key.startsWith(shelved) ? decode(key.slice(shelved.length)) : undefined;

/** The row that says what a schedule is. */
export const scheduleDefinitionKey = (id: string): string => `${lasting}d:${encode(id)}`;

/** The row of what its handler is given. */
export const schedulePayloadKey = (id: string): string => `${lasting}p:${encode(id)}`;

/** The row of the keys that it was started under lately. */
export const scheduleAskedKey = (id: string): string => `${lasting}k:${encode(id)}`;

/** What a store calls a shelf. */
export const shelfKey = (shelf: string): string => {
  const [handler = "", partition = ""] = shelf.slice(1).split("#");
  return `h:${encode(handler)}:${partition}`;
};

/** The same backwards, also of what stands for all shelves of a handler, whose partition is empty; undefined of any other text. */
export const shelfIn = (key: string): string | undefined => {
  const [kind, name = "", partition, ...rest] = key.split(":");
  const handler = kind === "h" && partition !== undefined && rest.length === 0 ? decode(name) : undefined;
  return handler === undefined ? undefined : `~${handler}#${partition}`;
};

/** What stands for all shelves of the handler of one; undefined of any text that is no shelf. */
export const handlerHint = (key: string): string | undefined =>
  key.startsWith("h:") ? key.slice(0, key.indexOf(":", 2) + 1) : undefined;

/** Where a job waits that is a schedule in the store; undefined of any other. */
export const shelfOfJob = (job: string): string | undefined => {
  const parts = partsOf(job);
  return parts === undefined ? undefined : shelfKey(shelfOf(parts));
};

/** One of the rows that hold the keys under which people asked for fires of a job. */
export const askedKey = (job: string, shard: number): string => `k:${encode(job)}:${shard}`;

/** The row of what a fire was asked with. */
export const payloadKey = (job: string, dueAt: number): string => `p:${encode(job)}:${dueAt}`;

/** The row of what has become of a fire. */
export const resultKey = (job: string, slot: number): string => `r:${encode(job)}:${slot}`;

/** The number of a row of results; undefined if it is none. */
export const resultSlotOf = (key: string): number | undefined => {
  const [kind, , slot] = key.split(":");
  return kind === "r" && slot !== undefined ? Number(slot) : undefined;
};

/** The row of what a job is. */
export const definitionKey = (job: string): string => `f:${encode(job)}`;

/** The job whose definitions a row has; undefined if it is none such. */
export const definedBy = (key: string): string | undefined => key.startsWith("f:") ? decode(key.slice(2)) : undefined;

/** The row of a piece of what members declare. */
export const pieceKey = (piece: string): string => `e:${piece}`;

/** The row that says of which declarations pieces are kept. */
export const keptKey = "s:declared";

/** The row that says of which declarations all definitions are told. */
export const toldKey = "s:told";

/** What those hear who wait for results of a job. */
export const resultHint = (job: string): string => `r:${encode(job)}`;

/** The same of several jobs. */
export const anyResultHint = "r:";

/** Whose results a hint is about: a job's, or an empty text for any; undefined if it is about none. */
export const resultsOf = (hint: string): string | undefined =>
  hint === anyResultHint ? "" : hint.startsWith("r:") ? decode(hint.slice(2)) : undefined;

/** The row that says whether all jobs are paused, once they have been. */
export const allPausedKey = "s:paused";

/** The row that asks a member to leave. */
export const drainKey = (incarnation: string): string => `d:${encode(incarnation)}`;

/** The member that a row asks to leave; undefined if it is none such. */
export const drainedBy = (key: string): string | undefined => key.startsWith("d:") ? decode(key.slice(2)) : undefined;

/** Whether a row is about the fleet and not about a job. */
export const isOfFleet = (key: string): boolean => key === allPausedKey || drainedBy(key) !== undefined;

/** What is said of a pause of all jobs; undefined while there is none. */
export const allPausedIn = (row: Seen | undefined): PauseNote | undefined => row && readAllPaused(row.text).note;

/** The keys that a row remembers. `what` it is called where it cannot be read. */
export const askedIn = (row: Seen | undefined, what: string): Asked.Shelf => {
  const shelf = row === undefined ? [] : Asked.readShelf(row.text);
  if (typeof shelf === "string") throw unreadable(what, shelf);
  return shelf;
};

/** The job whose record a row is; undefined if it is none. */
export const jobOf = (key: string): string | undefined => key.startsWith("j:") ? decode(key.slice(2)) : undefined;

/** What was seen under a key. A text is read once: what it is read as is kept beside it. */
export interface Seen extends Found {
  record: JobRecord | "newer" | "corrupt" | undefined;
}

/** A text that nobody has read yet. */
export const seen = (text: string, version: string): Seen => ({ text, version, record: undefined });

/** A record whose text was put in the newest layout. The text is written anew when somebody asks for it, which is seldom. */
class Written implements Seen {
  readonly version: string;
  readonly record: JobRecord;

  constructor(version: string, record: JobRecord) {
    this.version = version;
    this.record = record;
  }

  get text(): string {
    return recordText(this.record, layouts.newest);
  }
}

/** A text that was put at an instant of the store's clock, and the record that it was written of, if it was. */
export const seenPut = (put: Template, version: string, at: number, record: JobRecord<Open> | undefined): Seen =>
  record === undefined ? seen(Moment.resolve(put, at), version) : new Written(version, resolvedAt(record, at));

/** The record that was seen; undefined if there is none. Always that of the text, whatever was meant when it was put. */
export const recordIn = (row: Seen | undefined): JobRecord | "newer" | "corrupt" | undefined => {
  if (row === undefined) return undefined;
  row.record ??= readRecord(row.text);
  return row.record;
};
