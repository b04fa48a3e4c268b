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

/** Reads the record that was found; undefined if there is none. */
export const recordIn = (found: Found | undefined): JobRecord | "newer" | "corrupt" | undefined =>
  found === undefined ? undefined : readRecord(found.text);
