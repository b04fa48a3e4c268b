/**
 * Time that passes only when somebody lets it, shared by all nodes of a fleet in one process, and the clock of each of them.
 */
import type * as Clock from "effect/Clock";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import { Agenda } from "../simulation/Agenda.ts";

/** The time of a fleet, and all that waits for it. */
export class VirtualTime {
  readonly #agenda: Agenda = new Agenda();
  /** Epoch milliseconds. */
  now: number;
  /** Grows with everything that is planned: a fleet in which nothing is planned any more has come to rest. */
  planned: number = 0;

  constructor(startAt: number) {
    this.now = startAt;
  }

  /**
   * Plans something for so many milliseconds from now; what is returned calls it off. Time passes in whole milliseconds: stores tell
   * no others, and whoever counted fractions would be late by one.
   */
  after(ms: number, act: () => void): () => void {
    let isOff = false;
    this.planned += 1;
    this.#agenda.add(this.now + Math.ceil(Math.max(0, ms)), () => {
      if (!isOff) act();
    });
    return () => {
      isOff = true;
    };
  }

  /** Goes to what comes next and does it, unless that lies beyond an instant; whether there was anything. */
  step(upTo: number): boolean {
    const next = this.#agenda.take(upTo);
    if (next === undefined) return false;
    this.now = Math.max(this.now, next.at);
    next.act();
    return true;
  }
}

/** How a process fares: one that stands still does nothing until it goes on, and then all at once. */
export type Condition = "runs" | "stands still" | "is dead";

/** The clock of one process. Its time is that of the fleet; its timers wait while it stands still. */
export class ProcessClock {
  readonly #time: VirtualTime;
  readonly #startedAt: number;
  #condition: Condition = "runs";
  #late: Array<() => void> = [];

  constructor(time: VirtualTime) {
    this.#time = time;
    this.#startedAt = time.now;
  }

  get condition(): Condition {
    return this.#condition;
  }

  /** Lets the process stand still, go on, or die. The dead stay so. */
  set condition(condition: Condition) {
    if (this.#condition === "is dead") return;
    this.#condition = condition;
    const late = condition === "stands still" ? [] : this.#late.splice(0);
    if (condition === "runs") { for (const act of late) this.#time.after(0, () => this.#do(act)); }
  }

  /** Does something in so many milliseconds, or as soon after as the process goes on. */
  after(ms: number, act: () => void): () => void {
    return this.#time.after(ms, () => this.#do(act));
  }

  #do(act: () => void): void {
    if (this.#condition === "stands still") this.#late.push(act);
    else if (this.#condition === "runs") act();
  }

  /** The clock as effects read it. */
  readonly clock: Clock.Clock = (() => {
    const wall = (): number => this.#time.now;
    const nanos = (ms: number): bigint => BigInt(Math.round(ms * 1e6));
    const mono = (): bigint => nanos(this.#time.now - this.#startedAt);
    return {
      currentTimeMillisUnsafe: wall,
      currentTimeMillis: Effect.sync(wall),
      currentTimeNanosUnsafe: () => nanos(wall()),
      currentTimeNanos: Effect.sync(() => nanos(wall())),
      monotonicTimeNanosUnsafe: mono,
      monotonicTimeNanos: Effect.sync(mono),
      sleep: (duration: Duration.Duration) => {
        const ms = Duration.toMillis(duration);
        if (ms === Infinity) return Effect.never;
        return Effect.callback<void>((resume) => {
          const callOff = this.after(ms, () => resume(Effect.void));
          return Effect.sync(callOff);
        });
      },
    };
  })();
}
