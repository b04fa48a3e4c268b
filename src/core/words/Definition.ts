/**
 * What a job is, as far as a store can keep it: when it is due and under which policies it runs, without its handler.
 */
import type { Policies } from "./Policy.ts";

/** The definition of a job. Two of them are the same if hash and version of the policies are. */
export interface Definition {
  /** Hash of the schedule: what a record and its claims compare. Policies are no part of it. */
  readonly hash: string;
  /** The schedule in its canonical text, with zone, DST rule and bounds before it: whoever parses it has the same schedule. */
  readonly schedule: string;
  /** The schedule as it was written, where that is another text. */
  readonly written?: string | undefined;
  /** How it runs. */
  readonly policies: Policies;
}
