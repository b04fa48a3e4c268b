/**
 * A ticker of plain functions and promises.
 */
import * as Effect from "effect/Effect";
import type * as Layer from "effect/Layer";
import type { CronExpression } from "../core/schedule/CronExpression.ts";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { Driver } from "../Driver.ts";
import { held, run } from "./built.ts";
import * as Job from "./Job.ts";
import type { HandleOptions, ScheduledRun } from "./handling.ts";
import { hostClock, sleep } from "./hostClock.ts";
import type { Outside } from "./outside.ts";
import { PlainHandler } from "./plainHandler.ts";
import type { Observer } from "./Observer.ts";
import * as PlainJob from "./plainJob.ts";
import { type Commands, commandsOf, driverIn } from "./promiseClient.ts";
import { tickerCommands } from "./tickerCommands.ts";
import { handleTicker } from "./tickerHandle.ts";
import { observeTicker } from "./tickerObserve.ts";
import type { TickerOptions as EffectTickerOptions, TickOptions } from "./tickerOptions.ts";
import * as Ticking from "./ticking.ts";
import type { TickReport } from "../core/words/TickReport.ts";

const host: Outside = { clock: hostClock, sleep, run };

/** Options of `createTicker`. */
export interface TickerOptions<E = unknown> extends EffectTickerOptions {
  /** The store: the `layer(…)` of one of the drivers. */
  readonly driver: Layer.Layer<Driver, E>;
}

/** Runs the jobs of a service, invocation by invocation. */
export interface Ticker {
  /** Adds a job, as `add` of a scheduler. Rejects with `InvalidInput` or `CronExpressionError`, and nothing is changed then. */
  readonly add: (
    name: string,
    schedule: string | CronExpression,
    handler: (run: Job.JobRun) => unknown,
    options?: Job.JobOptions,
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
  const { close, service } = await held(layer, Ticking.make(rest));
  const add = (job: Job.Job, handler: (run: Job.JobRun) => unknown) =>
    Effect.flatMap(Effect.fromResult(Job.spec(job)), (spec) => service.declare(spec, new PlainHandler(handler)));
  const ticker: Ticker = {
    add: (name, schedule, handler, jobOptions) => {
      if (typeof handler !== "function") return Promise.reject(new InvalidInput("handler", handler, "a function"));
      return run(add(PlainJob.make(name, schedule, handler, jobOptions), handler));
    },
    tick: (tickOptions) => service.tick(host, tickOptions),
    close,
    [Symbol.asyncDispose]: close,
  };
  return Ticking.before(ticker, service);
};

/**
 * Gives a ticker a handler for schedules in the store: whatever fires of them is run by a tick, or by a node that has the handler.
 * `payload` is a Standard Schema (zod, valibot, ArkType, Effect's Schema) that checks what a schedule gives before each run. It is
 * beside the ticker, as most have none. Rejects with `InvalidInput` (no ticker, a bad or taken name, no schema, a driver that keeps no
 * schedules), and nothing is changed then.
 *
 * Cost: the look of a tick is about the handler's 64 shelves as well, in the same request; where something is due on them, one more
 * for each 133 schedules.
 *
 * @example
 * ```ts
 * import { createTicker, handle } from "ringcron/edge";
 * import { createClient } from "ringcron/promise";
 * import * as Memory from "ringcron/memory";
 *
 * const driver = Memory.layer();
 * const ticker = await createTicker({ service: "billing", driver, eager: true });
 * await handle(ticker, "report", async (run) => run.payload);
 * const client = await createClient({ service: "billing", driver });
 * await client.schedules.put({ id: "tenant-7", handler: "report", schedule: "0 9 * * MON", payload: { tenant: 7 } });
 * await client.schedules.trigger("tenant-7");
 * console.log((await ticker.tick()).succeeded); // 1
 * await client.close();
 * await ticker.close();
 * ```
 */
export const handle = async <A = unknown>(
  ticker: Ticker,
  name: string,
  handler: (run: ScheduledRun<A>) => unknown,
  options?: HandleOptions<A>,
): Promise<void> => {
  const make = Effect.sync(() => new PlainHandler(handler as (run: Job.JobRun) => unknown));
  return await run(handleTicker(ticker, name, handler, options, make));
};

/**
 * The commands of a client, for the jobs of a ticker too, which no member may declare: the next tick does what they ask for. They are
 * beside the ticker, as most invocations only tick. Throws `InvalidInput` for what is no ticker.
 *
 * @example
 * ```ts
 * import { commands, createTicker } from "ringcron/edge";
 * import * as Memory from "ringcron/memory";
 *
 * const ticker = await createTicker({ service: "billing", driver: Memory.layer(), eager: true });
 * await ticker.add("invoices", "@manual", async (run) => console.log(run.kind)); // manual
 * await ticker.tick();
 * await commands(ticker).trigger("invoices");
 * console.log((await ticker.tick()).started); // 1
 * await ticker.close();
 * ```
 */
export const commands = (ticker: Ticker): Commands => commandsOf(tickerCommands(Ticking.of(ticker)), run);

/**
 * Lets somebody measure a ticker, as `instrument` of `ringcron/otel` does: told of runs that start and end, and of requests to the
 * store; the result ends that. Throws `InvalidInput` for what is no ticker or no observer. Cost: none while nobody does.
 *
 * @example
 * ```ts
 * import { createTicker, observe } from "ringcron/edge";
 * import * as Memory from "ringcron/memory";
 *
 * const ticker = await createTicker({ service: "billing", driver: Memory.layer(), eager: true });
 * const end = observe(ticker, { request: ({ operation, result }) => console.log(operation, result) }); // peek ok
 * await ticker.tick();
 * end();
 * await ticker.close();
 * ```
 */
export const observe = (ticker: Ticker, observer: Observer): () => void => observeTicker(ticker, observer);
