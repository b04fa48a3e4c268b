/**
 * A whole fleet, looked at once and then a part at a time. A job changes when it is due, while it runs, and when somebody asks something of
 * it: those that may have changed are looked at again, those that somebody has before their eyes, and of all others the next ones in
 * turn. So a fleet of ten thousand jobs costs no more each time than one of some hundred, and keeps nobody waiting.
 */
import type * as Ownership from "../../src/core/ring/Ownership.ts";
import type { FleetOverview, JobStanding, MemberStatus } from "../../src/shell/Insight.ts";
import { ownershipOf } from "../../src/shell/ownershipOf.ts";
import type { Client } from "../../src/shell/promiseClient.ts";
import { jobsOf } from "./jobsOf.ts";
import { underWay } from "./underWay.ts";

/** A fleet, parts of which were looked at earlier than others. */
export interface Rolled {
  /** When it was looked at last, epoch milliseconds of this host. */
  readonly at: number;
  /** The store's clock then. */
  readonly storeTime: number;
  readonly members: ReadonlyArray<MemberStatus>;
  readonly ownership: Ownership.Ownership;
  /** By name, with who declares them as of then. */
  readonly jobs: ReadonlyArray<JobStanding>;
}

/** Looks at a fleet again and again. */
export interface Rolling {
  readonly see: () => Promise<Rolled>;
  /** Whether somebody looks at all of a fleet that is large, or of which nothing is known yet. */
  readonly isLong: () => boolean;
  /** Which jobs somebody looks at. */
  readonly watch: (names: ReadonlyArray<string>) => void;
  /** Something was asked of a job, or of all. */
  readonly forget: (job: string | undefined) => void;
}

/** Jobs of one part: a request of most stores. */
const perPart = 400;

/** So many of a part are for those whose turn it is, however many may have changed. */
const inTurn = 100;

/** After so long all names are listed anew, as nobody tells of jobs that no member declares. Milliseconds. */
const wholeMs = 600_000;

/** Whether a job may have changed since it was looked at, without anybody asking something of it. */
const isAstir = ({ nextDueAt = Infinity, runs, state }: JobStanding, storeTime: number): boolean =>
  runs.length > 0 || nextDueAt <= storeTime || state === "new";

/** Looks through a client, at most once in `freshMs`. */
export const rolling = (client: Client, now: () => number, freshMs: number): Rolling => {
  let kept: { readonly seen: Rolled; readonly wholeAt: number } | undefined;
  let watched: ReadonlyArray<string> = [];
  let [astir, turn] = [0, 0];

  const keep = (seen: Rolled, wholeAt: number = seen.at): Rolled => {
    kept = { seen, wholeAt };
    return seen;
  };

  const whole = async (): Promise<Rolled> => {
    const { jobs, members, storeTime } = await client.overview();
    return { at: now(), storeTime, members, ownership: ownershipOf(members), jobs };
  };

  const long = underWay(whole, keep);

  /** Which jobs are looked at next. */
  const part = ({ at, jobs, storeTime }: Rolled): ReadonlyArray<string> => {
    const wanted = new Set(watched);
    const instant = storeTime + (now() - at);
    /** Adds those that fit, beginning somewhere, until there are enough. The answer is where to go on. */
    const add = (from: number, most: number, fits: (job: JobStanding) => boolean): number => {
      for (let n = 0; n < jobs.length; n++) {
        const index = (from + n) % jobs.length;
        if (wanted.size >= most) return index;
        const job = jobs[index] as JobStanding;
        if (fits(job)) wanted.add(job.name);
      }
      return 0;
    };
    astir = add(astir, perPart - inTurn, (it) => isAstir(it, instant));
    turn = add(turn, perPart, () => true);
    return [...wanted];
  };

  /** What was seen before, with what is known anew of some of it. */
  const merged = (
    before: Rolled,
    wanted: ReadonlyArray<string>,
    { jobs: found, members, storeTime }: FleetOverview,
  ): Rolled => {
    const again = new Map<string, JobStanding | undefined>(wanted.map((name) => [name, undefined]));
    for (const it of found) again.set(it.name, it);
    const jobs: Array<JobStanding> = [];
    for (const it of before.jobs) {
      const job = again.has(it.name) ? again.get(it.name) : it;
      again.delete(it.name);
      if (job !== undefined) jobs.push(job);
    }
    const more = [...again.values()].filter((it) => it !== undefined);
    if (more.length > 0) {
      jobs.push(...more);
      jobs.sort((a, b) => a.name < b.name ? -1 : 1);
    }
    const ownership = ownershipOf(members);
    const ruled = ownership === before.ownership ? jobs : jobsOf(jobs, members, ownership);
    return { at: now(), storeTime, members, ownership, jobs: ruled };
  };

  const anew = async (before: Rolled, wholeAt: number): Promise<Rolled> => {
    const wanted = part(before);
    const seen = merged(before, wanted, await client.overviewNamed(wanted));
    if (seen.ownership === before.ownership) return keep(seen, wholeAt);
    const names = new Set(seen.jobs.map(({ name }) => name));
    const missing = [...seen.ownership.definitions.keys()].filter((name) => !names.has(name));
    if (missing.length === 0) return keep(seen, wholeAt);
    if (missing.length > perPart) return await long.see();
    return keep(merged(seen, missing, await client.overviewNamed(missing)), wholeAt);
  };

  return {
    see: async () => {
      const at = now();
      if (kept === undefined) return await long.see();
      const { seen, wholeAt } = kept;
      if (at >= seen.at && at - seen.at < freshMs) return seen;
      if (seen.jobs.length <= perPart) return keep(await whole());
      return at < seen.at || at - wholeAt >= wholeMs ? await long.see() : await anew(seen, wholeAt);
    },
    isLong: long.isUnderWay,
    watch: (names) => void (watched = names.slice(0, perPart - 2 * inTurn)),
    forget: (job) => {
      long.forget();
      if (kept === undefined) return;
      if (job === undefined) {
        kept = undefined;
        return;
      }
      // What was seen is old from now on; the job is among those that are looked at next.
      const { seen } = kept;
      kept = { ...kept, seen: { ...seen, at: seen.at - freshMs, storeTime: seen.storeTime - freshMs } };
      if (!watched.includes(job)) watched = [job, ...watched];
    },
  };
};
