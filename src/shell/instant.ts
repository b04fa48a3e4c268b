/**
 * What a `Clock` of Effect shows, in the units of the machine.
 */
import type * as Clock from "effect/Clock";
import type { Instant } from "../core/node/FleetClock.ts";
import type { Clocks } from "../Driver.ts";

/** Its time that never steps, milliseconds. */
export const monoOf = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6;

/** Both of its times. */
export const instantOf = (clock: Clock.Clock): Instant => ({
  mono: monoOf(clock),
  wall: clock.currentTimeMillisUnsafe(),
});

/** The same for whoever knows nothing of Effect. */
export const clocksOf = (clock: Clock.Clock): Clocks => ({
  now: () => clock.currentTimeMillisUnsafe(),
  mono: () => monoOf(clock),
});
