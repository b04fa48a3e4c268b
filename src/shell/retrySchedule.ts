/**
 * An Effect `Schedule` as what says when attempts follow on failures.
 *
 * It is stepped when the job is added, once, as if each attempt failed at once: the waits it gives are data from then on, which
 * whichever node an attempt ends on goes by.
 */
import * as Cause from "effect/Cause";
import type * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Result from "effect/Result";
import type * as Schedule from "effect/Schedule";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { Retry } from "../core/words/Policy.ts";
import { millisOf } from "./hostClock.ts";

const mostTimes = 100;

const mostMs = 604_800_000;

const allowed = `a schedule that recurs 1 to ${mostTimes} times, such as ` +
  'Schedule.exponential("1 second").pipe(Schedule.upTo({ times: 5 }))';

const refuse = (found: string, wanted: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput("retry", found, wanted));

/**
 * What a schedule is at work, by its key: the module of schedules brings durations and more, 1.5 kB of a bundle, also where whoever adds
 * a job has none.
 */
const key = "~effect/Schedule";

interface Steps {
  readonly step: Effect.Effect<
    (now: number, input: unknown) => Effect.Effect<readonly [output: unknown, wait: Duration.Duration], unknown>
  >;
}

/** Whether it is a schedule. */
export const isSchedule = (value: unknown): value is Schedule.Schedule<unknown, unknown> =>
  typeof value === "object" && value !== null && key in value;

/** What a schedule comes to. Fails with `InvalidInput`. Cost: one step for each time that it recurs. */
export const ofSchedule = (schedule: Schedule.Schedule<unknown, unknown>): Result.Result<Retry, InvalidInput> => {
  const made = Effect.runSyncExit((schedule as unknown as Steps).step);
  const waits: Array<number> = [];
  if (made._tag === "Failure") return refuse("a schedule that cannot be stepped", allowed);
  for (let now = 0;;) {
    const step = Effect.runSyncExit(made.value(now, undefined));
    if (step._tag === "Failure") {
      // It is done; as it fails with nothing, there is no other reason.
      if (step.cause.reasons.every(Cause.isFailReason)) break;
      return refuse("a schedule that throws, or waits for something", allowed);
    }
    const waitMs = Math.ceil(millisOf(step.value[1]));
    if (waits.length === mostTimes) return refuse(`a schedule that recurs more than ${mostTimes} times`, allowed);
    if (!(waitMs >= 0 && waitMs <= mostMs)) {
      return refuse(`a schedule that waits ${waitMs} ms`, `one that waits at most ${mostMs} ms (7 days)`);
    }
    waits.push(waitMs);
    now += waitMs;
  }
  const [delayMs] = waits;
  if (delayMs === undefined) return refuse("a schedule that never recurs", allowed);
  return Result.succeed({ times: waits.length, delayMs, factor: 1, maxDelayMs: Math.max(...waits), jitter: 0, waits });
};
