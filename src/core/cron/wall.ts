/**
 * The next and the previous wall-clock second that a plan matches, zones aside.
 *
 * A wall second counts the seconds since 1970-01-01T00:00:00 on a clock that knows no offset. Both searches go day by
 * month: a month's matching days are one bit set, so even a leap day costs no more than one step per chosen month.
 *
 * @module
 */
import { dateOf, dayOf, highest, lowest, monthLength, weekdayOf } from "./calendar.ts";
import { allDays, allMonths, allWeekdays, lastYear, type SpecialDays, type Wall } from "./plan.ts";

const firstSearchYear = 1969;

const next60 = (low: number, high: number, from: number): number => {
  if (from < 30) {
    const bits = low & (-1 << from);
    if (bits !== 0) return lowest(bits);
    from = 30;
  }
  const bits = high & (-1 << (from - 30));
  return bits === 0 ? -1 : lowest(bits) + 30;
};

const previous60 = (low: number, high: number, from: number): number => {
  if (from >= 30) {
    const bits = high & ~(-2 << (from - 30));
    if (bits !== 0) return highest(bits) + 30;
    from = 29;
  }
  const bits = low & ~(-2 << from);
  return bits === 0 ? -1 : highest(bits);
};

const firstOf = (low: number, high: number): number => low !== 0 ? lowest(low) : lowest(high) + 30;
const lastOf = (low: number, high: number): number => high !== 0 ? highest(high) + 30 : highest(low);

const timeFrom = (plan: Wall, time: number): number => {
  const hour = (time / 3600) | 0;
  const inHour = time - hour * 3600;
  if ((plan.hours >> hour & 1) !== 0) {
    let minute = (inHour / 60) | 0;
    const atMinute = next60(plan.minutesLow, plan.minutesHigh, minute);
    if (atMinute === minute) {
      const second = next60(plan.secondsLow, plan.secondsHigh, inHour - minute * 60);
      if (second >= 0) return hour * 3600 + minute * 60 + second;
      minute = next60(plan.minutesLow, plan.minutesHigh, minute + 1);
    } else minute = atMinute;
    if (minute >= 0) return hour * 3600 + minute * 60 + firstOf(plan.secondsLow, plan.secondsHigh);
  }
  const later = plan.hours & (-2 << hour);
  return later === 0 ? -1 : firstTime(plan, lowest(later));
};

const timeUpTo = (plan: Wall, time: number): number => {
  const hour = (time / 3600) | 0;
  const inHour = time - hour * 3600;
  if ((plan.hours >> hour & 1) !== 0) {
    let minute = (inHour / 60) | 0;
    const atMinute = previous60(plan.minutesLow, plan.minutesHigh, minute);
    if (atMinute === minute) {
      const second = previous60(plan.secondsLow, plan.secondsHigh, inHour - minute * 60);
      if (second >= 0) return hour * 3600 + minute * 60 + second;
      minute = minute === 0 ? -1 : previous60(plan.minutesLow, plan.minutesHigh, minute - 1);
    } else minute = atMinute;
    if (minute >= 0) return hour * 3600 + minute * 60 + lastOf(plan.secondsLow, plan.secondsHigh);
  }
  const earlier = plan.hours & ~(-1 << hour);
  return earlier === 0 ? -1 : lastTime(plan, highest(earlier));
};

const firstTime = (plan: Wall, hour: number): number =>
  hour * 3600 + firstOf(plan.minutesLow, plan.minutesHigh) * 60 + firstOf(plan.secondsLow, plan.secondsHigh);

const lastTime = (plan: Wall, hour: number): number =>
  hour * 3600 + lastOf(plan.minutesLow, plan.minutesHigh) * 60 + lastOf(plan.secondsLow, plan.secondsHigh);

/** Weekday bits laid over a month whose first day is weekday `first`: bit d - 1 for day d. */
const overMonth = (weekdays: number, first: number): number => {
  const week = ((weekdays >> first) | (weekdays << (7 - first))) & allWeekdays;
  return week | (week << 7) | (week << 14) | (week << 21) | (week << 28);
};

