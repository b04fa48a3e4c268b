/**
 * What was seen of fires and runs, one by one.
 */
import type { RunKind, SkipDecision } from "../../core/words/Fire.ts";

/** Somebody cancelled a run. */
export interface Cancelling {
  readonly at: number;
  readonly job: string;
  readonly dueAt: number;
  readonly kind: RunKind;
  readonly fence: number;
  /** It was cancelled in the step that handed it out, so that nobody is to start it. Default: it was handed out before. */
  readonly isUnstarted?: boolean | undefined;
}

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
  /** Why a job that was known was registered anew; undefined if the observer could not tell. */
  readonly reason?: "definition" | "control" | "limit" | "repair" | "none" | undefined;
}

/** The store acknowledged that fires of a job are asked for; also when it was asked before under the same key. */
export interface Ask {
  readonly at: number;
  readonly job: string;
  readonly key: string;
  readonly payload?: string | undefined;
  /** What becomes of it is to be kept. Default: it is not. */
  readonly keepsResult?: boolean | undefined;
  readonly kind: "manual" | "backfill";
  readonly dueAts: ReadonlyArray<number>;
}

/** A fencing token was handed out. What is queued has none yet. */
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
  readonly kind: RunKind;
  /** What it was asked with, as it was handed over. */
  readonly payload?: string | undefined;
  readonly incarnation: string;
  /** How far off the node's idea of the fleet's time may have been. */
  readonly uncertaintyMs: number;
}

/** A run ended in the store; with attempt 0 it was still queued. */
export interface Ended {
  readonly at: number;
  readonly job: string;
  readonly dueAt: number;
  readonly attempt: number;
  readonly fence: number;
  readonly outcome: string;
  /** When its handler ended, by its node. Default: not known. */
  readonly endedAt?: number | undefined;
}

/** What became of a fire was put down. */
export interface Kept {
  readonly at: number;
  readonly job: string;
  readonly dueAt: number;
  readonly attempt: number;
  readonly outcome: string;
  /** The token of the run whose handler returned it; undefined if nothing was. */
  readonly returned: string | undefined;
}

/** A fire began to wait for the run before it, or gave way to another one. */
export interface Waited {
  readonly at: number;
  readonly job: string;
  readonly dueAt: number;
}
