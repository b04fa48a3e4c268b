/**
 * What a simulated fleet did, as an outside observer wrote it down.
 */
import type { RunKind, SkipDecision } from "../../Fire.ts";
import type { ClaimStatus } from "../../Request.ts";

/** A watermark moved. */
export interface Commit {
  readonly at: number;
  readonly job: string;
  readonly kind: "claim" | "register";
  readonly claimId: string;
  /** Hash of the schedule it was decided under. */
  readonly definition: string;
  /** Where the claimant said it was. */
  readonly from: number;
  readonly to: number;
  readonly runs: ReadonlyArray<number>;
  readonly skips: ReadonlyArray<SkipDecision>;
}

/** A fencing token was handed out. */
export interface Issue {
  readonly at: number;
  readonly job: string;
  readonly dueAt: number;
  readonly attempt: number;
  readonly fence: number;
  readonly kind: RunKind;
  readonly incarnation: string;
}

/** A handler was started. */
export interface Started {
  readonly at: number;
  readonly job: string;
  readonly dueAt: number;
  readonly attempt: number;
  readonly fence: number;
  readonly incarnation: string;
  /** How far off the node's idea of the fleet's time may have been. */
  readonly uncertaintyMs: number;
}

/** A run ended in the store. */
export interface Ended {
  readonly at: number;
  readonly job: string;
  readonly fence: number;
  readonly outcome: string;
}

/** A run was taken from a node that was a member. */
export interface Robbery {
  readonly at: number;
  readonly job: string;
  readonly fence: number;
  readonly incarnation: string;
}

/** More than one run of a job that must not overlap was handed out. */
export interface Overlapping {
  readonly at: number;
  readonly job: string;
  readonly active: number;
}

/** The store went back to what it was at an earlier instant. */
export interface Regression {
  readonly at: number;
  readonly to: number;
  /** How many moves of a watermark were lost. */
  readonly commits: number;
  /** How many tokens had been handed out. */
  readonly issues: number;
}

/** Everything that was seen. */
export interface History {
  readonly commits: Array<Commit>;
  readonly issues: Array<Issue>;
  readonly starts: Array<Started>;
  readonly ends: Array<Ended>;
  readonly robberies: Array<Robbery>;
  readonly overlaps: Array<Overlapping>;
  readonly regressions: Array<Regression>;
  /** How often each kind of answer and fault occurred. */
  readonly counters: Map<string, number>;
}

/** An empty history. */
export const empty = (): History => ({
  commits: [],
  issues: [],
  starts: [],
  ends: [],
  robberies: [],
  overlaps: [],
  regressions: [],
  counters: new Map(),
});

/** Counts one more of something. */
export const count = (history: History, what: ClaimStatus | string): void => {
  history.counters.set(what, (history.counters.get(what) ?? 0) + 1);
};
