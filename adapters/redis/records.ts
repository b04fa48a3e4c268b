/**
 * Records and history lines as they are packed in the store, for those who look at them. Scripts write them.
 */
import { activeRun } from "../../src/core/JobRecord.ts";
import type { RunKind } from "../../src/Fire.ts";
import type { ActiveRun, JobState } from "../../src/Request.ts";
import { decode, readWhole } from "./names.ts";

export { historyEntry } from "../../src/internal/packed-history.ts";

const active = (job: string, text: string): ActiveRun | undefined => {
  const [due, attempts, kind, token, claim, ...rest] = text.split(",");
  const [dueAt, attempt, fence, claimId] = [readWhole(due), readWhole(attempts), readWhole(token), decode(claim ?? "")];
  if (dueAt === undefined || attempt === undefined || fence === undefined || claimId === undefined) return undefined;
  return rest.length > 0 ? undefined : activeRun({ job, dueAt, attempt, kind: kind as RunKind, fence, claimId });
};

/** Reads a packed record; undefined if it is none. */
export const jobState = (job: string, text: string): JobState | undefined => {
  const part = text.split("|");
  const watermark = readWhole(part[1]);
  const definition = decode(part[4] ?? "");
  if (part.length !== 9 || watermark === undefined || definition === undefined) return undefined;
  const runs = part[8] === "" ? [] : (part[8] ?? "").split(";").map((run) => active(job, run));
  if (runs.some((run) => run === undefined)) return undefined;
  return { job, watermark, paused: part[3] === "1", definition, active: runs.flatMap((run) => run ?? []) };
};
