/**
 * The fleet's clock as one node knows it (R18): the store's time, carried forward by the node's monotonic clock.
 *
 * A reply tells the store's time at some instant between sending and receiving, so each reply bounds the offset between
 * the two clocks from below and above. Bounds age by the worst drift and are intersected. Within what is left the node's
 * own wall clock decides if it lies inside (a slow or lopsided network then costs no accuracy), else just before the middle.
 *
 * A reply far beyond the bounds is held apart: a store whose clock leaps for a moment moves nobody's time.
 */

import { demandNumber, demandParts } from "../words/InvalidInput.ts";

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

/** A reply that contradicts the earlier ones by more than clocks drift. */
export interface Leap extends Sample {
  /** By how much the store's clock is ahead of where it should be, negative if it is behind. Milliseconds. */
  readonly byMs: number;
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
  /** Wall time - monotonic time when the latest sample was taken. */
  readonly own: number;
  /** What is held apart until a second reply confirms or refutes it; undefined if nothing is. */
  readonly leap: Leap | undefined;
}

/** A clock that has not heard of the store yet: it shows the node's wall clock. */
export const unknown: FleetClock = {
  samples: [],
  last: 0,
  roundTripMs: 0,
  latestTripMs: 0,
  own: 0,
  leap: undefined,
};

/** Clocks may run apart by 200 parts in a million. */
const drift = 200e-6;
const kept = 8;

/** What contradicts by less is no leap: another node of the store took over, or the monotonic clock paused. Milliseconds. */
const leastLeapMs = 1_000;

/** A leap is believed when a reply that was asked for so much later confirms it. Milliseconds. */
export const confirmMs = 3_000;

/** What was held apart for longer confirms nothing. Milliseconds. */
const forgottenMs = 8_000;

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
  demandParts("clock", clock, "samples");
  demandNumber("mono", mono);
  let common: Bounds | undefined;
  for (const sample of clock.samples) {
    const next = aged(sample, mono);
    common = common === undefined
      ? next
      : { low: Math.max(common.low, next.low), high: Math.min(common.high, next.high) };
  }
  return common;
};

const sampleOf = (storeTime: number, sent: Instant, received: Instant, spanMs: number): Sample => ({
  low: storeTime - received.mono,
  // The upper bound is one of the moment of sending, so it has aged by the round trip already.
  high: storeTime + spanMs - sent.mono + (received.mono - sent.mono) * drift,
  mono: received.mono,
});

/** How far a sample lies outside bounds: 0 if it does not, negative if it is behind them. */
const beyond = (known: Bounds, sample: Bounds): number =>
  sample.low > known.high ? sample.low - known.high : Math.min(0, sample.high - known.low);

const middle = ({ high, low }: Bounds): number => (low + high) / 2;

/** Round trips, as a reply was so long under way. */
const tripsOf = (clock: FleetClock, tripMs: number): Pick<FleetClock, "roundTripMs" | "latestTripMs"> => ({
  roundTripMs: Math.max(tripMs, clock.roundTripMs * 0.9 + tripMs * 0.1),
  latestTripMs: tripMs,
});

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
  demandParts("sent", sent);
  demandParts("received", received);
  demandNumber("storeTime", storeTime);
  demandNumber("spanMs", spanMs);
  const sample = sampleOf(storeTime, sent, received, spanMs);
  const before = bounds(clock, received.mono);
  const isContradiction = before !== undefined && beyond(before, sample) !== 0;
  return {
    samples: isContradiction ? [sample] : [sample, ...clock.samples].slice(0, kept),
    last: isContradiction || before === undefined ? 0 : clock.last,
    ...tripsOf(clock, received.mono - sent.mono),
    own: received.wall - received.mono,
    leap: undefined,
  };
};

/** What a reply means for the clock. */
export interface Heard {
  /** The clock from now on. */
  readonly clock: FleetClock;
  /** The reply was held apart: nothing that it says of the time may be relied on yet. */
  readonly isApart: boolean;
  /** By how much the store's clock stepped, if that was believed just now; undefined otherwise. Milliseconds. */
  readonly steppedMs: number | undefined;
}

/**
 * Takes a reply into account as `observe` does, but holds it apart if it contradicts the earlier ones by more than a second
 * and more than ten round trips. It is believed when a reply that was asked for at least three seconds later says the same, or
 * at once when the node's own wall clock stepped alike. Until then the clock goes on as before. The first reply of all is
 * compared with the node's own wall clock.
 *
 * @example
 * ```ts
 * import { FleetClock } from "ringcron/core";
 *
 * const at = (mono: number) => ({ mono, wall: mono });
 * const clock = FleetClock.observe(FleetClock.unknown, 5_000, at(0), at(0));
 * const heard = FleetClock.hear(clock, 3_605_010, at(10), at(10));
 * console.log(heard.isApart, Math.round(FleetClock.now(heard.clock, at(10)))); // true 5010
 * console.log(FleetClock.hear(heard.clock, 3_608_010, at(3_010), at(3_010)).steppedMs); // 3600000
 * ```
 */
export const hear = (clock: FleetClock, storeTime: number, sent: Instant, received: Instant): Heard => {
  const believed = observe(clock, storeTime, sent, received);
  const heard = bounds(clock, received.mono);
  const known = heard ?? { low: believed.own, high: believed.own };
  const sample = sampleOf(storeTime, sent, received, 1);
  // Of the latest round trips the shortest tells how far away the store is: the others were held up.
  const trips = [sample, ...clock.samples].map(({ high, low }) => high - low);
  const leastMs = Math.max(leastLeapMs, 10 * Math.min(...trips));
  const isFar = (bounds: Bounds): boolean => Math.abs(beyond(bounds, sample)) > leastMs;
  if (!isFar(known)) return { clock: believed, isApart: false, steppedMs: undefined };

  const byMs = Math.round(middle(sample) - middle(known));
  const own = believed.own - clock.own;
  if (heard !== undefined && !isFar({ low: known.low + own, high: known.high + own })) {
    return { clock: believed, isApart: false, steppedMs: byMs };
  }
  const { leap } = clock;
  // Two leaps by the same span with silence in between are not one that has stayed.
  const isRecent = leap !== undefined && received.mono - leap.mono <= forgottenMs;
  const isSame = leap !== undefined && isRecent && !isFar(aged(leap, received.mono));
  if (isSame && sent.mono - leap.mono >= confirmMs) {
    return { clock: believed, isApart: false, steppedMs: heard && byMs };
  }
  const apart = { ...clock, ...tripsOf(clock, received.mono - sent.mono), leap: isSame ? leap : { ...sample, byMs } };
  return { clock: apart, isApart: true, steppedMs: undefined };
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
  demandParts("at", at);
  const known = bounds(clock, at.mono);
  if (known === undefined) return Math.max(clock.last, at.wall);
  const own = at.wall - at.mono;
  // A little behind the middle: better a millisecond late than a fraction of one early.
  const likely = Math.max(known.low, middle(known) - 1);
  const offset = own >= known.low && own <= known.high ? own : likely;
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
export const told = (clock: FleetClock, time: number): FleetClock => {
  demandParts("clock", clock);
  demandNumber("time", time);
  return time > clock.last ? { ...clock, last: time } : clock;
};
