/**
 * The clocks and timers of the host, read through the globals at each call, so that whoever replaces them drives the node.
 *
 * Effect's own clock keeps what it found when it was loaded. Mock timers are rarely complete: those of `node:test` have no
 * `performance`. So once `Date` or `setTimeout` is not the one this module was loaded with, both clocks follow `Date`.
 */
import type * as Clock from "effect/Clock";
import * as Context from "effect/Context";
import type * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as HostContext from "./hostContext.ts";

const hostDate = globalThis.Date;
const hostTimeout = globalThis.setTimeout;

/** Whether somebody else moves the time. */
export const isMocked = (): boolean => globalThis.Date !== hostDate || globalThis.setTimeout !== hostTimeout;

/** What waits for a timer: when whoever moves the time changes, the timers of before do not fire any more. */
const waiting = new Set<() => void>();

/** A clock that goes on from where it was when what it reads is replaced or set back. Milliseconds. */
const makeMonotonic = (): () => number => {
  let wasMocked = false;
  let offset = 0;
  let last = -Infinity;
  return () => {
    const mocked = isMocked();
    const shown = mocked ? Date.now() : performance.now();
    const isOther = mocked !== wasMocked;
    if (last > -Infinity && (isOther || shown + offset < last)) offset = last - shown;
    wasMocked = mocked;
    last = shown + offset;
    if (isOther) { for (const setAgain of [...waiting]) setAgain(); }
    return last;
  };
};

const monotonic = makeMonotonic();

/** Longer timers fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Lets others go first. What mocks the timers may mock `setImmediate` too, and nobody moves the time for its sake. */
const giveWay = Effect.suspend(() => isMocked() ? Effect.promise(() => Promise.resolve()) : Effect.yieldNow);

/** Sleeps so many milliseconds. */
export const sleep = (millis: number): Effect.Effect<void> => {
  if (millis <= 0) return giveWay;
  if (millis === Infinity) return Effect.never;
  return Effect.callback((resume) => {
    const until = monotonic() + millis;
    let timer: ReturnType<typeof setTimeout>;
    const set = (): void => {
      // Hosts count whole milliseconds from some time before now, so a timer that is rounded down fires at about the instant;
      // the rest, if any, is waited for then. Rounded up it would always be late.
      const left = until - monotonic();
      const whole = isMocked() || left < 1 ? Math.ceil(left) : Math.floor(left);
      const ms = Math.min(Math.max(0, whole), longestTimerMs);
      timer = HostContext.nobody(() => setTimeout(fire, ms));
    };
    const fire = (): void => {
      const left = until - monotonic();
      if (left > (isMocked() ? longestTimerMs / 2 : 0)) return set();
      waiting.delete(setAgain);
      resume(Effect.void);
    };
    const setAgain = (): void => {
      clearTimeout(timer);
      set();
    };
    waiting.add(setAgain);
    set();
    return Effect.sync(() => {
      waiting.delete(setAgain);
      clearTimeout(timer);
    });
  });
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
