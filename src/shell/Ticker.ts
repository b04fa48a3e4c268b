/**
 * A ticker: the jobs of a service from invocations that live for seconds. A Worker, an edge function, a CI cron or a systemd timer has
 * no process that lives, joins nothing and beats for nobody: each call of `tick` looks, claims what is due, runs it and reports.
 */
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import type * as Scope from "effect/Scope";
import type { CronExpressionError } from "../core/schedule/CronExpressionError.ts";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { TickReport } from "../core/words/TickReport.ts";
import { type Carrier, type Driver, DriverError } from "../Driver.ts";
import { asks, carried, carrierOf, clocksBy } from "./carried.ts";
import type { Control } from "./Control.ts";
import { effectHandler } from "./effectHandler.ts";
import type { HandleOptions, ScheduledRun } from "./handling.ts";
import { clock } from "./hostClock.ts";
import * as Job from "./Job.ts";
import type { Observer } from "./Observer.ts";
import { Over } from "./outside.ts";
import { tickerCommands } from "./tickerCommands.ts";
import { handleTicker } from "./tickerHandle.ts";
import { observeTicker } from "./tickerObserve.ts";
import type { TickerOptions, TickOptions } from "./tickerOptions.ts";
import * as Ticking from "./ticking.ts";

export type { TickerOptions, TickOptions } from "./tickerOptions.ts";
export type { TickFailure, TickReport } from "../core/words/TickReport.ts";

/** Runs the jobs of a service, invocation by invocation. */
export interface Ticker {
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
  readonly tick: (options?: TickOptions) => Effect.Effect<TickReport, DriverError | InvalidInput>;
}

/** The service tag of a `Ticker`. */
export const Ticker: Context.Service<Ticker, Ticker> = Context.Service("ringcron/Ticker");

/** A tick where the effect runs; interrupted it ends at once, and what it had claimed is found by the next ones. */
const ticked = (ticking: Ticking.Ticking, carrier: Carrier, options?: TickOptions): ReturnType<Ticker["tick"]> =>
  Effect.flatMap(Effect.context(), (context) =>
    Effect.callback((resume) => {
      const over = new Over();
      const run = <A, E>(effect: Effect.Effect<A, E>, signal?: AbortSignal) =>
        Effect.runPromiseWith(context)(effect, signal && { signal });
      const outside = {
        ...clocksBy(carrier, Context.get(context, clock)),
        sleep: (ms: number, signal?: AbortSignal) => run(Effect.sleep(ms), signal),
        ask: asks(carrier, run),
      };
      ticking.tick(outside, options, over).then(
        (report) => resume(Effect.succeed(report)),
        (error) => {
          const isExpected = error instanceof DriverError || error instanceof InvalidInput;
          resume(isExpected ? Effect.fail(error) : Effect.die(error));
        },
      );
      return Effect.sync(() => over.end());
    }));

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
export const make = (options: TickerOptions): Effect.Effect<Ticker, InvalidInput, Driver> =>
  Effect.map(carried(options), (ticking) => {
    const carrier = carrierOf(ticking);
    const add: Ticker["add"] = Effect.fnUntraced(function* (job) {
      const spec = yield* Effect.fromResult(Job.spec(job));
      const context = yield* Effect.context<Effect.Services<ReturnType<typeof job.handler>>>();
      yield* Effect.fromResult(ticking.declare(spec, effectHandler(job.handler, context)));
    });
    return Ticking.before({ add, tick: (tickOptions) => ticked(ticking, carrier, tickOptions) }, ticking);
  });

/**
 * Gives a ticker a handler for schedules in the store: whatever fires of them is run by a tick, or by a node that has the handler.
 * `payload` is a Standard Schema (zod, valibot, ArkType, Effect's Schema) that checks what a schedule gives before each run. It is
 * beside the ticker, as most have none. Throws `InvalidInput` for what is no ticker, and fails with `InvalidInput` (a bad or taken name, no schema, a driver that keeps no
 * schedules), and nothing is changed then.
 *
 * Cost: the look of a tick is about the handler's 64 shelves as well, in the same request; where something is due on them, one more
 * for each 133 schedules.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Ticker } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const program = Effect.gen(function* () {
 *   const ticker = yield* Ticker.make({ service: "billing", eager: true });
 *   yield* Ticker.handle(ticker, "report", (run) => Effect.log(run.schedule, run.payload));
 *   return yield* ticker.tick();
 * });
 * console.log((await Effect.runPromise(Effect.provide(program, Memory.layer()))).started); // 0
 * ```
 */
export const handle = <R, A = unknown>(
  ticker: Ticker,
  name: string,
  handler: (run: ScheduledRun<A>) => Effect.Effect<unknown, unknown, R>,
  options?: HandleOptions<A>,
): Effect.Effect<void, InvalidInput, R> => {
  const called = handler as (run: Job.JobRun) => Effect.Effect<unknown, unknown, R>;
  const ticking = Ticking.of(ticker);
  return Effect.flatMap(
    Effect.context<R>(),
    (context) => Effect.fromResult(handleTicker(ticking, name, handler, options, () => effectHandler(called, context))),
  );
};

/**
 * The commands of a client, for the jobs of a ticker too, which no member may declare: the next tick does what they ask for. They are
 * beside the ticker, as most invocations only tick. Throws `InvalidInput` for what is no ticker.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Job, Ticker } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const program = Effect.gen(function* () {
 *   const ticker = yield* Ticker.make({ service: "billing", eager: true });
 *   yield* ticker.add(Job.make("invoices", "@manual", (run) => Effect.log(run.kind)));
 *   yield* ticker.tick();
 *   yield* Ticker.commands(ticker).trigger("invoices");
 *   return yield* ticker.tick();
 * });
 * console.log((await Effect.runPromise(Effect.provide(program, Memory.layer()))).started); // 1
 * ```
 */
export const commands = (ticker: Ticker): Control => tickerCommands(Ticking.of(ticker));

/**
 * Lets somebody measure a ticker until the scope closes: told of runs that start and end, and of requests to the store. `tickerLayer` of
 * `Metrics` does. Dies with `InvalidInput` for what is no ticker or no observer. Cost: none while nobody does.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Ticker } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const program = Effect.gen(function* () {
 *   const ticker = yield* Ticker.make({ service: "billing", eager: true });
 *   yield* Ticker.observe(ticker, { request: ({ operation, result }) => console.log(operation, result) }); // peek ok
 *   yield* ticker.tick();
 * });
 * await Effect.runPromise(Effect.provide(Effect.scoped(program), Memory.layer()));
 * ```
 */
export const observe = (ticker: Ticker, observer: Observer): Effect.Effect<void, never, Scope.Scope> =>
  Effect.asVoid(Effect.acquireRelease(Effect.sync(() => observeTicker(ticker, observer)), (end) => Effect.sync(end)));

/** Provides a ticker. Fails with `InvalidInput` if an option is wrong. */
export const layer = (options: TickerOptions): Layer.Layer<Ticker, InvalidInput, Driver> =>
  Layer.effect(Ticker, make(options));
