/**
 * Looks at the fleet, kept for some seconds and shared by all who watch: what the store is asked does not grow with them.
 *
 * Answers are kept, and no promise of one: a Worker must not wait for what another request of it began.
 */
import * as Ownership from "../../src/core/ring/Ownership.ts";
import type { FleetInfo, HistoryOptions, HistoryPage, MemberStatus } from "../../src/shell/Insight.ts";
import type { Client } from "../../src/shell/promiseClient.ts";
import type { ScheduleInfo, SchedulePage } from "../../src/shell/Schedules.ts";
import { jobsOf } from "./jobsOf.ts";
import type { MemberSeen, Seen } from "./Seen.ts";

/** Lines of the history that the pictures are made of. */
const mostLines = 1_000;

/** Jobs whose records come with one request, where they are small. */
const jobsPerRequest = 100;

/** What pages look at. */
export interface Looks {
  /** The whole fleet. */
  readonly fleet: () => Promise<Seen>;
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

/** Pages of schedules that are kept at most. */
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

/** Who is in a fleet, as far as ownership goes by it. */
const viewMark = (members: ReadonlyArray<MemberStatus>): string =>
  members.map(({ deployment, incarnation, jobs, state, weight }) =>
    `${incarnation} ${state} ${weight} ${deployment} ${jobs.size}`
  ).join();

/** Looks through a client, at most once in `freshMs`. */
export const looksOf = (client: Client, now: () => number, freshMs: number): Looks => {
  const members = keeping(now, () => client.members(), () => freshMs);
  const past = keeping(now, async () => (await client.history({ limit: mostLines })).lines, () => freshMs);
  // Records of many jobs take many requests: then they are looked at so seldom that these are one a second at most.
  const whole = keeping(
    now,
    () => client.fleet(),
    (seen) => Math.max(freshMs, seen.jobs.length / jobsPerRequest * 1_000),
  );
  const lists = keepingEach(now, (asked: SchedulesAsked) => schedulesIn(client, asked), freshMs);
  const one = keepingEach(now, (id: string) => client.schedules.get(id), freshMs);
  let ring: { readonly mark: string; readonly ownership: Ownership.Ownership } | undefined;
  const ownershipOf = (seen: ReadonlyArray<MemberStatus>): Ownership.Ownership => {
    const mark = viewMark(seen);
    if (ring?.mark !== mark) ring = { mark, ownership: Ownership.of({ version: 1, storeTime: 0, members: seen }) };
    return ring.ownership;
  };
  let made:
    | { readonly from: FleetInfo; readonly ownership: Ownership.Ownership; readonly jobs: Seen["jobs"] }
    | undefined;
  const jobsIn = (
    from: FleetInfo,
    there: ReadonlyArray<MemberStatus>,
    ownership: Ownership.Ownership,
  ): Seen["jobs"] => {
    if (made?.from !== from || made.ownership !== ownership) {
      made = { from, ownership, jobs: jobsOf(from.jobs, there, ownership) };
    }
    return made.jobs;
  };
  return {
    fleet: async () => {
      const [lines, seen] = await Promise.all([past.see(), whole.see()]);
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
    history: (options) => client.history(options),
    members: members.see,
    schedules: lists.see,
    schedule: one.see,
    forget: () => {
      for (const it of [members, past, whole, lists, one]) it.forget();
    },
  };
};
