/**
 * The view: who is in the fleet, as the store last told. An immutable snapshot and the only input of ownership.
 */

import { demandParts } from "./InvalidInput.ts";

/** The jobs a process declares: name to the hash of its definition. */
export type Declared = ReadonlyMap<string, string>;

/** One running scheduler. */
export interface Member {
  /** The node's identity: random, drawn at start and again after any suspension longer than its lease. */
  readonly incarnation: string;
  /** The configured name, for people. */
  readonly name: string;
  /** Its share of the jobs, relative to the others. */
  readonly weight: number;
  /** A leaving member owns nothing and goes on claiming until the others have seen that it leaves. */
  readonly state: "active" | "leaving";
  /** Which of two definitions of a job is current: the one of the higher deployment. */
  readonly deployment: number;
  /** When it promised to be heard of again, epoch milliseconds of the store. */
  readonly nextBeatAt: number;
  /** When it stops being a member unless it is heard of, epoch milliseconds of the store. */
  readonly leaseEndsAt: number;
  /** What it declares; only these it may own. */
  readonly jobs: Declared;
  /** Versions of the policies that it has for them, where those are not the defaults. Default: all are, or nobody asked. */
  readonly policies?: ReadonlyMap<string, string> | undefined;
  /** Handlers that it has for schedules in the store. Default: none. */
  readonly handlers?: ReadonlySet<string> | undefined;
}

/** A snapshot of the fleet. Equal versions mean equal members, states and declared jobs. */
export interface View {
  /** Grows with each change of the fleet; 0 before the store has been heard of. */
  readonly version: number;
  /** The store's clock when it answered, epoch milliseconds. */
  readonly storeTime: number;
  /** Sorted by incarnation. */
  readonly members: ReadonlyArray<Member>;
}

/** The view of a node that has not heard of the store yet. */
export const empty: View = { version: 0, storeTime: 0, members: [] };

/**
 * The definition of a job that is current in a view: that of the member with the highest deployment.
 *
 * Undefined when nobody declares the job. Cost: one pass over the members.
 *
 * @example
 * ```ts
 * import { View } from "ringcron";
 *
 * console.log(View.currentDefinition(View.empty, "invoices")); // undefined
 * ```
 */
export const currentDefinition = (view: View, job: string): string | undefined => {
  demandParts("view", view, "members");
  let best: Member | undefined;
  for (const member of view.members) {
    if (!member.jobs.has(job)) continue;
    if (
      best === undefined || member.deployment > best.deployment ||
      (member.deployment === best.deployment && member.incarnation > best.incarnation)
    ) best = member;
  }
  return best?.jobs.get(job);
};
