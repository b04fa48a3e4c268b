/**
 * Looks at the fleet, kept for some seconds and shared by all who watch: what the store is asked does not grow with them.
 *
 * Answers are kept, and no promise of one: a Worker must not wait for what another request of it began.
 */
import * as Ownership from "../../src/core/ring/Ownership.ts";
import type {
  ActiveFire,
  Explanation,
  FleetOverview,
  HistoryLine,
  HistoryOptions,
  HistoryPage,
  JobInfo,
  MemberStatus,
} from "../../src/shell/Insight.ts";
import { ownershipOf } from "../../src/shell/ownershipOf.ts";
import type { Client } from "../../src/shell/promiseClient.ts";
import type { ScheduleInfo, SchedulePage } from "../../src/shell/Schedules.ts";
import { jobsOf } from "./jobsOf.ts";
import type { JobSeen, JobTold, MemberSeen, Seen } from "./Seen.ts";

/** Lines of the history that the pictures are made of. */
const mostLines = 1_000;

/** Lines of the history on the page of a job. */
const linesOfJob = 50;

/** Jobs whose records come with one request, where they are small. */
const jobsPerRequest = 100;

/** What pages look at. */
export interface Looks {
  /** The whole fleet, without what its jobs are. */
  readonly fleet: () => Promise<Seen>;
  /** Some of its jobs with what they are. */
  readonly told: (jobs: ReadonlyArray<JobSeen>) => Promise<ReadonlyArray<JobTold>>;
  /** One job. */
  readonly job: (name: string) => Promise<JobLook>;
  /** What runs of one job; never kept. */
  readonly runs: (job: string) => Promise<ReadonlyArray<ActiveFire>>;
  /** A page of the history; never kept. */
  readonly history: (options: HistoryOptions) => Promise<HistoryPage>;
  /** Who is there, without what each owns. */
  readonly members: () => Promise<ReadonlyArray<MemberStatus>>;
  /** A page of the schedules in the store. */
  readonly schedules: (asked: SchedulesAsked) => Promise<SchedulePage>;
  /** One of them; undefined if there is none. */
  readonly schedule: (id: string) => Promise<ScheduleInfo | undefined>;
  /** Forgets what was seen, as it has just been changed. */
  readonly forget: () => void;
}

/** One job: why it stands as it does, and what ran of it. */
export interface JobLook {
  readonly explained: Explanation;
  /** The newest first. */
  readonly lines: ReadonlyArray<HistoryLine>;
  /** Whether there are more. */
  readonly hasMore: boolean;
}

/** Which schedules a page shows. */
export interface SchedulesAsked {
  /** What their ids begin with. */
  readonly prefix: string;
  readonly handler: string;
  readonly cursor: string;
}

/** Schedules on a page. */
const schedulesPerPage = 100;

/** Of one handler so many are looked at with one request, and so many requests are sent until one is found. */
const mostLookedAt = 1_000;
const mostLooks = 5;

/** A page; one of a handler alone has whatever is found among those that are looked at. */
const schedulesIn = async (client: Client, { cursor, handler, prefix }: SchedulesAsked): Promise<SchedulePage> => {
  const begins = prefix === "" ? {} : { prefix };
  const after = cursor === "" ? {} : { cursor };
  if (handler === "") return await client.schedules.list({ ...begins, ...after, limit: schedulesPerPage });
  const asked = { ...begins, handler, limit: mostLookedAt };
  let page = await client.schedules.list({ ...asked, ...after });
  for (let n = 1; n < mostLooks && page.schedules.length === 0 && page.cursor !== undefined; n++) {
    page = await client.schedules.list({ ...asked, cursor: page.cursor });
  }
  return page;
};

/** Keeps answers to different questions, the last of them, each for as long as it says. */
const keepingEach = <Q, A>(now: () => number, look: (asked: Q) => Promise<A>, freshMs: number) => {
  const kept = new Map<string, { readonly at: number; readonly seen: A }>();
  return {
    see: async (asked: Q): Promise<A> => {
      const key = JSON.stringify(asked);
      const found = kept.get(key);
      const at = now();
      if (found !== undefined && at >= found.at && at - found.at < freshMs) return found.seen;
      const seen = await look(asked);
      kept.delete(key);
      kept.set(key, { at: now(), seen });
      for (const oldest of kept.keys()) {
        if (kept.size <= mostKept) break;
        kept.delete(oldest);
      }
      return seen;
    },
    forget: (): void => kept.clear(),
  };
};

/** Answers to so many questions of one kind are kept. */
const mostKept = 32;

