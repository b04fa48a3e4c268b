/**
 * What an expression says, once read: four kinds of plan, all plain data.
 *
 * @module
 */

/** Days that plain sets cannot say: `L`, `L-3`, `15W`, `LW`, `FRI#2`, `5L`. */
export interface SpecialDays {
  /** Bit n: n days before the last day of the month. */
  readonly lastDays: number;
  /** Bit d - 1: the working day nearest to day d of the month. */
  readonly workdays: number;
  /** Bit n: the working day nearest to n days before the last day. */
  readonly lastWorkdays: number;
  /** Weekday bits (0 is Sunday) of the 1st to 5th such day of the month, then of the last one. */
  readonly ordinals: readonly number[];
}

/** Wall-clock fields as bit sets. Seconds and minutes take two words of 30 bits: 0 to 29 and 30 to 59. */
export interface Wall {
  readonly _tag: "Wall";
  readonly secondsLow: number;
  readonly secondsHigh: number;
  readonly minutesLow: number;
  readonly minutesHigh: number;
  readonly hours: number;
  /** Bit d - 1 for day d. */
  readonly days: number;
  /** Bit m - 1 for month m. */
  readonly months: number;
  /** Bit 0 is Sunday. */
  readonly weekdays: number;
  /** A day that matches the days or the weekdays will do; otherwise it must match both. */
  readonly either: boolean;
  /** Written with a wildcard, range or step in hours or minutes: follows elapsed time. */
  readonly elapsed: boolean;
  readonly years: readonly number[] | undefined;
  readonly special: SpecialDays | undefined;
}

/** `@every`: the multiples of `everyMs` since 1970. */
export interface Every {
  readonly _tag: "Every";
  readonly everyMs: number;
}

/** `@at`: one instant. */
export interface Once {
  readonly _tag: "Once";
  readonly atMs: number;
}

/** `@manual`: no instant; people start the job. */
export interface Manual {
  readonly _tag: "Manual";
}

/** What an expression says. */
export type Plan = Wall | Every | Once | Manual;

/** All of 1 to 31, bit d - 1. */
export const allDays = 0x7fffffff;
/** All of 1 to 12, bit m - 1. */
export const allMonths = 0xfff;
/** All of 0 to 6. */
export const allWeekdays = 0x7f;
/** All of 0 to 23. */
export const allHours = 0xffffff;
/** All 30 values of one half of seconds or minutes. */
export const allOfHalf = 0x3fffffff;
/** First and last year that exist for a schedule. */
export const firstYear = 1970;
export const lastYear = 2200;
/** Seconds since 1970 at which 2201 begins: no fire is as late as that. */
export const endSeconds = 7289654400;
