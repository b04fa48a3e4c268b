/**
 * The time: etcd tells none but the `Date` of its answers, so it is this node's own, unless those prove it wrong.
 *
 * A `Date` names a second, so one answer bounds the difference of the clocks within a second and a round trip; answers from
 * different parts of the second narrow that down. Nothing that is safe depends on it: it keeps a node with a wrong clock from
 * being early or late.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as FleetClock from "../../src/core/node/FleetClock.ts";
import { type Failure, judged } from "./client/errors.ts";

/** Bounds closer than this cannot be told apart from the way there and back. Milliseconds. */
const finest = 30;
/** How many answers may be waited for before the clock counts as not proved wrong. */
const maxRounds = 8;

/** What the answers have told of etcd's clock. */
export interface Time {
  /** Takes an answer into account. */
  readonly observe: (endpoint: string, date: string | null, sentAt: number, receivedAt: number) => void;
  /** Bounds of (etcd's clock - this node's clock), as the endpoint that answered last has told. */
  readonly bounds: (now: number) => FleetClock.Bounds | undefined;
  /** etcd's clock as far as is known, whole epoch milliseconds. */
  readonly at: (now: number) => number;
  /** What is wrong with this node's clock; undefined unless it is proved to be off by more than is permitted. */
  readonly problem: (now: number) => string | undefined;
  /** How long to wait before another answer can settle whether the clock is right; undefined when it is settled. */
  readonly settlesIn: (now: number) => number | undefined;
  /** How many more answers may be asked for only to find that out. */
  roundsLeft: number;
}

const both = (now: number): FleetClock.Instant => ({ mono: now, wall: now });

const within = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** Starts with nothing known. */
export const make = (maxSkewMs: number): Time => {
  const clocks = new Map<string, FleetClock.FleetClock>();
  let latest = "";
  const bounds: Time["bounds"] = (now) => {
    const clock = clocks.get(latest);
    return clock && FleetClock.bounds(clock, now);
  };
  const isProved = ({ high, low }: FleetClock.Bounds) => low > maxSkewMs || high < -maxSkewMs;

  return {
    roundsLeft: maxRounds,
    observe: (endpoint, date, sentAt, receivedAt) => {
      const second = date === null ? NaN : Date.parse(date);
      // Someone set the clock meanwhile: this answer tells nothing.
      if (Number.isNaN(second) || receivedAt < sentAt) return;
      const known = clocks.get(endpoint) ?? FleetClock.unknown;
      const clock = FleetClock.observe(known, second, both(sentAt), both(receivedAt), 1_000);
      // All answers count for ever: each has shown another part of the second.
      const common = FleetClock.bounds(clock, receivedAt);
      clocks.set(endpoint, { ...clock, samples: common === undefined ? [] : [{ ...common, mono: receivedAt }] });
      latest = endpoint;
    },
    bounds,
    at: (now) => {
      const { high, low } = bounds(now) ?? { low: 0, high: 0 };
      return Math.floor(now + within(0, Math.ceil(low), Math.floor(high)));
    },
    problem: (now) => {
      const known = bounds(now);
      if (known === undefined || !isProved(known)) return undefined;
      const isBehind = known.low > 0;
      const [least, most] = isBehind ? [known.low, known.high] : [-known.high, -known.low];
      return `this node's clock is ${Math.round(least)} to ${Math.round(most)} ms ` +
        `${isBehind ? "behind" : "ahead of"} that of ${new URL(latest).host}; maxClockSkewMs permits ${maxSkewMs}: ` +
        "synchronise both clocks";
    },
    settlesIn: (now) => {
      const known = bounds(now);
      if (known === undefined || isProved(known)) return undefined;
      const { high, low } = known;
      if ((low >= -maxSkewMs && high <= maxSkewMs) || high - low < finest) return undefined;
      // An answer at a full second by a clock that differs by this much tells whether etcd's differs by more or by less.
      // The soonest cut within what is permitted will do, because most clocks are right; if there is hardly one, then halfway
      // beyond that. Never so near to what is known that nothing new would be learnt.
      const quarter = (high - low) / 4;
      const cut = (wanted: number) => within(wanted, low + quarter, high - quarter);
      const halfway = cut(high > maxSkewMs ? (maxSkewMs + high) / 2 : (low - maxSkewMs) / 2);
      const isWide = cut(maxSkewMs) - cut(-maxSkewMs) >= finest;
      const [from, to] = isWide ? [cut(-maxSkewMs), cut(maxSkewMs)] : [halfway, halfway];
      const past = (((to + now) % 1_000) + 1_000) % 1_000;
      return to - past >= from ? 0 : Math.ceil(1_000 - past);
    },
  };
};

/** etcd's clock as far as is known, whole epoch milliseconds. */
export const now = (time: Time): Effect.Effect<number> => Effect.map(Clock.currentTimeMillis, time.at);

/**
 * Refuses a clock that is proved to be wrong. At first it asks etcd until it can tell: usually two answers, from both halves
 * of a second. An operation that runs out of time meanwhile leaves the rest to the next one.
 */
export const check = (time: Time, probe: Effect.Effect<unknown, Failure>): Effect.Effect<void, Failure> =>
  Effect.gen(function* () {
    if (time.bounds(yield* Clock.currentTimeMillis) === undefined) yield* probe;
    while (time.roundsLeft > 0) {
      const waitMs = time.settlesIn(yield* Clock.currentTimeMillis);
      if (waitMs === undefined) {
        time.roundsLeft = 0;
        break;
      }
      yield* Effect.sleep(waitMs);
      yield* probe;
      time.roundsLeft -= 1;
    }
    if (time.problem(yield* Clock.currentTimeMillis) === undefined) return;
    // It may have been set right since: one answer tells.
    yield* probe;
    const problem = time.problem(yield* Clock.currentTimeMillis);
    if (problem !== undefined) return yield* Effect.fail(judged("Misconfigured", problem));
  });
