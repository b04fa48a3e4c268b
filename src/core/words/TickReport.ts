/**
 * What a tick tells of what it did.
 */

/** A run of a tick that did not succeed. */
export interface TickFailure {
  /** The job's name; of a schedule in the store that of its handler. */
  readonly job: string;
  /** Which schedule in the store it was of. Default: it was of a job. */
  readonly schedule?: string | undefined;
  /** service/job/instant, as `run.id`. */
  readonly id: string;
  /** `failed`, `timed-out`; `cancelled` where somebody wished it; that or `handed-on` where the time of the tick was up. */
  readonly outcome: "failed" | "timed-out" | "cancelled" | "handed-on";
  /** What it failed with, as text; undefined if nothing was told. */
  readonly error: string | undefined;
}

/** What became of a tick. */
export interface TickReport {
  /** How many runs were started. */
  readonly started: number;
  /** How many of them succeeded. */
  readonly succeeded: number;
  /** How many of them did not, each of which is in `failures`. */
  readonly failed: number;
  /** How many fires were decided not to run; one for a number that nobody has counted. */
  readonly skipped: number;
  /** How many jobs have something due that this tick did not get to. */
  readonly left: number;
  /** When the service wants a tick again, epoch milliseconds; undefined if nothing is to come. In the past if something is left. */
  readonly nextDueAt: number | undefined;
  /** Jobs that were left alone, as another definition of them is in force and the ticker has no `deployment` to replace it with. */
  readonly outdated: ReadonlyArray<string>;
  /** The runs that did not succeed. */
  readonly failures: ReadonlyArray<TickFailure>;
}
