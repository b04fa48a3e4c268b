/**
 * Where a job stands, as whoever looks is told it.
 */
import { leaseOf } from "../ledger/lease.ts";
import * as JobRecord from "../ledger/JobRecord.ts";
import { asRun } from "../ledger/Record.ts";
import type { JobState } from "../words/Request.ts";
import { isJob } from "../words/Schedules.ts";

/**
 * Whoever moved the watermark last had a lease, or a job that nobody has claimed yet was made known by who has no deployment. A schedule is
 * made known by people.
 */
const isTicked = (job: string, { claimId, deployment }: JobRecord.JobRecord): boolean =>
  claimId === undefined ? deployment === 0 && isJob(job) : leaseOf(claimId) !== undefined;

const none: ReadonlyArray<never> = [];

/** `payloadsOf`: whose runs are to be told with what they were asked with. */
export const stateOf = (job: string, record: JobRecord.JobRecord, payloadsOf: string | undefined): JobState => {
  const { active, counted, definition, nextDueAt, nextStartsAt, paused, queue, waiting = none, watermark } = record;
  const pause = JobRecord.pauseOf(record);
  const isSaid = pause?.by !== undefined || pause?.reason !== undefined;
  return {
    job,
    watermark,
    paused,
    ...(isSaid ? { pause } : {}),
    ...(counted === undefined ? {} : { counted }),
    definition,
    ...(nextDueAt === undefined ? {} : { nextDueAt }),
    ...(nextStartsAt === undefined ? {} : { nextStartsAt }),
    ...(record.pausedWithAll === true ? { pausedWithAll: true } : {}),
    ...(isTicked(job, record) ? { ticked: true } : {}),
    // Most jobs rest.
    active: active.length + queue.length + waiting.length === 0 ? none : [
      ...active.map((run) => ({
        ...asRun(job, run),
        fence: run.fence,
        holder: JobRecord.holder(run.claimId),
        ...(run.heldUntil === undefined ? {} : { isOver: true }),
        ...(run.payload === true && JobRecord.holder(run.claimId) === payloadsOf ? { payload: "" } : {}),
      })),
      ...queue.map(({ dueAt, kind, queuedAt }) => ({ job, dueAt, attempt: 0, kind, fence: queuedAt, holder: "" })),
      ...waiting.map((dueAt) => ({ job, dueAt, attempt: 0, kind: "late" as const, fence: dueAt, holder: "" })),
    ],
  };
};
