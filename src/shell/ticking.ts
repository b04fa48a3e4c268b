/**
 * What is behind a ticker, by whatever door: its jobs, and a tick of them. How a job is declared, and what people ask, is beside it: a
 * bundle holds what it uses.
 */
import * as Result from "effect/Result";
import type { JobSpec } from "../core/node/Machine.ts";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import type { TickReport } from "../core/words/TickReport.ts";
import type { Carrier, TickDriver } from "../Driver.ts";
import { decodingBy } from "./decodedHandler.ts";
import * as Handlers from "./Handlers.ts";
import { invoke, type Scheduled } from "./invocation.ts";
import type { Handlers as Started } from "./Node.ts";
import { Observers } from "./Observer.ts";
import type { PayloadCodec } from "./payloadCodec.ts";
import { type Outside, Over } from "./outside.ts";
import * as Options from "./tickerOptions.ts";
import * as Telling from "./tickTelling.ts";

/** What stands in the way of handlers once somebody measures them, and what was added to a ticker. */
export interface Hooks {
  handlers?: (handlers: Started, mono: () => number) => Started;
  /** Its handlers for schedules in the store, once it has some. */
  scheduled?: Scheduled;
}

/** A ticker at work. */
export interface Ticking {
  readonly service: string;
  readonly nodeName: string;
  /** The store, as the door of the ticker reaches it. */
  readonly driver: Carrier | TickDriver;
  readonly hooks: Hooks;
  readonly observers: Observers;
  readonly payloadCodec: PayloadCodec | undefined;
  readonly specs: ReadonlyMap<string, JobSpec>;
  readonly handlers: Handlers.Registry;
  /** Declares a job. Fails if its name is taken. */
  readonly declare: (spec: JobSpec, handler: Handlers.Handler) => Result.Result<void, InvalidInput>;
  /** Rejects with `InvalidInput`, or with `DriverError` for a store that cannot be used; when `over` ends, too. */
  readonly tick: (
    outside: Outside,
    options: Options.TickOptions | undefined,
    over?: Over,
  ) => Promise<TickReport>;
}

/** One without jobs. */
export const make = (config: Options.CheckedTicker, driver: Carrier | TickDriver): Ticking => {
  const hooks: Hooks = {};
  const specs = new Map<string, JobSpec>();
  const observers = new Observers();
  const handlers = Handlers.make(config, observers, {
    redactError: config.redactError,
    decode: decodingBy(config.payloadCodec),
  });
  const telling = Telling.make(config.service, specs);
  return {
    service: config.service,
    nodeName: config.nodeName,
    driver,
    hooks,
    observers,
    payloadCodec: config.payloadCodec,
    specs,
    handlers,
    declare: (spec, handler) => {
      if (specs.has(spec.name)) {
        return Result.fail(new InvalidInput("job", spec.name, "a name that no other job of this ticker has"));
      }
      handlers.set(spec.name, handler);
      specs.set(spec.name, spec);
      return Result.void;
    },
    tick: async (outside, tickOptions, over = new Over()) => {
      const checked = Options.checkTick(tickOptions, config);
      if (checked._tag === "Failure") throw checked.failure;
      try {
        return await invoke({
          config,
          options: checked.success,
          specs: new Map(specs),
          handlers: hooks.handlers?.(handlers, outside.mono) ?? handlers,
          scheduled: hooks.scheduled,
          telling,
          outside,
          over,
        });
      } finally {
        over.end();
      }
    },
  };
};

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
