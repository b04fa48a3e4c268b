/**
 * What people want to see of a fleet: what ran, what runs, and who is there.
 */
import * as Effect from "effect/Effect";
import * as Result from "effect/Result";
import { demand, type InvalidInput, wrongOptions } from "../core/words/InvalidInput.ts";
import * as Fire from "../core/words/Fire.ts";
import * as Names from "../core/words/Names.ts";
import type { Member } from "../core/words/View.ts";
import * as commands from "../core/engine/commands.ts";
import type { Carrier, DriverError } from "../Driver.ts";
import type { HistoryEntry, PeekReply, PeekRequest } from "../core/words/Request.ts";
import { UnknownJob } from "./Control.ts";
import { explain, type Explanation } from "./explain.ts";
import { type ActiveFire, fireOf, type HistoryLine, isOfFires, namesOf } from "./fires.ts";
import { type HistoryOptions, outcomes, pageOf } from "./historyPage.ts";
import { type JobInfo, jobsFound, type JobStanding, type Look, standingsFound, viewOf } from "./JobInfo.ts";
import { nearest } from "./nearest.ts";
import { ownershipOf } from "./ownershipOf.ts";
import { type ComingFires, nextFires, type NextFiresOptions } from "./nextFires.ts";
import { whole as wholeNumber } from "./ranges.ts";

export type { ActiveFire, FireLine, HistoryLine, RunState } from "./fires.ts";
export type { HistoryOptions } from "./historyPage.ts";
export type { Explanation, Holdup, Ranked } from "./explain.ts";
export type { JobInfo, JobStanding } from "./JobInfo.ts";
export type { ComingFire, ComingFires, NextFiresOptions } from "./nextFires.ts";

/** A page of the history. */
export interface HistoryPage {
  /** The newest first. */
  readonly lines: ReadonlyArray<HistoryLine>;
  /** For the page behind this one; undefined: there is none. */
  readonly cursor: string | undefined;
}

/** Which runs are wanted. */
export interface RunsOptions {
  /** Of this job alone. Default: of all. */
  readonly job?: string | undefined;
}

/** A member, and whether it has been heard of when it said it would. */
export interface MemberStatus extends Member {
  /** It has not been heard of since `nextBeatAt`, by the store's clock. */
  readonly isLate: boolean;
}

/** What a node and a client can tell of the whole fleet, each as of now. */
export interface Insight {
  /**
   * What ran, what was skipped, and what somebody did who was named with `by`, the newest first, a page at a time: of the last lines
   * that the store keeps of a service, at least 1,000. Of schedules in the store only the last kind is there.
   * Fails with `InvalidInput` or `DriverError`. Cost: two requests side by side, the same for every page.
   */
  readonly history: (options?: HistoryOptions) => Effect.Effect<HistoryPage, DriverError | InvalidInput>;
  /**
   * What runs now, waits for another attempt or is queued, of all jobs that the store knows, by job and instant. Fails with
   * `InvalidInput` or `DriverError`. Cost: a request for each page of keys, then one for each 100 to 400 jobs; two of one job alone.
   */
  readonly runs: (options?: RunsOptions) => Effect.Effect<ReadonlyArray<ActiveFire>, DriverError | InvalidInput>;
  /**
   * One job as the whole fleet has it, whoever declares it, with what ran last. That nobody declares it is its `state`; fails with
   * `UnknownJob` (with the nearest names) if neither the store nor a member knows it, with `InvalidInput` or `DriverError`. Cost:
   * three requests side by side, and another one where its definition was not read before.
   */
  readonly job: (name: string) => Effect.Effect<JobDetails, DriverError | InvalidInput | UnknownJob>;
  /**
   * The fires that are to come of all jobs that run, the earliest first: those that a member declares, and that are neither paused nor
   * finished. Fails with `InvalidInput` or `DriverError`. Cost: as `jobs` of a client.
   */
  readonly nextFires: (options?: NextFiresOptions) => Effect.Effect<ComingFires, DriverError | InvalidInput>;
  /**
   * What of a job waits for its turn: fires that people asked for, those of its schedule that wait for the run before them, and
   * attempts after a failure, by instant. Fails as `job`. Cost: two requests side by side.
   */
  readonly queue: (name: string) => Effect.Effect<ReadonlyArray<ActiveFire>, DriverError | InvalidInput | UnknownJob>;
  /**
   * Why a job stands as it does: its definition, who tries its fires and in which order, what holds it up, what was decided last;
   * in data and in words. Fails, and costs, as `job`.
   */
  readonly explain: (name: string) => Effect.Effect<Explanation, DriverError | InvalidInput | UnknownJob>;
}

/** A job, with what ran last. */
export interface JobDetails extends JobInfo {
  /** The newest first, at most ten. */
  readonly history: ReadonlyArray<HistoryLine>;
}

/** A whole service, as of one look. */
export interface FleetInfo {
  /** The store's clock, epoch milliseconds. */
  readonly storeTime: number;
  /** The members, sorted by incarnation. */
  readonly members: ReadonlyArray<MemberStatus>;
  /** All jobs, by name. */
  readonly jobs: ReadonlyArray<JobInfo>;
}

