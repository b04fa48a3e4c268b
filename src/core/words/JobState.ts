/**
 * Where a job stands, as whoever looks is told it.
 */
import type { Run } from "./Fire.ts";

/** What was said of a pause. */
export interface PauseNote {
  /** Who paused the job. Default: nobody said. */
  readonly by?: string | undefined;
  /** Why. Default: nobody said. */
  readonly reason?: string | undefined;
}

/** A run as the store has it. */
export interface ActiveRun extends Run {
  /** The incarnation it was handed to; empty while nobody has it. A queued fire has nobody, and attempt 0. */
  readonly holder: string;
  /** It ended by its limit, and its handler goes on. Default: no. */
  readonly isOver?: boolean | undefined;
}

/** Where one job stands. */
export interface JobState {
  /** The job's name. */
  readonly job: string;
  /** Every fire at or before it has a decision, none after it has. Epoch milliseconds. */
  readonly watermark: number;
  /** Whether the job is paused. */
  readonly paused: boolean;
  /** What was said of the pause. Default: nothing, or the job is not paused. */
  readonly pause?: PauseNote | undefined;
  /** The hash of the definition in force. */
  readonly definition: string;
  /** How many runs of the schedule were counted under a limit. Default: none. */
  readonly counted?: number | undefined;
  /** Since when its first undecided fire is due, or will be, epoch milliseconds. Default: it waits for none. */
  readonly nextDueAt?: number | undefined;
  /** When that fire starts, where jitter moves that, epoch milliseconds. Default: when it is due. */
  readonly nextStartsAt?: number | undefined;
  /** Whether it was paused with all others. Default: it was not. */
  readonly pausedWithAll?: boolean | undefined;
  /**
   * Whether ticks look after it: whoever decided something of it last, or made it known, was one. Default: a node did.
   */
  readonly ticked?: boolean | undefined;
  /** The runs that have not ended. */
  readonly active: ReadonlyArray<ActiveRun>;
}
