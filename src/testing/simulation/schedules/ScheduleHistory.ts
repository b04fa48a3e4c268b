/**
 * What was seen of schedules in the store.
 *
 * One that is removed and put again is another one, and so is one that is put under another handler. Each has a life, whose name
 * stands where jobs have theirs: no two lives have one name.
 */
import type { ScheduleDefinition, ScheduleDone } from "../../../core/words/ScheduleRequest.ts";
import type { Cancelling, Commit, Ended, Issue, Started, Waited } from "../Seen.ts";

/** What stands in the record of a schedule that a change must not lose, and whether it starts anything. */
export interface Standing {
  readonly watermark: number;
  readonly counted: number;
  readonly isPaused: boolean;
  /** Tokens of the runs that are under way. */
  readonly active: ReadonlyArray<number>;
  /** Fires that wait for their turn. */
  readonly waiting: ReadonlyArray<number>;
  /** Fires that people asked for and that nobody has taken. */
  readonly queued: number;
}

/** Somebody changed a schedule. */
export interface Change {
  readonly at: number;
  /** When whoever made it sent what made it. */
  readonly sentAt: number;
  /** The store's clock. */
  readonly storeNow: number;
  readonly id: string;
  readonly life: string;
  readonly what: "put" | "removed" | "paused" | "resumed" | "asked for";
  /** What it is from then on; of one that was removed, what it was. */
  readonly definition: ScheduleDefinition;
  readonly hash: string;
  /** What its record calls it. */
  readonly named: string;
  readonly version: number;
  /** Undefined: its life begins. */
  readonly before: Standing | undefined;
  /** Undefined: it is removed. */
  readonly after: Standing | undefined;
}

/** Somebody was told what has become of what was asked. */
export interface Answer {
  readonly sentAt: number;
  readonly at: number;
  readonly id: string;
  readonly command: "Put" | "Remove" | "Pause" | "Resume" | "Trigger";
  /** The hash of what was put. */
  readonly hash: string | undefined;
  readonly ifVersion: number | undefined;
  readonly done: ScheduleDone;
  /** It was asked through a node that has its handler, and so knows of it at once. */
  readonly isHelped: boolean;
}

/** What a run was given that was started, and what it is by the definition under which it was handed out, and when that was. */
export interface Given {
  readonly at: number;
  readonly life: string;
  readonly fence: number;
  readonly payload: string | undefined;
  readonly wanted: string | undefined;
  readonly handedAt: number;
}

/** A claim handed out runs under a limit, or moved what is counted for one. */
export interface Counting {
  readonly at: number;
  readonly life: string;
  readonly limit: number | undefined;
  readonly before: number;
  readonly after: number;
  /** How many fires of the schedule it handed out for the first time. */
  readonly issued: number;
}

/** A handler was started that nobody was handed a run for. */
export interface Unwarranted {
  readonly at: number;
  readonly job: string;
  readonly fence: number;
  readonly incarnation: string;
}

/** A change made of a schedule what nobody can read. */
export interface Spoilt {
  readonly at: number;
  readonly life: string;
  /** What was asked for that made it so. */
  readonly cause: string;
}

/** A schedule as it is left. */
export interface Left {
  readonly id: string;
  readonly life: string;
  readonly handler: string;
  readonly version: number;
  readonly standing: Standing;
  /** Whose runs are under way, and since when. */
  readonly held: ReadonlyArray<{ readonly fence: number; readonly holder: string; readonly since: number }>;
  /** Whether a member has its handler. */
  readonly isPlaced: boolean;
}

/** Everything that was seen. */
export interface ScheduleHistory {
  readonly changes: Array<Change>;
  readonly answers: Array<Answer>;
  readonly commits: Array<Commit>;
  readonly issues: Array<Issue>;
  readonly starts: Array<Started>;
  readonly ends: Array<Ended>;
  readonly cancels: Array<Cancelling>;
  readonly waited: Array<Waited>;
  /** Fires that waited and do not wait any more, though nobody was handed them. */
  readonly gone: Array<Waited>;
  readonly countings: Array<Counting>;
  readonly given: Array<Given>;
  readonly unwarranted: Array<Unwarranted>;
  readonly spoilt: Array<Spoilt>;
  readonly counters: Map<string, number>;
  /** Those that are there at the end. */
  left: ReadonlyArray<Left>;
}

/** Nothing was seen. */
export const empty = (): ScheduleHistory => ({
  changes: [],
  answers: [],
  commits: [],
  issues: [],
  starts: [],
  ends: [],
  cancels: [],
  waited: [],
  gone: [],
  countings: [],
  given: [],
  unwarranted: [],
  spoilt: [],
  counters: new Map(),
  left: [],
});
