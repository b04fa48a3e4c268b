/**
 * Days and bits: the Gregorian calendar of the years 1968 to 2299 in integers, and sets of small numbers as bits of an
 * int32.
 *
 * A day is a count of days since 1970-01-01; nothing here knows a zone. Years start in March, so that the leap day is
 * the last of its year, and the two missing leap days of 2100 and 2200 are put right by one.
 *
 * @module
 */

/** Index of the lowest bit of `bits`, which must not be 0. */
export const lowest = (bits: number): number => 31 - Math.clz32(bits & -bits);

/** Days of `month` (1 to 12) in `year`. */
export const monthLength = (year: number, month: number): number =>
  month === 2 ? ((year & 3) === 0 && year !== 2100 && year !== 2200 ? 29 : 28) : 30 + ((month + (month >> 3)) & 1);

const march1968 = -671;
const march2100 = 47541;
const march2200 = 84065;

/** The day number of a date; month 1 to 12. */
export const dayOf = (year: number, month: number, day: number): number => {
  const y = month > 2 ? year : year - 1;
  const m = month > 2 ? month - 3 : month + 9;
  const missing = y < 2100 ? 0 : y < 2200 ? 1 : 2;
  return (((y - 1968) * 1461) >> 2) + (((153 * m + 2) / 5) | 0) + day - 1 - missing + march1968;
};

/** The date of a day number, packed as `year * 512 + month * 32 + day`. */
export const dateOf = (day: number): number => {
  const z = day - march1968 + (day < march2100 ? 0 : day < march2200 ? 1 : 2);
  const y = ((4 * z + 3) / 1461) | 0;
  const dayOfYear = z - ((1461 * y) >> 2);
  const m = ((5 * dayOfYear + 2) / 153) | 0;
  const date = dayOfYear - (((153 * m + 2) / 5) | 0) + 1;
  // From January on the year is the next one, and its months begin anew.
  return (y + 1968) * 512 + (m + 3) * 32 + date + (m < 10 ? 0 : 512 - 12 * 32);
};

/** Day of the week of a day number, 0 is Sunday. */
export const weekdayOf = (day: number): number => (day + 7004) % 7;
