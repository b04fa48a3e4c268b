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

/** What was last read under a key: most records are looked at again before they change. */
interface Reading {
  readonly text: string;
  readonly record: JobRecord | undefined;
}

const readings = new WeakMap<World, Map<string, Reading>>();

/** The record under a key, even if its text is damaged. */
export const recordAt = (world: World, key: string): JobRecord | undefined => {
  const text = world.service.rows.get(key);
  if (text === undefined) return undefined;
  const known = readings.get(world) ?? new Map<string, Reading>();
  const before = known.get(key);
  if (before?.text === text) return before.record;
  const record = readRecord(whole(text));
  const reading = { text, record: typeof record === "string" ? undefined : record };
  readings.set(world, known.set(key, reading));
  return reading.record;
};

/** The record of a job. */
export const recordOf = (world: World, job: string): JobRecord | undefined => recordAt(world, jobKey(job));

/** All records. */
export const recordsOf = (world: World): ReadonlyMap<string, JobRecord> => {
  const records = new Map<string, JobRecord>();
  for (const key of world.service.rows.keys()) {
    const job = jobOf(key);
    const record = job === undefined ? undefined : recordAt(world, key);
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
  world.mended = { job: world.damaged, at: world.now };
  world.damaged = "";
};
