/**
 * What people ask about schedules in the store: to put them, to look at them, to remove them, to pause or to start them.
 */
import type { AskedBy } from "./Action.ts";
import type { Outcome } from "./Fire.ts";
import type { Policies } from "./Policy.ts";
import type { JobState, PauseNote } from "./JobState.ts";

/** What a schedule in the store is. */
export interface ScheduleDefinition {
  /** The handler that it starts. */
  readonly handler: string;
  /** A cron expression as it was written, or `@at` with an instant. */
  readonly schedule: string;
  /** The zone it is in. Default: UTC. */
  readonly timeZone?: string | undefined;
  /** What happens to local times that a change of clocks skips or repeats. Default: `default`. */
  readonly dst?: "default" | "skip" | "both" | "earlier" | "later" | undefined;
  /** The first instant that counts, epoch milliseconds. Default: any. */
  readonly startAt?: number | undefined;
  /** The first one that does not count any more, epoch milliseconds. Default: none. */
  readonly endAt?: number | undefined;
  /** Its policies. */
  readonly policies: Policies;
  /** Whether it starts anything. */
  readonly enabled: boolean;
  /** What its handler is given, as JSON. Default: nothing. */
  readonly payload?: string | undefined;
  /** How many of its last runs are kept. Default: one. */
  readonly keepRuns?: number | undefined;
}

/** A run of a schedule that is over. */
export interface PastRun {
  /** The instant the fire was due, epoch milliseconds. */
  readonly dueAt: number;
  /** Which attempt of it that was. */
  readonly attempt: number;
  /** How it ended. */
  readonly outcome: Outcome;
  /** When its handler was started, epoch milliseconds; 0 if nobody has told. */
  readonly startedAt: number;
  /** When it ended, or was found lost, epoch milliseconds. */
  readonly endedAt: number;
  /** What it failed with, in at most 150 bytes as it is stored. Default: it did not fail. */
  readonly error?: string | undefined;
}

/** A schedule that is to be as it is said here. */
export interface SchedulePut {
  /** Which one. */
  readonly id: string;
  /** What it is to be. */
  readonly definition: ScheduleDefinition;
  /** The version that it must have; 0: it must not be there. Default: any. */
  readonly ifVersion?: number | undefined;
}

/** What is to be done. Where it has changed one, who it was is told in the history, if that is said. */
export type ScheduleCommand =
  | ({ readonly _tag: "Put"; readonly puts: ReadonlyArray<SchedulePut> } & AskedBy)
  | { readonly _tag: "Get"; readonly ids: ReadonlyArray<string> }
  /** Those whose ids begin so, in the order of their escaped ids, `after` one of them: at most `limit` are looked at, from 1 to 1,000. */
  | {
    readonly _tag: "List";
    readonly prefix: string;
    readonly handler: string | undefined;
    readonly after: string | undefined;
    readonly limit: number;
  }
  | ({ readonly _tag: "Remove"; readonly id: string; readonly ifVersion?: number | undefined } & AskedBy)
  | ({ readonly _tag: "Pause"; readonly id: string } & PauseNote)
  /** `skip` decides the fires of the pause at once, `catch-up` leaves them to the policy of the schedule. */
  | ({ readonly _tag: "Resume"; readonly id: string; readonly missed: "skip" | "catch-up" } & AskedBy)
  /**
   * Runs it once, and keeps what becomes of that if it is said so. `key` tells copies of one request from another one. Default: each
   * starts it anew.
   */
  | ({
    readonly _tag: "Trigger";
    readonly id: string;
    readonly key?: string | undefined;
    readonly keepsResult?: boolean | undefined;
  } & AskedBy)
  /** Pauses a page of them, if all jobs of the service are paused: the page begins after an id. */
  | { readonly _tag: "PauseAll"; readonly after: string | undefined }
  /** Lets go on those of a page that were paused so, if all jobs are not paused any more; `missed` as with `Resume`. */
  | { readonly _tag: "ResumeAll"; readonly missed: "skip" | "catch-up"; readonly after: string | undefined };

/** Asks about schedules of a service. */
export interface ScheduleRequest {
  /** Tells requests apart. */
  readonly _tag: "Schedules";
  /** The service whose schedules they are. */
  readonly service: string;
  /** What is to be done. */
  readonly command: ScheduleCommand;
}

/**
 * What has become of one: `conflict` if it is not of the version that it had to be; `unknown` if there is none; `disabled` if it is to be
 * resumed and its definition says that it starts nothing; `full` if no more fires fit into its queue; `newer` and `corrupt` if nobody of
 * this release can read it. Nothing is changed then.
 */
export type ScheduleResult =
  | "created"
  | "updated"
  | "unchanged"
  | "conflict"
  | "ok"
  | "unknown"
  | "disabled"
  | "full"
  | "newer"
  | "corrupt";

/** What has become of one schedule. */
export interface ScheduleDone {
  /** What has become of it. */
  readonly result: ScheduleResult;
  /** The handler that it starts, where that is known. */
  readonly handler?: string | undefined;
  /** Its version from then on, or the one that was in the way; undefined where there is none. */
  readonly version?: number | undefined;
  /** When the fire that was asked for is due, epoch milliseconds; undefined where none was. */
  readonly dueAt?: number | undefined;
  /** The number of the row that the result of that is kept in; undefined where it is not kept. */
  readonly resultSlot?: number | undefined;
}

/** A schedule as the store has it. */
export interface ScheduleSeen {
  /** Which one. */
  readonly id: string;
  /** Which put has made it what it is: grows with every change, also after it was removed and put again. */
  readonly version: number;
  /** What it is. */
  readonly definition: ScheduleDefinition;
  /** Where it stands. */
  readonly state: JobState;
  /** Its last runs, the newest first. */
  readonly lastRuns: ReadonlyArray<PastRun>;
}

/** The answer. */
export interface ScheduleReply {
  /** Tells answers apart. */
  readonly _tag: "Schedules";
  /** What has become of each that was to be changed, in their order; empty for a look. */
  readonly done: ReadonlyArray<ScheduleDone>;
  /** Those that were looked at and are there. */
  readonly schedules: ReadonlyArray<ScheduleSeen>;
  /** Ids of those that cannot be read. */
  readonly unreadable: ReadonlyArray<string>;
  /** Where the next page begins; undefined after the last. */
  readonly after?: string | undefined;
  /** How many of a page are paused with all jobs, or were until now. Default: that was not asked for. */
  readonly count?: number | undefined;
  /** The store's clock at a look, epoch milliseconds. Default: nothing was looked at. */
  readonly storeTime?: number | undefined;
}
