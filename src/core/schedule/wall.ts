/**
 * The next wall-clock second that a plan matches, zones aside.
 *
 * A wall second counts the seconds since 1970-01-01T00:00:00 on a clock that knows no offset. The search goes month by
 * month: a month's matching days are one bit set, so even a leap day costs no more than one step per chosen month.
 *
 * @module
 */
import { dateOf, dayOf, lowest, monthLength, weekdayOf } from "./calendar.ts";
import { allDays, allMonths, allWeekdays, lastYear, type SpecialDays, type Wall } from "./plan.ts";

const next60 = (low: number, high: number, from: number): number => {
  if (from < 30) {
    const bits = low & (-1 << from);
    if (bits !== 0) return lowest(bits);
    from = 30;
  }
  const bits = high & (-1 << (from - 30));
  return bits === 0 ? -1 : lowest(bits) + 30;
};

/** The first time of a day, in seconds, at or after `time`, or -1. */
const timeFrom = (plan: Wall, time: number): number => {
  const hour = (time / 3600) | 0;
  const inHour = time - hour * 3600;
  if ((plan.hours >> hour & 1) !== 0) {
    const from = (inHour / 60) | 0;
    let minute = next60(plan.minutesLow, plan.minutesHigh, from);
    while (minute >= 0) {
      const second = next60(plan.secondsLow, plan.secondsHigh, minute === from ? inHour - minute * 60 : 0);
      if (second >= 0) return hour * 3600 + minute * 60 + second;
      minute = next60(plan.minutesLow, plan.minutesHigh, minute + 1);
    }
  }
  const later = plan.hours & (-2 << hour);
  return later === 0 ? -1 : firstTime(plan, lowest(later));
};

const firstTime = (plan: Wall, hour: number): number =>
  hour * 3600 + next60(plan.minutesLow, plan.minutesHigh, 0) * 60 + next60(plan.secondsLow, plan.secondsHigh, 0);

/** Weekday bits laid over a month whose first day is weekday `first`: bit d - 1 for day d. */
const overMonth = (weekdays: number, first: number): number => {
  const week = ((weekdays >> first) | (weekdays << (7 - first))) & allWeekdays;
  return week | (week << 7) | (week << 14) | (week << 21) | (week << 28);
};

/** The working day nearest to `day` (1 to `length`) in the same month, as a bit. */
const nearestWorkday = (day: number, length: number, first: number): number => {
  const weekday = (first + day - 1) % 7;
  const nearest = weekday === 6
    ? (day === 1 ? 3 : day - 1)
    : weekday === 0
    ? (day === length ? day - 2 : day + 1)
    : day;
  return 1 << (nearest - 1);
};

const specialDaysOfMonth = (special: SpecialDays, length: number, first: number): number => {
  let bits = 0;
  for (let n = 0; n < length; n++) {
    if ((special.lastDays >> n & 1) !== 0) bits |= 1 << (length - n - 1);
    if ((special.workdays >> n & 1) !== 0) bits |= nearestWorkday(n + 1, length, first);
    if ((special.lastWorkdays >> n & 1) !== 0) bits |= nearestWorkday(length - n, length, first);
  }
  return bits;
};

const specialWeekdaysOfMonth = (special: SpecialDays, length: number, first: number): number =>
  special.ordinals.reduce(
    (bits, weekdays, nth) => bits | (overMonth(weekdays, first) & (127 << (nth === 5 ? length - 7 : nth * 7))),
    0,
  );

/** The matching days of a month, bit d - 1 for day d. */
const daysOfMonth = (plan: Wall, year: number, month: number, firstDay: number): number => {
  const length = monthLength(year, month);
  const first = weekdayOf(firstDay);
  let days = plan.days;
  let weekdays = overMonth(plan.weekdays, first);
  if (plan.special !== undefined) {
    days |= specialDaysOfMonth(plan.special, length, first);
    weekdays |= specialWeekdaysOfMonth(plan.special, length, first);
  }
  return (plan.either ? days | weekdays : days & weekdays) & (allDays >>> (31 - length));
};

/** The first matching day at or after `day`; Infinity if there is none up to 2200. */
export const dayFrom = (plan: Wall, day: number): number => {
  if (plan.days === allDays && plan.months === allMonths && plan.special === undefined && plan.years === undefined) {
    // Weekdays alone need no calendar.
    if (plan.weekdays === allWeekdays) return day;
    const weekday = weekdayOf(day);
    const ahead = (plan.weekdays | (plan.weekdays << 7)) >> weekday;
    return day + lowest(ahead);
  }
  const date = dateOf(day);
  let year = date >> 9;
  let month = date >> 5 & 15;
  let from = (date & 31) - 1;
  let firstDay = day - from;
  for (;;) {
    if ((plan.months >> (month - 1) & 1) !== 0 && (plan.years === undefined || plan.years.includes(year))) {
      const bits = daysOfMonth(plan, year, month, firstDay) & (-1 << from);
      if (bits !== 0) return firstDay + lowest(bits);
    }
    const later = plan.months & (-1 << month);
    if (later === 0) {
      if (++year > lastYear) return Infinity;
      month = lowest(plan.months) + 1;
    } else month = lowest(later) + 1;
    firstDay = dayOf(year, month, 1);
    from = 0;
  }
};

/** The day of a wall second. Truncation is cheaper than `Math.floor` and keeps what follows in integers. */
const dayAt = (wall: number): number => ((wall / 86400 + 4) | 0) - 4;

/** The first matching wall second strictly after `wall`, or Infinity. */
export const wallAfter = (plan: Wall, wall: number): number => {
  const from = wall + 1;
  const day = dayAt(from);
  const time = timeFrom(plan, (from - day * 86400) | 0);
  const found = dayFrom(plan, time < 0 ? day + 1 : day);
  if (found === day) return day * 86400 + time;
  return found * 86400 + firstTime(plan, lowest(plan.hours));
};
