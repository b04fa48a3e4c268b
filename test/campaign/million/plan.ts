/**
 * Which schedules the campaign has: those that lie there, one for each tenant and year, and those that are watched, as they are due in
 * the time that is measured.
 *
 * @module
 */
import type { ScheduleOptions } from "ringcron/promise";

/** What all of them start. */
export const handler = "report";

/** The service they belong to. */
export const service = "million";

/** Due once a year, at a time that its id gives. */
export const yearly = (at: number): ScheduleOptions => ({ id: `tenant-${at}`, handler, schedule: "H H H H *" });

const minuteMs = 60_000;

/** How many schedules are due each second, all of them once a minute, and for how long. */
export interface Load {
  readonly perSecond: number;
  /** A whole minute. Epoch milliseconds. */
  readonly from: number;
  readonly minutes: number;
}

/** Due at a second of each minute of the load. */
export const minutely = ({ from, minutes }: Load, at: number): ScheduleOptions => ({
  id: `w/minutely-${at}`,
  handler,
  schedule: `${at % 60} * * * * *`,
  startAt: from,
  endAt: from + minutes * minuteMs,
});

/** How many schedules a load has. */
export const sizeOf = ({ perSecond }: Load): number => perSecond * 60;

/** The fires of a load, as they are to be in the record. */
export function* firesOf(load: Load): Generator<string> {
  for (let at = 0; at < sizeOf(load); at++) {
    for (let minute = 0; minute < load.minutes; minute++) {
      yield `w/minutely-${at} ${load.from + minute * minuteMs + (at % 60) * 1_000}`;
    }
  }
}

/** Due once, at an instant that is a year ahead when it is put. */
export const reminder = (at: number, dueAt: number): ScheduleOptions => ({
  id: `w/reminder-${at}`,
  handler,
  at: dueAt,
});

/** Due once, half a year ahead when it is put, and caught up on whenever somebody is there. */
export const patient = (at: number, dueAt: number): ScheduleOptions => ({
  id: `w/patient-${at}`,
  handler,
  at: dueAt,
  catchUp: { mode: "latest", withinMs: 730 * 86_400_000 },
});

/** Whether what starts of a schedule is recorded. */
export const isWatched = (id: string): boolean => id.startsWith("w/");
