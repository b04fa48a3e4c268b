/**
 * What a schedule is: what its text says, where, and what becomes of it when the clocks change.
 *
 * @module
 */
import type { Plan } from "./plan.ts";

/**
 * What becomes of wall-clock times that a change of the clocks skips or repeats.
 *
 * A job at *fixed times* names each hour and minute (`30 2 * * *`); any other has a wildcard, range or step in hours or
 * minutes (`0 * * * *`, `0/15 9-17 * * *`) and *follows elapsed time*: it is due whenever the clock shows a matching
 * time, so an hour that comes twice counts twice and one that never comes not at all.
 *
 * | rule | fixed time, skipped | fixed time, repeated | other jobs |
 * | --- | --- | --- | --- |
 * | `default` | at the first instant after the gap | first time | follow elapsed time |
 * | `skip` | not at all | first time | follow elapsed time |
 * | `both` | at the first instant after the gap | both times | follow elapsed time |
 * | `earlier` | at the first instant after the gap | first time | as jobs at fixed times |
 * | `later` | at the first instant after the gap | second time | as jobs at fixed times |
 *
 * Several times of one job within a gap are one fire after it. Real nights, instants in UTC:
 *
 * | night | job | `default` | `skip` | `both` | `earlier` | `later` |
 * | --- | --- | --- | --- | --- | --- | --- |
 * | New York, 8 March 2026: 02:00 to 03:00 skipped at 07:00 | `30 2 * * *` | 07:00 | – | 07:00 | 07:00 | 07:00 |
 * | New York, 1 November 2026: 01:00 to 02:00 again at 06:00 | `30 1 * * *` | 05:30 | 05:30 | 05:30, 06:30 | 05:30 | 06:30 |
 * | the same | `0 1-2 * * *` | 05:00, 06:00, 07:00 | as default | as default | 05:00, 07:00 | 06:00, 07:00 |
 * | Lord Howe, 4 October 2026: 02:00 to 02:30 skipped at 15:30 | `0,45 2 * * *` | 15:30, 15:45 | 15:45 | 15:30, 15:45 | 15:30, 15:45 | 15:30, 15:45 |
 * | Havana, 8 March 2026: midnight to 01:00 skipped at 05:00 | `@daily` | 05:00 | – | 05:00 | 05:00 | 05:00 |
 * | Apia, 30 December 2011: the whole day skipped at 10:00 | `0 9 * * FRI` | 10:00 | – | 10:00 | 10:00 | 10:00 |
 */
export type DstRule = "default" | "skip" | "both" | "earlier" | "later";

/** All of them. */
export const dstRules: ReadonlyArray<DstRule> = ["default", "skip", "both", "earlier", "later"];

/** A schedule: an immutable value of plain data. Two of them mean the same if `equals` says so. */
export interface CronExpression {
  /** Tells a schedule from other values; see `isCronExpression`. */
  readonly _tag: "CronExpression";
  /** The text it was read from. */
  readonly text: string;
  /** The zone its wall-clock times are in: an IANA name as written, an offset as `+02:00`, or `UTC`. */
  readonly timeZone: string;
  /** What becomes of times that a change of the clocks skips or repeats. */
  readonly dst: DstRule;
  /** What the text says. An implementation detail: read it through `NextFire`, `format` and `describe`. */
  readonly plan: Plan;
  /** It has no fire before this instant, epoch milliseconds; undefined: no such bound. */
  readonly startAt?: number | undefined;
  /** It has no fire at this instant or later, epoch milliseconds; undefined: no such bound. */
  readonly endAt?: number | undefined;
}
