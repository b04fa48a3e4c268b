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
    /**
     * What it failed with: the first line, without what looks like a secret, in at most 200 characters, fewer where those are long to
     * write. Default: it did not fail, or nobody has said.
     */
    readonly error?: string | undefined;
  }
  | (SkipDecision & { readonly _tag: "Skip"; readonly job: string; readonly at: number });
