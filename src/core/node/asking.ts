/**
 * What a job's schedule and policies come to in what is asked about it: the same of a node and of a tick.
 */
import { maxAtOnce } from "../ledger/Queue.ts";
import * as Jitter from "../schedule/jitter.ts";
import * as NextFire from "../schedule/NextFire.ts";
import type { Policies } from "../words/Policy.ts";
import type { Asked } from "../words/Request.ts";
import type { JobSpec } from "./State.ts";

/** Jobs that catch up on everything take their fires one after the other instead of skipping them. */
export const isOneByOne = ({ catchUp, overlap }: Policies): boolean => overlap === "skip" && catchUp.mode === "all";

/** How the record judges overlap. */
export const overlapOf = (policies: Policies): Asked["overlap"] => isOneByOne(policies) ? "wait" : policies.overlap;

/** How many fires that people asked for may run at once. */
export const atOnce = ({ maxConcurrent, overlap }: Policies): number =>
  overlap === "allow" ? Math.min(maxAtOnce, maxConcurrent) : 1;

/**
 * Where a job begins that nobody has known, if its schedule lies wholly in the past: whatever `catchUp` may still run is decided, and at
 * least its last fire.
 */
export const beginning = ({ expression, policies }: JobSpec, jitter: Jitter.Jitter, now: number): Asked["begins"] => {
  if (NextFire.next(expression, now) !== undefined) return undefined;
  const last = NextFire.previous(expression, now + 1);
  if (last === undefined) return undefined;
  const watermark = Math.max(0, Math.min(last, Math.floor(now) - policies.catchUp.withinMs) - 1);
  const nextDueAt = NextFire.next(expression, watermark);
  return { watermark, nextDueAt, nextStartsAt: Jitter.moved(expression, jitter, nextDueAt) };
};
