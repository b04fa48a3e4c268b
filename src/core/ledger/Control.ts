/**
 * What people ask of one job: to pause it and to let it go on, to run it by hand, and to give up what is queued.
 */
import type { SkipDecision } from "../words/Fire.ts";
import type { ControlRequest, FireEntry } from "../words/Request.ts";
import { demandNumber, demandParts, InvalidInput } from "../words/InvalidInput.ts";
import { absurdMs, type JobRecord } from "./JobRecord.ts";
import { cancelRuns } from "./cancel.ts";
import { opened, pause } from "./Pause.ts";
import * as Queue from "./Queue.ts";

/** A command that changes the record of one job. */
export type JobCommand = Exclude<
  ControlRequest["command"],
  { readonly _tag: "Destroy" | "Drain" | "Remove" | "Tell" | "PauseAll" | "ResumeAll" }
>;

/** The record after a command, and what whoever gave it is told. */
export interface Controlled extends Queue.Added {
  /** The lines it adds to the history. */
  readonly history: ReadonlyArray<FireEntry>;
  /** Every node is to look again. */
  readonly touches: boolean;
  /** How many runs are cancelled, or fires that waited. Default: it was not asked for. */
  readonly count?: number | undefined;
}

/**
 * Resumes a paused job. With `skip` the fires of the pause are decided at once: the watermark moves to now.
 *
 * @example
 * ```ts
 * import { Control } from "ringcron/core";
 *
 * const record = {
 *   watermark: 1_000, since: 0, lastFence: 1, paused: true, definition: "d", deployment: 1, claimId: undefined,
 *   nextDueAt: 2_000, active: [], queue: [],
 * };
 * console.log(Control.resume(record, "a", "skip", 9_000).record.watermark); // 9000
 * ```
 */
export const resume = (
  record: JobRecord,
  job: string,
  missed: "skip" | "catch-up",
  now: number,
): { readonly record: JobRecord; readonly history: ReadonlyArray<FireEntry> } => {
  demandParts("record", record, "queue", "active");
  demandNumber("now", now);
  if (!record.paused) return { record, history: [] };
  // No text of a record comes back: a late copy of the pause finds another one than it was made of (R58).
  const open = { ...opened(record), lastFence: record.lastFence + 1 };
  if (missed === "catch-up" || record.watermark >= now) return { record: open, history: [] };
  const skip: SkipDecision = { reason: "paused", count: -1, firstDueAt: record.watermark, lastDueAt: now };
  return {
    record: { ...open, watermark: now, claimId: undefined },
    history: [{ _tag: "Skip", job, at: now, ...skip }],
  };
};

/**
 * Applies what a person asks for, at an instant of the store's clock. Cost: linear in the queue of the job.
 *
 * @example
 * ```ts
 * import { Control } from "ringcron/core";
 *
 * const record = {
 *   watermark: 1_000, since: 0, lastFence: 1, paused: false, definition: "d", deployment: 1, claimId: undefined,
 *   nextDueAt: 2_000, active: [], queue: [],
 * };
 * console.log(Control.apply(record, { _tag: "Trigger", job: "a", key: "by hand" }, 9_001).dueAt); // 9001
 * ```
 */
export const apply = (record: JobRecord, command: JobCommand, now: number): Controlled => {
  demandParts("record", record, "queue", "active");
  demandParts("command", command, "_tag");
  demandNumber("now", now);
  const quiet = { history: [], touches: false };
  const done = { result: "ok", dueAt: undefined } as const;
  switch (command._tag) {
    case "Pause": {
      const paused = pause(record, command);
      return { ...quiet, ...done, record: paused, touches: paused !== record };
    }
    case "Resume":
      return { ...resume(record, command.job, command.missed, now), ...done, touches: record.paused };
    case "Cancel": {
      const cancelled = Queue.cancel(record, command.job, now);
      return { ...cancelled, ...done, touches: false, count: cancelled.history.length };
    }
    case "CancelRuns": {
      const { count, isMarked, record: next, ...rest } = cancelRuns(record, command.job, command.fence, now);
      const history = rest.history as ReadonlyArray<FireEntry>;
      return { ...done, record: next, history, touches: isMarked, count };
    }
    case "Rewind": {
      const { watermark } = record;
      if (watermark <= now + absurdMs) return { ...quiet, ...done, record };
      // Somebody is to look at once, and to say when the next fire is.
      const since = Math.min(record.since, now);
      const again = { watermark: now, nextDueAt: now, nextStartsAt: undefined, claimId: undefined };
      const rewound = { ...record, ...again, since };
      return { result: "ok", dueAt: watermark, history: [], touches: true, record: rewound };
    }
    case "Trigger":
      return {
        ...Queue.add(record, undefined, now, {
          hasPayload: command.payload !== undefined,
          keepsResult: command.keepsResult,
        }),
        ...quiet,
      };
    case "Backfill":
      return { ...Queue.add(record, command.dueAts, now), ...quiet };
  }
  throw new InvalidInput(
    "command",
    (command satisfies never as JobCommand)._tag,
    "Pause, Resume, Cancel, CancelRuns, Rewind, Trigger, Backfill",
  );
};
