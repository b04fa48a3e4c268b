/**
 * A wrong wall clock for a process, and the true one beside it.
 *
 * Loaded before the program (`node --import`): with `COMPARE_SKEW_MS` every `Date` that is not told its time is off by as
 * much, whoever asks for it. Timers and `performance.now()` stay right, as they do on a machine whose clock is wrong.
 *
 * @module
 */
import process from "node:process";

const TrueDate = Date;

/** Epoch milliseconds by the clock of this machine, whatever `Date` says. */
export const trueNow = (): number => TrueDate.now();

/** A `Date` that is off. */
export const skewed = (offsetMs: number): DateConstructor => {
  const now = (): number => TrueDate.now() + offsetMs;
  return new Proxy(TrueDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new TrueDate(now()).toString(),
    get: (target, key, receiver) => key === "now" ? now : Reflect.get(target, key, receiver),
  });
};

const offsetMs = Number(process.env.COMPARE_SKEW_MS ?? 0);
if (offsetMs !== 0) globalThis.Date = skewed(offsetMs);
