/**
 * What the laws of the queue share: the commands that fill it.
 */
import type { Run } from "../../core/words/Fire.ts";
import type { ControlRequest } from "../../core/words/Request.ts";

type Command = ControlRequest["command"];

/** Asks for one fire that is due now. */
export const trigger = (key: string, job = "job"): Command => ({ _tag: "Trigger", job, key });

/** Asks for fires of the past. */
export const backfill = (key: string, dueAts: ReadonlyArray<number>, job = "job"): Command => ({
  _tag: "Backfill",
  job,
  key,
  dueAts,
});

/** Gives up what is queued. */
export const cancel: Command = { _tag: "Cancel", job: "job" };

/** Instants in a row. */
export const instants = (count: number, from = 1_000): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, index) => from + index);

/** When runs are due. */
export const dues = (runs: ReadonlyArray<Run>): ReadonlyArray<number> => runs.map((it) => it.dueAt);
