/**
 * What is behind a ticker: its jobs, and a tick of them. How a job is declared, and what people ask, is beside it: a bundle holds what
 * it uses.
 */
import * as Clock from "effect/Clock";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import type { JobSpec } from "../core/node/Machine.ts";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { TickReport } from "../core/words/TickReport.ts";
import type { Carrier, Driver, DriverError } from "../Driver.ts";
import * as Handlers from "./Handlers.ts";
import { monoOf } from "./instant.ts";
import { invoke } from "./invocation.ts";
import * as Options from "./tickerOptions.ts";
import { usableDriver } from "./usableDriver.ts";

/** A ticker at work. */
export interface Ticking {
  readonly service: string;
  readonly driver: Carrier;
  readonly specs: ReadonlyMap<string, JobSpec>;
  /** Declares a job. Fails if its name is taken. */
  readonly declare: (spec: JobSpec, handler: Handlers.Handler) => Effect.Effect<void, InvalidInput>;
  readonly tick: (options?: Options.TickOptions) => Effect.Effect<TickReport, DriverError | InvalidInput>;
}

/** The service tag of what is behind the ticker of a promise. */
export const Ticking: Context.Service<Ticking, Ticking> = Context.Service("ringcron/Ticking");

/** One without jobs. Fails with `InvalidInput` if an option is wrong. */
export const make = (options: Options.TickerOptions): Effect.Effect<Ticking, InvalidInput, Driver> =>
  Effect.gen(function* () {
    const config = yield* Effect.fromResult(Options.check(options));
    const driver = yield* usableDriver;
    const specs = new Map<string, JobSpec>();
    const handlers = Handlers.make(config, undefined, config.redactError);
    return {
      service: config.service,
      driver,
      specs,
      declare: (spec, handler) =>
        Effect.suspend(() => {
          if (specs.has(spec.name)) {
            return Effect.fail(new InvalidInput("job", spec.name, "a name that no other job of this ticker has"));
          }
          handlers.set(spec.name, handler);
          specs.set(spec.name, spec);
          return Effect.void;
        }),
      tick: (tickOptions) =>
        Effect.gen(function* () {
          const checked = yield* Effect.fromResult(Options.checkTick(tickOptions, config));
          const clock = yield* Clock.Clock;
          const mono = driver.at === undefined ? () => monoOf(clock) : () => driver.at?.(clock).mono ?? 0;
          return yield* invoke({ driver, config, options: checked, specs: new Map(specs), handlers, mono });
        }),
    };
  });

const behind = new WeakMap<object, Ticking>();

/** Remembers what is behind a ticker, for those functions of it that are beside it. */
export const before = <T extends object>(ticker: T, ticking: Ticking): T => {
  behind.set(ticker, ticking);
  return ticker;
};

/** What is behind a ticker. Throws `InvalidInput` for what is none. */
export const of = (ticker: object): Ticking => {
  const found = typeof ticker === "object" && ticker !== null ? behind.get(ticker) : undefined;
  if (found === undefined) throw new InvalidInput("ticker", typeof ticker, "what createTicker or Ticker.make made");
  return found;
};
