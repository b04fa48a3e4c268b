/**
 * A ticker of plain functions and promises over what a layer provides.
 */
import type * as Layer from "effect/Layer";
import type { Driver } from "../Driver.ts";
import { held, run } from "./built.ts";
import { asks, carried, carrierOf, clocksBy } from "./carried.ts";
import { hostClock } from "./hostClock.ts";
import { slept } from "./hostTimers.ts";
import { spec } from "./Job.ts";
import * as PlainTicker from "./plainTicker.ts";
import { driverIn } from "./promiseClient.ts";
import type { TickerOptions as EffectTickerOptions } from "./tickerOptions.ts";

/** Options of `createTicker`. */
export interface TickerOptions<E = unknown> extends EffectTickerOptions {
  /** The store: the `layer(…)` of one of the drivers. */
  readonly driver: Layer.Layer<Driver, E>;
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
export const createTicker = async <E>(options: TickerOptions<E>): Promise<PlainTicker.Ticker> => {
  const layer = driverIn(options);
  const { driver: _, ...rest } = options;
  const { close, service: ticking } = await held(layer, carried(rest));
  const carrier = carrierOf(ticking);
  const outside = { ...clocksBy(carrier, hostClock), sleep: slept, ask: asks(carrier, run) };
  return PlainTicker.make(ticking, outside, spec, close);
};
