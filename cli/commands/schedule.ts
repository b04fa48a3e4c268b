/**
 * What the commands about a schedule have in common: reading one as it was typed.
 */
import type { Command } from "commander";
import { CronExpression } from "ringcron/core";

/** Options of how a schedule is read. */
export interface ReadingOptions {
  readonly tz?: string;
  readonly dst?: string;
  readonly job?: string;
}

/** Adds the schedule and how it is read. */
export const withSchedule = (command: Command): Command =>
  command
    .argument("<expression...>", "a schedule, best in quotes: '0 9 * * MON-FRI', '@every 90s', '@daily'")
    .option("--tz <zone>", "zone of its wall-clock times: Europe/Berlin, +02:00 (default: UTC, as for the library)")
    .option("--dst <rule>", "times that a change of clocks skips or repeats: default, skip, both, earlier, later")
    .option("--job <name>", "the name of the job, from which H takes its values");

/** Reads it. Throws `CronExpressionError`. */
export const readSchedule = (
  words: ReadonlyArray<string>,
  { dst, job, tz }: ReadingOptions,
): CronExpression.CronExpression =>
  CronExpression.parseUnsafe(words.join(" "), {
    timeZone: tz,
    dst: dst as CronExpression.DstRule | undefined,
    jobName: job,
  });
