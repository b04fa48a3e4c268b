/**
 * Schedules in the store, as plain async functions: of a scheduler, or of a client.
 */
import * as Effect from "effect/Effect";
import type { AskOptions, PauseOptions, ResumeOptions, TriggerOptions } from "./Control.ts";
import { type Triggered, triggeredOf } from "./promiseTriggered.ts";
import type {
  ListOptions,
  PutResult,
  ScheduleExplanation,
  ScheduleInfo,
  ScheduleOptions,
  SchedulePage,
  Schedules as EffectSchedules,
} from "./Schedules.ts";

/**
 * What people ask about schedules in the store. Every call rejects with `InvalidInput` and `DriverError`, the latter as `Misconfigured`
 * where the store keeps none, and as `Foreign` where what it has cannot be read.
 */
export interface Schedules {
  /**
   * Puts a schedule: after it the store has it as it is said here. Giving it again changes nothing, so a program may put all of its
   * own at each start. On a change what was due by then is decided under the old schedule, the new one owes nothing before it, and
   * runs, pauses and the count of a limit stay; another handler makes it another schedule. Rejects with `CronExpressionError`, too.
   * Cost: one request, two where it was there, or where others have removed some meanwhile.
   */
  readonly put: (schedule: ScheduleOptions, options?: AskOptions) => Promise<PutResult>;
  /**
   * Puts up to 10,000, each id once, and tells what each has come to. All are checked before the first is put. It takes no `by`: a line
   * for each would push out what the history has of all jobs.
   */
  readonly putMany: (schedules: ReadonlyArray<ScheduleOptions>) => Promise<ReadonlyArray<PutResult>>;
  /** The schedule of an id; undefined if there is none. Cost: one request. */
  readonly get: (id: string) => Promise<ScheduleInfo | undefined>;
  /**
   * Removes a schedule; false if there was none, or if it has another version. A run that is under way goes on, and its end is not
   * recorded. Cost: two requests.
   */
  readonly remove: (
    id: string,
    options?: AskOptions & { readonly ifVersion?: number | undefined },
  ) => Promise<boolean>;
  /**
   * Why a schedule stands as it does: who has its handler, and what holds it up, in data and in words. Rejects with
   * `UnknownSchedule`, too. Cost: two requests side by side.
   */
  readonly explain: (id: string) => Promise<ScheduleExplanation>;
  /** A page of them. Cost: one request, and one for some hundred of them, side by side. */
  readonly list: (options?: ListOptions) => Promise<SchedulePage>;
  /** Pauses one until it is resumed, whatever is put. Rejects with `UnknownSchedule`, too. Cost: two requests. */
  readonly pause: (id: string, options?: PauseOptions) => Promise<void>;
  /**
   * Resumes it: what was missed is skipped (the default), or left to its `catchUp`. One that is not enabled is refused with
   * `InvalidInput`. Otherwise as `pause`.
   */
  readonly resume: (id: string, options?: ResumeOptions) => Promise<void>;
  /**
   * Runs it once, now, on a node with its handler, even while it is paused; rejects with `QueueFull`, too. `result()` of the answer
   * waits for what the handler returned, as with a job. `keepResult: false` keeps nothing for it. Otherwise as `pause`.
   */
  readonly trigger: (id: string, options?: Pick<TriggerOptions, "by" | "keepResult">) => Promise<Triggered>;
}

/** The calls as promises. `run` runs what they are made of. */
export const schedulesOf = (
  schedules: EffectSchedules,
  run: <A, E>(effect: Effect.Effect<A, E>) => Promise<A>,
): Schedules => ({
  put: (schedule, options) => run(schedules.put(schedule, options)),
  putMany: (all) => run(schedules.putMany(all)),
  get: (id) => run(schedules.get(id)),
  explain: (id) => run(schedules.explain(id)),
  remove: (id, options) => run(schedules.remove(id, options)),
  list: (options) => run(schedules.list(options)),
  pause: (id, options) => run(schedules.pause(id, options)),
  resume: (id, options) => run(schedules.resume(id, options)),
  trigger: (id, options) => run(Effect.map(schedules.trigger(id, options), (triggered) => triggeredOf(triggered, run))),
});
