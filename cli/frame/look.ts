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

/** How many schedules are looked at for what is overdue of them: one request, whatever there are. */
const mostSchedules = 1_000;

/** How many handlers with overdue schedules are asked about. */
const mostHandlers = 10;

/** What is overdue of a handler's schedules. */
export interface OverdueSchedules {
  readonly handler: string;
  /** How many of those that were looked at. */
  readonly count: number;
  /** One of them. */
  readonly id: string;
  /** The members that have the handler, by name. */
  readonly handledBy: ReadonlyArray<string>;
}

/** Looks at schedules in the store for those that nobody decides: at the first thousand, as there may be millions. */
export const overdueSchedules = async (
  { client }: Pick<Fleet, "client">,
  { storeTime }: Seen,
): Promise<ReadonlyArray<OverdueSchedules>> => {
  const { schedules } = await client.schedules.list({ limit: mostSchedules }).catch((error) => {
    if (error.reason === "Misconfigured") return { schedules: [] };
    throw error;
  });
  const byHandler = new Map<string, { readonly id: string; readonly count: number }>();
  for (const { active, handler, id, nextDueAt = Infinity, paused } of schedules) {
    if (paused || active > 0 || nextDueAt > storeTime) continue;
    const { count, id: first } = byHandler.get(handler) ?? { count: 0, id };
    byHandler.set(handler, { id: first, count: count + 1 });
  }
  const found = await Promise.all(
    [...byHandler].slice(0, mostHandlers).map(async ([handler, { count, id }]) => {
      const { handledBy, holdups } = await client.schedules.explain(id);
      return holdups.some(({ reason }) => reason === "overdue") ? [{ handler, count, id, handledBy }] : [];
    }),
  );
  return found.flat();
};

/** A job as JSON: without what only a program in the same process can use, and without its runs, which are listed apart. */
export const jobData = ({ expression: _, runs: __, ...rest }: JobInfo): Omit<JobInfo, "expression" | "runs"> => rest;

/** How many jobs each member owns, by incarnation. */
export const ownedBy = (view: View.View): ReadonlyMap<string, number> => {
  const owned = Ownership.owned(Ownership.of(view));
  return new Map(view.members.map(({ incarnation }) => [incarnation, owned.get(incarnation) ?? 0]));
};
