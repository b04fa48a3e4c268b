/**
 * The records of jobs as they lie in the simulated store.
 */
import { jobKey, jobOf } from "../../core/engine/rows.ts";
import type { JobRecord } from "../../core/ledger/JobRecord.ts";
import { readRecord } from "../../core/ledger/recordText.ts";
import { leaseOf } from "../../core/ledger/lease.ts";
import * as reference from "../../core/ledger/reference-store.ts";
import type { Service } from "../../core/ledger/reference-store.ts";

/** Where the records lie, and which of them is damaged. */
export interface Shelf {
  readonly now: number;
  readonly service: Service;
  /** The job whose record nobody can read at the moment; empty if all can be read. */
  damaged: string;
  /** The job whose record was mended last, and when. */
  mended: { readonly job: string; readonly at: number };
}

/** What stands in front of a text that nobody can read for a while. */
const damage = "damaged ";

const whole = (text: string): string => text.startsWith(damage) ? text.slice(damage.length) : text;

/** What was last read under a key: most records are looked at again before they change. */
interface Reading {
  readonly text: string;
  readonly record: JobRecord | undefined;
}

const readings = new WeakMap<Shelf, Map<string, Reading>>();

/** The record under a key, even if its text is damaged. */
export const recordAt = (shelf: Shelf, key: string): JobRecord | undefined => {
  const text = shelf.service.rows.get(key);
  if (text === undefined) return undefined;
  const known = readings.get(shelf) ?? new Map<string, Reading>();
  const before = known.get(key);
  if (before?.text === text) return before.record;
  const record = readRecord(whole(text));
  const reading = { text, record: typeof record === "string" ? undefined : record };
  readings.set(shelf, known.set(key, reading));
  return reading.record;
};

/** The record of a job. */
export const recordOf = (shelf: Shelf, job: string): JobRecord | undefined => recordAt(shelf, jobKey(job));

/** All records. */
export const recordsOf = (shelf: Shelf): ReadonlyMap<string, JobRecord> => {
  const records = new Map<string, JobRecord>();
  for (const key of shelf.service.rows.keys()) {
    const job = jobOf(key);
    const record = job === undefined ? undefined : recordAt(shelf, key);
    if (job !== undefined && record !== undefined) records.set(job, record);
  }
  return records;
};

/** Damages the record of a job, or mends it. */
export const setDamage = ({ service }: Shelf, job: string, isDamaged: boolean): void => {
  const key = jobKey(job);
  const text = service.rows.get(key);
  if (text !== undefined) service.rows.set(key, isDamaged ? damage + whole(text) : whole(text));
};

/** Mends what is damaged, also what was when a store that forgets remembered it. */
export const mend = (shelf: Shelf): void => {
  for (const job of recordsOf(shelf).keys()) setDamage(shelf, job, false);
  shelf.mended = { job: shelf.damaged, at: shelf.now };
  shelf.damaged = "";
};

/** Whether whoever holds a run may go on with it: a member, or one whose lease lasts. `now` is the store's clock. */
export const isHolder = ({ service }: Pick<Shelf, "service">, incarnation: string, now: number): boolean => {
  const until = leaseOf(incarnation);
  return until === undefined ? reference.isMember(service, incarnation, now) : now <= until;
};
