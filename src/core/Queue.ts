/**
 * Fires that people asked for, waiting in the record of their job: a trigger, or the fires of a backfill.
 *
 * A queued fire is a run that nobody holds, with attempt 0. Whoever asks where the job stands may take as many as may run at
 * once; from then on it is a run like any other, and survives its node under the job's delivery. The record remembers the
 * keys under which people asked, so that asking twice is harmless.
 */
import type { HistoryEntry } from "../Request.ts";
import type { JobRecord, StoredRun } from "./JobRecord.ts";

/** How many fires of one job may be queued. */
export const maxQueued = 200;

/** How many runs of a job that may overlap are under way before queued fires wait. */
export const maxAtOnce = 10;

/** How many keys a job remembers. */
export const maxAsked = 20;

/**
 * Whether a run is still in the queue.
 */
export const isQueued = ({ attempt }: { readonly attempt: number }): boolean => attempt === 0;

/**
 * How many runs of a record are queued.
 */
export const count = (runs: ReadonlyArray<{ readonly attempt: number }>): number => runs.filter(isQueued).length;

/** What became of a request for fires. */
export interface Queued {
  /** The record after it; the same if nothing changed. */
  readonly record: JobRecord;
  /** `full` if so many fires do not fit into the queue; nothing is queued then. */
  readonly result: "ok" | "full";
  /** When the first of the fires is due, epoch milliseconds; undefined if nothing is queued. */
  readonly dueAt: number | undefined;
}

/** Between whole seconds, where no schedule has a fire, and not twice: the instant is the identity of the fire. */
const freeInstant = ({ active, asked }: JobRecord, now: number): number => {
  const used = new Set([...asked, ...active].map(({ dueAt }) => dueAt));
  let instant = now;
  while (instant % 1_000 === 0 || used.has(instant)) instant += 1;
  return instant;
};

/**
 * Queues the fires of a backfill, or a single one that is due now. What was asked for under this key before is not queued
 * again.
 *
 * Cost: linear in the fires and the active runs of the job.
 */
export const add = (
  record: JobRecord,
  job: string,
  key: string,
  dueAts: ReadonlyArray<number> | undefined,
  { now }: { readonly now: number },
): Queued => {
  const known = record.asked.find((it) => it.key === key);
  if (known !== undefined) return { record, result: "ok", dueAt: known.dueAt };
  const fires = dueAts ?? [freeInstant(record, now)];
  const dueAt = fires[0];
  if (dueAt === undefined) return { record, result: "ok", dueAt: undefined };
  if (count(record.active) + fires.length > maxQueued) return { record, result: "full", dueAt: undefined };
  let { token } = record;
  const kind = dueAts === undefined ? "manual" : "backfill";
  const queued = fires.map((fire): StoredRun => {
    token = Math.max(token + 1, now);
    return { job, dueAt: fire, attempt: 0, kind, fence: token, claimId: "" };
  });
  const asked = [...record.asked, { key, dueAt }].slice(-maxAsked);
  return { record: { ...record, token, active: [...record.active, ...queued], asked }, result: "ok", dueAt };
};

/**
 * Takes queued fires out of the queue for a claimant, oldest first, as many as may run at once.
 */
export const take = (
  record: JobRecord,
  claimId: string,
  atOnce: number,
  nextToken: (token: number) => number,
): JobRecord => {
  const queued = count(record.active);
  let free = atOnce - (record.active.length - queued);
  if (queued === 0 || free <= 0) return record;
  let { token } = record;
  const active = record.active.map((run) => {
    if (!isQueued(run) || free <= 0) return run;
    free -= 1;
    token = nextToken(token);
    return { ...run, attempt: 1, fence: token, claimId };
  });
  return { ...record, token, active };
};

/**
 * Gives up what is queued: recorded as cancelled, never started.
 */
export const cancel = (
  record: JobRecord,
  now: number,
): { readonly record: JobRecord; readonly history: ReadonlyArray<HistoryEntry> } => {
  const queued = record.active.filter(isQueued);
  if (queued.length === 0) return { record, history: [] };
  return {
    record: { ...record, active: record.active.filter((run) => !isQueued(run)) },
    history: queued.map(({ attempt, dueAt, fence, job }) => ({
      _tag: "Run",
      job,
      dueAt,
      attempt,
      fence,
      outcome: "cancelled",
      startedAt: 0,
      endedAt: now,
      incarnation: "",
    })),
  };
};
