/**
 * The record of a schedule that is put: a new one, or one that goes on under another definition (R50).
 *
 * A new schedule owes nothing before it was put, unless it lies wholly in the past: then its policy decides on that. Where it is
 * changed, what the old one owed by then is decided under it in the same step: what runs waits in the record, the rest does not run.
 * The watermark moves to then, so that the new one decides nothing of that again.
 */
import type { JobRecord } from "../../ledger/JobRecord.ts";
import { isSpent } from "../../ledger/limit.ts";
import type { Moment, Open } from "../../ledger/Moment.ts";
import { pausedWithAll, type PauseFacts } from "../../ledger/Pause.ts";
import * as Past from "../../ledger/Past.ts";
import * as Waiting from "../../ledger/Waiting.ts";
import type { CronExpression } from "../../schedule/CronExpression.ts";
import * as Decision from "../../schedule/Decision.ts";
import * as Jitter from "../../schedule/jitter.ts";
import * as NextFire from "../../schedule/NextFire.ts";
import type { PauseNote } from "../../words/JobState.ts";
import type { Policies } from "../../words/Policy.ts";
import { newlyNamed, renamed } from "./named.ts";

/** A schedule as far as its record goes. */
export interface Version {
  readonly expression: CronExpression;
  readonly policies: Policies;
  readonly enabled: boolean;
  readonly hash: string;
  readonly keepRuns: number;
}

/** What is put, where it was put before, and when. */
export interface Putting {
  /** By what its starts are moved. */
  readonly jitter: Jitter.Jitter;
  readonly moment: Moment;
  /** An estimate of the store's clock, which the moment goes by. */
  readonly at: number;
  /** What was said of the pause of all jobs; undefined: they are not paused. Asked for only where it matters. */
  readonly allPaused: () => PauseNote | undefined;
}

/** How late the current fire may be where nothing is caught up on. Milliseconds. */
const currentWithinMs = 10_000;

/** How many fires of the old schedule may wait if it does not say it. */
const maxOwed = 1_000;

/**
 * The instant that is decided for: no fire of any of the schedules lies between it and the change, before or after, which is proved with
 * it. A clock has fractions of milliseconds and a fire has none, so it may be that of a fire that has just become due.
 */
const decidedAt = (expressions: ReadonlyArray<CronExpression>, { at, moment }: Putting): number => {
  let now = Math.floor(at);
  for (const expression of expressions) {
    let due = NextFire.next(expression, now);
    while (due !== undefined && moment.isAfter(due - 1)) {
      now = due;
      due = NextFire.next(expression, now);
    }
  }
  for (const expression of expressions) {
    const last = NextFire.previous(expression, now + 1);
    if (last !== undefined) moment.isAfter(last - 1);
  }
  return now;
};

/** Where a schedule begins that lies wholly in the past: before the last of its fires that may still run, or before its last one. */
const beginsBefore = ({ expression, policies }: Version, now: number): number | undefined => {
  const last = NextFire.previous(expression, now + 1);
  return last === undefined ? undefined : Math.max(0, Math.min(last, now - policies.catchUp.withinMs) - 1);
};

/** The fires that the old schedule still owes by an instant, as they wait from then on. */
const owed = (
  record: JobRecord,
  { expression, policies }: Version,
  now: number,
): Pick<JobRecord, "waiting"> & { readonly any: boolean } => {
  const late: Array<number> = [];
  let from = record.watermark;
  let any = false;
  // A jitter moves starts, and no decision: what is due by then is the old schedule's.
  const moment = { now, aheadMs: 0, lateAfterMs: 0, currentWithinMs };
  for (let plan = Decision.plan(expression, policies, from, moment); plan !== undefined && plan.to > from;) {
    any = true;
    for (const { dueAt } of plan.runs) late.push(dueAt);
    from = plan.to;
    plan = late.length >= maxOwed ? undefined : Decision.plan(expression, policies, from, moment);
  }
  const isInTheWay = policies.overlap === "skip" && policies.catchUp.mode !== "all" && record.active.length > 0;
  if (late.length === 0 || isInTheWay) return { waiting: record.waiting, any };
  const isOfNewest = policies.overlap === "queue" || policies.overlap === "cancel-previous";
  const { limit, maxQueued } = policies;
  const lining = {
    limit,
    maxQueued: policies.overlap === "queue-all" ? maxQueued : maxOwed,
    overlap: isOfNewest ? policies.overlap : "queue-all" as const,
  };
  return { waiting: Waiting.lineUp(record, lining, late, false).waiting, any };
};

