/**
 * A fleet as the pages show it: who is there, how each job stands, what ran.
 */
import type { FireLine, HistoryLine, JobInfo, JobStanding, MemberStatus } from "../../src/shell/Insight.ts";

/** How a job stands. */
export type JobState = JobStanding["state"];

/** A job. */
export type JobSeen = JobStanding;

/** A job with what it is, where somebody has told that. */
export type JobTold = JobStanding & Partial<Pick<JobInfo, "expression" | "words">>;

/** A member, and what it owns. */
export interface MemberSeen extends MemberStatus {
  readonly owned: number;
}

/** A fleet. */
export interface Seen {
  /** When it was looked at, epoch milliseconds of this host. */
  readonly now: number;
  /** How far the store's clock is ahead of this host's, milliseconds, as far as one answer tells. */
  readonly clockMs: number;
  readonly members: ReadonlyArray<MemberSeen>;
  /** By name. */
  readonly jobs: ReadonlyArray<JobSeen>;
  /** What ran and was skipped, the newest first. */
  readonly lines: ReadonlyArray<FireLine>;
}

/** A run of the history. */
export type RunLine = Extract<HistoryLine, { readonly _tag: "Run" }>;

/** How long a run took, milliseconds; one that never started took no time. */
export const tookMs = ({ endedAt, startedAt }: RunLine): number =>
  startedAt === 0 ? 0 : Math.max(0, endedAt - startedAt);

/** The runs among lines. */
export const runsOf = (lines: ReadonlyArray<HistoryLine>): ReadonlyArray<RunLine> =>
  lines.filter((it): it is RunLine => it._tag === "Run");

/** When a line was written, epoch milliseconds. */
export const writtenAt = (line: FireLine): number => line._tag === "Run" ? line.endedAt : line.at;

/** Whether a line tells of a run that went wrong; one that somebody cancelled did not. */
export const isWrong = (line: FireLine): boolean =>
  line._tag === "Run" && line.outcome !== "succeeded" && line.outcome !== "cancelled";

/** How much there is of what. */
export interface Tally {
  readonly running: number;
  readonly waiting: number;
  readonly queued: number;
  readonly orphaned: number;
  readonly paused: number;
  readonly overdue: number;
  /** Of the last hour. */
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
}

const hourMs = 3_600_000;

/** Counts. Cost: one pass over jobs and lines. */
export const tally = ({ jobs, lines, now }: Seen): Tally => {
  const count = {
    running: 0,
    waiting: 0,
    queued: 0,
    orphaned: 0,
    paused: 0,
    overdue: 0,
    succeeded: 0,
    failed: 0,
    skipped: 0,
  };
  for (const { isOverdue, runs, state } of jobs) {
    if (state === "paused") count.paused += 1;
    if (isOverdue) count.overdue += 1;
    for (const run of runs) count[run.state === "over" ? "running" : run.state] += 1;
  }
  for (const line of lines) {
    if (writtenAt(line) < now - hourMs) continue;
    if (line._tag === "Skip") count.skipped += Math.max(1, line.count);
    else if (line.outcome === "succeeded") count.succeeded += 1;
    else if (isWrong(line)) count.failed += 1;
  }
  return count;
};
