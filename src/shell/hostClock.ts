/**
 * The clock of the host for effects. Effect's own keeps what it found when it was loaded.
 */
import type * as Clock from "effect/Clock";
import * as Context from "effect/Context";
import type * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import { isMocked, later, monotonic } from "./hostTimers.ts";

/** Lets others go first. What mocks the timers may mock `setImmediate` too, and nobody moves the time for its sake. */
const giveWay = Effect.suspend(() => isMocked() ? Effect.promise(() => Promise.resolve()) : Effect.yieldNow);

/** Sleeps so many milliseconds. */
const sleep = (millis: number): Effect.Effect<void> => {
  if (millis <= 0) return giveWay;
  if (millis === Infinity) return Effect.never;
  return Effect.callback((resume) => Effect.sync(later(millis, () => resume(Effect.void))));
};

/** Without the module of durations, which reads them from words as well. Milliseconds. */
export const millisOf = ({ value }: Duration.Duration): number =>
  value._tag === "Millis"
    ? value.millis
    : value._tag === "Nanos"
    ? Number(value.nanos) / 1e6
    : value._tag === "Infinity"
    ? Infinity
    : -Infinity;

const nanos = (millis: number): bigint => BigInt(Math.round(millis * 1e6));

/** The host's clock, for `effect/Clock`. */
export const hostClock: Clock.Clock = {
  currentTimeMillisUnsafe: () => Date.now(),
  currentTimeMillis: Effect.sync(() => Date.now()),
  currentTimeNanosUnsafe: () => BigInt(Date.now()) * 1_000_000n,
  currentTimeNanos: Effect.sync(() => BigInt(Date.now()) * 1_000_000n),
  monotonicTimeNanosUnsafe: () => nanos(monotonic()),
  monotonicTimeNanos: Effect.sync(() => nanos(monotonic())),
  sleep: (duration) => sleep(millisOf(duration)),
};

/**
 * The clock of Effect, by its key: the module brings a clock of its own, and durations with it, two kilobytes of a bundle. Where nobody
 * has provided one it is that of the host.
 */
export const clock: Context.Reference<Clock.Clock> = /* @__PURE__ */ Context.Reference("effect/Clock", {
  defaultValue: () => hostClock,
});
