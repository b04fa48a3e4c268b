/**
 * A job as the whole fleet has it: from what the members declare and what the store keeps of it, whoever asks.
 */
import * as CronExpression from "../core/schedule/CronExpression.ts";
import * as NextFire from "../core/schedule/NextFire.ts";
import { policiesVersion } from "../core/ledger/policiesText.ts";
import type * as Ownership from "../core/ring/Ownership.ts";
import type { Definition } from "../core/words/Definition.ts";
import { byJob } from "../core/words/groups.ts";
import { isJob } from "../core/words/Schedules.ts";
import type { Policies } from "../core/words/Policy.ts";
import type { JobState, PeekReply } from "../core/words/Request.ts";
import type { Member, View } from "../core/words/View.ts";
import { declaring } from "./declaring.ts";
import type { ActiveFire } from "./fires.ts";
import { ownershipOf } from "./ownershipOf.ts";

/** How a job stands in the whole fleet. */
export interface JobInfo {
  /** The job's name. */
  readonly name: string;
  /**
   * - `open`: its fires run, on the members that declare it or by ticks;
   * - `paused`: nothing of its schedule runs;
   * - `new`: a member declares it, and it is not registered in the store yet;
   * - `undeclared`: the store knows it, and neither a member declares it nor ticks run it;
   * - `unreadable`: its record cannot be read by this release, and was left alone.
   */
  readonly state: "open" | "paused" | "new" | "undeclared" | "unreadable";
  /** The schedule as it was written; undefined where nobody has told yet: nodes do some seconds after they have joined. */
  readonly schedule: string | undefined;
  /** The same as `CronExpression.parse` reads it, with zone, rule and bounds: for `NextFire`. */
  readonly expression: CronExpression.CronExpression | undefined;
  /** The same in words, with its zone and bounds. */
  readonly words: string | undefined;
  /** The zone of its wall-clock times: an IANA name, an offset such as `+02:00`, or `UTC`. */
  readonly timeZone: string | undefined;
  /** What becomes of local times that a change of clocks skips or repeats. */
  readonly dst: CronExpression.DstRule | undefined;
  /** The policies of its owner: each claim goes by those of the node that makes it. Undefined as `schedule` is. */
  readonly policies: Policies | undefined;
  /** Hash of the definition that is in force: that of the newest deployment. Undefined where its record cannot be read. */
  readonly definition: string | undefined;
  /** Since when its first undecided fire is due, or will be, epoch milliseconds; undefined if there is none, or while it is paused. */
  readonly nextDueAt: number | undefined;
  /** That fire should have started more than 30 s ago, a member declares the job, and no run of it is active. */
  readonly isOverdue: boolean;
  /**
   * Whether ticks look after it: no member declares it, a tick decided something of it last or made it known, and it is not overdue
   * by a day.
   */
  readonly isTicked: boolean;
  /** No fire is to come: the schedule has ended, or had as many runs as its `limit`. Never of a job that only people start. */
  readonly isFinished: boolean;
  /** Every fire at or before this instant is decided, epoch milliseconds; undefined before it is registered. */
  readonly decidedUpTo: number | undefined;
  /** By whom it is paused, as they said. */
  readonly pausedBy: string | undefined;
  /** Why it is paused, as they said. */
  readonly pauseReason: string | undefined;
  /** Whether it is paused with all others. */
  readonly pausedWithAll: boolean;
  /** The name of the node that tries its fires first; undefined if none does. */
  readonly owner: string | undefined;
  /** The name of the node that tries them next. */
  readonly successor: string | undefined;
  /** The names of the nodes that declare it as it is in force, sorted. */
  readonly declaredBy: ReadonlyArray<string>;
  /** Those that declare another definition of it, and leave it to the others. */
  readonly outdatedAt: ReadonlyArray<string>;
  /** Those that declare it as it is in force with other policies than its owner. */
  readonly otherPoliciesAt: ReadonlyArray<string>;
  /** How many runs of it nodes have. */
  readonly running: number;
  /** How many attempts wait for their time. */
  readonly waiting: number;
  /** How many fires wait for their turn. */
  readonly queued: number;
  /** Those runs and fires, by instant. */
  readonly runs: ReadonlyArray<ActiveFire>;
}

