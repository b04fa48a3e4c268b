/**
 * How the ancestors' cron engines meet time, for jobs that are due at multiples of a period.
 *
 * @module
 */

/** The first due instant after `ms`. */
export const nextAfter = (ms: number, periodMs: number): number => (Math.floor(ms / periodMs) + 1) * periodMs;

/**
 * The engine of dcron (robfig/cron): one timer until the next due instant; who wakes late runs that one instant and goes
 * on from now, so that what was missed in between has no trace.
 */
export class SleepingCron {
  readonly #periodMs: number;
  #next: number;

  constructor(now: number, periodMs: number) {
    this.#periodMs = periodMs;
    this.#next = nextAfter(now, periodMs);
  }

  /** How long to sleep. */
  sleepMs(now: number): number {
    return Math.max(0, this.#next - now);
  }

  /** The instant to run on waking up; undefined if the clock says that it is too early. */
  wake(now: number): number | undefined {
    if (now < this.#next) return undefined;
    const slot = this.#next;
    this.#next = nextAfter(now, this.#periodMs);
    return slot;
  }
}

/**
 * The engine of distributed-scheduler (job_scheduler): a tick each second that runs the first instant since the tick
 * before it, and no other.
 */
export class TickingCron {
  readonly #periodMs: number;
  #last: number | undefined;

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** The instant to run at this tick; undefined if none is due. */
  tick(now: number): number | undefined {
    const slot = this.#last === undefined ? undefined : nextAfter(this.#last, this.#periodMs);
    this.#last = now;
    return slot !== undefined && slot <= now ? slot : undefined;
  }
}
