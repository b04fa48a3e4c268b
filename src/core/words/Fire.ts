/**
 * Fires, decisions and runs: what is due, what was decided about it, and one attempt at it.
 */

import { demand } from "./InvalidInput.ts";

/**
 * Why a run exists: on time, later (caught up, or after it waited for the run before it), asked for by hand, filled in for the past, again after its node died, or again after it
 * failed.
 */
export type RunKind = "due" | "late" | "manual" | "backfill" | "rerun" | "retry";

/**
 * Why a fire has no run.
 *
 * - `window`: it was missed by more than `catchUp.withinMs`;
 * - `coalesced`: a newer fire of the job ran in its place, or waits in it;
 * - `catch-up`: it was missed, and the job's `catchUp` runs none of those (`skip`), or only newer ones (`all` with `max`);
 * - `overlap`: another run of the job was active;
 * - `queue-full`: another run of the job was active, and as many fires waited for its end as may;
 * - `paused`: it fell into a pause;
 * - `definition-changed`: the schedule changed before it was decided;
 * - `regressed`: the store lost what it had acknowledged, and whether this fire ran cannot be known.
 */
export type SkipReason =
  | "window"
  | "coalesced"
  | "catch-up"
  | "overlap"
  | "queue-full"
  | "paused"
  | "definition-changed"
  | "regressed";

/** A fire that is to run. */
export interface RunDecision {
  /** The instant the fire is due, epoch milliseconds. */
  readonly dueAt: number;
  /** Why it runs: `due` on time, `late` when caught up or after it waited. */
  readonly kind: RunKind;
  /** When it is to start, epoch milliseconds, where the job's jitter moves that. Default: when it is due. */
  readonly startsAt?: number | undefined;
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
  /** The job's name; in events of a schedule in the store that of its handler. */
  readonly job: string;
  /** In events, the id of the schedule in the store that it is of. Default: it is of a job. */
  readonly schedule?: string | undefined;
  /** The instant the fire was due, epoch milliseconds. */
  readonly dueAt: number;
  /** 1 for the first attempt; grows with every further one of the same fire, whatever it follows on. */
  readonly attempt: number;
  /** Why it runs; from the second attempt on `retry` or `rerun`, unless people asked for it. */
  readonly kind: RunKind;
  /** The fencing token: grows from run to run of a job. Epoch milliseconds or more. */
  readonly fence: number;
  /** When it is to start, epoch milliseconds, where the job's jitter moves that. Default: when it is due. */
  readonly startsAt?: number | undefined;
  /** When somebody asked to cancel it, epoch milliseconds of the store. Default: nobody did. */
  readonly cancelAt?: number | undefined;
  /** When this attempt starts at the earliest, epoch milliseconds, if it follows on one that failed. */
  readonly notBefore?: number | undefined;
  /** What the last attempt that failed failed with, in at most 200 characters. */
  readonly previousError?: string | undefined;
  /** How many attempts before this one failed and were to be followed by another. Default: none. */
  readonly retries?: number | undefined;
  /**
   * What it was asked with, as JSON; empty if that is gone from the store. Told to whoever is to start it, and in no event. Default:
   * it was asked with nothing.
   */
  readonly payload?: string | undefined;
  /** The version of the schedule in the store that it is started by. Told to whoever is to start it. Default: it is of a job. */
  readonly version?: number | undefined;
  /** The number of the row that its result is kept in. Default: it is not kept. */
  readonly resultSlot?: number | undefined;
}

/** What a handler returned, as far as a store keeps it: JSON of at most 16,384 bytes, or why it does not. */
export type Returned = { readonly json: string } | { readonly unkept: "too-large" | "not-json" };

/** The result of a fire. */
export interface FireResult {
  /** How its last attempt ended. */
  readonly outcome: Outcome;
  /** Which attempt that was; 0 if none began. */
  readonly attempt: number;
  /** When it ended, epoch milliseconds. */
  readonly endedAt: number;
  /** What the handler returned. Default: nothing, or it did not succeed. */
  readonly returned?: Returned | undefined;
  /** What it failed with, in at most 200 characters. Default: it did not fail, or did not say. */
  readonly error?: string | undefined;
}

/**
 * How a run ended. `lost`: its node died with it. `abandoned`: its node could no longer start it in time.
 */
export type Outcome = "succeeded" | "failed" | "timed-out" | "cancelled" | "abandoned" | "lost";

/** All of them. */
export const outcomes: ReadonlyArray<Outcome> = ["succeeded", "failed", "timed-out", "cancelled", "abandoned", "lost"];

/** A fire whose result is kept. */
export interface ResultWanted {
  /** The job's name. */
  readonly job: string;
  /** The instant the fire is due, epoch milliseconds. */
  readonly dueAt: number;
  /** The number of the row that its result is kept in. */
  readonly slot: number;
}

/**
 * What has become of a fire: it is over; or it waits in the queue, runs, or waits for its next attempt; or the store knows nothing of
 * it (any more).
 */
export type ResultFound = FireResult | "queued" | "running" | "waiting" | "gone";

/** The last instant that was written, and its text: fires of one instant are told of one after the other. */
const written = { dueAt: NaN, text: "" };

const instantText = (dueAt: number): string => {
  if (written.dueAt !== dueAt) Object.assign(written, { dueAt, text: new Date(dueAt).toISOString() });
  return written.text;
};

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
  return `${service}/${job}/${instantText(dueAt)}`;
};