/** How a job stands, without what it is: what no definition need be read for. `nextDueAt` of one that is `new` is undefined. */
export type JobStanding = Omit<
  JobInfo,
  "dst" | "expression" | "isFinished" | "policies" | "schedule" | "timeZone" | "words"
>;

/** What was looked at. */
export interface Look extends Pick<PeekReply, "jobs" | "unreadable" | "storeTime" | "defined" | "definitions"> {
  readonly members: ReadonlyArray<Member>;
  readonly runs: ReadonlyArray<ActiveFire>;
}

/** Later than its successor and an overdue list would be, with a store that is slow. Milliseconds. */
export const overdueMs = 30_000;

/** A job that ticks ran is theirs no longer when it is overdue by this. Milliseconds. */
const tickedMs = 86_400_000;

const none: ReadonlyArray<never> = [];

/** Whether ticks look after a job that no member declares. */
export const isTicked = ({ nextDueAt = Infinity, paused, ticked }: JobState, storeTime: number): boolean =>
  ticked === true && (paused || nextDueAt > storeTime - tickedMs);

/** Texts that were read; most jobs of a service have one of few. Not of a job: a canonical text says all by itself. */
const parsed = new Map<string, CronExpression.CronExpression | undefined>();
const mostParsed = 10_000;

/** Their words, which take longer than all the rest that is told of a job. */
const described = new WeakMap<CronExpression.CronExpression, string>();

const wordsOf = (expression: CronExpression.CronExpression): string => {
  const known = described.get(expression);
  if (known !== undefined) return known;
  const words = CronExpression.describe(expression);
  described.set(expression, words);
  return words;
};

/** The schedule of a definition; undefined if a later release wrote it. */
const expressionOf = ({ schedule }: Definition): CronExpression.CronExpression | undefined => {
  if (parsed.has(schedule)) return parsed.get(schedule);
  const read = CronExpression.parse(schedule);
  if (parsed.size >= mostParsed) parsed.clear();
  const expression = read._tag === "Success" ? read.success : undefined;
  parsed.set(schedule, expression);
  return expression;
};

const stateOf = (stored: JobState | undefined, isSomebodys: boolean, isUnreadable: boolean): JobInfo["state"] => {
  if (isUnreadable) return "unreadable";
  if (stored?.paused === true) return "paused";
  if (!isSomebodys) return "undeclared";
  return stored === undefined ? "new" : "open";
};

const countOf = (runs: ReadonlyArray<ActiveFire>, ...states: ReadonlyArray<ActiveFire["state"]>): number =>
  runs.length === 0 ? 0 : runs.filter(({ state }) => states.includes(state)).length;

/** The view that a look tells. */
export const viewOf = ({ members, storeTime }: Look): View => ({ version: 1, storeTime, members });

const textsOf = (
  kept: ReadonlyArray<Definition>,
  inForce: string | undefined,
  version: string | undefined,
): Definition | undefined => {
  const ofHash = kept.filter(({ hash }) => hash === inForce);
  return ofHash.find(({ policies }) => policiesVersion(policies) === version) ?? ofHash[0];
};

const isInOrder = (jobs: ReadonlyArray<JobState>): boolean =>
  jobs.every(({ job }, at) => at === 0 || (jobs[at - 1] as JobState).job < job);

/** What is found of one job, with what its definition is found by. */
interface Found {
  readonly standing: JobStanding;
  readonly known: JobState | undefined;
  readonly inForce: string | undefined;
  readonly version: string | undefined;
}