/** The working day nearest to `day` (1 to `length`) in the same month, as a bit. */
const nearestWorkday = (day: number, length: number, first: number): number => {
  const weekday = (first + day - 1) % 7;
  if (weekday === 6) return 1 << (day === 1 ? 2 : day - 2);
  if (weekday === 0) return 1 << (day === length ? day - 3 : day);
  return 1 << (day - 1);
};

const specialDaysOfMonth = (special: SpecialDays, length: number, first: number): number => {
  let bits = 0;
  for (let rest = special.lastDays; rest !== 0; rest &= rest - 1) {
    const day = length - lowest(rest);
    if (day > 0) bits |= 1 << (day - 1);
  }
  for (let rest = special.workdays; rest !== 0; rest &= rest - 1) {
    const day = lowest(rest) + 1;
    if (day <= length) bits |= nearestWorkday(day, length, first);
  }
  for (let rest = special.lastWorkdays; rest !== 0; rest &= rest - 1) {
    const day = length - lowest(rest);
    if (day > 0) bits |= nearestWorkday(day, length, first);
  }
  return bits;
};

const specialWeekdaysOfMonth = (special: SpecialDays, length: number, first: number): number => {
  let bits = 0;
  for (let nth = 0; nth < 6; nth++) {
    const week = 127 << (nth === 5 ? length - 7 : nth * 7);
    bits |= overMonth(special.ordinals[nth] ?? 0, first) & week;
  }
  return bits;
};

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

const onlyWeekdays = (plan: Wall): boolean =>
  plan.days === allDays && plan.months === allMonths && plan.special === undefined && plan.years === undefined;

const inYear = (plan: Wall, year: number): boolean => plan.years === undefined || plan.years.includes(year);

/** The first matching day at or after `day`, or Infinity. */
export const dayFrom = (plan: Wall, day: number): number => {
  if (onlyWeekdays(plan)) {
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
    if ((plan.months >> (month - 1) & 1) !== 0 && inYear(plan, year)) {
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

/** The last matching day at or before `day`, or -Infinity. */
export const dayUpTo = (plan: Wall, day: number): number => {
  if (onlyWeekdays(plan)) {
    if (plan.weekdays === allWeekdays) return day;
    const weekday = weekdayOf(day);
    const behind = (plan.weekdays | (plan.weekdays << 7)) & ~(-2 << (weekday + 7));
    return day - (weekday + 7 - highest(behind));
  }
  const date = dateOf(day);
  let year = date >> 9;
  let month = date >> 5 & 15;
  let upTo = (date & 31) - 1;
  let firstDay = day - upTo;
  for (;;) {
    if ((plan.months >> (month - 1) & 1) !== 0 && inYear(plan, year)) {
      const bits = daysOfMonth(plan, year, month, firstDay) & (allDays >>> (30 - upTo));
      if (bits !== 0) return firstDay + highest(bits);
    }
    const earlier = plan.months & ~(-1 << (month - 1));
    if (earlier === 0) {
      if (--year < firstSearchYear) return -Infinity;
      month = highest(plan.months) + 1;
    } else month = highest(earlier) + 1;
    firstDay = dayOf(year, month, 1);
    upTo = 30;
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

/** The last matching wall second strictly before `wall`, or -Infinity. */
export const wallBefore = (plan: Wall, wall: number): number => {
  const upTo = wall - 1;
  const day = dayAt(upTo);
  const time = timeUpTo(plan, (upTo - day * 86400) | 0);
  const found = dayUpTo(plan, time < 0 ? day - 1 : day);
  if (found === day) return day * 86400 + time;
  return found * 86400 + lastTime(plan, highest(plan.hours));
};

/** Whether at least one day from 1970 to 2200 matches: false for the 30th of February. */
export const isPossible = (plan: Wall): boolean =>
  (plan.special === undefined && plan.years === undefined && (plan.either || (plan.days & 0xfffffff) !== 0)) ||
  dayFrom(plan, 0) !== Infinity;
