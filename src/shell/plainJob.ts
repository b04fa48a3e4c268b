/**
 * Jobs whose handler is a plain function, as the promise facade has them.
 */
import type * as Job from "./Job.ts";
import type { JobOptions, JobRun } from "./Job.ts";
import type { CronExpression } from "../core/schedule/CronExpression.ts";

/** Such a job says so under this key, where nobody else could. */
const plain = Symbol("ringcron/plain");

/** Nobody writes into it. */
const none: JobOptions = {};

/** Makes one. */
export const make = (
  name: string,
  schedule: string | CronExpression,
  handler: (run: JobRun) => unknown,
  options: JobOptions = none,
): Job.Job => {
  // A literal: what is made by spread takes several times as long, and there may be a hundred thousand.
  const job = { name, schedule, handler: handler as Job.Job["handler"], options, [plain]: true };
  return job;
};

/** The same of a handler for schedules in the store. */
export const handler = <R extends object>(handle: (run: R) => unknown): (run: R) => never => {
  const called = (run: R): never => handle(run) as never;
  return Object.assign(called, { [plain]: true });
};

/** Whether a job or handler is one: what its handler answers with is no effect, at most a promise. */
export const isPlain = (job: object): boolean => plain in job;