/** Looks jobs up in a look. */
const finding = (look: Look, ownership: Ownership.Ownership) => {
  const { defined = none, definitions: kept = new Map<string, never>(), jobs, members, runs, storeTime } = look;
  const { definitions } = ownership;
  const stored = new Map(jobs.map((it) => [it.job, it]));
  const active = byJob(runs);
  const broken = new Set(look.unreadable ?? none);
  const rulers = declaring(members, ownership);
  const has = (name: string): boolean =>
    stored.has(name) || broken.has(name) || definitions.has(name) || kept.has(name);
  const all = (): ReadonlyArray<string> => {
    const names = new Set<string>();
    for (const some of [stored.keys(), definitions.keys(), broken, kept.keys(), defined]) {
      for (const name of some) if (isJob(name)) names.add(name);
    }
    // Records of all jobs come in the order of their names, and mostly there is no other job.
    return names.size === stored.size && isInOrder(jobs) ? [...names] : [...names].sort();
  };
  /** Those of them that there are, or all, by name. */
  const chosen = (wanted: ReadonlyArray<string> | undefined): ReadonlyArray<string> => wanted?.filter(has) ?? all();
  const find = (name: string): Found => {
    const known = stored.get(name);
    const inForce = definitions.get(name) ?? known?.definition ?? kept.get(name)?.[0]?.hash;
    const { declaredBy, otherPoliciesAt, outdatedAt, owner, successor, version } = rulers(name, inForce);
    const isDeclared = declaredBy.length > 0;
    const own = active.get(name) ?? none;
    const ticks = !isDeclared && known !== undefined && isTicked(known, storeTime);
    const state = stateOf(known, isDeclared || ticks, broken.has(name));
    const running = countOf(own, "running", "over", "orphaned");
    const nextDueAt = state === "paused" ? undefined : known?.nextDueAt;
    const startsAt = nextDueAt === undefined ? Infinity : known?.nextStartsAt ?? nextDueAt;
    const standing: JobStanding = {
      name,
      state,
      definition: broken.has(name) ? definitions.get(name) : inForce,
      nextDueAt,
      // What waits for a run that is in its way is not overdue.
      isOverdue: isDeclared && running === 0 && startsAt < storeTime - overdueMs,
      isTicked: ticks,
      decidedUpTo: known?.watermark,
      pausedBy: known?.pause?.by,
      pauseReason: known?.pause?.reason,
      pausedWithAll: known?.pausedWithAll === true,
      owner,
      successor,
      declaredBy,
      outdatedAt,
      otherPoliciesAt,
      running,
      waiting: countOf(own, "waiting"),
      queued: countOf(own, "queued"),
      runs: own,
    };
    return { standing, known, inForce, version };
  };
  return { chosen, find };
};

/** How the jobs of a look stand that some are asked for, or all, by name. Cost: the jobs, times the members where these declare different ones. */
export const standingsFound = (
  look: Look,
  ownership: Ownership.Ownership,
  wanted?: ReadonlyArray<string>,
): ReadonlyArray<JobStanding> => {
  const { chosen, find } = finding(look, ownership);
  return chosen(wanted).map((name) => find(name).standing);
};

/** The jobs of a look that some are asked for, or all, by name. Cost: jobs times members. */
export const jobsFound = (
  look: Look,
  ownership: Ownership.Ownership,
  wanted?: ReadonlyArray<string>,
): ReadonlyArray<JobInfo> => {
  const { definitions: kept, storeTime } = look;
  const { chosen, find } = finding(look, ownership);
  return chosen(wanted).map((name): JobInfo => {
    const { inForce, known, standing, version } = find(name);
    const { nextDueAt, state } = standing;
    const told = textsOf(kept?.get(name) ?? none, inForce, version);
    const expression = told && expressionOf(told);
    return {
      ...standing,
      schedule: told?.written ?? told?.schedule,
      expression,
      words: expression && wordsOf(expression),
      timeZone: expression?.timeZone,
      dst: expression?.dst,
      policies: told?.policies,
      nextDueAt: state === "new" && expression !== undefined ? NextFire.next(expression, storeTime) : nextDueAt,
      isFinished: known !== undefined && state !== "paused" && known.nextDueAt === undefined &&
        expression !== undefined && expression.plan._tag !== "Manual",
    };
  });
};

/** One job of a look; undefined if neither the store nor a member knows it. */
export const foundIn = (look: Look, job: string): JobInfo | undefined =>
  jobsFound(look, ownershipOf(look.members), [job])[0];
