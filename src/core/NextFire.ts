/**
 * When a schedule is due: pure arithmetic on wall-clock seconds and the segments of a zone.
 *
 * Every rule is a fixed set of instants per schedule, and each function looks that set up, so the answers never depend
 * on where one starts: for `d < d' < next(d)`, `next(d')` is `next(d)`. Instants are epoch milliseconds from 1970 to
 * 2200; outside, and for NaN, there is none. An answer costs 50 to 250 ns; the first one in a zone and year also the
 * look-up of the zone's changes (0.5 ms).
 *
 * @module
 */
import type { CronExpression } from "./CronExpression.ts";
import { endSeconds, type Wall } from "./cron/plan.ts";
import { wallAfter, wallBefore } from "./cron/wall.ts";
import { reach, resolve, type Segment, segmentAt, type Zone } from "./Zone.ts";

const endMs = endSeconds * 1000;

const isInstant = (ms: number): boolean => ms >= 0 && ms < endMs;

const neighbour = (zone: Zone, segment: Segment, direction: 1 | -1): Segment =>
  segmentAt(zone, direction === 1 ? segment.end : segment.start - 1);

/** The latest wall second that the clock has shown up to `seconds`. */
const highWater = (zone: Zone, seconds: number): number => {
  let segment = segmentAt(zone, seconds);
  let high = seconds + segment.offset;
  while (seconds - segment.start < reach) {
    const start = segment.start;
    segment = neighbour(zone, segment, -1);
    high = Math.max(high, start + segment.offset - 1);
  }
  return high;
};

/** The latest wall second that the clock will not show again after `seconds`. */
const lowWater = (zone: Zone, seconds: number): number => {
  let segment = segmentAt(zone, seconds);
  let low = seconds + segment.offset;
  while (segment.end - seconds < reach) {
    segment = neighbour(zone, segment, 1);
    low = Math.min(low, segment.start + segment.offset - 1);
  }
  return low;
};

/** The first instant at which the clock shows `wall` or more. */
const firstAt = (zone: Zone, wall: number): number => {
  let segment = segmentAt(zone, wall - reach / 2);
  while (segment.end + segment.offset <= wall) segment = neighbour(zone, segment, 1);
  return Math.max(segment.start, wall - segment.offset);
};

/** The instant after which the clock shows more than `wall` for ever. */
const lastAt = (zone: Zone, wall: number): number => {
  let segment = segmentAt(zone, wall + reach / 2);
  while (segment.start + segment.offset > wall) segment = neighbour(zone, segment, -1);
  return Math.min(segment.end, wall - segment.offset);
};

/** Every instant at which the clock shows a matching time; with `shift` also each end of a gap that holds one. */
const nextShown = (plan: Wall, zone: Zone, after: number, shift: boolean): number => {
  for (let from = after; from < endSeconds;) {
    const segment = segmentAt(zone, from + 1);
    const { start, end, offset } = segment;
    if (shift && start === from + 1) {
      const skipped = wallAfter(plan, from + neighbour(zone, segment, -1).offset);
      if (skipped < start + offset) return start;
    }
    const wall = wallAfter(plan, from + offset);
    if (wall - offset < end) return wall - offset;
    // Nothing matches before `wall`: once the clock cannot fall back behind `from`, whole years may be passed over.
    from = end - from > reach ? Math.max(end - 1, wall - reach) : end - 1;
  }
  return Infinity;
};

const previousShown = (plan: Wall, zone: Zone, before: number, shift: boolean): number => {
  for (let upTo = before; upTo > 0;) {
    const segment = segmentAt(zone, upTo - 1);
    const { start, offset } = segment;
    const wall = wallBefore(plan, upTo + offset);
    if (wall - offset >= start) return wall - offset;
    if (shift && wall >= start + neighbour(zone, segment, -1).offset) return start;
    upTo = upTo - start > reach ? Math.min(start, wall + reach) : start;
  }
  return -Infinity;
};

const followsClock = ({ dst }: CronExpression, plan: Wall): boolean =>
  dst === "both" || (plan.elapsed && (dst === "default" || dst === "skip"));

const nextOfWall = (expression: CronExpression, plan: Wall, after: number): number => {
  const zone = resolve(expression.timeZone)!;
  const { start, end, offset } = segmentAt(zone, after);
  const settled = after - start >= reach;
  let wall = 0;
  if (settled) {
    // Far from every change all rules are one.
    wall = wallAfter(plan, after + offset);
    if (wall - offset < end - reach) return wall - offset;
  }
  if (followsClock(expression, plan)) return nextShown(plan, zone, after, !plan.elapsed);
  if (expression.dst === "later") {
    wall = wallAfter(plan, lowWater(zone, after));
    return wall === Infinity ? wall : lastAt(zone, wall);
  }
  if (!settled) wall = wallAfter(plan, highWater(zone, after));
  while (wall !== Infinity) {
    const at = firstAt(zone, wall);
    const shown = at + segmentAt(zone, at).offset;
    if (expression.dst !== "skip" || shown === wall) return at;
    wall = wallAfter(plan, shown - 1);
  }
  return wall;
};