/** A whole service as of one look, without what its jobs are. */
export interface FleetOverview extends Omit<FleetInfo, "jobs"> {
  /** How all jobs stand, by name. */
  readonly jobs: ReadonlyArray<JobStanding>;
}

/** Insight, and who is there, which a node has in its pool. */
export interface ClientInsight extends Insight {
  /**
   * All jobs that the store or a member knows, by name. Fails with `DriverError`. Cost: as `runs`, and a request for each 100 to 400
   * jobs whose definitions were not read before.
   */
  readonly jobs: Effect.Effect<ReadonlyArray<JobInfo>, DriverError>;
  /** Members and jobs as of one look: what `members` and `jobs` tell. Fails with `DriverError`. Cost: as `jobs`. */
  readonly fleet: Effect.Effect<FleetInfo, DriverError>;
  /**
   * The same without what jobs are, for those who show some of many jobs, and ask `jobsNamed` about these. Fails with `DriverError`.
   * Cost: as `runs`.
   */
  readonly overview: Effect.Effect<FleetOverview, DriverError>;
  /**
   * The same with the jobs of these names alone, in their order: for those who look again at some of many. Fails with `InvalidInput` or
   * `DriverError`. Cost: two requests side by side for up to 100 to 400 jobs.
   */
  readonly overviewNamed: (
    names: ReadonlyArray<string>,
  ) => Effect.Effect<FleetOverview, DriverError | InvalidInput>;
  /**
   * The jobs of these names that the store or a member knows, in their order. Fails with `InvalidInput` or `DriverError`. Cost: two
   * requests side by side for up to 100 to 400 jobs, and another one where what they are was not read before.
   */
  readonly jobsNamed: (
    names: ReadonlyArray<string>,
  ) => Effect.Effect<ReadonlyArray<JobInfo>, DriverError | InvalidInput>;
  /** The members, sorted by incarnation. Fails with `DriverError`. Cost: one request. */
  readonly members: Effect.Effect<ReadonlyArray<MemberStatus>, DriverError>;
}

const checkJob = (job: unknown): void => {
  const named = job === undefined ? undefined : Names.job(job);
  if (named?._tag === "Failure") throw named.failure;
};

const isInstant = (it: unknown): boolean => it === undefined || (typeof it === "number" && Number.isFinite(it));

const checkLimit = (limit: unknown = 100): void => void Result.getOrThrow(wholeNumber("limit", limit, 1, 1_000));

const checkHistory = ({ cursor, from, job, limit, outcome, schedule, to }: HistoryOptions): void => {
  checkJob(job);
  const isId = schedule === undefined || (typeof schedule === "string" && schedule !== "");
  demand(isId, "schedule", schedule, "the id of a schedule");
  demand(outcome === undefined || outcomes.includes(outcome), "outcome", outcome, outcomes.join(", "));
  checkLimit(limit);
  demand(isInstant(from), "from", from, "epoch milliseconds");
  demand(isInstant(to), "to", to, "epoch milliseconds");
  demand(cursor === undefined || typeof cursor === "string", "cursor", cursor, "the cursor of a page");
};

/** Options of a call, checked. */
const checked = <A extends object>(
  options: A | undefined,
  fields: ReadonlyArray<string>,
  checkOwn: (options: A) => void,
): Effect.Effect<A, InvalidInput> =>
  Effect.try({
    try: () => {
      const wrong = wrongOptions(options, fields);
      if (wrong !== undefined) throw wrong;
      const given = options ?? {} as A;
      checkOwn(given);
      return given;
    },
    catch: (error) => error as InvalidInput,
  });

