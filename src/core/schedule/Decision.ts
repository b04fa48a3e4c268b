/**
 * Decisions: given where a job stands and what time it is, what is to become of every fire up to now and a little ahead
 * (R26).
 */
import type { RunDecision, RunKind, SkipDecision, SkipReason } from "../words/Fire.ts";
import type { Policies } from "../words/Policy.ts";
import type { CronExpression } from "./CronExpression.ts";
import { demandNumber, demandParts } from "../words/InvalidInput.ts";
import * as Jitter from "./jitter.ts";
import * as NextFire from "./NextFire.ts";

/** What a claim would commit: the interval up to `to`, one decision for each fire in it, and what comes after. */
export interface Plan {
  /** The watermark after the claim, epoch milliseconds. */
  readonly to: number;
  /** The fires that run, oldest first, at most `maxRuns`. */
  readonly runs: ReadonlyArray<RunDecision>;
  /** The fires that do not run, oldest first, and why. */
  readonly skips: ReadonlyArray<SkipDecision>;
  /** The first fire after `to`; undefined if there is none. */
  readonly nextDueAt: number | undefined;
  /** When that starts, epoch milliseconds, where jitter moves it. */
  readonly nextStartsAt?: number | undefined;
}

/** The instants a plan depends on, all epoch milliseconds on the fleet's clock or milliseconds. */
export interface Moment {
  /** The fleet's time, epoch milliseconds. */
  readonly now: number;
  /** How far ahead of its start a fire may be decided. */
  readonly aheadMs: number;
  /** A fire that is this late is a caught-up one, and called so. */
  readonly lateAfterMs: number;
  /** How late a fire may be and still count as the current one where `catchUp` is `skip`. */
  readonly currentWithinMs: number;
  /** How many runs are decided at the most. Default: no such bound. */
  readonly mostRuns?: number | undefined;
  /**
   * By what the starts of the job are moved: at most so many milliseconds, which the key (`service/job`) and the instant of a fire
   * give. Default: each fire starts when it is due.
   */
  readonly jitter?: { readonly key: string; readonly mostMs: number } | undefined;
}

/** How many runs one claim may hold. */
export const maxRuns = 100;

/** How many skipped fires are counted one by one; beyond that a count says -1. */
const maxCounted = 10_000;

/**
 * The fires after one instant up to another, as they are told when none of them runs: none if none was due, counted up to 10,000.
 *
 * @example
 * ```ts
 * import { CronExpression, Decision } from "ringcron/core";
 *
 * const hourly = CronExpression.parseUnsafe("@hourly");
 * console.log(Decision.skipped(hourly, 0, 7_200_000, "regressed")[0]?.count); // 2
 * ```
 */
export const skipped = (
  expression: CronExpression,
  after: number,
  upTo: number,
  reason: SkipReason,
): ReadonlyArray<SkipDecision> => {
  demandNumber("upTo", upTo);
  let count = 0;
  let first: number | undefined;
  for (
    let due = NextFire.next(expression, after);
    due !== undefined && due <= upTo;
    due = NextFire.next(expression, due)
  ) {
    first ??= due;
    count += 1;
    if (count > maxCounted) break;
  }
  if (first === undefined) return [];
  const last = NextFire.previous(expression, upTo + 1) ?? upTo;
  return [{ reason, count: count > maxCounted ? -1 : count, firstDueAt: first, lastDueAt: last }];
};

/** The first fire of `all` that still runs: of those after an instant up to the newest that has started the newest `max`. */
const oldestToRun = (expression: CronExpression, after: number, newest: number, max: number): number => {
  let cut = newest + 1;
  for (let n = 0; n < max; n++) {
    const due = NextFire.previous(expression, cut);
    if (due === undefined || due <= after) break;
    cut = due;
  }
  return cut;
};

/** A fire that is to run. Objects of most jobs stay as small as they are. */
const runAt = (dueAt: number, startsAt: number, kind: RunKind): RunDecision =>
  startsAt === dueAt ? { dueAt, kind } : { dueAt, kind, startsAt };

