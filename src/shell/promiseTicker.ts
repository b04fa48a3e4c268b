/**
 * A ticker of plain functions and promises.
 */
import * as Layer from "effect/Layer";
import type { CronExpression } from "../core/schedule/CronExpression.ts";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { Driver } from "../Driver.ts";
import { held } from "./built.ts";
import type { JobOptions, JobRun } from "./Job.ts";
import * as PlainJob from "./plainJob.ts";
import { type Commands, commandsOf, driverIn } from "./promiseClient.ts";
import * as Tickers from "./Ticker.ts";
import type { TickerOptions as EffectTickerOptions, TickOptions } from "./tickerOptions.ts";
import type { TickReport } from "../core/words/TickReport.ts";

/** Options of `createTicker`. */
export interface TickerOptions<E = unknown> extends EffectTickerOptions {
  /** The store: the `layer(…)` of one of the drivers. */
  readonly driver: Layer.Layer<Driver, E>;
}

/**
 * Runs the jobs of a service, invocation by invocation. It has the commands of a client, for its own jobs too, which no member may
 * declare; what they ask for is done by the next tick.
 */
export interface Ticker extends Commands {
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

/**
 * Makes a ticker: the jobs of a service without a process that lives. Nothing is sent before the first `tick`. Rejects with
 * `InvalidInput` if an option is wrong and with `DriverError` if the driver's are.
 *
 * @example
 * ```ts
 * import { createTicker } from "ringcron/edge";
 * import * as Memory from "ringcron/memory";
 *
 * const ticker = await createTicker({ service: "billing", driver: Memory.layer(), eager: true });
 * await ticker.add("invoices", "* * * * *", async (run) => console.log(run.id));
 * const report = await ticker.tick({ maxMs: 30_000 });
 * console.log(report.started, report.left); // 0 0
 * await ticker.close();
 * ```
 */
export const createTicker = async <E>(options: TickerOptions<E>): Promise<Ticker> => {
  const layer = driverIn(options);
  const { driver: _, ...rest } = options;
  const { close, run, service: ticker } = await held(Layer.provide(Tickers.layer(rest), layer), Tickers.Ticker);
  return {
    ...commandsOf(ticker, run),
    add: (name, schedule, handler, jobOptions) => {
      if (typeof handler !== "function") return Promise.reject(new InvalidInput("handler", handler, "a function"));
      return run(ticker.add(PlainJob.make(name, schedule, handler, jobOptions)));
    },
    tick: (tickOptions) => run(ticker.tick(tickOptions)),
    close,
    [Symbol.asyncDispose]: close,
  };
};
