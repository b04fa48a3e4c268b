/**
 * One look at a whole service, and what is read from it: the same for `status`, `jobs`, `simulate` and `doctor`.
 */
import type { ActiveFire, JobInfo, MemberStatus, View } from "ringcron";
import { Ownership } from "ringcron/core";
import type { Fleet } from "./fleet.ts";

/** A service as it is. */
export interface Seen {
  /** The store's clock, epoch milliseconds. */
  readonly storeTime: number;
  readonly view: View.View;
  readonly members: ReadonlyArray<MemberStatus>;
  readonly jobs: ReadonlyArray<JobInfo>;
  readonly runs: ReadonlyArray<ActiveFire>;
}

/** Looks at all of it. */
export const lookAt = async ({ client }: Pick<Fleet, "client">): Promise<Seen> => {
  const { jobs, members, storeTime } = await client.fleet();
  return { storeTime, members, jobs, view: { version: 1, storeTime, members }, runs: jobs.flatMap(({ runs }) => runs) };
};

/** A job as JSON: without what only a program in the same process can use, and without its runs, which are listed apart. */
export const jobData = ({ expression: _, runs: __, ...rest }: JobInfo): Omit<JobInfo, "expression" | "runs"> => rest;

/** How many jobs each member owns, by incarnation. */
export const ownedBy = (view: View.View): ReadonlyMap<string, number> => {
  const owned = Ownership.owned(Ownership.of(view));
  return new Map(view.members.map(({ incarnation }) => [incarnation, owned.get(incarnation) ?? 0]));
};