/**
 * Decides every fire after `from` that starts by `now + aheadMs`; undefined if there is none.
 *
 * Fires that are past go through `catchUp`; fires ahead run. Where a fire that overlaps is skipped only one run is decided at a
 * time, and the interval ends with it: what comes after is decided when it is over. Where it waits, all that are due are decided.
 *
 * Cost: linear in the fires that run, and in the fires that are skipped up to 10,000 of them.
 *
 * @example
 * ```ts
 * import { CronExpression, Decision } from "ringcron/core";
 * import { Policy } from "ringcron";
 *
 * const plan = Decision.plan(CronExpression.parseUnsafe("* * * * *"), Policy.defaults, Date.UTC(2026, 0, 1), {
 *   now: Date.UTC(2026, 0, 1, 0, 10), aheadMs: 500, lateAfterMs: 1_000, currentWithinMs: 10_000,
 * });
 * console.log(plan?.runs.length, plan?.skips[0]?.count); // 1 9
 * ```
 */
export const plan = (
  expression: CronExpression,
  policies: Policies,
  from: number,
  moment: Moment,
): Plan | undefined => {
  demandParts("policies", policies, "catchUp");
  demandParts("moment", moment);
  const { aheadMs, currentWithinMs, jitter, lateAfterMs } = moment;
  // Fires are whole milliseconds. With a fraction the windows below would reach a fire that is not due yet.
  const now = Math.floor(moment.now);
  const horizon = now + aheadMs;
  const first = NextFire.next(expression, from);
  if (first === undefined || first > horizon) return undefined;
  const begins = Jitter.startOf(expression, jitter, first);
  if (begins > horizon) return undefined;

  const { mode, withinMs } = policies.catchUp;
  const skips: Array<SkipDecision> = [];
  let after = from;
  if (begins <= now) {
    const window = mode === "skip" ? Math.min(withinMs, currentWithinMs) : withinMs;
    const newest = Jitter.startedBy(expression, jitter, now) as number;
    const late = now - withinMs - 1;
    // Fires up to there are too late.
    const lost = jitter === undefined ? late : Jitter.startedBy(expression, jitter, late) ?? from;
    const start = mode === "all"
      ? oldestToRun(expression, Math.max(from, lost), newest, policies.catchUp.max)
      : now - Jitter.startOf(expression, jitter, newest) <= window
      ? newest
      : newest + 1;
    if (first < start) {
      const edge = Math.min(start - 1, lost);
      skips.push(
        ...skipped(expression, from, edge, "window"),
        ...skipped(expression, Math.max(from, edge), start - 1, mode === "latest" ? "coalesced" : "catch-up"),
      );
      after = start - 1;
    }
  }

  const isWaiting = policies.overlap !== "allow" && policies.overlap !== "skip";
  const limit = Math.min(policies.overlap === "skip" ? 1 : maxRuns, moment.mostRuns ?? Infinity);
  const runs: Array<RunDecision> = [];
  let to = after;
  let due = after === from ? first : NextFire.next(expression, after);
  while (due !== undefined && due <= horizon && runs.length < limit) {
    const startsAt = Jitter.startOf(expression, jitter, due);
    // Where others wait for the first one, whether they do is known once they start.
    if (startsAt > horizon || (isWaiting && runs.length > 0 && startsAt > now)) break;
    runs.push(runAt(due, startsAt, now - startsAt > lateAfterMs ? "late" : "due"));
    to = due;
    due = NextFire.next(expression, due);
  }
  if (runs.length > 0) return { to, runs, skips, nextDueAt: due, nextStartsAt: Jitter.moved(expression, jitter, due) };
  to = skips.at(-1)?.lastDueAt ?? to;
  due = NextFire.next(expression, to);
  return { to, runs, skips, nextDueAt: due, nextStartsAt: Jitter.moved(expression, jitter, due) };
};
