/**
 * The records of jobs as they lie in the simulated store.
 */
import { jobKey, jobOf } from "../../core/engine/rows.ts";
import type { JobRecord } from "../../core/ledger/JobRecord.ts";
import { readRecord } from "../../core/ledger/recordText.ts";
import type { World } from "./World.ts";

/** What stands in front of a text that nobody can read for a while. */
const damage = "damaged ";

const whole = (text: string): string => text.startsWith(damage) ? text.slice(damage.length) : text;

/** Texts that were read: most of them are looked at again and again. */
const readings = new Map<string, JobRecord | undefined>();
const maxReadings = 1_000;

/** Reads a text, even a damaged one. */
export const recordIn = (text: string | undefined): JobRecord | undefined => {
  if (text === undefined) return undefined;
  if (readings.has(text)) return readings.get(text);
  const record = readRecord(whole(text));
  if (readings.size >= maxReadings) readings.clear();
  readings.set(text, typeof record === "string" ? undefined : record);
  return readings.get(text);
};

/** The record of a job. */
export const recordOf = ({ service }: World, job: string): JobRecord | undefined =>
  recordIn(service.rows.get(jobKey(job)));

/** All records. */
export const recordsOf = ({ service }: World): ReadonlyMap<string, JobRecord> => {
  const records = new Map<string, JobRecord>();
  for (const [key, text] of service.rows) {
    const job = jobOf(key);
    const record = job === undefined ? undefined : recordIn(text);
    if (job !== undefined && record !== undefined) records.set(job, record);
  }
  return records;
};

/** Damages the record of a job, or mends it. */
export const setDamage = ({ service }: World, job: string, isDamaged: boolean): void => {
  const key = jobKey(job);
  const text = service.rows.get(key);
  if (text !== undefined) service.rows.set(key, isDamaged ? damage + whole(text) : whole(text));
};

/** Mends what is damaged, also what was when a store that forgets remembered it. */
export const mend = (world: World): void => {
  for (const job of recordsOf(world).keys()) setDamage(world, job, false);
  world.damaged = "";
};
