/**
 * What people want to see of a fleet: what ran, what runs, and who is there.
 */
import { leaseOf } from "../core/ledger/lease.ts";
import * as Effect from "effect/Effect";
import { InvalidInput, wrongOptions } from "../core/words/InvalidInput.ts";
import * as Fire from "../core/words/Fire.ts";
import type { RunKind } from "../core/words/Fire.ts";
import * as Names from "../core/words/Names.ts";
import type { ActiveRun, HistoryEntry } from "../core/words/Request.ts";
import type { Member } from "../core/words/View.ts";
import type { Driver, DriverError } from "../Driver.ts";
import { type HistoryOptions, pageOf } from "./historyPage.ts";

export type { HistoryOptions } from "./historyPage.ts";

/**
 * One line of the history. Of a run: when it was due, started (0: never) and ended, epoch milliseconds, `id` as its handler had it,
 * and the name of its `node` if that is still a member. Of fires that were skipped: why, how many, and between which instants.
 */
export type HistoryLine =
  | Extract<HistoryEntry, { readonly _tag: "Run" }> & { readonly id: string; readonly node: string | undefined }
  | Extract<HistoryEntry, { readonly _tag: "Skip" }>;

/** A page of the history. */
export interface HistoryPage {
  /** The newest first. */
  readonly lines: ReadonlyArray<HistoryLine>;
  /** For the page behind this one; undefined: there is none. */
  readonly cursor: string | undefined;
}

/**
 * How far a run is.
 *
 * - `running`: a member has it, which starts it when it is due;
 * - `over`: it ended by its limit or was cancelled, and its handler goes on, as far as is known;
 * - `orphaned`: the node that had it is no member any more, or the lease of its tick is over; another one takes it over, or records it as lost;
 * - `waiting`: nobody has it: the next attempt of a fire, or one that was given back;
 * - `queued`: it waits for its turn: somebody asked for it, or a run of its job was active when it was due (kind `late`).
 */
export type RunState = "running" | "over" | "orphaned" | "waiting" | "queued";

/** A run that has not ended. */
export interface ActiveFire {
  /** The job's name. */
  readonly job: string;
  /** The instant the fire is due, epoch milliseconds. */
  readonly dueAt: number;
  /** The identity of the fire, the same as the `id` its handler gets. */
  readonly id: string;
  /** How far it is. */
  readonly state: RunState;
  /** Why it runs; of what waits why the last attempt ran. */
  readonly kind: RunKind;
  /** Which attempt it is; of what waits the last one there was; 0 of what is queued. */
  readonly attempt: number;
  /** Its fencing token, for `cancel`; undefined of what is queued. */
  readonly fence: number | undefined;
  /** The name of the node that has it; undefined if none has, or one that is no member any more. */
  readonly node: string | undefined;
  /**
   * Since when it is so, epoch milliseconds of the store, as far as that is known: when it was handed out or was due, whichever was
   * later; of what is queued when it was asked for, or was due.
   */
  readonly since: number;
  /** When it may start at the earliest, epoch milliseconds, if it waits after a failure. */
  readonly notBefore: number | undefined;
  /** What the attempt before failed with. */
  readonly previousError: string | undefined;
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
   * What ran and what was skipped, the newest first, a page at a time: of the last lines that the store keeps of a service, at least
   * 1,000. Fails with `InvalidInput` or `DriverError`. Cost: two requests side by side, the same for every page.
   */
  readonly history: (options?: HistoryOptions) => Effect.Effect<HistoryPage, DriverError | InvalidInput>;
  /**
   * What runs now, waits for another attempt or is queued, of all jobs that the store knows, by job and instant. Fails with
   * `InvalidInput` or `DriverError`. Cost: a request for each page of keys, then one for each 100 to 400 jobs; two of one job alone.
   */
  readonly runs: (options?: RunsOptions) => Effect.Effect<ReadonlyArray<ActiveFire>, DriverError | InvalidInput>;
}

/** Insight, and who is there, which a node has in its pool. */
export interface ClientInsight extends Insight {
  /** The members, sorted by incarnation. Fails with `DriverError`. Cost: one request. */
  readonly members: Effect.Effect<ReadonlyArray<MemberStatus>, DriverError>;
}

