/**
 * A second, naive implementation of the schedules: the reference of the properties.
 *
 * It shares no code with the library. A schedule is a list of items per field with a predicate each; a wall clock is
 * what `Intl` prints; a fire is found by looking at every second of a window.
 *
 * @module
 */
import fc from "fast-check";

/** What a clock shows. */
export interface Shown {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

type Test = (value: number, shown: Shown) => boolean;

interface Item {
  readonly text: string;
  readonly test: Test;
  readonly steps: boolean;
}

interface Field {
  readonly text: string;
  readonly test: Test;
  readonly star: boolean;
  readonly steps: boolean;
}

/** A schedule with its text and its meaning. */
export interface Model {
  readonly text: string;
  readonly onDay: (shown: Shown) => boolean;
  readonly atTime: (shown: Shown) => boolean;
  readonly elapsed: boolean;
  readonly secondly: boolean;
}

const weekdayOf = ({ year, month, day }: Shown): number => new Date(Date.UTC(year, month - 1, day)).getUTCDay();
const lengthOf = ({ year, month }: Shown): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

const isWorkday = (shown: Shown): boolean => weekdayOf(shown) % 6 !== 0;

/** Looks at the days around `wanted` in the order in which they are near to it. */
const nearest = (shown: Shown, wanted: number): number => {
  if (wanted < 1 || wanted > lengthOf(shown)) return 0;
  for (const distance of [0, -1, 1, -2, 2]) {
    const day = wanted + distance;
    if (day >= 1 && day <= lengthOf(shown) && isWorkday({ ...shown, day })) return day;
  }
  return 0;
};

const upTo = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

const casings: ReadonlyArray<(name: string) => string> = [
  (name) => name,
  (name) => name.toLowerCase(),
  (name) => name[0] + name.slice(1).toLowerCase(),
];

const named = (value: number, names: ReadonlyArray<string>, min: number, style: number): string =>
  names.length > 0 && style < 3 && value - min < names.length
    ? casings[style]!(names[value - min]!)
    : style === 5
    ? `0${value}`
    : `${value}`;

const item = (min: number, max: number, names: ReadonlyArray<string>): fc.Arbitrary<Item> => {
  const size = max - min + 1;
  const top = size === 7 ? 7 : max;
  const style = upTo(0, 5);
  const plain = fc.tuple(upTo(min, top), style).map(([v, s]): Item => ({
    text: named(v, names, min, s),
    test: (value) => value === (size === 7 ? v % 7 : v),
    steps: false,
  }));
  const range = fc.tuple(upTo(min, top), upTo(min, top), fc.option(upTo(1, size)), style).map(
    ([from, to, step, s]): Item => {
      const values = new Set<number>();
      const last = size === 7 ? to % 7 : to;
      let value = size === 7 ? from % 7 : from;
      for (let i = 0;; i++) {
        if (i % (step ?? 1) === 0) values.add(value);
        if (value === last && !(i === 0 && size === 7 && to === 7 && from === 0)) break;
        value = value === max ? min : value + 1;
      }
      const text = `${named(from, names, min, s)}-${named(to, names, min, s)}`;
      return { text: step === null ? text : `${text}/${step}`, test: (v) => values.has(v), steps: true };
    },
  );
  const open = fc.tuple(upTo(min, top), upTo(1, size), style).map(([v, step, s]): Item => {
    const from = size === 7 ? v % 7 : v;
    return {
      text: `${named(v, names, min, s)}/${step}`,
      test: (value) => value >= from && (value - from) % step === 0,
      steps: true,
    };
  });
  const star = fc.option(upTo(1, size)).map((step): Item => ({
    text: step === null ? "*" : `*/${step}`,
    test: (value) => (value - min) % (step ?? 1) === 0,
    steps: true,
  }));
  return fc.oneof({ weight: 4, arbitrary: plain }, range, open, star);
};

const plainItem = (min: number, max: number): fc.Arbitrary<Item> =>
  upTo(min, max).map((n): Item => ({ text: `${n}`, test: (value) => value === n, steps: false }));

const specialDay: fc.Arbitrary<Item> = fc.oneof(
  upTo(0, 30).map((n): Item => ({
    text: n === 0 ? "L" : `L-${n}`,
    test: (day, shown) => day === lengthOf(shown) - n,
    steps: false,
  })),
  upTo(1, 31).map((n): Item => ({
    text: `${n}W`,
    test: (day, shown) => day === nearest(shown, n),
    steps: false,
  })),
  upTo(0, 5).map((n): Item => ({
    text: n === 0 ? "LW" : `l-${n}w`,
    test: (day, shown) => day === nearest(shown, lengthOf(shown) - n),
    steps: false,
  })),
);

const weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

const specialWeekday: fc.Arbitrary<Item> = fc.oneof(
  fc.tuple(upTo(0, 6), upTo(1, 5), upTo(0, 4)).map(([weekday, nth, s]): Item => ({
    text: `${named(weekday, weekdayNames, 0, s)}#${nth}`,
    test: (value, { day }) => value === weekday && Math.ceil(day / 7) === nth,
    steps: false,
  })),
  fc.tuple(upTo(0, 7), upTo(0, 4), fc.boolean()).map(([weekday, s, hash]): Item => ({
    text: `${named(weekday, weekdayNames, 0, s)}${hash ? "#L" : "L"}`,
    test: (value, shown) => value === weekday % 7 && shown.day + 7 > lengthOf(shown),
    steps: false,
  })),
);

const field = (items: fc.Arbitrary<Item>): fc.Arbitrary<Field> =>
  fc.array(items, { minLength: 1, maxLength: 3 }).map((list) => {
    const text = list.map((it) => it.text).join(",");
    return {
      text,
      test: (value, shown) => list.some((it) => it.test(value, shown)),
      star: text.startsWith("*"),
      steps: list.some((it) => it.steps),
    };
  });

const any: Field = { text: "*", test: () => true, star: true, steps: true };
const question: Field = { ...any, text: "?" };
const zero: Field = { text: "0", test: (value) => value === 0, star: false, steps: false };

const mostly = (weight: number, usual: Field, other: fc.Arbitrary<Field>): fc.Arbitrary<Field> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

/** Schedules of five to seven fields; hours near those in which clocks change are likely. */
export const model: fc.Arbitrary<Model> = fc.record({
  seconds: mostly(4, zero, field(item(0, 59, []))),
  minutes: fc.oneof(field(item(0, 59, [])), field(plainItem(0, 59)), fc.constant(zero)),
  hours: fc.oneof(
    field(item(0, 23, [])),
    { weight: 2, arbitrary: field(plainItem(0, 3)) },
    fc.constant(any),
  ),
  days: mostly(2, any, fc.oneof(field(item(1, 31, [])), field(specialDay), fc.constant(question))),
  months: mostly(3, any, field(item(1, 12, monthNames))),
  weekdays: mostly(2, any, fc.oneof(field(item(0, 6, weekdayNames)), field(specialWeekday), fc.constant(question))),
  years: fc.oneof(
    { weight: 11, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.tuple(upTo(1975, 2100), upTo(0, 100)) },
  ),
  plus: upTo(0, 9).map((n) => n === 0),
}).map(({ seconds, minutes, hours, days, months, weekdays, years, plus }): Model => {
  const both = days.star || days.text === "?" || weekdays.star || weekdays.text === "?" || plus;
  const six = seconds !== zero || years !== null;
  return {
    text: [
      ...(six ? [seconds.text] : []),
      minutes.text,
      hours.text,
      days.text,
      months.text,
      (plus ? "+" : "") + weekdays.text,
      ...(years === null ? [] : [`${years[0]}-${years[0] + years[1]}`]),
    ].join(" "),
    atTime: (shown) =>
      seconds.test(shown.second, shown) && minutes.test(shown.minute, shown) && hours.test(shown.hour, shown),
    onDay: (shown) => {
      if (!months.test(shown.month, shown)) return false;
      if (years !== null && (shown.year < years[0] || shown.year > years[0] + years[1])) return false;
      const day = days.test(shown.day, shown);
      const weekday = weekdays.test(weekdayOf(shown), shown);
      return both ? day && weekday : day || weekday;
    },
    elapsed: minutes.steps || hours.steps,
    secondly: seconds !== zero,
  };
});

/** What a clock without a zone shows at a wall second. */
export const shownAt = (wall: number): Shown => {
  const date = new Date(wall * 1000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
};

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The wall second that a zone's clock shows at an instant, asked from `Intl`. */
export const wallAt = (zone: string, seconds: number): number => {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
    clocks.set(zone, clock);
  }
  return Date.parse(`${clock.format(seconds * 1000).replace(" ", "T")}Z`) / 1000;
};

/** The wall seconds of every second of a stretch, with one question to `Intl` per minute while nothing changes. */
export const wallsOf = (zone: string, from: number, to: number): Float64Array => {
  const walls = new Float64Array(to - from + 1);
  let first = wallAt(zone, from);
  for (let start = from; start <= to; start += 60) {
    const end = start + 60;
    const last = wallAt(zone, end);
    const even = last - first === 60;
    for (let at = start; at < end && at <= to; at++) walls[at - from] = even ? first + at - start : wallAt(zone, at);
    first = last;
  }
  return walls;
};

/** All fires from `from` to `to`, under a DST rule, by looking at every second of `walls`, which begin at `start`. */
export const firesOf = (
  schedule: Model,
  dst: string,
  walls: Float64Array,
  start: number,
  from: number,
  to: number,
): Array<number> => {
  const due = (wall: number): boolean => {
    const shown = shownAt(wall);
    return schedule.atTime(shown) && schedule.onDay(shown);
  };
  const firsts = new Map<number, number>();
  const lasts = new Map<number, number>();
  if (walls.at(-1)! - walls[0]! !== walls.length - 1 || walls.some((wall, i) => wall !== walls[0]! + i)) {
    walls.forEach((wall, i) => {
      if (!firsts.has(wall)) firsts.set(wall, i);
      lasts.set(wall, i);
    });
  }
  const elapsed = schedule.elapsed && dst !== "earlier" && dst !== "later";
  const fires: Array<number> = [];
  for (let at = from; at <= to; at++) {
    const index = at - start;
    const wall = walls[index]!;
    const before = walls[index - 1] ?? wall - 1;
    let fire = false;
    // A second that is not on a minute cannot match a schedule that names second 0.
    if ((schedule.secondly || wall % 60 === 0) && due(wall)) {
      const only = dst === "later" ? lasts.get(wall) : firsts.get(wall);
      fire = elapsed || dst === "both" || (only ?? index) === index;
    }
    if (!fire && wall > before + 1 && !elapsed && dst !== "skip") {
      for (let skipped = before + 1; skipped < wall && !fire; skipped++) {
        // A time that the clock shows at another moment was not lost here.
        fire = (dst === "both" || !firsts.has(skipped)) && due(skipped);
      }
    }
    if (fire) fires.push(at);
  }
  return fires;
};
