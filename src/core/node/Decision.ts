/**
 * Decisions: given where a job stands and what time it is, what is to become of every fire up to now and a little ahead
 * (R26).
 */
import type { RunDecision, SkipDecision, SkipReason } from "../words/Fire.ts";
import type { Policies } from "../words/Policy.ts";
import type { CronExpression } from "../schedule/CronExpression.ts";
import { demandNumber, demandParts } from "../words/InvalidInput.ts";
import * as NextFire from "../schedule/NextFire.ts";

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
}

/** The instants a plan depends on, all epoch milliseconds on the fleet's clock or milliseconds. */
export interface Moment {
  /** The fleet's time, epoch milliseconds. */
  readonly now: number;
  /** How far ahead of its due instant a fire may be decided. */
  readonly aheadMs: number;
  /** A fire that is this late is a caught-up one, and called so. */
  readonly lateAfterMs: number;
  /** How late a fire may be and still count as the current one where `catchUp` is `skip`. */
  readonly currentWithinMs: number;
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

/** The start of the fires of `all` that still run: those within the window, and of these the newest `max`. */
const oldestToRun = (expression: CronExpression, from: number, now: number, policies: Policies): number => {
  const { max, withinMs } = policies.catchUp;
  let cut = now + 1;
  for (let n = 0; n < max; n++) {
    const due = NextFire.previous(expression, cut);
    if (due === undefined || due <= from || now - due > withinMs) break;
    cut = due;
  }
  return cut;
};

/**
 * Decides every fire after `from` that is due by `now + aheadMs`; undefined if there is none.
 *
 * Fires that are past go through `catchUp`; fires ahead run. Where runs must not overlap only one run is decided at a
 * time, and the interval ends with it: what comes after is decided when it is over.
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
  const { aheadMs, currentWithinMs, lateAfterMs } = moment;
  // Fires are whole milliseconds. With a fraction the windows below would reach a fire that is not due yet.
  const now = Math.floor(moment.now);
  const horizon = now + aheadMs;
  const first = NextFire.next(expression, from);
  if (first === undefined || first > horizon) return undefined;

  const { mode, withinMs } = policies.catchUp;
  const skips: Array<SkipDecision> = [];
  let after = from;
  if (first <= now) {
    const window = mode === "skip" ? Math.min(withinMs, currentWithinMs) : withinMs;
    const newest = NextFire.previous(expression, now + 1) as number;
    const start = mode === "all"
      ? oldestToRun(expression, from, now, policies)
      : now - newest <= window
      ? newest
      : now + 1;
    if (first < start) {
      const edge = Math.min(start - 1, now - withinMs - 1);
      skips.push(
        ...skipped(expression, from, edge, "window"),
        ...skipped(expression, Math.max(from, edge), start - 1, mode === "latest" ? "coalesced" : "catch-up"),
      );
      after = start - 1;
    }
  }

  const limit = policies.overlap === "allow" ? maxRuns : 1;
  const runs: Array<RunDecision> = [];
  let to = after;
  let due = NextFire.next(expression, after);
  while (due !== undefined && due <= horizon && runs.length < limit) {
    runs.push({ dueAt: due, kind: now - due > lateAfterMs ? "late" : "due" });
    to = due;
    due = NextFire.next(expression, due);
  }
  const last = skips.at(-1);
  if (runs.length === 0 && last !== undefined) to = last.lastDueAt;
  return { to, runs, skips, nextDueAt: NextFire.next(expression, to) };
};