/** The fire that comes first, and when it starts. */
const firstAfter = (
  { enabled: _, expression, policies }: Version,
  counted: number | undefined,
  jitter: Jitter.Jitter,
  after: number,
): Pick<JobRecord, "nextDueAt" | "nextStartsAt"> => {
  const nextDueAt = isSpent({ counted }, policies) ? undefined : NextFire.next(expression, after);
  return { nextDueAt, nextStartsAt: Jitter.moved(expression, jitter, nextDueAt) };
};

/** The pause of one that is not enabled. Nobody has paused it by itself: who does so has it paused also once it is enabled. */
const disabled: PauseFacts = { paused: true, pausedBy: undefined, pauseReason: undefined, pausedWithAll: true };

/**
 * The record of a schedule that was not there. No token is lower than those of one that was: by that a run of such a one is told, which
 * goes on where it runs, and is none of this one's.
 */
export const begun = (version: Version, putting: Putting, lastFence = 0): JobRecord<Open> => {
  const { jitter, moment } = putting;
  const now = decidedAt([version.expression], putting);
  const before = NextFire.next(version.expression, now) === undefined ? beginsBefore(version, now) : undefined;
  const watermark = before ?? moment.stamp(0);
  const pause = version.enabled ? pausedWithAll(putting.allPaused()) : disabled;
  const { nextDueAt, nextStartsAt } = firstAfter(version, undefined, jitter, before ?? now);
  return {
    watermark,
    since: 0,
    toldBy: undefined,
    lastFence: moment.stamp(lastFence),
    paused: pause.paused,
    pausedBy: pause.pausedBy,
    pauseReason: pause.pauseReason,
    pausedWithAll: pause.pausedWithAll,
    definition: newlyNamed(version.hash, putting.at),
    deployment: 0,
    claimId: undefined,
    nextDueAt,
    nextStartsAt,
    counted: undefined,
    active: [],
    queue: [],
    busyUntil: undefined,
    nextSlot: undefined,
    waiting: undefined,
    past: Past.keeping(undefined, version.keepRuns),
  };
};

/** The record of one that goes on as something else. What runs, what waits and what was counted stays. */
export const changed = (record: JobRecord, old: Version, version: Version, putting: Putting): JobRecord<Open> => {
  const { jitter, moment } = putting;
  const now = decidedAt([old.expression, version.expression], putting);
  const { counted } = record;
  const { any, waiting } = record.paused || isSpent({ counted }, old.policies)
    ? { waiting: record.waiting, any: true }
    : owed(record, old, now);
  const isPast = !any && NextFire.next(version.expression, Math.max(now, record.watermark)) === undefined;
  const before = isPast ? beginsBefore(version, now) : undefined;
  const after = before === undefined ? Math.max(now, record.watermark) : Math.max(before, record.watermark);
  const { nextDueAt, nextStartsAt } = firstAfter(version, counted, jitter, after);
  const isHeld = record.paused && record.pausedWithAll !== true;
  const pause = isHeld || (version.enabled && old.enabled)
    ? record
    : version.enabled
    ? pausedWithAll(putting.allPaused())
    : disabled;
  return {
    watermark: before === undefined ? moment.stamp(record.watermark) : after,
    since: record.since,
    toldBy: record.toldBy,
    lastFence: record.lastFence,
    paused: pause.paused,
    pausedBy: pause.pausedBy,
    pauseReason: pause.pauseReason,
    pausedWithAll: pause.pausedWithAll,
    definition: renamed(record.definition, version.hash),
    deployment: record.deployment,
    claimId: undefined,
    nextDueAt,
    nextStartsAt,
    counted,
    active: record.active,
    queue: record.queue,
    busyUntil: undefined,
    nextSlot: record.nextSlot,
    waiting,
    past: Past.keeping(record.past, version.keepRuns),
  };
};