/** The names of members by incarnation. */
export const namesOf = (members: ReadonlyArray<Member>): ReadonlyMap<string, string> =>
  new Map(members.map(({ incarnation, name }) => [incarnation, name]));

const stateOf = ({ attempt, holder, isOver }: ActiveRun, isMember: boolean): RunState => {
  if (attempt === 0) return "queued";
  if (holder === "") return "waiting";
  if (isOver === true) return "over";
  return isMember ? "running" : "orphaned";
};

/** A run, with what its fire is called and who has it. */
export const fireOf = (
  service: string,
  run: ActiveRun,
  names: ReadonlyMap<string, string>,
  now: number,
): ActiveFire => {
  const { attempt, dueAt, fence, holder, job, kind, notBefore, previousError } = run;
  const isQueued = attempt === 0;
  return {
    job,
    dueAt,
    id: Fire.id(service, job, dueAt),
    state: stateOf(run, names.has(holder) || (leaseOf(holder) ?? 0) >= now),
    kind,
    attempt,
    // What is queued has none yet, and tells there when it was asked for.
    fence: isQueued ? undefined : fence,
    node: names.get(holder),
    since: isQueued ? fence : Math.max(fence, dueAt),
    notBefore,
    previousError,
  };
};

const outcomes: ReadonlyArray<string> = [...Fire.outcomes, "skipped"];

const check = (isRight: boolean, field: string, value: unknown, allowed: string): void => {
  if (!isRight) throw new InvalidInput(field, value, allowed);
};

const checkJob = (job: unknown): void => {
  const named = job === undefined ? undefined : Names.job(job);
  if (named?._tag === "Failure") throw named.failure;
};

const checkHistory = (options: HistoryOptions): void => {
  const { cursor, from, job, limit = 100, outcome, to } = options;
  checkJob(job);
  check(outcome === undefined || outcomes.includes(outcome), "outcome", outcome, outcomes.join(", "));
  const isWhole = Number.isSafeInteger(limit) && limit >= 1 && limit <= 1_000;
  check(isWhole, "limit", limit, "a whole number from 1 to 1000");
  const isInstant = (it: unknown): boolean => it === undefined || (typeof it === "number" && Number.isFinite(it));
  check(isInstant(from), "from", from, "epoch milliseconds");
  check(isInstant(to), "to", to, "epoch milliseconds");
  check(cursor === undefined || typeof cursor === "string", "cursor", cursor, "the cursor of a page");
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

/** What is seen through a driver. */
export const make = (service: string, driver: Driver): ClientInsight => ({
  history: Effect.fnUntraced(function* (options) {
    const given = yield* checked(options, ["job", "outcome", "from", "to", "limit", "cursor"], checkHistory);
    const look = yield* driver.peek({ _tag: "Peek", service, jobs: [], history: true, members: true });
    const names = namesOf(look.members ?? []);
    const page = pageOf(look.history, given);
    const lines = page.entries.map((entry): HistoryLine =>
      entry._tag === "Skip"
        ? entry
        : { ...entry, id: Fire.id(service, entry.job, entry.dueAt), node: names.get(entry.incarnation) }
    );
    return { lines, cursor: page.cursor };
  }),
  runs: Effect.fnUntraced(function* (options) {
    const { job } = yield* checked(options, ["job"], (it: RunsOptions) => checkJob(it.job));
    const wanted = job === undefined ? { jobs: [], all: true } : { jobs: [job] };
    const { jobs, members = [], storeTime } = yield* driver.peek({
      _tag: "Peek",
      service,
      ...wanted,
      history: false,
      members: true,
    });
    const names = namesOf(members);
    return jobs.flatMap(({ active }) => active.map((run) => fireOf(service, run, names, storeTime)))
      .sort((a, b) => a.job === b.job ? a.dueAt - b.dueAt : a.job < b.job ? -1 : 1);
  }),
  members: Effect.map(
    Effect.suspend(() => driver.peek({ _tag: "Peek", service, jobs: [], history: false, members: true })),
    ({ members = [], storeTime }) => members.map((it) => ({ ...it, isLate: storeTime > it.nextBeatAt })),
  ),
});
