/**
 * Which rows a service has, and what their texts are read as.
 */
import { decode, encode } from "../ledger/packed.ts";
import type { JobRecord } from "../ledger/JobRecord.ts";
import { readRecord } from "../ledger/recordText.ts";
import type { Found } from "../words/Exchange.ts";

/** The row of a job's record. */
export const jobKey = (job: string): string => `j:${encode(job)}`;

/** One of the rows that hold the keys under which people asked for fires of a job. */
export const askedKey = (job: string, shard: number): string => `k:${encode(job)}:${shard}`;

/** The job whose record a row is; undefined if it is none. */
export const jobOf = (key: string): string | undefined => key.startsWith("j:") ? decode(key.slice(2)) : undefined;

/** What was seen under a key. A text is read once: what it is read as is kept beside it. */
export interface Seen extends Found {
  record: JobRecord | "newer" | "corrupt" | undefined;
}

/** A text that nobody has read yet. */
export const seen = (text: string, version: string): Seen => ({ text, version, record: undefined });

/** The record that was seen; undefined if there is none. Always that of the text, whatever was meant when it was put. */
export const recordIn = (row: Seen | undefined): JobRecord | "newer" | "corrupt" | undefined => {
  if (row === undefined) return undefined;
  row.record ??= readRecord(row.text);
  return row.record;
};
