/**
 * What a job is, and what the state machine is told of it.
 */
import type * as Effect from "effect/Effect";
import * as Result from "effect/Result";
import type * as Schedule from "effect/Schedule";
import * as CronExpression from "../core/schedule/CronExpression.ts";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { JobSpec } from "../core/node/Machine.ts";
import * as Names from "../core/words/Names.ts";
import type { RunKind } from "../core/words/Fire.ts";
import { fingerprint } from "../core/words/hash.ts";
import * as Policy from "../core/words/Policy.ts";
import { isSchedule } from "./retrySchedule.ts";

/** What a handler is told about the run it is started for. */
export interface JobRun {
  /** The job's name; of a schedule in the store that of its handler. */
  readonly job: string;
  /** The id of the schedule in the store that it is a run of; undefined for a run of a job. */
  readonly schedule: string | undefined;
  /** The instant the fire was due, epoch milliseconds on the fleet's clock. */
  readonly dueAt: number;
  /**
   * When it was to start, epoch milliseconds on the fleet's clock: when it was due, later by what `jitterMs` gives, or after the wait
   * that follows on a failure.
   */
  readonly startsAt: number;
  /** When it was started, epoch milliseconds on the fleet's clock. */
  readonly startedAt: number;
  /** service/job/instant, where a schedule in the store is `~handler~id`: the same for every attempt of a fire. Use it as an idempotency key. */
  readonly id: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /**
   * What the attempt before failed with, as text of at most 200 characters, where the job has `retry`; undefined for the first
   * attempt, and where that failed with nothing.
   */
  readonly previousError: string | undefined;
  /** Why it runs: on time, caught up, asked for, again after its node died or after a failure. */
  readonly kind: RunKind;
  /**
   * What it was triggered with, or what its schedule in the store gives its handler, as JSON carries it, each time that it is read
   * anew, or as the schema of the handler has made it; undefined where there is nothing. Of a trigger the same for every attempt.
   */
  readonly payload: unknown;
  /**
   * The version of the schedule in the store that is run, and whose payload it is given, as `schedules.get` tells; undefined for a run
   * of a job.
   */
  readonly version: number | undefined;
  /** The configured name of the node that runs it. */
  readonly node: string;
  /** The fencing token, growing from run to run of a job: let what you write to refuse a lower one. */
  readonly fence: number;
  /** Aborted when the run times out or is cancelled, when the node stops, or when the run will be started again elsewhere. */
  readonly signal: AbortSignal;
  /**
   * Asks for so many milliseconds from now, 1 to 86,400,000, for a run that outlasts the tick it was started by: until then its
   * `signal` is not aborted because the time of the tick is up, and nobody else takes the run. True if it may go on; false if it was
   * taken, cancelled, or is over. `timeoutMs` stays as it is, and so does what the platform allows an invocation. On a node it answers
   * at once, and changes nothing. Rejects with `InvalidInput`, and with `DriverError` if the store cannot be reached: then nothing
   * is known, and it may be asked again. Cost: one request.
   */
  readonly extend: (ms: number) => Promise<boolean>;
}

/** Options of a job: how to read its schedule, from when until when it counts, and its policies. */
export interface JobOptions extends Omit<Policy.PolicyOptions, "retry">, CronExpression.BoundOptions {
  /**
   * Further attempts of a run that failed or timed out; default: none. Of `retry: {}`: `times` 3 (1 to 100), `delayMs` 1,000 (1 to
   * 86,400,000), `factor` 2 (1 to 10), `maxDelayMs` 3,600,000, or `delayMs` if that is longer (up to 604,800,000), `jitter` 0.1
   * (0 to 1). Or an Effect `Schedule` that recurs 1 to 100 times, each after at most 7 days. It is stepped once, when the job is
   * added, as if each attempt failed at once: elapsed time is that of its waits, from 0 on, its input is undefined, and what it
   * draws by chance is drawn for all fires of the job on this node.
   */
  readonly retry?: Policy.PolicyOptions["retry"] | Schedule.Schedule<unknown, unknown>;
  /** IANA name of the zone the schedule is in. Default: UTC. */
  readonly timeZone?: string | undefined;
  /** What happens to local times that a change of clocks skips or repeats. */
  readonly dst?: CronExpression.DstRule | undefined;
}

