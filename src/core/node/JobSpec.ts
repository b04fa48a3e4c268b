/**
 * What a job is to the machine, whether the program declares it or a schedule in the store says so.
 */
import type { CronExpression } from "../schedule/CronExpression.ts";
import type { Policies } from "../words/Policy.ts";

/** A job as the machine knows it: everything but its handler. */
export interface JobSpec {
  readonly name: string;
  readonly expression: CronExpression;
  readonly policies: Policies;
  /** Hash of what decides its fires. */
  readonly definition: string;
  /** Of a schedule in the store: the shelf that it stands on. */
  readonly shelf?: string | undefined;
  /** Of a schedule in the store: what its handler is given, as JSON. */
  readonly payload?: string | undefined;
  /** Of a schedule in the store: its version. */
  readonly version?: number | undefined;
}
