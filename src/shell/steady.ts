/**
 * The clocks of a process whose store is the process itself: they go on when the wall clock is set, and never back over what was
 * decided by them.
 *
 * A wall clock that is behind is approached: a quarter of the time that goes by does not count until it is reached. One that is
 * ahead, as after a sleep, is followed at once by up to a second, and farther once it has stayed there: what is set back within
 * seconds was a mistake. Where the time is absurdly far ahead of the wall clock it goes back.
 */
import type * as Clock from "effect/Clock";
import type { Instant } from "../core/node/FleetClock.ts";
import { absurdMs } from "../core/ledger/JobRecord.ts";
import { hostClock } from "./hostClock.ts";
import { isMocked } from "./hostTimers.ts";
import { instantOf, monoOf } from "./instant.ts";

/** How far ahead the wall clock is followed at once. Milliseconds. */
const atOnceMs = 1_000;

/** How long one that is farther ahead must have stayed there. Milliseconds. */
const stayMs = 3_000;

/** The part of the time that does not count while the wall clock is behind. */
const approach = 1 / 4;

/** Makes clocks of what a process shows. Both go by the same measure, so no drift appears between them. */
export const make = (): (shown: Instant) => Instant => {
  let last: Instant | undefined;
  let aheadSince: number | undefined;
  let uncounted = 0;
  return ({ mono, wall }) => {
    const elapsed = last === undefined ? 0 : Math.max(0, mono - uncounted - last.mono);
    const onward = last === undefined ? wall : last.wall + elapsed;
    const isFarAhead = wall - onward > atOnceMs;
    aheadSince = isFarAhead ? aheadSince ?? mono : undefined;
    const isFollowed = isFarAhead ? mono - (aheadSince ?? mono) >= stayMs : wall > onward;
    const behind = onward - wall;
    const left = !isFollowed && behind > 0 && behind <= absurdMs ? Math.min(behind, elapsed * approach) : 0;
    uncounted += left;
    last = { mono: mono - uncounted, wall: isFollowed || behind > absurdMs ? wall : onward - left };
    return last;
  };
};

/** The clocks of this process. */
const steady = make();

/**
 * The clocks that a store in this process and its nodes go by. Whoever moves the time, by mock timers or a clock of their own,
 * means what that shows.
 */
export const clocksOf = (clock: Clock.Clock): Instant => {
  const shown = instantOf(clock);
  const { mono, wall } = shown;
  if (isMocked() || Math.abs(wall - Date.now()) > atOnceMs) return shown;
  const host = monoOf(hostClock);
  const told = steady({ mono: host, wall });
  // Not the host's: clocks count from different instants.
  return { mono: mono - (host - told.mono), wall: told.wall };
};
