/**
 * A job: what is to run, when, and under which policies.
 */
import * as Effect from "effect/Effect";
import type * as Result from "effect/Result";
import type * as CronExpression from "../core/schedule/CronExpression.ts";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { JobSpec } from "../core/node/Machine.ts";
import type { DriverError } from "../Driver.ts";
import { type Job, type JobOptions, type JobRun, specBy } from "./jobSpec.ts";
import { ofSchedule } from "./retrySchedule.ts";

export type { Job, JobOptions, JobRun } from "./jobSpec.ts";

/**
 * `run.extend(ms)` as an effect: whether a run may go on for so many milliseconds from now, 1 to 86,400,000. Fails with `InvalidInput`,
 * or with `DriverError` for a store that cannot be reached.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Job } from "ringcron";
 *
 * const job = Job.make("export", "@daily", (run) =>
 *   Effect.gen(function* () {
 *     for (let page = 0; page < 3; page++) {
 *       if (!(yield* Job.extend(run, 60_000))) return;
 *       yield* Effect.log(`${run.id}, page ${page}`);
 *     }
 *   }));
 * console.log(job.name); // export
 * ```
 */
export const extend = (run: JobRun, ms: number): Effect.Effect<boolean, InvalidInput | DriverError> => {
  if (typeof run?.extend !== "function") return Effect.fail(new InvalidInput("run", run, "what a handler is given"));
  return Effect.tryPromise({ try: () => run.extend(ms), catch: (error) => error as InvalidInput | DriverError });
};

/**
 * Makes a job. Nothing is checked before it is added.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Job } from "ringcron";
 *
 * const job = Job.make("invoices", "0 9 * * MON-FRI", (run) => Effect.log(run.id), { timeZone: "Europe/Berlin" });
 * console.log(job.name); // invoices
 * ```
 */
export const make = <R = never>(
  name: string,
  schedule: string | CronExpression.CronExpression,
  handler: (run: JobRun) => Effect.Effect<unknown, unknown, R>,
  options: JobOptions = {},
): Job<R> => ({ name, schedule, handler, options });

/**
 * Checks a job and reads its schedule: what the state machine is told of it.
 *
 * Fails with `InvalidInput` (name, handler, policies, bounds) or `CronExpressionError` (schedule, zone).
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Job } from "ringcron";
 *
 * const spec = Job.spec(Job.make("invoices", "0 0 30 2 *", () => Effect.void));
 * console.log(spec._tag); // Failure
 * ```
 */
export const spec = <R>(
  job: Job<R>,
): Result.Result<JobSpec, InvalidInput | CronExpression.CronExpressionError> => specBy(job, ofSchedule);
