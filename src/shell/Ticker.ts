/**
 * A ticker: the jobs of a service from invocations that live for seconds. A Worker, an edge function, a CI cron or a systemd timer has
 * no process that lives, joins nothing and beats for nobody: each call of `tick` looks, claims what is due, runs it and reports.
 */
import * as Clock from "effect/Clock";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import type { JobSpec } from "../core/node/Machine.ts";
import type { CronExpressionError } from "../core/schedule/CronExpressionError.ts";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { Driver, DriverError } from "../Driver.ts";
import { clientKnowledge } from "./clientKnowledge.ts";
import * as commands from "./commands.ts";
import type { Control } from "./Control.ts";
import * as Handlers from "./Handlers.ts";
import { invoke } from "./invocation.ts";
import { monoOf } from "./instant.ts";
import * as Job from "./Job.ts";
import * as PlainJob from "./plainJob.ts";
import * as Options from "./tickerOptions.ts";
import type { TickReport } from "../core/words/TickReport.ts";
import { usableDriver } from "./usableDriver.ts";

export type { TickerOptions, TickOptions } from "./tickerOptions.ts";
export type { TickFailure, TickReport } from "../core/words/TickReport.ts";

/**
 * Runs the jobs of a service, invocation by invocation. It has the commands of a client, for its own jobs too, which no member may
 * declare; what they ask for is done by the next tick.
 */
export interface Ticker extends Control {
  /**
   * Adds a job. Fails with `InvalidInput` (a bad name or policy, or a name that is taken) or `CronExpressionError`; nothing is
   * changed then.
   */
  readonly add: <R>(job: Job.Job<R>) => Effect.Effect<void, InvalidInput | CronExpressionError, R>;
  /**
   * Looks, decides what is due, runs it, and reports. Several may go on at once, in one process or in many: each fire starts once.
   * A failure of a handler is in the report. Fails with `InvalidInput`, or with `DriverError` for a store that cannot be used:
   * whatever this tick had claimed then is found by the next ones after its lease, and recovered by the job's `delivery`.
   *
   * Cost: one request where nothing is due; otherwise a look, a claim and a report for 200 jobs each.
   */
  readonly tick: (options?: Options.TickOptions) => Effect.Effect<TickReport, DriverError | InvalidInput>;
}

/** The service tag of a `Ticker`. */
export const Ticker: Context.Service<Ticker, Ticker> = Context.Service("ringcron/Ticker");

/**
 * A ticker. Fails with `InvalidInput` if an option is wrong. Nothing is sent before the first `tick`.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Job, Ticker } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const program = Effect.gen(function* () {
 *   const ticker = yield* Ticker.make({ service: "billing", eager: true });
 *   yield* ticker.add(Job.make("invoices", "* * * * *", (run) => Effect.log(run.id)));
 *   return yield* ticker.tick({ maxMs: 30_000 });
 * });
 * const report = await Effect.runPromise(Effect.provide(program, Memory.layer()));
 * console.log(report.started, report.nextDueAt !== undefined); // 0 true
 * ```
 */
export const make = (options: Options.TickerOptions): Effect.Effect<Ticker, InvalidInput, Driver> =>
  Effect.gen(function* () {
    const config = yield* Effect.fromResult(Options.check(options));
    const driver = yield* usableDriver;
    const specs = new Map<string, JobSpec>();
    const handlers = Handlers.make(config, undefined, config.redactError);
    const add: Ticker["add"] = Effect.fnUntraced(function* (job) {
      const spec = yield* Effect.fromResult(Job.spec(job));
      const context = yield* Effect.context<Effect.Services<ReturnType<typeof job.handler>>>();
      if (specs.has(spec.name)) {
        return yield* Effect.fail(new InvalidInput("job", spec.name, "a name that no other job of this ticker has"));
      }
      if (PlainJob.isPlain(job)) handlers.setPlain(spec.name, job.handler);
      else handlers.set(spec.name, job.handler, context);
      specs.set(spec.name, spec);
    });
    const tick: Ticker["tick"] = (tickOptions) =>
      Effect.gen(function* () {
        const checked = yield* Effect.fromResult(Options.checkTick(tickOptions, config));
        const clock = yield* Clock.Clock;
        const mono = driver.at === undefined ? () => monoOf(clock) : () => driver.at?.(clock).mono ?? 0;
        return yield* invoke({ driver, config, options: checked, specs: new Map(specs), handlers, mono });
      });
    const { forget: _, ...control } = commands.make(
      config.service,
      driver,
      clientKnowledge(config.service, driver, specs),
    );
    return { ...control, add, tick };
  });

/** Provides a ticker. Fails with `InvalidInput` if an option is wrong. */
export const layer = (options: Options.TickerOptions): Layer.Layer<Ticker, InvalidInput, Driver> =>
  Layer.effect(Ticker, make(options));
