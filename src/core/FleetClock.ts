/**
 * The fleet's clock as one node knows it: the store's time, carried forward by the node's monotonic clock.
 *
 * A reply tells the store's time at some instant between sending and receiving, so each reply bounds the offset between
 * the two clocks from below and above. Bounds age by the worst drift and are intersected. Within what is left the node's
 * own wall clock decides if it lies inside (a slow or lopsided network then costs no accuracy), else just before the middle.
 */

/** What the node's own clocks show: milliseconds since any start that never steps, and epoch milliseconds. */
export interface Instant {
  /** Milliseconds on a clock that never steps, such as `performance.now()`. */
  readonly mono: number;
  /** Epoch milliseconds as the node's own clock shows them, such as `Date.now()`. */
  readonly wall: number;
}

interface Sample {
  /** Bounds of (store time - monotonic time). */
  readonly low: number;
  readonly high: number;
  readonly mono: number;
}

/** What is known of the fleet's clock. */
export interface FleetClock {
  /** What the latest replies told, newest last; empty before the first one. */
  readonly samples: ReadonlyArray<Sample>;
  /** The latest time told; the clock does not go back behind it, unless that time is known to have been wrong. */
  readonly last: number;
  /** A cautious round trip to the store: rises at once, falls slowly. Milliseconds. */
  readonly roundTripMs: number;
  /** The latest round trip to the store. Milliseconds. */
  readonly latestTripMs: number;
}

/** A clock that has not heard of the store yet: it shows the node's wall clock. */
export const unknown: FleetClock = { samples: [], last: 0, roundTripMs: 0, latestTripMs: 0 };

/** Clocks may run apart by 200 parts in a million. */
const drift = 200e-6;
const kept = 8;

/** What is known of the difference between two clocks. Milliseconds. */
export interface Bounds {
  /** It is not less. */
  readonly low: number;
  /** It is not more. */
  readonly high: number;
}

const aged = (sample: Sample, mono: number): Bounds => {
  const error = Math.abs(mono - sample.mono) * drift;
  return { low: sample.low - error, high: sample.high + error };
};

/**
 * Bounds of (store time - monotonic time) at an instant of the monotonic clock; undefined before the first reply.
 *
 * @example
 * ```ts
 * import { FleetClock } from "ringcron/core";
 *
 * const at = { mono: 0, wall: 0 };
 * console.log(FleetClock.bounds(FleetClock.observe(FleetClock.unknown, 5_000, at, at, 1_000), 0)); // { low: 5000, high: 6000 }
 * ```
 */
export const bounds = (clock: FleetClock, mono: number): Bounds | undefined => {
  let common: Bounds | undefined;
  for (const sample of clock.samples) {
    const next = aged(sample, mono);
    common = common === undefined
      ? next
      : { low: Math.max(common.low, next.low), high: Math.min(common.high, next.high) };
  }
  return common;
};

/**
 * Takes the store's time from a reply into account. A reply that contradicts the earlier ones means that a clock
 * stepped or that the node slept: then only the new one counts. The store's time may be told as coarsely as `spanMs`, which
 * is a millisecond: it is from `storeTime` on, and before `storeTime + spanMs`.
 *
 * @example
 * ```ts
 * import { FleetClock } from "ringcron/core";
 *
 * const clock = FleetClock.observe(FleetClock.unknown, 5_000, { mono: 0, wall: 4_000 }, { mono: 10, wall: 4_010 });
 * console.log(Math.round(FleetClock.now(clock, { mono: 10, wall: 4_010 }))); // 5006
 * ```
 */
export const observe = (
  clock: FleetClock,
  storeTime: number,
  sent: Instant,
  received: Instant,
  spanMs = 1,
): FleetClock => {
  const roundTrip = received.mono - sent.mono;
  // The upper bound is one of the moment of sending, so it has aged by the round trip already.
  const high = storeTime + spanMs - sent.mono + roundTrip * drift;
  const sample: Sample = { low: storeTime - received.mono, high, mono: received.mono };
  const before = bounds(clock, received.mono);
  const isContradiction = before !== undefined && (before.low > sample.high || before.high < sample.low);
  const samples = isContradiction ? [sample] : [sample, ...clock.samples].slice(0, kept);
  return {
    samples,
    last: isContradiction || before === undefined ? 0 : clock.last,
    roundTripMs: Math.max(roundTrip, clock.roundTripMs * 0.9 + roundTrip * 0.1),
    latestTripMs: roundTrip,
  };
};

/**
 * The fleet's time, epoch milliseconds.
 *
 * @example
 * ```ts
 * import { FleetClock } from "ringcron/core";
 *
 * console.log(FleetClock.now(FleetClock.unknown, { mono: 0, wall: 1_000 })); // 1000
 * ```
 */
export const now = (clock: FleetClock, at: Instant): number => {
  const known = bounds(clock, at.mono);
  if (known === undefined) return Math.max(clock.last, at.wall);
  const own = at.wall - at.mono;
  // A little behind the middle: better a millisecond late than a fraction of one early.
  const middle = Math.max(known.low, (known.low + known.high) / 2 - 1);
  const offset = own >= known.low && own <= known.high ? own : middle;
  return Math.min(Math.max(clock.last, at.mono + offset), at.mono + Math.max(offset, known.high));
};

/**
 * How far the fleet's time may be off. Milliseconds; infinite before the first reply.
 *
 * @example
 * ```ts
 * import { FleetClock } from "ringcron/core";
 *
 * console.log(FleetClock.uncertainty(FleetClock.unknown, 0)); // Infinity
 * ```
 */
export const uncertainty = (clock: FleetClock, mono: number): number => {
  const known = bounds(clock, mono);
  return known === undefined ? Infinity : Math.max(0, known.high - known.low);
};

/**
 * The same clock, which has now told a time and will not tell an earlier one.
 *
 * @example
 * ```ts
 * import { FleetClock } from "ringcron/core";
 *
 * const clock = FleetClock.told(FleetClock.unknown, 2_000);
 * console.log(FleetClock.now(clock, { mono: 0, wall: 1_000 })); // 2000
 * ```
 */
export const told = (clock: FleetClock, time: number): FleetClock =>
  time > clock.last ? { ...clock, last: time } : clock;
