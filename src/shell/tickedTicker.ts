/**
 * A ticker of plain functions and promises over a driver of promises.
 */
import * as Result from "effect/Result";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { StoreContact, TickDriver } from "../Driver.ts";
import { hostClocks, slept } from "./hostTimers.ts";
import { type Job, type RetryOf, specBy } from "./jobSpec.ts";
import type { Ask } from "./outside.ts";
import * as PlainTicker from "./plainTicker.ts";
import { check, type TickerOptions as EffectTickerOptions } from "./tickerOptions.ts";
import * as Ticking from "./ticking.ts";

/** Options of `createTicker`. */
export interface TickerOptions extends EffectTickerOptions {
  /** The store: `ticks(…)` of a driver that has it, as those of Redis do. */
  readonly driver: TickDriver;
}

const driverIn = (options: TickerOptions): TickDriver => {
  if (typeof options !== "object" || options === null) {
    throw new InvalidInput("options", options, "an object with at least a service and a driver");
  }
  const driver: Partial<TickDriver> | null | undefined = options.driver;
  // Its kind only: whatever was given instead may hold a token.
  if (typeof driver?.ask !== "function") {
    throw new InvalidInput(
      "driver",
      typeof driver,
      "ticks(…) of a driver; a layer(…) is for createTicker of ringcron/edge",
    );
  }
  return driver as TickDriver;
};

/** It would take a runtime of effects to read one. */
const noSchedule: RetryOf = () =>
  Result.fail(
    new InvalidInput("retry", "a Schedule of Effect", "{ times, delayMs, … }; Schedules are for ringcron/edge"),
  );

/**
 * Makes a ticker: the jobs of a service without a process that lives. Nothing is sent before the first `tick`. Rejects with
 * `InvalidInput` if an option is wrong. It is that of `ringcron/edge`, but for its driver, and `retry` of its jobs, which takes no
 * Schedule of Effect.
 *
 * @example
 * ```ts
 * import { createTicker } from "ringcron/ticks";
 * import * as RedisZset from "ringcron/redis-zset";
 *
 * const driver = RedisZset.ticks({ url: "https://name.upstash.io", token: "secret" });
 * const ticker = await createTicker({ service: "billing", driver, eager: true });
 * await ticker.add("invoices", "* * * * *", async (run) => console.log(run.id));
 * await ticker.close();
 * ```
 */
export const createTicker = (options: TickerOptions): Promise<PlainTicker.Ticker> =>
  PlainTicker.promiseOf(() => {
    const driver = driverIn(options);
    const { driver: _, ...rest } = options;
    const ticking = Ticking.make(PlainTicker.orThrow(check(rest)), driver);
    const { observers } = ticking;
    const told = (contact: StoreContact): void => observers.request(contact);
    const ask: Ask = (procedure, request, signal) => {
      const observed = observers.isEmpty ? undefined : told;
      return driver.ask(procedure, request, { clocks: hostClocks, signal, observed });
    };
    const specOf = (job: Job) => specBy(job, noSchedule);
    // It opens nothing.
    return PlainTicker.make(ticking, { ...hostClocks, sleep: slept, ask }, specOf, () => Promise.resolve());
  });