/** Names of jobs, each once. */
const namesIn = (names: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, InvalidInput> =>
  Effect.try({
    try: () => {
      demand(Array.isArray(names), "names", names, "a list of names of jobs");
      for (const name of names) Result.getOrThrow(Names.job(name));
      return [...new Set(names)];
    },
    catch: (error) => error as InvalidInput,
  });

const checkFires = ({ from, limit, to }: NextFiresOptions): void => {
  demand(isInstant(from), "from", from, "epoch milliseconds");
  demand(isInstant(to) && (to ?? Infinity) > (from ?? -Infinity), "to", to, "epoch milliseconds, later than from");
  checkLimit(limit);
};

const linesOf = (
  service: string,
  entries: ReadonlyArray<HistoryEntry>,
  names: ReadonlyMap<string, string>,
): ReadonlyArray<HistoryLine> =>
  entries.map((entry): HistoryLine =>
    entry._tag === "Run"
      ? { ...entry, id: Fire.id(service, entry.job, entry.dueAt), node: names.get(entry.incarnation) }
      : entry
  );

const byInstant = (a: ActiveFire, b: ActiveFire): number =>
  a.job === b.job ? a.dueAt - b.dueAt : a.job < b.job ? -1 : 1;

const runsIn = (service: string, { jobs, members = [], storeTime }: PeekReply): ReadonlyArray<ActiveFire> => {
  const names = namesOf(members);
  const runs: Array<ActiveFire> = [];
  for (const { active } of jobs) for (const run of active) runs.push(fireOf(service, run, names, storeTime));
  return runs.sort(byInstant);
};

const statusOf = ({ members = [], storeTime }: PeekReply): ReadonlyArray<MemberStatus> =>
  members.map((it) => ({ ...it, isLate: storeTime > it.nextBeatAt }));

/** How many lines of its history come with a job. */
const lastLines = 10;

/** What is seen through a driver. `here` is the name of the node that asks. */
export const make = (service: string, driver: Carrier, here?: string): ClientInsight => {
  const peek = (wanted: Partial<PeekRequest>) =>
    driver.carry(commands.peek, { _tag: "Peek", service, jobs: [], history: false, members: true, ...wanted });

  const lookOf = (reply: PeekReply): Look => ({
    ...reply,
    members: reply.members ?? [],
    runs: runsIn(service, reply),
  });

  /** One job, and what it was found in. */
  const seen = Effect.fnUntraced(function* (name: string, wanted: Partial<PeekRequest>) {
    const job = yield* Effect.fromResult(Names.job(name));
    const reply = yield* peek({ ...wanted, jobs: [job] });
    const look = lookOf(reply);
    const ownership = ownershipOf(look.members);
    const [found] = jobsFound(look, ownership, [job]);
    if (found !== undefined) return { found, look, ownership, reply };
    // Only now are those of interest that nobody declares.
    const { definitions = new Map<string, never>(), jobs } = yield* peek({ all: true, definitions: true });
    const names = new Set([...ownership.definitions.keys(), ...jobs.map((it) => it.job), ...definitions.keys()]);
    return yield* Effect.fail(new UnknownJob({ job, nearest: nearest(job, names), isDeclared: false }));
  });

  const historyOf = (reply: PeekReply, job: string, limit = lastLines): ReadonlyArray<HistoryLine> =>
    linesOf(service, pageOf(reply.history, { job, limit }).entries, namesOf(reply.members ?? []));

  const fleetIn = <A>(reply: PeekReply, found: (look: Look) => ReadonlyArray<A>) => ({
    storeTime: reply.storeTime,
    members: statusOf(reply),
    jobs: found(lookOf(reply)),
  });

  const whole = <A>(definitions: boolean, found: (look: Look) => ReadonlyArray<A>) =>
    Effect.map(Effect.suspend(() => peek({ all: true, definitions })), (reply) => fleetIn(reply, found));
  const fleet = whole(true, (look) => jobsFound(look, ownershipOf(look.members)));

  return {
    history: Effect.fnUntraced(function* (options) {
      const given = yield* checked(
        options,
        ["job", "schedule", "outcome", "from", "to", "limit", "cursor"],
        checkHistory,
      );
      const look = yield* peek({ history: true });
      const page = pageOf(look.history, given);
      return { lines: linesOf(service, page.entries, namesOf(look.members ?? [])), cursor: page.cursor };
    }),
    runs: Effect.fnUntraced(function* (options) {
      const { job } = yield* checked(options, ["job"], (it: RunsOptions) => checkJob(it.job));
      return runsIn(service, yield* peek(job === undefined ? { all: true } : { jobs: [job] }));
    }),
    members: Effect.map(Effect.suspend(() => peek({})), statusOf),
    fleet,
    overview: whole(false, (look) => standingsFound(look, ownershipOf(look.members))),
    overviewNamed: Effect.fnUntraced(function* (names) {
      const wanted = yield* namesIn(names);
      const reply = yield* peek({ jobs: wanted });
      return fleetIn(reply, (look) => standingsFound(look, ownershipOf(look.members), wanted));
    }),
    jobsNamed: Effect.fnUntraced(function* (names) {
      const jobs = yield* namesIn(names);
      if (jobs.length === 0) return [];
      const look = lookOf(yield* peek({ jobs, definitions: true }));
      return jobsFound(look, ownershipOf(look.members), jobs);
    }),
    job: Effect.fnUntraced(function* (name) {
      const { found, reply } = yield* seen(name, { history: true, definitions: true });
      return { ...found, history: historyOf(reply, name) };
    }),
    jobs: Effect.map(fleet, ({ jobs }) => jobs),
    nextFires: Effect.fnUntraced(function* (options) {
      const given = yield* checked(options, ["from", "to", "limit"], checkFires);
      const { jobs, storeTime } = yield* fleet;
      return nextFires(service, jobs, storeTime, given);
    }),
    queue: Effect.fnUntraced(function* (name) {
      const { found } = yield* seen(name, {});
      return found.runs.filter(({ state }) => state === "waiting" || state === "queued");
    }),
    explain: Effect.fnUntraced(function* (name) {
      const { found, look, ownership, reply } = yield* seen(name, { history: true, definitions: true });
      return explain(found, {
        decisions: historyOf(reply, name, Infinity).filter(isOfFires).slice(0, lastLines),
        here,
        now: reply.storeTime,
        ownership,
        view: viewOf(look),
      });
    }),
  };
};
