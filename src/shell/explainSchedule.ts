/**
 * Why a schedule in the store stands as it does, in data and in words.
 */
import { instantText } from "../core/schedule/format.ts";
import type { ScheduleSeen } from "../core/words/ScheduleRequest.ts";
import type { Member } from "../core/words/View.ts";
import { isTicked, namesOf, overdueMs } from "./JobInfo.ts";

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

/** The members that have a handler, by name. */
export const having = (
  handler: string,
  members: ReadonlyArray<Pick<Member, "handlers" | "name">>,
): ReadonlyArray<string> => namesOf(members.filter(({ handlers }) => handlers?.has(handler) === true));

/** Explains a schedule as it is at an instant of the store's clock. */
export const explainSchedule = (
  { definition, id, state }: ScheduleSeen,
  members: ReadonlyArray<Member>,
  storeTime: number,
): Explained => {
  const { enabled, handler, schedule, timeZone } = definition;
  const { nextDueAt, paused, watermark } = state;
  const active = state.active.length;
  const handledBy = having(handler, members);
  const isOfTicks = isTicked(state, storeTime);
  const isUnhandled = handledBy.length === 0 && !isOfTicks;
  const startsAt = state.nextStartsAt ?? nextDueAt ?? Infinity;
  const isOverdue = !paused && active === 0 && startsAt < storeTime - overdueMs && !isOfTicks;
  const { by, reason } = state.pause ?? {};
  const holdups: ReadonlyArray<ScheduleHoldup | undefined> = [
    isUnhandled
      ? {
        reason: "unhandled",
        words: `no member has the handler ${handler}: what is due waits, and is caught up on once one has it`,
      }
      : undefined,
    !enabled ? { reason: "disabled", words: "it was put so that it starts nothing" } : paused
      ? {
        reason: "paused",
        words: `it is paused${by === undefined ? "" : ` by ${by}`}${reason === undefined ? "" : `: ${reason}`}`,
      }
      : undefined,
    nextDueAt === undefined && enabled
      ? { reason: "finished", words: "no fire of it is to come, or it had as many runs as its limit" }
      : undefined,
    active > 0 ? { reason: "active", words: `${active} of its runs are under way, or wait` } : undefined,
    isOverdue
      ? { reason: "overdue", words: `nobody has decided its fire of ${instantText(nextDueAt ?? 0)}` }
      : undefined,
  ];
  const found = holdups.filter((it) => it !== undefined);
  const words = [
    `${id}: ${schedule}${timeZone === undefined ? "" : ` in ${timeZone}`}, starts ${handler}`,
    handledBy.length === 0
      ? `no member has ${handler}`
      : `${handledBy.join(", ")} ${handledBy.length === 1 ? "has" : "have"} ${handler}`,
    `every fire up to ${instantText(watermark)} is decided`,
    ...(nextDueAt === undefined
      ? []
      : [`its next fire ${nextDueAt > storeTime ? "is" : "was"} due at ${instantText(nextDueAt)}`]),
    ...(found.length === 0 ? ["nothing holds it up"] : found.map((it) => it.words)),
  ];
  return { handledBy, holdups: found, words };
};
