/**
 * What the bounded history of a service has.
 */
import type { ActionKind } from "./Action.ts";
import type { Outcome, SkipDecision } from "./Fire.ts";

/** What became of fires: a run that ended, or fires that were skipped. */
export type FireEntry =
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

/** What somebody did, which has changed something: written with that change, if `by` was said. */
export interface ActionEntry {
  /** Tells entries apart. */
  readonly _tag: "Action";
  /** What was asked for. */
  readonly action: ActionKind;
  /** Who asked, as that was said: a text of people, which nobody has proved. */
  readonly by: string;
  /** When, epoch milliseconds of the store. */
  readonly at: number;
  /** The job, if it was about one. */
  readonly job?: string | undefined;
  /** The id of the schedule in the store, if it was about one. */
  readonly schedule?: string | undefined;
  /** The name of the node, if it was about one. */
  readonly node?: string | undefined;
}

/** One line of the history. */
export type HistoryEntry = FireEntry | ActionEntry;
