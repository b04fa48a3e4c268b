/**
 * Runs as they are packed in the records of stores.
 */
import type { StoredRun } from "../core/JobRecord.ts";
import type { Run, RunKind } from "../Fire.ts";
import { decode, readWhole } from "./packed.ts";

const kinds: ReadonlySet<string> = new Set<RunKind>(["due", "late", "manual", "backfill", "rerun"]);

/** The parts of a list; none of an empty one. */
export const list = (text: string | undefined): ReadonlyArray<string> => text ? text.split(";") : [];

/** Reads a run; undefined if it is none. */
export const readRun = (job: string) => (text: string): Run | undefined => {
  const [due, attempts, kind = "", token, ...rest] = text.split(",");
  const [dueAt, attempt, fence] = [readWhole(due), readWhole(attempts), readWhole(token)];
  if (dueAt === undefined || attempt === undefined || fence === undefined || rest.length > 0) return undefined;
  return kinds.has(kind) ? { job, dueAt, attempt, kind: kind as RunKind, fence } : undefined;
};

/** Reads a run with the claim that handed it out; undefined if it is none. */
export const readStoredRun = (job: string) => (text: string): StoredRun | undefined => {
  const at = text.lastIndexOf(",");
  const run = readRun(job)(text.slice(0, at));
  const claimId = decode(text.slice(at + 1));
  return run === undefined || claimId === undefined ? undefined : { ...run, claimId };
};
