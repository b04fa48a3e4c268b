/**
 * Fires that people asked for, waiting in the record of their job (R31): a trigger, or the fires of a backfill.
 *
 * Whoever asks where the job stands may take as many as may run at once; from then on each is a run like any other, and
 * survives its node under the job's delivery.
 */
import type { FireEntry } from "../words/Request.ts";
import { demand, demandNumber, demandParts } from "../words/InvalidInput.ts";
import { type JobRecord, type Queued, takenRun } from "./Record.ts";
import * as Moment from "./Moment.ts";
import * as Payload from "./Payload.ts";
import * as Results from "./Results.ts";
import type { Open } from "./Moment.ts";
import * as Waiting from "./Waiting.ts";

export type { Queued } from "./Record.ts";

/** How many fires of one job may be queued. */
export const maxQueued = 200;

/** How many runs of a job that may overlap are under way before queued fires wait. */
export const maxAtOnce = 10;

/** What became of a request for fires. */
export interface Added {
  /** The record after it; the same if nothing changed. */
  readonly record: JobRecord;
  /** `full` if so many fires do not fit into the queue; nothing is queued then. */
  readonly result: "ok" | "full";
  /** When the first of the fires is due, epoch milliseconds; undefined if nothing is queued. */
  readonly dueAt: number | undefined;
  /** The row that the result of the fire is kept in. Default: it is not kept. */
  readonly resultSlot?: number | undefined;
}

/** What is to be remembered of a trigger. */
export interface AddOptions {
  /** It is given a payload. Default: it is not. */
  readonly hasPayload?: boolean | undefined;
  /** What becomes of it is to be kept. Default: it is not. */
  readonly keepsResult?: boolean | undefined;
}

/** Between whole seconds, where no schedule has a fire. The number is a token, so no other fire of the job has it. */
const freeInstant = (token: number): number => token % 1_000 === 0 ? token + 1 : token;

/**
 * Queues the fires of a backfill, or a single one that is due now.
 *
 * Cost: linear in the fires and the queue of the job.
 *
 * @example
 * ```ts
 * import { JobRecord, Queue } from "ringcron/core";
 *
 * const record: JobRecord.JobRecord = {
 *   watermark: 1_000, since: 0, lastFence: 1, paused: false, definition: "d", deployment: 1, claimId: undefined,
 *   nextDueAt: 2_000, active: [], queue: [],
 * };
 * const added = Queue.add(record, undefined, 1_500);
 * console.log(added.dueAt, Queue.add(added.record, undefined, 1_500).dueAt); // 1500 1501
 * ```
 */
export const add = (
  record: JobRecord,
  dueAts: ReadonlyArray<number> | undefined,
  now: number,
  options: AddOptions = {},
): Added => {
  demandParts("record", record, "queue");
  demandParts("options", options);
  const { hasPayload = false, keepsResult = false } = options;
  demand(dueAts === undefined || Array.isArray(dueAts), "dueAts", dueAts, "a list of instants");
  if (dueAts?.length === 0) return { record, result: "ok", dueAt: undefined };
  const payloads = hasPayload ? record.queue.filter(({ payload }) => payload === true).length : 0;
  const isFull = record.queue.length + (dueAts?.length ?? 1) > maxQueued || payloads >= Payload.maxQueued;
  if (isFull) return { record, result: "full", dueAt: undefined };
  const moment = Moment.exact(now);
  let { lastFence, nextSlot } = record;
  const queued: Array<Queued> = [];
  if (dueAts === undefined) {
    lastFence = freeInstant(moment.next(lastFence));
    const payload = hasPayload ? { payload: true } as const : {};
    const kept = keepsResult ? { resultSlot: nextSlot ?? 0 } : {};
    queued.push({ dueAt: lastFence, kind: "manual", queuedAt: lastFence, ...payload, ...kept });
    if (keepsResult) nextSlot = Results.slotAfter(nextSlot ?? 0);
  }
  for (const dueAt of dueAts ?? []) {
    lastFence = moment.next(lastFence);
    queued.push({ dueAt, kind: "backfill", queuedAt: lastFence });
  }
  return {
    record: { ...record, lastFence, nextSlot, queue: [...record.queue, ...queued] },
    result: "ok",
    dueAt: queued[0]?.dueAt,
    resultSlot: queued[0]?.resultSlot,
  };
};

/**
 * Takes queued fires out of the queue for a claimant, oldest first, as many as may run at once; fires of the schedule that wait
 * are among them.
 *
 * @example
 * ```ts
 * import { JobRecord, Moment, Queue } from "ringcron/core";
 *
 * const record: JobRecord.JobRecord = {
 *   watermark: 1_000, since: 0, lastFence: 1, paused: false, definition: "d", deployment: 1, claimId: undefined,
 *   nextDueAt: 2_000, active: [], queue: [],
 * };
 * const { record: queued } = Queue.add(record, [500, 600], 1_500);
 * const taken = Queue.take(queued, "n1.7", 1, Moment.exact(1_600));
 * console.log(taken.active.length, taken.queue.length); // 1 1
 * ```
 */
export const take = (
  record: JobRecord<Open>,
  claimId: string,
  atOnce: number,
  moment: Moment.Moment,
  limit?: number,
): JobRecord<Open> => {
  demandParts("record", record, "queue", "active");
  demandParts("moment", moment, "next");
  demandNumber("atOnce", atOnce);
  if (record.waiting !== undefined) return Waiting.take(record, claimId, atOnce, moment, { limit });
  const count = Math.min(record.queue.length, atOnce - record.active.length);
  if (count <= 0) return record;
  let { lastFence } = record;
  const taken = record.queue.slice(0, count).map((queued) => {
    lastFence = moment.next(lastFence);
    return takenRun(queued, lastFence, claimId);
  });
  return { ...record, lastFence, active: [...record.active, ...taken], queue: record.queue.slice(count) };
};

/**
 * Gives up what is queued: recorded as cancelled, never started.
 *
 * @example
 * ```ts
 * import { JobRecord, Queue } from "ringcron/core";
 *
 * const record: JobRecord.JobRecord = {
 *   watermark: 1_000, since: 0, lastFence: 1, paused: false, definition: "d", deployment: 1, claimId: undefined,
 *   nextDueAt: 2_000, active: [], queue: [],
 * };
 * const { record: queued } = Queue.add(record, [500, 600], 1_500);
 * console.log(Queue.cancel(queued, "a", 1_600).history.length); // 2
 * ```
 */
export const cancel = (
  record: JobRecord,
  job: string,
  now: number,
): { readonly record: JobRecord; readonly history: ReadonlyArray<FireEntry> } => {
  demandParts("record", record, "queue");
  const left = Waiting.cancel(record, job, now);
  if (record.queue.length === 0) return left;
  return {
    record: { ...left.record, queue: [] },
    history: record.queue.map(({ dueAt, queuedAt }) => Waiting.givenUp(job, dueAt, now, queuedAt) as FireEntry)
      .concat(left.history),
  };
};