const previousOfWall = (expression: CronExpression, plan: Wall, before: number): number => {
  const zone = resolve(expression.timeZone)!;
  const { start, end, offset } = segmentAt(zone, before);
  if (end - before >= reach) {
    const at = wallBefore(plan, before + offset) - offset;
    if (at >= start + reach) return at;
  }
  if (followsClock(expression, plan)) return previousShown(plan, zone, before, !plan.elapsed);
  if (expression.dst === "later") {
    const wall = wallBefore(plan, lowWater(zone, before - 1) + 1);
    return wall === -Infinity ? wall : lastAt(zone, wall);
  }
  let wall = wallBefore(plan, highWater(zone, before - 1) + 1);
  while (wall !== -Infinity) {
    const at = firstAt(zone, wall);
    if (expression.dst !== "skip" || at + segmentAt(zone, at).offset === wall) return at;
    wall = wallBefore(plan, at + segmentAt(zone, at - 1).offset);
  }
  return wall;
};

/**
 * The first instant strictly after `afterMs` at which a schedule is due, in epoch milliseconds.
 *
 * @returns `undefined` if there is none up to the end of 2200, or if `afterMs` is no instant from 1970 to 2200.
 *
 * @example
 * ```ts
 * import { CronExpression, NextFire } from "ringcron/core";
 *
 * const expression = CronExpression.parseUnsafe("0 9 * * MON", { timeZone: "Europe/Berlin" });
 * const next = NextFire.next(expression, Date.UTC(2026, 6, 1));
 * if (next !== undefined) console.log(new Date(next).toISOString()); // 2026-07-06T07:00:00.000Z
 * ```
 */
export const next = (expression: CronExpression, afterMs: number): number | undefined =>
  isInstant(afterMs) ? nextAfter(expression, afterMs) : undefined;

const nextAfter = (expression: CronExpression, afterMs: number): number | undefined => {
  const { plan } = expression;
  let at: number;
  if (plan._tag === "Wall") at = nextOfWall(expression, plan, Math.floor(afterMs / 1000)) * 1000;
  else if (plan._tag === "Every") at = (Math.floor(afterMs / plan.everyMs) + 1) * plan.everyMs;
  else at = plan.atMs > afterMs ? plan.atMs : NaN;
  return isInstant(at) ? at : undefined;
};

/**
 * The last instant strictly before `beforeMs` at which a schedule was due, in epoch milliseconds.
 *
 * @returns `undefined` if there is none since 1970, or if `beforeMs` is no instant from 1970 to 2200.
 *
 * @example
 * ```ts
 * import { CronExpression, NextFire } from "ringcron/core";
 *
 * const expression = CronExpression.parseUnsafe("@daily");
 * console.log(NextFire.previous(expression, Date.UTC(2026, 6, 1)) === Date.UTC(2026, 5, 30)); // true
 * ```
 */
export const previous = (expression: CronExpression, beforeMs: number): number | undefined => {
  if (!isInstant(beforeMs)) return undefined;
  const { plan } = expression;
  let at: number;
  if (plan._tag === "Wall") at = previousOfWall(expression, plan, Math.ceil(beforeMs / 1000)) * 1000;
  else if (plan._tag === "Every") at = (Math.ceil(beforeMs / plan.everyMs) - 1) * plan.everyMs;
  else at = plan.atMs < beforeMs ? plan.atMs : NaN;
  return isInstant(at) ? at : undefined;
};

/**
 * Whether a schedule is due exactly at `atMs`.
 *
 * @example
 * ```ts
 * import { CronExpression, NextFire } from "ringcron/core";
 *
 * const expression = CronExpression.parseUnsafe("0 12 * * *");
 * console.log(NextFire.matches(expression, Date.UTC(2026, 6, 1, 12))); // true
 * ```
 */
export const matches = (expression: CronExpression, atMs: number): boolean =>
  isInstant(atMs) && nextAfter(expression, atMs - 1) === atMs;

/**
 * All instants after `afterMs` (exclusive) up to `upToMs` (inclusive), ascending, computed as they are asked for.
 *
 * Each iteration starts anew. Empty if `afterMs` is no instant from 1970 to 2200; a later `upToMs` means no limit.
 *
 * @example
 * ```ts
 * import { CronExpression, NextFire } from "ringcron/core";
 *
 * const hourly = CronExpression.parseUnsafe("@hourly");
 * console.log([...NextFire.between(hourly, 0, 3 * 3_600_000)]); // [3600000, 7200000, 10800000]
 * ```
 */
export const between = (expression: CronExpression, afterMs: number, upToMs: number): Iterable<number> => ({
  *[Symbol.iterator](): Generator<number, void, undefined> {
    let at = next(expression, afterMs);
    while (at !== undefined && at <= upToMs) {
      yield at;
      at = next(expression, at);
    }
  },
});

/**
 * The first `count` instants after `afterMs`, fewer if the schedule ends before; none if `count` is no positive
 * integer.
 *
 * @example
 * ```ts
 * import { CronExpression, NextFire } from "ringcron/core";
 *
 * const hourly = CronExpression.parseUnsafe("@hourly");
 * console.log(NextFire.nextMany(hourly, 0, 2)); // [3600000, 7200000]
 * ```
 */
export const nextMany = (expression: CronExpression, afterMs: number, count: number): Array<number> => {
  const found: Array<number> = [];
  if (!Number.isSafeInteger(count)) return found;
  let at = next(expression, afterMs);
  while (at !== undefined && found.length < count) {
    found.push(at);
    at = next(expression, at);
  }
  return found;
};
