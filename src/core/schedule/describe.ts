/**
 * A schedule in plain English.
 *
 * @module
 */
import { demandParts } from "../words/InvalidInput.ts";
import type { CronExpression } from "./expression.ts";
import { durationText, instantText } from "./format.ts";
import { allDays, allHours, allMonths, allOfHalf, allWeekdays, type SpecialDays, type Wall } from "./plan.ts";
import { runsOf, sixtyOf, stepOf, valuesOf } from "./values.ts";

const monthNames = "January February March April May June July August September October November December".split(" ");
const weekdayNames = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const nth = ["first", "second", "third", "fourth", "fifth", "last"];

const join = (words: ReadonlyArray<string>, last = "and"): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;

const list = (values: ReadonlyArray<number>, name: (value: number) => string): string =>
  join(
    runsOf(values).flatMap(([from, to]) =>
      to > from + 1 ? [`${name(from)} to ${name(to)}`] : to > from ? [name(from), name(to)] : [name(from)]
    ),
  );

const two = (value: number): string => `${value}`.padStart(2, "0");

const ordinal = (value: number): string => {
  const teen = value % 100 > 10 && value % 100 < 14;
  return `${value}${(teen ? undefined : ["", "st", "nd", "rd"][value % 10]) || "th"}`;
};

/** `every minute`, `every 5 minutes from 2`, `minutes 1, 2 and 7`. */
const part = (unit: string, values: ReadonlyArray<number>, size: number): string => {
  if (values.length === size) return `every ${unit}`;
  const step = stepOf(values);
  const first = values[0] ?? 0;
  if (step > 1 && (values.at(-1) ?? 0) + step >= size) {
    return `every ${step} ${unit}s${first === 0 ? "" : ` from ${first}`}`;
  }
  return `${unit}${values.length > 1 ? "s" : ""} ${list(values, String)}`;
};

const time = (plan: Wall): string => {
  const seconds = sixtyOf(plan.secondsLow, plan.secondsHigh);
  const minutes = sixtyOf(plan.minutesLow, plan.minutesHigh);
  const hours = valuesOf(plan.hours, 0);
  if (hours.length * minutes.length * seconds.length <= 6) {
    const times = hours.flatMap((hour) =>
      minutes.flatMap((minute) =>
        seconds.map((second) => `${two(hour)}:${two(minute)}${second === 0 ? "" : `:${two(second)}`}`)
      )
    );
    return `at ${join(times)}`;
  }
  const atSecond = seconds.length === 1 && seconds[0] === 0 ? [] : [part("second", seconds, 60)];
  const allMinutes = plan.minutesLow === allOfHalf && plan.minutesHigh === allOfHalf;
  const atMinute = allMinutes && atSecond.length > 0 ? [] : [part("minute", minutes, 60)];
  const atHour = plan.hours === allHours ? [] : [part("hour", hours, 24)];
  const onTheHour = minutes.length === 1 && minutes[0] === 0 && atSecond.length === 0;
  if (onTheHour) return plan.hours === allHours ? "every hour" : `on the hour, ${atHour[0]}`;
  return [...atSecond, ...atMinute, ...atHour].join(" of ");
};

const daysText = (plan: Wall, special: SpecialDays | undefined): string => {
  const near = (which: string): string => `the working day nearest to ${which}`;
  const before = (n: number): string => n === 0 ? "the last day" : `${n} day${n === 1 ? "" : "s"} before the last`;
  return join([
    ...(plan.days === 0 ? [] : [`the ${list(valuesOf(plan.days, 1), ordinal)}`]),
    ...valuesOf(special?.lastDays ?? 0, 0).map(before),
    ...valuesOf(special?.workdays ?? 0, 1).map((day) => near(`the ${ordinal(day)}`)),
    ...valuesOf(special?.lastWorkdays ?? 0, 0).map((n) => near(before(n))),
  ]);
};

const weekdaysText = (plan: Wall, special: SpecialDays | undefined): string =>
  join([
    ...(plan.weekdays === 0 ? [] : [list(valuesOf(plan.weekdays, 0), (day) => weekdayNames[day] ?? "")]),
    ...(special?.ordinals ?? []).flatMap((bits, i) =>
      valuesOf(bits, 0).map((day) => `the ${nth[i]} ${weekdayNames[day]}`)
    ),
  ]);

const wall = (plan: Wall): string => {
  const { special, years } = plan;
  const ofMonth = plan.months === allMonths ? " of the month" : "";
  const days = plan.days === allDays ? "" : daysText(plan, special) + ofMonth;
  const ordinals = special?.ordinals.some((bits) => bits !== 0) ? ofMonth : "";
  const weekdays = plan.weekdays === allWeekdays ? "" : weekdaysText(plan, special) + ordinals;
  const which = days === "" || weekdays === ""
    ? days + weekdays
    : `${days} ${plan.either ? "or" : "if it is"} ${weekdays}`;
  const months = list(valuesOf(plan.months, 1), (month) => monthNames[month - 1] ?? "");
  return [
    time(plan),
    which === "" ? "" : ` on ${which}`,
    plan.months === allMonths ? "" : ` in ${months}`,
    years === undefined ? "" : ` in ${list(years, String)}`,
  ].join("");
};

/**
 * A schedule in plain English, for lists and logs. The wording may change; nothing reads it back.
 *
 * @example
 * ```ts
 * import { CronExpression } from "ringcron/core";
 *
 * const expression = CronExpression.parseUnsafe("0 9 * * MON-FRI", { timeZone: "Europe/Berlin" });
 * console.log(CronExpression.describe(expression)); // at 09:00 on Monday to Friday, Europe/Berlin
 * ```
 */
export const describe = (expression: CronExpression): string => {
  demandParts("expression", expression, "plan", "timeZone");
  const { endAt, startAt } = expression;
  const from = startAt === undefined ? "" : `, from ${instantText(startAt)} on`;
  return unbounded(expression) + from + (endAt === undefined ? "" : `, before ${instantText(endAt)}`);
};

const unbounded = ({ plan, timeZone }: CronExpression): string => {
  if (plan._tag === "Every") return `every ${durationText(plan.everyMs)}, counted from 1970-01-01T00:00:00Z`;
  if (plan._tag === "Manual") return "only when somebody starts it";
  if (plan._tag === "Once") return `once at ${instantText(plan.atMs)}`;
  return `${wall(plan)}, ${timeZone}`;
};
