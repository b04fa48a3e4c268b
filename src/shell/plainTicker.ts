/**
 * A ticker of plain functions and promises, whatever its driver is made of.
 */
import type * as Result from "effect/Result";
import type { JobSpec } from "../core/node/Machine.ts";
import type { CronExpression } from "../core/schedule/CronExpression.ts";
import type { CronExpressionError } from "../core/schedule/CronExpressionError.ts";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { TickReport } from "../core/words/TickReport.ts";
import type { Job, JobOptions, JobRun } from "./jobSpec.ts";
import type { Outside } from "./outside.ts";
import { PlainHandler } from "./plainHandler.ts";
import * as PlainJob from "./plainJob.ts";
import type { TickOptions } from "./tickerOptions.ts";
import * as Ticking from "./ticking.ts";

/** Runs the jobs of a service, invocation by invocation. */
export interface Ticker {
  /** Adds a job, as `add` of a scheduler. Rejects with `InvalidInput` or `CronExpressionError`, and nothing is changed then. */
  readonly add: (
    name: string,
    schedule: string | CronExpression,
    handler: (run: JobRun) => unknown,
    options?: JobOptions,
  ) => Promise<void>;
  /**
   * Looks, decides what is due, runs it, and reports. Several may go on at once, in one process or in many: each fire starts once. A
   * failure of a handler is in the report. Rejects with `InvalidInput`, or with `DriverError` for a store that cannot be used.
   *
   * Cost: one request where nothing is due; otherwise a look, a claim and a report for 200 jobs each.
   */
  readonly tick: (options?: TickOptions) => Promise<TickReport>;
  /** Closes what the driver opened. */
  readonly close: () => Promise<void>;
  /** `close()`, so that `await using` closes the ticker at the end of a block. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** What a result tells; throws what it fails with. */
export const orThrow = <A, E>(result: Result.Result<A, E>): A => {
  if (result._tag === "Failure") throw result.failure;
  return result.success;
};

/** What some work returns; rejects with what it throws. */
export const promiseOf = <A>(work: () => A): Promise<A> => new Promise((resolve) => resolve(work()));

/** One of what is behind it. */
export const make = (
  ticking: Ticking.Ticking,
  outside: Outside,
  specOf: (job: Job) => Result.Result<JobSpec, InvalidInput | CronExpressionError>,
  close: () => Promise<void>,
): Ticker =>
  Ticking.before({
    add: (name, schedule, handler, options) =>
      promiseOf(() => {
        if (typeof handler !== "function") throw new InvalidInput("handler", handler, "a function");
        const spec = orThrow(specOf(PlainJob.make(name, schedule, handler, options)));
        orThrow(ticking.declare(spec, new PlainHandler(handler)));
      }),
    tick: (options) => ticking.tick(outside, options),
    close,
    [Symbol.asyncDispose]: close,
  }, ticking);
