/**
 * Schedules that are not fields: `@every 90s` and one instant.
 *
 * @module
 */
import { CronExpressionError } from "./CronExpressionError.ts";
import { endSeconds, type Every, type Once } from "./plan.ts";

const duration = /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,10})s)?$/;

/** Reads what follows `@every`. */
export const readEvery = (text: string, position: number, source: string): Every => {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = duration.exec(text) ?? [];
  const total = Number(days) * 86400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (!(total >= 1 && total < endSeconds)) {
    const allowed = "days, hours, minutes and seconds in this order, such as 90s or 1h30m, from 1s to 80000d";
    throw new CronExpressionError("expression", text, position, allowed, source);
  }
  return { _tag: "Every", everyMs: total * 1000 };
};

const instant =
  /^(?:19[7-9]\d|2[01]\d\d|2200)-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** Reads an ISO 8601 instant. */
export const readOnce = (text: string, position: number, source: string): Once => {
  if (instant.test(text)) {
    // The language's own format has capitals, and three digits or none after the point.
    const atMs = Date.parse(text.toUpperCase().replace(/\.\d+/, (fraction) => fraction.padEnd(4, "0")));
    // Platforms take the 30th of February for one of March, or for none.
    const isDay = new Date(`${text.slice(0, 10)}T00:00Z`).getUTCDate() === Number(text.slice(8, 10));
    if (isDay && atMs >= 0 && atMs < endSeconds * 1000) return { _tag: "Once", atMs };
  }
  const allowed = "an instant from 1970 to 2200 that ends in Z or an offset, such as 2026-03-01T09:00:00Z";
  throw new CronExpressionError("expression", text, position, allowed, source);
};
