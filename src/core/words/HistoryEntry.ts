/**
 * What the bounded history of a service has.
 */
import type { Outcome, SkipDecision } from "./Fire.ts";

/** One line of the history: a run that ended or fires that were skipped. */
export type HistoryEntry =
  | {
    readonly _tag: "Run";
    readonly job: string;
    readonly dueAt: number;
    readonly attempt: number;
    readonly fence: number;
    readonly outcome: Outcome;
    readonly startedAt: number;
    readonly endedAt: number;
    readonly incarnation: string;
  }
  | (SkipDecision & { readonly _tag: "Skip"; readonly job: string; readonly at: number });
