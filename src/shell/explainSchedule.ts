/**
 * Why a schedule in the store stands as it does, in data and in words: one way to say it for programs, the command line and the
 * dashboard.
 */
import { instantText } from "../core/schedule/format.ts";
import { expressionOf } from "../core/schedule/ofSchedule.ts";
import type { Member } from "../core/words/View.ts";
import { namesOf } from "./declaring.ts";
import type { ScheduleInfo } from "./ScheduleInfo.ts";

/** What holds a schedule up. */
export interface ScheduleHoldup {
  /**
   * - `unhandled`: no member has its handler; what it owes waits, and its `catchUp` decides on it once one comes;
   * - `disabled`: it was put so; `paused`; `finished`: no fire is to come, or it had as many runs as its limit;
   * - `active`: runs are under way, or wait; `overdue`: nobody decides its fires.
   */
  readonly reason: "unhandled" | "disabled" | "paused" | "finished" | "active" | "overdue";
  /** The same in a sentence. */
  readonly words: string;
}

/** What is told of a schedule besides of how it stands. */
interface Explained {
  readonly handledBy: ReadonlyArray<string>;
  readonly holdups: ReadonlyArray<ScheduleHoldup>;
  readonly words: ReadonlyArray<string>;
}

const join = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

/** The members that have a handler, by name. */
export const having = (
  handler: string,
  members: ReadonlyArray<Pick<Member, "handlers" | "name">>,
): ReadonlyArray<string> => namesOf(members.filter(({ handlers }) => handlers?.has(handler) === true));

const pauseText = ({ pausedBy, pausedWithAll, pauseReason }: ScheduleInfo): string =>
  `it is paused${pausedWithAll ? " with all jobs" : ""}${pausedBy === undefined ? "" : ` by ${pausedBy}`}${
    pauseReason === undefined ? "" : `: ${pauseReason}`
  }`;

/**
 * The one instant of a schedule that is over, if it was decided that it does not run. Nothing is told where runs are not kept, or others
 * may have taken its place.
 */
const skippedAt = ({ active, id, keepRuns, lastRuns, ...it }: ScheduleInfo): number | undefined => {
  const plan = expressionOf(id, it)?.plan;
  if (plan?._tag !== "Once" || plan.atMs > it.decidedUpTo || active > 0) return undefined;
  const isKnown = lastRuns.length < keepRuns && !lastRuns.some(({ dueAt }) => dueAt === plan.atMs);
  return isKnown ? plan.atMs : undefined;
};

const finishedText = (it: ScheduleInfo): string => {
  const at = skippedAt(it);
  return at === undefined
    ? "no fire of it is to come, or it had as many runs as its limit"
    : `its fire of ${instantText(at)} was skipped and never ran: it was paused, or later than its catchUp allows`;
};

const holdupsOf = (it: ScheduleInfo, handledBy: ReadonlyArray<string>): ReadonlyArray<ScheduleHoldup> => {
  const { active, enabled, handler, isOverdue, isTicked, nextDueAt, paused } = it;
  const holdups: ReadonlyArray<ScheduleHoldup | false> = [
    handledBy.length === 0 && !isTicked && {
      reason: "unhandled",
      words: `no member has the handler ${handler}: what is due waits, and is caught up on once one has it`,
    },
    !enabled && { reason: "disabled", words: "it was put so that it starts nothing" },
    enabled && paused && { reason: "paused", words: pauseText(it) },
    nextDueAt === undefined && enabled && {
      reason: "finished",
      words: finishedText(it),
    },
    active > 0 && { reason: "active", words: `${active} of its runs are under way, or wait` },
    isOverdue && { reason: "overdue", words: `nobody has decided its fire of ${instantText(nextDueAt ?? 0)}` },
  ];
  return holdups.filter((holdup) => holdup !== false);
};

/** Explains a schedule as it is at an instant of the store's clock. */
export const explainSchedule = (
  it: ScheduleInfo,
  members: ReadonlyArray<Pick<Member, "handlers" | "name">>,
  storeTime: number,
): Explained => {
  const { decidedUpTo, handler, id, isTicked, nextDueAt, schedule, timeZone } = it;
  const handledBy = having(handler, members);
  const holdups = holdupsOf(it, handledBy);
  const words = [
    `${id}: ${schedule}${timeZone === undefined ? "" : ` in ${timeZone}`}, starts ${handler}`,
    ...(handledBy.length > 0
      ? [`its handler ${handler} is on ${join(handledBy)}`]
      : isTicked
      ? [`no member has its handler ${handler}, ticks run it`]
      : []),
    `every fire up to ${instantText(decidedUpTo)} is decided`,
    ...(nextDueAt === undefined
      ? []
      : [`its next fire ${nextDueAt > storeTime ? "is" : "was"} due at ${instantText(nextDueAt)}`]),
    ...(holdups.length === 0 ? ["nothing holds it up"] : holdups.map((holdup) => holdup.words)),
  ];
  return { handledBy, holdups, words };
};