/** A job whose handler is an effect. */
export interface Job<R = never> {
  /**
   * At most 128 letters, digits, `.`, `_`, `:`, `/`, `-`, a letter or digit first: `tenant:42`. The same job has it in the
   * whole fleet.
   */
  readonly name: string;
  /** A cron expression, as text or as `CronExpression.parse` read it. */
  readonly schedule: string | CronExpression.CronExpression;
  /** What runs. Its failure ends the run as `failed`; it is interrupted when `run.signal` aborts. */
  readonly handler: (run: JobRun) => Effect.Effect<unknown, unknown, R>;
  /** Zone, DST rule and policies; what is left out has its default. */
  readonly options: JobOptions;
}

/** What texts were read as: a program that declares thousands of jobs does so with few schedules. */
const known = new Map<string, ReturnType<typeof CronExpression.parse>>();

/** How many are kept. */
const mostKnown = 100;

/** All that a schedule is read from, where that is text and says the same of every job: an `H` does not. */
const textOf = (schedule: string, { dst, timeZone }: CronExpression.ParseOptions): string | undefined => {
  if (typeof schedule !== "string" || /h/i.test(schedule)) return undefined;
  // Most say nothing else. What begins as the text of a list may be mistaken for one.
  if (dst === undefined && timeZone === undefined && !schedule.startsWith("[")) return schedule;
  const isText = (it: unknown): boolean => it === undefined || typeof it === "string";
  return isText(dst) && isText(timeZone) ? JSON.stringify([schedule, dst, timeZone]) : undefined;
};

const read = (
  schedule: string | CronExpression.CronExpression,
  options: CronExpression.ParseOptions,
): ReturnType<typeof CronExpression.parse> => {
  if (CronExpression.isCronExpression(schedule)) return Result.succeed(schedule);
  const text = textOf(schedule, options);
  const before = text === undefined ? undefined : known.get(text);
  if (before !== undefined) return before;
  const parsed = CronExpression.parse(schedule, options);
  if (text !== undefined && parsed._tag === "Success") {
    if (known.size >= mostKnown) known.clear();
    known.set(text, parsed);
  }
  return parsed;
};

/** Jobs that share what their schedule was read as share this, too. */
const definitions = new WeakMap<CronExpression.CronExpression, string>();

const definitionOf = (expression: CronExpression.CronExpression): string => {
  const before = definitions.get(expression);
  if (before !== undefined) return before;
  const definition = fingerprint([CronExpression.format(expression), expression.timeZone, expression.dst].join("|"));
  definitions.set(expression, definition);
  return definition;
};

/** Most jobs are added without any, and by hundred thousands: one object is checked for all. */
const usual: JobOptions = {};

/** What a schedule of Effect for retries comes to. */
export type RetryOf = (schedule: Schedule.Schedule<unknown, unknown>) => Result.Result<Policy.Retry, InvalidInput>;

/** With a schedule for its retries, what that comes to. */
const policiesOf = (options: JobOptions, retryOf: RetryOf): Result.Result<Policy.Policies, InvalidInput> => {
  const { retry } = options ?? {};
  if (!isSchedule(retry)) return Policy.make(options as Policy.PolicyOptions);
  return Result.flatMap(
    retryOf(retry),
    (read) => Result.map(Policy.make({ ...options, retry: undefined }), (policies) => ({ ...policies, retry: read })),
  );
};

/** Checks a job and reads its schedule; a schedule of Effect for its retries is read by whoever can run effects. */
export const specBy = <R>(
  job: Job<R>,
  retryOf: RetryOf,
): Result.Result<JobSpec, InvalidInput | CronExpression.CronExpressionError> => {
  if (typeof job !== "object" || job === null) {
    return Result.fail(new InvalidInput("job", job, "what Job.make makes"));
  }
  const { handler, name, options = usual, schedule } = job;
  const named = Names.job(name);
  if (named._tag === "Failure") return Result.fail(named.failure);
  if (typeof handler !== "function") return Result.fail(new InvalidInput("handler", handler, "a function"));
  const checked = policiesOf(options, retryOf);
  if (checked._tag === "Failure") return Result.fail(checked.failure);
  const policies = checked.success;
  const { dst, endAt, startAt, timeZone } = options;
  const unbounded = read(schedule, { dst, jobName: name, timeZone });
  if (unbounded._tag === "Failure") return Result.fail(unbounded.failure);
  const within = startAt === undefined && endAt === undefined
    ? unbounded
    : CronExpression.within(unbounded.success, { startAt, endAt });
  if (within._tag === "Failure") return Result.fail(within.failure);
  const expression = within.success;
  if (expression.plan._tag === "Manual") {
    for (const field of ["limit", "jitterMs"] as const) {
      if (policies[field] === undefined) continue;
      return Result.fail(new InvalidInput(field, policies[field], "none for a job that only people start"));
    }
  }
  return Result.succeed({ name, expression, policies, definition: definitionOf(expression) });
};
