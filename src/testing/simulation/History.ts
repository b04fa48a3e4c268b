/**
 * What a simulated fleet did, as an outside observer wrote it down.
 */
import { demandParts } from "../../core/words/InvalidInput.ts";
import type { RunKind, SkipDecision } from "../../core/words/Fire.ts";
import type { Ask, Cancelling, Commit, Ended, Issue, Kept, Started, Waited } from "./Seen.ts";
import type { Mishap } from "./Timeline.ts";
import type { Finale } from "./Finale.ts";
import { empty as noSchedules, type ScheduleHistory } from "./schedules/ScheduleHistory.ts";

export type { Ask, Cancelling, Commit, Ended, Issue, Kept, Started, Waited } from "./Seen.ts";

/** The service of all simulated fleets. */
export const serviceName = "simulated";

/** A run was taken from a node that was a member. */
export interface Robbery {
  readonly at: number;
  readonly job: string;
  readonly fence: number;
  readonly incarnation: string;
}

/** More than one run of a job that must not overlap was handed out. */
export interface Overlapping {
  readonly at: number;
  readonly job: string;
  readonly active: number;
}

/** The store went back to what it was at an earlier instant. */
export interface Regression {
  readonly at: number;
  readonly to: number;
  /** How many moves of a watermark were lost. */
  readonly commits: number;
  /** How many tokens had been handed out. */
  readonly issues: number;
  /** The whole store was emptied, or put back to a copy. */
  readonly isWhole?: boolean | undefined;
  /** Nothing was left in it. */
  readonly isEmptied?: boolean | undefined;
}

/** A node is the one that is to tell that fires of a job which the store forgot were decided by nobody. */
export interface Gap {
  readonly job: string;
  readonly from: number;
  readonly to: number;
  readonly incarnation: string;
}

/** A node said that fires of a job do not run. */
export interface Told extends SkipDecision {
  readonly at: number;
  readonly job: string;
}

/** Something the store let happen that it must refuse, or a node did that it must not. */
export interface Incident {
  readonly at: number;
  readonly what:
    | "claimed while paused"
    | "registered while all are paused"
    | "all paused by a late copy"
    | "older definition registered"
    | "run left behind"
    | "member removed early"
    | "run handed to no member"
    | "more handlers than places"
    | "run on a node without its labels"
    | "more wait than may"
    | "not told to stop"
    | "cancelled run goes on"
    | "overlaps with the dead";
  readonly job: string;
  readonly incarnation: string;
}

/** Something does not hold of the state of a node after a step. */
export interface Broken {
  readonly at: number;
  readonly incarnation: string;
  readonly what: string;
}

/** Which fire a run is of: a backfill is another one than the scheduled fire that it fills in for. */
export const fireOf = ({ dueAt, kind }: { readonly dueAt: number; readonly kind: RunKind }): string =>
  kind === "backfill" ? `${dueAt} backfill` : `${dueAt}`;

/** Which attempt of which fire it is. */
export const attemptOf = (run: { readonly dueAt: number; readonly kind: RunKind; readonly attempt: number }): string =>
  `${fireOf(run)} ${run.attempt}`;

/** Whether somebody asked for it. */
export const isAsked = ({ kind }: { readonly kind: RunKind }): boolean => kind === "manual" || kind === "backfill";

/** Everything that was seen. What is optional can only be seen in a simulated world. */
export interface History {
  readonly commits: Array<Commit>;
  readonly asks: Array<Ask>;
  readonly issues: Array<Issue>;
  readonly starts: Array<Started>;
  readonly ends: Array<Ended>;
  readonly robberies: Array<Robbery>;
  readonly overlaps: Array<Overlapping>;
  readonly regressions: Array<Regression>;
  /** How often each kind of answer and fault occurred. */
  readonly counters: Map<string, number>;
  readonly incidents?: Array<Incident> | undefined;
  /** What did not hold of the states of nodes, the first of it. */
  readonly broken?: Array<Broken> | undefined;
  /** Which fires nodes said do not run. */
  readonly told?: Array<Told> | undefined;
  /** Who is to tell of which fires that the store forgot. */
  readonly gaps?: Array<Gap> | undefined;
  /** Job and token of runs whose handlers said that no further attempt helps. */
  readonly finals?: Set<string> | undefined;
  /** Runs that people cancelled. */
  readonly cancels?: Array<Cancelling> | undefined;
  /** What was kept of fires that people asked for. */
  readonly results?: Array<Kept> | undefined;
  /** Fires that began to wait for the run before them, and those that gave way. */
  readonly waited?: Array<Waited> | undefined;
  readonly gaveWay?: Array<Waited> | undefined;
  /** What was seen of schedules in the store, apart from jobs. */
  readonly schedules?: ScheduleHistory | undefined;
  /** What went wrong when. */
  readonly timeline?: Array<Mishap> | undefined;
  /** How the world was left. */
  finale?: Finale | undefined;
}

/** The history of a simulated world. */
export interface FullHistory extends History {
  readonly incidents: Array<Incident>;
  readonly broken: Array<Broken>;
  readonly told: Array<Told>;
  readonly gaps: Array<Gap>;
  readonly finals: Set<string>;
  readonly cancels: Array<Cancelling>;
  readonly results: Array<Kept>;
  readonly waited: Array<Waited>;
  readonly gaveWay: Array<Waited>;
  readonly schedules: ScheduleHistory;
  readonly timeline: Array<Mishap>;
}

/** Where that is noted which is seen of a job, or of a schedule, and under which name. */
export interface Log extends Pick<FullHistory, "cancels" | "commits" | "counters" | "issues" | "waited"> {
  readonly name: string;
}

/** Where what is seen of a job, or of a schedule, is noted. */
export const logOf = ({ cancels, commits, counters, issues, waited }: Omit<Log, "name">, name: string): Log => ({
  name,
  cancels,
  commits,
  counters,
  issues,
  waited,
});

/** An empty history. */
export const empty = (): FullHistory => ({
  commits: [],
  asks: [],
  issues: [],
  starts: [],
  ends: [],
  robberies: [],
  overlaps: [],
  regressions: [],
  counters: new Map(),
  incidents: [],
  broken: [],
  told: [],
  gaps: [],
  finals: new Set(),
  cancels: [],
  results: [],
  waited: [],
  gaveWay: [],
  schedules: noSchedules(),
  timeline: [],
  finale: undefined,
});

/** Counts one more of something, or some more. */
export const count = (history: Pick<History, "counters">, what: string, more: number = 1): void => {
  history.counters.set(what, (history.counters.get(what) ?? 0) + more);
};

/** Adds the counters of one history to those of others. */
export const merge = (all: Map<string, number>, counters: ReadonlyMap<string, number>): void => {
  demandParts("all", all, "get", "set");
  demandParts("counters", counters, "get");
  for (const [what, more] of counters) all.set(what, (all.get(what) ?? 0) + more);
};
