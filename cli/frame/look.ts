/**
 * One look at a whole service, and what is read from it: the same for `status`, `jobs`, `simulate` and `doctor`.
 */
import type { ActiveFire, JobInfo, MemberStatus, ScheduleInfo, View } from "ringcron";
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

/** How many schedules are looked at with one request for their ids. */
const schedulesPerPage = 1_000;

/** How many handlers with overdue schedules are told. */
const mostHandlers = 10;

/** What is overdue of a handler's schedules. */
export interface OverdueSchedules {
  readonly handler: string;
  /** How many of them. */
  readonly count: number;
  /** One of them. */
  readonly id: string;
  /** The members that have the handler, by name. */
  readonly handledBy: ReadonlyArray<string>;
}

const having = (handler: string, members: Seen["members"]): ReadonlyArray<string> =>
  [...new Set(members.filter(({ handlers }) => handlers?.has(handler) === true).map(({ name }) => name))].sort();

/** Pages of all schedules in the store; none where it keeps none. */
async function* schedulePages({ client }: Pick<Fleet, "client">): AsyncGenerator<ReadonlyArray<ScheduleInfo>> {
  let cursor: string | undefined;
  do {
    const page = await client.schedules.list({ limit: schedulesPerPage, cursor }).catch((error) => {
      if (error.reason === "Misconfigured") return { schedules: [], cursor: undefined };
      throw error;
    });
    yield page.schedules;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/**
 * Looks at all schedules in the store for those that nobody decides, by handler. Cost: a request for each thousand, and one for each part
 * of them that the store takes at once; there may be millions, so it says how far it is.
 */
export const overdueSchedules = async (
  fleet: Pick<Fleet, "client" | "session">,
  { members }: Pick<Seen, "members">,
): Promise<ReadonlyArray<OverdueSchedules>> => {
  const found = new Map<string, OverdueSchedules>();
  let looked = 0;
  for await (const schedules of schedulePages(fleet)) {
    for (const { handler, id, isOverdue } of schedules) {
      if (!isOverdue) continue;
      const before = found.get(handler);
      const { count, handledBy, id: first } = before ?? { count: 0, handledBy: having(handler, members), id };
      found.set(handler, { handler, id: first, count: count + 1, handledBy });
    }
    looked += schedules.length;
    fleet.session.doing(`looking at schedules, ${looked} so far`);
  }
  return [...found.values()].sort((a, b) => b.count - a.count).slice(0, mostHandlers);
};

/** A job as JSON: without what only a program in the same process can use, and without its runs, which are listed apart. */
export const jobData = ({ expression: _, runs: __, ...rest }: JobInfo): Omit<JobInfo, "expression" | "runs"> => rest;

/** How many jobs each member owns, by incarnation. */
export const ownedBy = (view: View.View): ReadonlyMap<string, number> => {
  const owned = Ownership.owned(Ownership.of(view));
  return new Map(view.members.map(({ incarnation }) => [incarnation, owned.get(incarnation) ?? 0]));
};
