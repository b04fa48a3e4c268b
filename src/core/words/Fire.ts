/**
 * Fires, decisions and runs: what is due, what was decided about it, and one attempt at it.
 */

import { demand } from "./InvalidInput.ts";

/** Why a run exists: on time, caught up, asked for by hand, filled in for the past, or again after its node died. */
export type RunKind = "due" | "late" | "manual" | "backfill" | "rerun";

/**
 * Why a fire has no run.
 *
 * - `window`: it was missed by more than `catchUp.withinMs`;
 * - `coalesced`: a newer fire of the job ran in its place;
 * - `catch-up`: it was missed, and the job's `catchUp` runs none of those (`skip`), or only newer ones (`all` with `max`);
 * - `overlap`: another run of the job was active;
 * - `paused`: it fell into a pause;
 * - `definition-changed`: the schedule changed before it was decided;
 * - `regressed`: the store lost what it had acknowledged, and whether this fire ran cannot be known.
 */
export type SkipReason =
  | "window"
  | "coalesced"
  | "catch-up"
  | "overlap"
  | "paused"
  | "definition-changed"
  | "regressed";

/** A fire that is to run. */
export interface RunDecision {
  /** The instant the fire is due, epoch milliseconds. */
  readonly dueAt: number;
  /** Why it runs: `due` on time, `late` when caught up. */
  readonly kind: RunKind;
}

/**
 * Consecutive fires that are not to run, all for one reason.
 * `count` is -1 where there were too many to count; the instants still bound them.
 */
export interface SkipDecision {
  /** Why none of them runs. */
  readonly reason: SkipReason;
  /** How many they are; -1 where there were too many to count. */
  readonly count: number;
  /** The instant the first of them was due, epoch milliseconds. */
  readonly firstDueAt: number;
  /** The instant the last of them was due, epoch milliseconds. */
  readonly lastDueAt: number;
}

/** One attempt of a fire, handed to one node by the store. */
export interface Run {
  /** The job's name. */
  readonly job: string;
  /** The instant the fire was due, epoch milliseconds. */
  readonly dueAt: number;
  /** 1 for the first attempt; grows with every rerun of the same fire. */
  readonly attempt: number;
  /** Why it runs; `rerun` from the second attempt on. */
  readonly kind: RunKind;
  /** The fencing token: grows from run to run of a job. Epoch milliseconds or more. */
  readonly fence: number;
}

/**
 * How a run ended. `lost`: its node died with it. `abandoned`: its node could no longer start it in time.
 */
export type Outcome = "succeeded" | "failed" | "timed-out" | "cancelled" | "abandoned" | "lost";

/**
 * The identity of a fire, the same for every attempt: the idempotency key a handler gets.
 *
 * Two fires never share one, although names of jobs may hold a `/`: the service ends at the first, the instant begins after
 * the last.
 *
 * @example
 * ```ts
 * import { Fire } from "ringcron";
 *
 * console.log(Fire.id("billing", "invoices", Date.UTC(2026, 0, 1, 9))); // billing/invoices/2026-01-01T09:00:00.000Z
 * ```
 */
export const id = (service: string, job: string, dueAt: number): string => {
  demand(typeof service === "string", "service", service, "a string");
  demand(typeof job === "string", "job", job, "a string");
  demand(typeof dueAt === "number" && Math.abs(dueAt) <= 8.64e15, "dueAt", dueAt, "epoch milliseconds");
  return `${service}/${job}/${new Date(dueAt).toISOString()}`;
};
