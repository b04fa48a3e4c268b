/**
 * What whoever gives a command knows of the fleet: a node by its view, a client by a look for each command.
 */
import type * as Effect from "effect/Effect";
import type { CronExpression } from "../core/schedule/CronExpression.ts";
import type { DriverError } from "../Driver.ts";

/** Who declares what, as far as it is known. */
export interface Declarations {
  /** Whether somebody declares a job; undefined where nobody can tell. */
  readonly isDeclared: (job: string) => boolean | undefined;
  /** The names of all jobs that are declared. */
  readonly names: ReadonlySet<string>;
  /** The store's clock, epoch milliseconds; 0 where it is not known without asking. */
  readonly now: number;
}

/** Whoever gives commands. */
export interface Knowledge {
  /** The schedule of a job that it declares itself; undefined for any other. */
  readonly ownSchedule: (job: string) => CronExpression | undefined;
  /** Who declares what, without asking. */
  readonly known: () => Declarations;
  /** The same, as of now. */
  readonly look: Effect.Effect<Declarations, DriverError>;
  /** Whether a job that is declared may become known to the store any moment. */
  readonly mayBeOnItsWay: () => boolean;
  /** Waits for a job of its own that is on its way to the store. */
  readonly registered: (job: string) => Effect.Effect<void>;
  /** Something was asked of a job, or of any if it is undefined: it is looked at here at once. */
  readonly nudge: (job: string | undefined) => void;
}
