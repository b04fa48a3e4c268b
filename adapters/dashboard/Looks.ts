/**
 * Looks at the fleet, kept for some seconds and shared by all who watch: what the store is asked does not grow with them.
 *
 * Answers are kept, and no promise of one: a Worker must not wait for what another request of it began.
 */
import * as Ownership from "../../src/core/ring/Ownership.ts";
import type {
  ActiveFire,
  Explanation,
  HistoryLine,
  HistoryOptions,
  HistoryPage,
  JobInfo,
  MemberStatus,
} from "../../src/shell/Insight.ts";
import { isOfFires } from "../../src/shell/fires.ts";
import type { Client } from "../../src/shell/promiseClient.ts";
import type { ScheduleInfo, SchedulePage } from "../../src/shell/Schedules.ts";
import type { ActionLine } from "./pages/parts.ts";
import { rolling } from "./rolling.ts";
import type { JobSeen, JobTold, MemberSeen, Seen } from "./Seen.ts";

/** Lines of the history that the pictures are made of. */
const mostLines = 1_000;

/** Lines of the history on the page of a job, or of a schedule. */
const linesOfJob = 50;

/** What pages look at. */
export interface Looks {
  /** The whole fleet, without what its jobs are. */
  readonly fleet: () => Promise<Seen>;
  /** Whether the whole fleet is being read, which takes its time: at first, and where many jobs are read anew. */
  readonly isLong: () => boolean;
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
  /** What was done with a schedule by people who were named, among the last lines of the history. */
  readonly done: (schedule: string) => Promise<ReadonlyArray<ActionLine>>;
  /** Forgets what was seen, as something was just asked of a job, or of all. */
  readonly forget: (job: string | undefined) => void;
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

/** Keeps an answer for a while. */
const keeping = <A>(now: () => number, look: () => Promise<A>, freshMs: number) => {
  let kept: { readonly at: number; readonly seen: A } | undefined;
  return {
    see: async (): Promise<A> => {
      const at = now();
      if (kept !== undefined && at >= kept.at && at - kept.at < freshMs) return kept.seen;
      const seen = await look();
      kept = { at: now(), seen };
      return seen;
    },
    forget: (): void => {
      kept = undefined;
    },
  };
};

const withOwned = (
  members: ReadonlyArray<MemberStatus>,
  owned: ReadonlyMap<string, number>,
): ReadonlyArray<MemberSeen> =>
  members.map((it) => ({ ...it, owned: owned.get(it.incarnation) ?? 0 }))
    .sort((a, b) => a.name === b.name ? (a.incarnation < b.incarnation ? -1 : 1) : a.name < b.name ? -1 : 1);

const jobIn = async (client: Client, name: string): Promise<JobLook> => {
  const [explained, { cursor, lines }] = await Promise.all([
    client.explain(name),
    client.history({ job: name, limit: linesOfJob }),
  ]);
  return { explained, lines, hasMore: cursor !== undefined };
};

/** What jobs are is remembered of so many. */
const mostTold = 2_000;

/** What jobs are, asked for once of each definition; where nobody has told that yet, again after `freshMs`. */
const telling = (client: Client, now: () => number, freshMs: number) => {
  const known = new Map<string, Partial<JobInfo> & { readonly at: number }>();
  const isTold = ({ definition, name }: JobSeen): boolean => {
    const it = known.get(name);
    if (it === undefined || (it.definition !== undefined && it.definition !== definition)) return false;
    return it.expression !== undefined || (now() >= it.at && now() - it.at < freshMs);
  };
  return async (wanted: ReadonlyArray<JobSeen>): Promise<ReadonlyArray<JobTold>> => {
    const asked = wanted.filter((it) => !isTold(it)).map(({ name }) => name);
    const found = asked.length === 0 ? [] : await client.jobsNamed(asked);
    if (known.size > mostTold) known.clear();
    for (const name of asked) known.set(name, { at: now() });
    for (const it of found) known.set(it.name, { ...it, at: now() });
    // What it is, and not how it stands: that is to be what the page has chosen it by.
    return wanted.map((it): JobTold => {
      const { expression, words } = known.get(it.name) ?? {};
      return { ...it, expression, words };
    });
  };
};

/** Looks through a client, at most once in `freshMs`. */
export const looksOf = (client: Client, now: () => number, freshMs: number): Looks => {
  const members = keeping(now, () => client.members(), freshMs);
  const past = keeping(now, async () => (await client.history({ limit: mostLines })).lines, freshMs);
  const whole = rolling(client, now, freshMs);
  const lists = keepingEach(now, (asked: SchedulesAsked) => schedulesIn(client, asked), freshMs);
  const one = keepingEach(now, (id: string) => client.schedules.get(id), freshMs);
  const jobs = keepingEach(now, (name: string) => jobIn(client, name), freshMs);
  const told = telling(client, now, freshMs);
  let counted: { readonly of: Ownership.Ownership; readonly owned: ReadonlyMap<string, number> } | undefined;
  return {
    fleet: async () => {
      const [lines, seen] = await Promise.all([past.see(), whole.see()]);
      const { at, ownership, storeTime } = seen;
      if (counted?.of !== ownership) counted = { of: ownership, owned: Ownership.owned(ownership) };
      return {
        now: now(),
        clockMs: storeTime - at,
        members: withOwned(seen.members, counted.owned),
        jobs: seen.jobs,
        // What people did is no part of the pictures.
        lines: lines.filter(isOfFires),
      };
    },
    isLong: whole.isLong,
    told: (wanted) => {
      whole.watch(wanted.map(({ name }) => name));
      return told(wanted);
    },
    job: jobs.see,
    runs: (job) => client.runs({ job }),
    history: (options) => client.history(options),
    members: members.see,
    schedules: lists.see,
    schedule: one.see,
    done: async (schedule) =>
      (await past.see()).filter((it): it is ActionLine => it._tag === "Action" && it.schedule === schedule)
        .slice(0, linesOfJob),
    forget: (job) => {
      whole.forget(job);
      for (const it of [members, past, lists, one, jobs]) it.forget();
    },
  };
};
