/**
 * What a node tells of runs that ended, and what the store answers.
 */
import type { Outcome, Returned } from "./Fire.ts";

/** The end of one run. */
export interface Completion {
  /** The job's name. */
  readonly job: string;
  /** The fencing token of the run, which names it. */
  readonly fence: number;
  /** The instant the fire was due, epoch milliseconds. */
  readonly dueAt: number;
  /** Which attempt of the fire it was. */
  readonly attempt: number;
  /** How it ended; `lost` is for the store to say. */
  readonly outcome: Exclude<Outcome, "lost">;
  /** When it started, epoch milliseconds on the fleet's clock; 0 if it never did. */
  readonly startedAt: number;
  /** When it ended, epoch milliseconds on the fleet's clock. */
  readonly endedAt: number;
  /** Give the run back, to be handed to whoever claims or syncs the job next, instead of ending it. */
  readonly rerun: boolean;
  /** The run is over by its limit, but its handler goes on: it counts for overlap until that is reported again. */
  readonly holds?: boolean | undefined;
  /**
   * The run goes on, and whoever has it asks that it stays its own until then, epoch milliseconds (R56). Nothing ends, and nothing else
   * that is said of an end is looked at. Default: the run has ended.
   */
  readonly extendsTo?: number | undefined;
  /** When the next attempt of the fire may start, epoch milliseconds: it waits in the record. Default: there is none. */
  readonly retryAt?: number | undefined;
  /** What the history, the next attempt and whoever waits for the result are told that this one failed with. */
  readonly error?: string | undefined;
  /** What the handler returned, where the result of the fire is kept. Default: nothing, or nobody keeps it. */
  readonly returned?: Returned | undefined;
}

/** Ends runs. At most 200. */
export interface CompleteRequest {
  /** Tells requests apart. */
  readonly _tag: "Complete";
  /** The service whose runs they are. */
  readonly service: string;
  /** The identity of the node that ran them. */
  readonly incarnation: string;
  /** The runs that ended. */
  readonly items: ReadonlyArray<Completion>;
}

/**
 * What became of the end of a run: recorded; not, as the record has no such run (any more); or not, as the record cannot be read:
 * it was left alone, and the end is to be reported again.
 */
export type CompleteStatus = "ok" | "gone" | "unreadable";

/** The answer, in the order of the items: `gone` if the store no longer had the run. */
export interface CompleteReply {
  /** Tells answers apart. */
  readonly _tag: "Complete";
  /** One for each item. */
  readonly results: ReadonlyArray<CompleteStatus>;
  /** Those of their jobs of which a fire of the schedule has waited for the end of a run, and may start. Default: none. */
  readonly open?: ReadonlyArray<string> | undefined;
}
