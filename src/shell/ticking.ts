/**
 * What is behind a ticker: its jobs, and a tick of them. How a job is declared, and what people ask, is beside it: a bundle holds what
 * it uses.
 */
import * as Effect from "effect/Effect";
import type { JobSpec } from "../core/node/Machine.ts";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { TickReport } from "../core/words/TickReport.ts";
import type { Carrier, Driver } from "../Driver.ts";
import { decodingBy } from "./decodedHandler.ts";
import * as Handlers from "./Handlers.ts";
import { monoOf } from "./instant.ts";
import { invoke, type Scheduled } from "./invocation.ts";
import type { Handlers as Started } from "./Node.ts";
import { Observers } from "./Observer.ts";
import type { PayloadCodec } from "./payloadCodec.ts";
import { type Outside, Over } from "./outside.ts";
import * as Options from "./tickerOptions.ts";
import * as Telling from "./tickTelling.ts";
import { usableDriver } from "./usableDriver.ts";

/** What stands in the way of requests and of handlers, once somebody measures them. */
export interface Hooks {
  driver?: Carrier;
  handlers?: (handlers: Started, mono: () => number) => Started;
  /** Its handlers for schedules in the store, once it has some. */
  scheduled?: Scheduled;
}

/** A ticker at work. */
export interface Ticking {
  readonly service: string;
  readonly nodeName: string;
  /** The store, by way of the hooks. */
  readonly driver: Carrier;
  /** The store itself. */
  readonly bare: Carrier;
  readonly hooks: Hooks;
  readonly observers: Observers;
  readonly payloadCodec: PayloadCodec | undefined;
  readonly specs: ReadonlyMap<string, JobSpec>;
  readonly handlers: Handlers.Registry;
  /** Declares a job. Fails if its name is taken. */
  readonly declare: (spec: JobSpec, handler: Handlers.Handler) => Effect.Effect<void, InvalidInput>;
  /** Rejects with `InvalidInput`, or with `DriverError` for a store that cannot be used; when `over` ends, too. */
  readonly tick: (
    outside: Outside,
    options: Options.TickOptions | undefined,
    over?: Over,
  ) => Promise<TickReport>;
}

/** One without jobs. Fails with `InvalidInput` if an option is wrong. */
export const make = (options: Options.TickerOptions): Effect.Effect<Ticking, InvalidInput, Driver> =>
  Effect.gen(function* () {
    const config = yield* Effect.fromResult(Options.check(options));
    const bare = yield* usableDriver;
    const hooks: Hooks = {};
    const driver: Carrier = {
      ...bare,
      carry: (procedure, request) => (hooks.driver ?? bare).carry(procedure, request),
    };
    const specs = new Map<string, JobSpec>();
    const observers = new Observers();
    const handlers = Handlers.make(config, observers, {
      redactError: config.redactError,
      decode: decodingBy(config.payloadCodec),
    });
    const telling = Telling.make(config.service, driver, specs);
    return {
      service: config.service,
      nodeName: config.nodeName,
      driver,
      bare,
      hooks,
      observers,
      payloadCodec: config.payloadCodec,
      specs,
      handlers,
      declare: (spec, handler) =>
        Effect.suspend(() => {
          if (specs.has(spec.name)) {
            return Effect.fail(new InvalidInput("job", spec.name, "a name that no other job of this ticker has"));
          }
          handlers.set(spec.name, handler);
          specs.set(spec.name, spec);
          return Effect.void;
        }),
      tick: async (outside, tickOptions, over = new Over()) => {
        const checked = Options.checkTick(tickOptions, config);
        if (checked._tag === "Failure") throw checked.failure;
        const { clock } = outside;
        const mono = driver.at === undefined ? () => monoOf(clock) : () => driver.at?.(clock).mono ?? 0;
        try {
          return await invoke({
            driver,
            config,
            options: checked.success,
            specs: new Map(specs),
            handlers: hooks.handlers?.(handlers, mono) ?? handlers,
            scheduled: hooks.scheduled,
            telling,
            outside,
            mono,
            over,
          });
        } finally {
          over.end();
        }
      },
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
