/**
 * Where a schedule waits on its shelf.
 */
import { waitsSince } from "../../ledger/JobRecord.ts";
import type { JobRecord } from "../../ledger/JobRecord.ts";
import type { Open } from "../../ledger/Moment.ts";

/** How long after it was handed out somebody is to look whether a run is still in good hands. Milliseconds. */
const lookAfterMs = 30_000;

/**
 * Since when somebody is to look at a schedule, epoch milliseconds: as of any job; and since the start of a run that was given back, and
 * some time after one was handed out. Nobody declares a schedule, so nobody else would find before its next fire that a run is in
 * nobody's hands, or in those of a node that is gone. Undefined: nobody is.
 */
export const scheduleWaits = (record: JobRecord<Open>, now: number): number | undefined => {
  let since = waitsSince(record);
  for (const { claimId, dueAt, fence, notBefore, startsAt = dueAt } of record.active) {
    const at = claimId === undefined
      ? notBefore ?? startsAt
      : (typeof fence === "number" ? fence : Math.floor(now)) + lookAfterMs;
    if (since === undefined || at < since) since = at;
  }
  return since;
};
