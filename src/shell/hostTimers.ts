/**
 * The timers of the host, read through the globals at each call, so that whoever replaces them drives the node.
 *
 * Mock timers are rarely complete: those of `node:test` have no `performance`. So once `Date` or `setTimeout` is not the one this module
 * was loaded with, both clocks follow `Date`.
 */
import type { Clocks } from "../Driver.ts";
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

/** The time of the host that never steps. Milliseconds. */
export const monotonic: () => number = makeMonotonic();

/** Longer timers fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Calls `done` in so many milliseconds, more than 0; what it returns makes that undone. */
export const later = (millis: number, done: () => void): () => void => {
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
    done();
  };
  const setAgain = (): void => {
    clearTimeout(timer);
    set();
  };
  waiting.add(setAgain);
  set();
  return () => {
    waiting.delete(setAgain);
    clearTimeout(timer);
  };
};

/** The clocks of the host. */
export const hostClocks: Clocks = { now: () => Date.now(), mono: () => monotonic() };

/** Sleeps so many milliseconds. Rejects with its reason when the signal aborts. */
export const slept = (millis: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const aborted = (): void => {
      undo();
      reject(signal?.reason);
    };
    const undo = later(millis, () => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    });
    signal?.addEventListener("abort", aborted, { once: true });
  });
