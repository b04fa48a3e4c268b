/**
 * What people ask of one job: pause, resume, trigger, backfill, and to give up what is queued.
 */
import type { ControlRequest, HistoryEntry } from "../Request.ts";
import type { SkipDecision } from "../Fire.ts";
import type { JobRecord } from "./JobRecord.ts";
import * as Queue from "./Queue.ts";

/**
 * Resumes a paused job. With `skip` the fires of the pause are decided at once: the watermark moves to now.
 */
export const resume = (
  record: JobRecord,
  job: string,
  missed: "skip" | "catch-up",
  now: number,
): { readonly record: JobRecord; readonly history: ReadonlyArray<HistoryEntry> } => {
  if (!record.paused) return { record, history: [] };
  if (missed === "catch-up" || record.watermark >= now) return { record: { ...record, paused: false }, history: [] };
  const skip: SkipDecision = { reason: "paused", count: -1, firstDueAt: record.watermark, lastDueAt: now };
  return {
    record: { ...record, paused: false, watermark: now, claimId: "" },
    history: [{ _tag: "Skip", job, at: now, ...skip }],
  };
};

/** A command for one job. */
export type JobCommand = Exclude<ControlRequest["command"], { readonly _tag: "Destroy" }>;

/** The record after a command, the same if nothing changed, and what whoever gave it is told. */
export interface Controlled extends Queue.Queued {
  /** The lines it adds to the history. */
  readonly history: ReadonlyArray<HistoryEntry>;
}

/**
 * Applies what a person asks for. Cost: linear in the active runs of the job.
 */
export const apply = (
  record: JobRecord,
  command: JobCommand,
  context: { readonly now: number },
): Controlled => {
  const { now } = context;
  switch (command._tag) {
    case "Pause":
      return {
        record: record.paused ? record : { ...record, paused: true },
        history: [],
        result: "ok",
        dueAt: undefined,
      };
    case "Resume":
      return { ...resume(record, command.job, command.missed, now), result: "ok", dueAt: undefined };
    case "Cancel":
      return { ...Queue.cancel(record, now), result: "ok", dueAt: undefined };
    case "Trigger":
      return { ...Queue.add(record, command.job, command.key, undefined, context), history: [] };
    case "Backfill":
      return { ...Queue.add(record, command.job, command.key, command.dueAts, context), history: [] };
  }
};
