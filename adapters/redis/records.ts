/**
 * Records and history lines as they are packed in the store, for those who look at them. Scripts write them.
 */
import { activeRun } from "../../src/core/JobRecord.ts";
import type { Run, RunKind } from "../../src/Fire.ts";
import type { ActiveRun, JobState } from "../../src/Request.ts";
import { decode, readAll, readWhole } from "./names.ts";

export { historyEntry } from "../../src/internal/packed-history.ts";

const kinds: ReadonlySet<string> = new Set<RunKind>(["due", "late", "manual", "backfill", "rerun"]);

/** The parts of a list. */
export const list = (text: string): ReadonlyArray<string> => text === "" ? [] : text.split(";");

/** Reads a packed run; undefined if it is none. */
export const run = (job: string) => (text: string): Run | undefined => {
  const [due, attempts, kind, token, ...rest] = text.split(",");
  const [dueAt, attempt, fence] = [readWhole(due), readWhole(attempts), readWhole(token)];
  if (dueAt === undefined || attempt === undefined || fence === undefined || rest.length > 0) return undefined;
  return kind !== undefined && kinds.has(kind) ? { job, dueAt, attempt, kind: kind as RunKind, fence } : undefined;
};

const active = (job: string) => (text: string): ActiveRun | undefined => {
  const at = text.lastIndexOf(",");
  const it = run(job)(text.slice(0, at));
  const claimId = decode(text.slice(at + 1));
  return it && claimId !== undefined ? activeRun({ ...it, claimId }) : undefined;
};

/** Reads a packed record; undefined if it is none. */
export const jobState = (job: string, text: string): JobState | undefined => {
  const part = text.split("|");
  const watermark = readWhole(part[1]);
  const definition = decode(part[4] ?? "");
  const runs = readAll(list(part[8] ?? ""), active(job));
  return part.length !== 10 || watermark === undefined || definition === undefined || runs === undefined
    ? undefined
    : { job, watermark, paused: part[3] === "1", definition, active: runs };
};
