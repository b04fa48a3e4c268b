/**
 * The canonical text of a schedule.
 *
 * @module
 */
import { demandParts } from "../words/InvalidInput.ts";
import type { CronExpression } from "./expression.ts";
import { allDays, allWeekdays, firstYear, lastYear, type SpecialDays, type Wall } from "./plan.ts";
import { runsOf, sixtyOf, stepOf, valuesOf } from "./values.ts";

const compact = (values: ReadonlyArray<number>, min: number, max: number): string => {
  const first = values[0] ?? min;
  const last = values.at(-1) ?? max;
  const step = stepOf(values);
  if (step > 1) return last + step > max ? `${first}/${step}` : `${first}-${last}/${step}`;
  return runsOf(values).map(([from, to]) => to > from + 1 ? `${from}-${to}` : to > from ? `${from},${to}` : `${from}`)
    .join(",");
};

const starred = (values: ReadonlyArray<number>, min: number, max: number): string => {
  if (values.length === max - min + 1) return "*";
  const text = compact(values, min, max);
  return text.startsWith(`${min}/`) ? `*${text.slice(`${min}`.length)}` : text;
};

const specialDays = ({ lastDays, lastWorkdays, workdays }: SpecialDays): Array<string> => [
  ...valuesOf(workdays, 1).map((day) => `${day}W`),
  ...valuesOf(lastDays, 0).map((before) => before === 0 ? "L" : `L-${before}`),
  ...valuesOf(lastWorkdays, 0).map((before) => before === 0 ? "LW" : `L-${before}W`),
];

const specialWeekdays = ({ ordinals }: SpecialDays): Array<string> =>
  ordinals.flatMap((bits, i) => valuesOf(bits, 0).map((weekday) => `${weekday}#${i === 5 ? "L" : i + 1}`));

const days = (bits: number, all: number, min: number, max: number, special: ReadonlyArray<string>): string =>
  bits === all ? "*" : [...(bits === 0 ? [] : [compact(valuesOf(bits, min), min, max)]), ...special].join(",");

const wall = (plan: Wall): string => {
  const seconds = sixtyOf(plan.secondsLow, plan.secondsHigh);
  const minutes = sixtyOf(plan.minutesLow, plan.minutesHigh);
  const hours = valuesOf(plan.hours, 0);
  let minute = minutes.join(",");
  let hour = hours.join(",");
  if (plan.elapsed) {
    minute = starred(minutes, 0, 59);
    hour = starred(hours, 0, 23);
    // Without a range or step the text would be one of fixed times.
    if (!/[*/-]/.test(minute + hour)) minute = `${minutes[0]}-${minutes[0]}${minute.slice(`${minutes[0]}`.length)}`;
  }
  const day = days(plan.days, allDays, 1, 31, plan.special === undefined ? [] : specialDays(plan.special));
  const weekday = days(
    plan.weekdays,
    allWeekdays,
    0,
    6,
    plan.special === undefined ? [] : specialWeekdays(plan.special),
  );
  const both = !plan.either && day !== "*" && weekday !== "*" ? "+" : "";
  const second = starred(seconds, 0, 59);
  return [
    ...(second === "0" && plan.years === undefined ? [] : [second]),
    minute,
    hour,
    day,
    starred(valuesOf(plan.months, 1), 1, 12),
    both + weekday,
    ...(plan.years === undefined ? [] : [compact(plan.years, firstYear, lastYear)]),
  ].join(" ");
};

/** Milliseconds as the duration that `@every` reads: `1h30m`. */
export const durationText = (ms: number): string => {
  let rest = ms / 1000;
  let text = "";
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
};

/** An instant in ISO 8601, without the milliseconds if there are none. */
export const instantText = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

/**
 * The canonical text of a schedule: five, six or seven fields in numbers, with the prefixes that it needs.
 *
 * Parsing it gives an equal schedule, without any option: `H` is written as the values it stood for.
 *
 * @example
 * ```ts
 * import { CronExpression } from "ringcron/core";
 *
 * const expression = CronExpression.parseUnsafe("0 0 9 ? JAN-MAR MON-FRI", { timeZone: "Europe/Berlin" });
 * console.log(CronExpression.format(expression)); // TZ=Europe/Berlin 0 9 * 1-3 1-5
 * ```
 */
export const format = (expression: CronExpression): string => {
  demandParts("expression", expression, "plan", "timeZone", "dst");
  const { dst, endAt, plan, startAt, timeZone } = expression;
  const zone = timeZone === "UTC" ? "" : `TZ=${timeZone} `;
  const rule = dst === "default" ? "" : `DST=${dst} `;
  const start = startAt === undefined ? "" : `START=${instantText(startAt)} `;
  const end = endAt === undefined ? "" : `END=${instantText(endAt)} `;
  const body = plan._tag === "Wall"
    ? wall(plan)
    : plan._tag === "Every"
    ? `@every ${durationText(plan.everyMs)}`
    : plan._tag === "Manual"
    ? "@manual"
    : `@at ${instantText(plan.atMs)}`;
  return zone + rule + start + end + body;
};
