/**
 * A job: what is to run, when, and under which policies.
 */
import type * as Effect from "effect/Effect";
import * as Result from "effect/Result";
import * as CronExpression from "../core/schedule/CronExpression.ts";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { JobSpec } from "../core/node/Machine.ts";
import * as Names from "../core/words/Names.ts";
import type { RunKind } from "../core/words/Fire.ts";
import { fingerprint } from "../core/words/hash.ts";
import * as Policy from "../core/words/Policy.ts";

/** What a handler is told about the run it is started for. */
export interface JobRun {
  /** The job's name. */
  readonly job: string;
  /** The instant the fire was due, epoch milliseconds on the fleet's clock. */
  readonly dueAt: number;
  /** When it was started, epoch milliseconds on the fleet's clock. */
  readonly startedAt: number;
  /** service/job/instant: the same for every attempt of a fire. Use it as an idempotency key. */
  readonly id: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Why it runs: on time, caught up, or again after its node died. */
  readonly kind: RunKind;
  /** The configured name of the node that runs it. */
  readonly node: string;
  /** The fencing token, growing from run to run of a job: let what you write to refuse a lower one. */
  readonly fence: number;
  /** Aborted when the run times out, when the node stops, or when the run will be started again elsewhere. */
  readonly signal: AbortSignal;
}

/** Options of a job: how to read its schedule, and its policies. */
export interface JobOptions extends Policy.PolicyOptions {
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
 * Fails with `InvalidInput` (name, handler, policies) or `CronExpressionError` (schedule, zone).
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
): Result.Result<JobSpec, InvalidInput | CronExpression.CronExpressionError> =>
  Result.gen(function* () {
    if (typeof job !== "object" || job === null) {
      return yield* Result.fail(new InvalidInput("job", job, "what Job.make makes"));
    }
    const { handler, name, options = {}, schedule } = job;
    yield* Names.job(name);
    if (typeof handler !== "function") return yield* Result.fail(new InvalidInput("handler", handler, "a function"));
    const policies = yield* Policy.make(options);
    const { dst, timeZone } = options;
    const expression = CronExpression.isCronExpression(schedule)
      ? schedule
      : yield* CronExpression.parse(schedule, { dst, jobName: name, timeZone });
    const definition = [CronExpression.format(expression), expression.timeZone, expression.dst].join("|");
    return { name, expression, policies, definition: fingerprint(definition) };
  });
