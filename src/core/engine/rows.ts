/**
 * Which rows a service has, and what their texts are read as.
 */
import { decode, encode } from "../../internal/packed.ts";
import type { JobRecord } from "../ledger/JobRecord.ts";
import { readRecord } from "../ledger/recordText.ts";
import type { Found } from "../../Exchange.ts";

/** The row of a job's record. */
export const jobKey = (job: string): string => `j:${encode(job)}`;

/** One of the rows that hold the keys under which people asked for fires of a job. */
export const askedKey = (job: string, shard: number): string => `k:${encode(job)}:${shard}`;

/** The job whose record a row is; undefined if it is none. */
export const jobOf = (key: string): string | undefined => key.startsWith("j:") ? decode(key.slice(2)) : undefined;

const readings = new WeakMap<Found, JobRecord | "newer" | "corrupt">();

/** Reads the record that was found; undefined if there is none. What was found is read once. */
export const recordIn = (found: Found | undefined): JobRecord | "newer" | "corrupt" | undefined => {
  if (found === undefined) return undefined;
  const known = readings.get(found) ?? readRecord(found.text);
  readings.set(found, known);
  return known;
};