/** Keeps an answer for as long as it says. */
const keeping = <A>(now: () => number, look: () => Promise<A>, freshMs: (seen: A) => number) => {
  let kept: { readonly at: number; readonly seen: A } | undefined;
  return {
    see: async (): Promise<A> => {
      const at = now();
      if (kept !== undefined && at >= kept.at && at - kept.at < freshMs(kept.seen)) return kept.seen;
      const seen = await look();
      kept = { at: now(), seen };
      return seen;
    },
    /** When that was. */
    at: (): number => kept?.at ?? 0,
    forget: (): void => {
      kept = undefined;
    },
  };
};

const withOwned = (
  members: ReadonlyArray<MemberStatus>,
  ownership: Ownership.Ownership,
): ReadonlyArray<MemberSeen> => {
  const owned = Ownership.owned(ownership);
  return members.map((it) => ({ ...it, owned: owned.get(it.incarnation) ?? 0 }))
    .sort((a, b) => a.name === b.name ? (a.incarnation < b.incarnation ? -1 : 1) : a.name < b.name ? -1 : 1);
};

const jobIn = async (client: Client, name: string): Promise<JobLook> => {
  const [explained, { cursor, lines }] = await Promise.all([
    client.explain(name),
    client.history({ job: name, limit: linesOfJob }),
  ]);
  return { explained, lines, hasMore: cursor !== undefined };
};

/** Looks through a client, at most once in `freshMs`. */
export const looksOf = (client: Client, now: () => number, freshMs: number): Looks => {
  const members = keeping(now, () => client.members(), () => freshMs);
  const past = keeping(now, async () => (await client.history({ limit: mostLines })).lines, () => freshMs);
  // Records of many jobs take many requests: then they are looked at so seldom that these are one a second at most.
  const whole = keeping(
    now,
    () => client.overview(),
    (seen) => Math.max(freshMs, seen.jobs.length / jobsPerRequest * 1_000),
  );
  const lists = keepingEach(now, (asked: SchedulesAsked) => schedulesIn(client, asked), freshMs);
  const one = keepingEach(now, (id: string) => client.schedules.get(id), freshMs);
  const jobs = keepingEach(now, (name: string) => jobIn(client, name), freshMs);
  /** What was told of jobs of a look: nobody asks twice, also for what nobody tells. */
  let told: { readonly of: FleetOverview; readonly jobs: Map<string, JobInfo | undefined> } | undefined;
  let last: FleetOverview | undefined;
  let made:
    | { readonly from: FleetOverview; readonly ownership: Ownership.Ownership; readonly jobs: Seen["jobs"] }
    | undefined;
  const jobsIn = (
    from: FleetOverview,
    there: ReadonlyArray<MemberStatus>,
    ownership: Ownership.Ownership,
  ): Seen["jobs"] => {
    if (there === from.members) return from.jobs;
    if (made?.from !== from || made.ownership !== ownership) {
      made = { from, ownership, jobs: jobsOf(from.jobs, there, ownership) };
    }
    return made.jobs;
  };
  return {
    fleet: async () => {
      const [lines, seen] = await Promise.all([past.see(), whole.see()]);
      last = seen;
      // Where the records are looked at but seldom, who is there is to be known all the same.
      const isFresh = now() - whole.at() < freshMs;
      const there = isFresh ? seen.members : await members.see();
      const ownership = ownershipOf(there);
      return {
        now: now(),
        clockMs: seen.storeTime - whole.at(),
        members: withOwned(there, ownership),
        jobs: jobsIn(seen, there, ownership),
        lines,
      };
    },
    told: async (wanted) => {
      if (last === undefined) return wanted;
      if (told?.of !== last) told = { of: last, jobs: new Map() };
      const { jobs: known } = told;
      const asked = wanted.map(({ name }) => name).filter((name) => !known.has(name));
      const found = asked.length === 0 ? [] : await client.jobsNamed(asked);
      for (const name of asked) known.set(name, undefined);
      for (const it of found) known.set(it.name, it);
      // What it is, and not how it stands: that is to be what the page has chosen it by.
      return wanted.map((it): JobTold => {
        const { expression, words } = known.get(it.name) ?? {};
        return { ...it, expression, words };
      });
    },
    job: jobs.see,
    runs: (job) => client.runs({ job }),
    history: (options) => client.history(options),
    members: members.see,
    schedules: lists.see,
    schedule: one.see,
    forget: () => {
      for (const it of [members, past, whole, lists, one, jobs]) it.forget();
    },
  };
};
