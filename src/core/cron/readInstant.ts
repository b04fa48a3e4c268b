/**
 * Schedules that are not fields: `@every 90s` and one instant.
 *
 * @module
 */
import { dayOf, monthLength } from "./calendar.ts";
import { CronExpressionError } from "./CronExpressionError.ts";
import { endSeconds, type Every, firstYear, lastYear, type Once } from "./plan.ts";

const duration = /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,10})s)?$/;

/** Reads what follows `@every`. */
export const readEvery = (text: string, position: number, source: string): Every => {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = duration.exec(text) ?? [];
  const total = Number(days) * 86400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (!(total >= 1 && total < endSeconds)) {
    const allowed = "whole days, hours, minutes and seconds in this order, such as 90s or 1h30m, from 1s to 80000d";
    throw new CronExpressionError("expression", text, position, allowed, source);
  }
  return { _tag: "Every", everyMs: total * 1000 };
};

const instant = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(?:Z|([+-])(\d\d):(\d\d))$/i;

/** Reads an ISO 8601 instant. */
export const readOnce = (text: string, position: number, source: string): Once => {
  const match = instant.exec(text);
  if (match !== null) {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((part) =>
      Number(part ?? 0)
    );
    const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * (match[8] === "-" ? -60 : 60);
    const seconds = dayOf(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
    if (
      year >= firstYear && year <= lastYear && month >= 1 && month <= 12 && day >= 1 &&
      day <= monthLength(year, month) && hour < 24 && minute < 60 && second < 60 && Math.abs(offset) < 86400 &&
      Number(match[10] ?? 0) < 60 && seconds >= 0 && seconds < endSeconds
    ) return { _tag: "Once", atMs: seconds * 1000 + Number((match[7] ?? "").padEnd(3, "0")) };
  }
  const allowed = "an instant from 1970 to 2200 that ends in Z or an offset, such as 2026-03-01T09:00:00Z";
  throw new CronExpressionError("expression", text, position, allowed, source);
};
