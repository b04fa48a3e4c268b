/**
 * Tickers over stores that are asked by effects, and stores that are asked by promises as those see them who ask by effects.
 */
import type * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import { type Carrier, type Clocks, type Driver, Observed, type TickDriver } from "../Driver.ts";
import type { InvalidInput } from "../core/words/InvalidInput.ts";
import { promised } from "../promised.ts";
import { clock as hostsClock } from "./hostClock.ts";
import { clocksOf } from "./instant.ts";
import { observed } from "./Observer.ts";
import type { Ask } from "./outside.ts";
import { check, type TickerOptions } from "./tickerOptions.ts";
import * as Ticking from "./ticking.ts";
import { usableDriver } from "./usableDriver.ts";

/** A ticker over what a layer provides. Fails with `InvalidInput` if an option is wrong. */
export const carried = (options: TickerOptions): Effect.Effect<Ticking.Ticking, InvalidInput, Driver> =>
  Effect.gen(function* () {
    const config = yield* Effect.fromResult(check(options));
    return Ticking.make(config, yield* usableDriver);
  });

const carrierOver = (driver: TickDriver): Carrier => ({
  name: driver.name,
  identity: driver.identity,
  keepsSchedules: driver.keepsSchedules,
  carry: (procedure, request) =>
    Effect.gen(function* () {
      const clocks = clocksOf(yield* hostsClock);
      const observed = yield* Observed;
      return yield* promised((signal) => driver.ask(procedure, request, { clocks, observed, signal }));
    }),
});

/** The store of a ticker for who asks by effects, with its requests told to observers. */
export const carrierOf = ({ driver, observers }: Ticking.Ticking): Carrier =>
  observed("carry" in driver ? driver : carrierOver(driver), observers);

/** What a ticker over a store goes by: the time of the store, where that keeps it by clocks of this process. */
export const clocksBy = ({ at }: Carrier, clock: Clock.Clock): Clocks => {
  const { mono, now } = clocksOf(clock);
  return { now, mono: at === undefined ? mono : () => at(clock).mono };
};

/** Asks a store by promises. */
export const asks = (
  carrier: Carrier,
  run: <A, E>(effect: Effect.Effect<A, E>, signal?: AbortSignal) => Promise<A>,
): Ask => {
  // A driver of somebody's own may throw.
  return async (procedure, request, signal) => await run(carrier.carry(procedure, request), signal);
};
