/**
 * Where a schedule waits on its shelf.
 */
import { waitsSince } from "../../ledger/JobRecord.ts";
import type { JobRecord } from "../../ledger/JobRecord.ts";
import type { Open } from "../../ledger/Moment.ts";

/** How long after it was handed out somebody is to look whether a run is still in good hands. Milliseconds. */
const lookAfterMs = 30_000;

/**
 * Since when somebody is to look at a schedule, epoch milliseconds: as of any job, and some time after a run of it was handed out. Nobody
 * declares a schedule, so nobody else would find that the node of the run is gone before its next fire. Undefined: nobody is.
 */
export const scheduleWaits = (record: JobRecord<Open>, now: number): number | undefined => {
  let since = waitsSince(record);
  for (const { claimId, fence } of record.active) {
    if (claimId === undefined) continue;
    const at = (typeof fence === "number" ? fence : Math.floor(now)) + lookAfterMs;
    if (since === undefined || at < since) since = at;
  }
  return since;
};
