/**
 * Schedules that are not fields: `@every 90s` and one instant.
 *
 * @module
 */
import { CronExpressionError, type CronField } from "./CronExpressionError.ts";
import { endSeconds, type Every, type Once } from "./plan.ts";

const duration = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Reads what follows `@every`. */
export const readEvery = (text: string, position: number, source: string): Every => {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = duration.exec(text) ?? [];
  const total = Number(days) * 86400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (!(total >= 1 && total < endSeconds)) {
    const allowed = "1s to 80000d (90s, 1h30m, 2d)";
    throw new CronExpressionError("expression", text, position, allowed, source);
  }
  return { _tag: "Every", everyMs: total * 1000 };
};

const instant =
  /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3])(?::[0-5]\d){1,2}(?:\.\d{1,3})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** Reads an ISO 8601 instant from 1970 to 2200, epoch milliseconds; undefined if it is none. */
export const readIso = (text: string): number | undefined => {
  if (!instant.test(text)) return undefined;
  // The language's own format has capitals, and three digits or none after the point.
  const atMs = Date.parse(text.toUpperCase().replace(/\.\d+/, (fraction) => fraction.padEnd(4, "0")));
  // Platforms take the 30th of February for one of March, or for none.
  const day = text.slice(0, 10);
  const isDay = JSON.stringify(new Date(day)).includes(day);
  return isDay && atMs >= 0 && atMs < endSeconds * 1000 ? atMs : undefined;
};

/** Reads an ISO 8601 instant. */
export const readOnce = (text: string, position: number, source: string, field: CronField = "expression"): Once => {
  const atMs = readIso(text);
  if (atMs !== undefined) return { _tag: "Once", atMs };
  const allowed = "1970 to 2200, with Z or an offset (2026-03-01T09:00:00Z)";
  throw new CronExpressionError(field, text, position, allowed, source);
};
