/**
 * Records and history lines as they are packed in the store, for those who look at them. Scripts write them.
 */
import { activeRun } from "../../src/core/JobRecord.ts";
import { list, readStoredRun } from "../../src/internal/packed-run.ts";
import type { JobState } from "../../src/Request.ts";
import { decode, readAll, readWhole } from "./names.ts";

export { historyEntry } from "../../src/internal/packed-history.ts";

/** Reads a packed record; undefined if it is none. */
export const jobState = (job: string, text: string): JobState | undefined => {
  const part = text.split("|");
  const watermark = readWhole(part[1]);
  const definition = decode(part[4] ?? "");
  const runs = readAll(list(part[8]), readStoredRun(job));
  return part.length !== 10 || watermark === undefined || definition === undefined || runs === undefined
    ? undefined
    : { job, watermark, paused: part[3] === "1", definition, active: runs.map(activeRun) };
};
