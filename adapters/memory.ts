/**
 * The store of one process: for tests, demos and programs that need no fleet beyond themselves.
 *
 * What it holds is lost with the process.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { demand, demandParts, wrongOptions } from "../src/core/words/InvalidInput.ts";
import { whole } from "../src/carrier.ts";
import { type Carrier, Driver, DriverError } from "../src/Driver.ts";
import * as Engine from "../src/shell/engine.ts";
import * as reference from "../src/core/ledger/reference-store.ts";
import { clocksOf } from "../src/shell/steady.ts";
import type { ExchangeReply, ExchangeRequest, Hearing, Store } from "../src/Store.ts";

/** Options of `make` and `layer`. */
export interface MemoryOptions {
  /**
   * The store's clock, epoch milliseconds. Default: the `Clock` of the calling fiber, so that a test clock drives it, made steady: it
   * goes on where the wall clock is set back, and follows one that is set far ahead when it has stayed there for some seconds.
   */
  readonly now?: (() => number) | undefined;
}

const noTime = new DriverError({
  driver: "memory",
  operation: "now",
  reason: "Misconfigured",
  detail: "now: told no time; allowed: a function that tells epoch milliseconds",
});

/** Throws `InvalidInput` for options that cannot work. */
const check = (options: LayerOptions, known: ReadonlyArray<string>): void => {
  const wrong = wrongOptions(options, known);
  if (wrong !== undefined) throw wrong;
  const { now, store } = options;
  demand(now === undefined || typeof now === "function", "now", now, "a function that tells epoch milliseconds");
  if (store !== undefined) demandParts("store", store, "beat", "claim", "complete", "peek", "control");
};

/**
 * A store that any number of nodes of this process may share.
 *
 * Cost of a beat: linear in the members and jobs of the service; of a claim: linear in its items.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Memory from "ringcron/memory";
 *
 * const store = Memory.make({ now: () => 5_000 });
 * const reply = await Effect.runPromise(store.peek({ _tag: "Peek", service: "billing", jobs: ["invoices"], history: true }));
 * console.log(reply.storeTime, reply.jobs.length); // 5000 0
 * ```
 */
export const make = (options: MemoryOptions = {}): Driver => whole(carrier(options));

const carrier = (options: MemoryOptions): Carrier => {
  const made = Engine.carrier(store(options));
  return options.now === undefined ? { ...made, at: clocksOf } : made;
};

/** The store alone, for those who test one of their own against it. Its texts are lost with the process. */
export const store = (options: MemoryOptions = {}): Store => {
  check(options, ["now"]);
  const services = new Map<string, reference.Service>();
  const operation = <Q, A>(
    nameOf: (request: Q) => string,
    apply: (service: reference.Service, request: Q, now: number) => A,
  ): (request: Q) => Effect.Effect<A, DriverError> => {
    const run = (request: Q, now: number): A => {
      const name = nameOf(request);
      const service = services.get(name) ?? reference.empty();
      const reply = apply(service, request, now);
      // Neither a look at a service that nobody uses nor its end may leave anything behind.
      if (reference.isEmpty(service)) services.delete(name);
      else services.set(name, service);
      return reply;
    };
    const { now } = options;
    return now === undefined
      ? (request) => Effect.clockWith((clock) => Effect.sync(() => run(request, Math.floor(clocksOf(clock).wall))))
      : (request) =>
        Effect.suspend(() => {
          const millis: unknown = now();
          return Number.isFinite(millis)
            ? Effect.succeed(run(request, Math.floor(millis as number)))
            : Effect.fail(noTime);
        });
  };
  const serviceOf = ({ service }: { readonly service: string }) => service;
  const listeners = new Map<string, Set<Hearing>>();
  const tell = ({ hint, items, service }: ExchangeRequest, { results }: ExchangeReply): void => {
    const isPut = items.some((item, index) => results[index]?._tag === "Changed" && reference.isChanging(item));
    if (hint === undefined || !isPut) return;
    for (const { heard } of [...listeners.get(service) ?? []]) {
      try {
        heard(hint);
      } catch {
        // The change is made, whoever listens.
      }
    }
  };
  const exchange = operation(serviceOf, reference.exchange);
  const look = <A>(name: string, at: (service: reference.Service) => A): Effect.Effect<A> =>
    Effect.sync(() => at(services.get(name) ?? reference.empty()));
  return {
    name: "memory",
    limits: { rows: 10_000, bytes: Number.MAX_SAFE_INTEGER },
    exchange: (request) => Effect.tap(exchange(request), (reply) => Effect.sync(() => tell(request, reply))),
    beat: operation(serviceOf, reference.beat),
    history: operation((service) => service, reference.history),
    keys: (service) => look(service, (it) => ({ keys: reference.keys(it), cursor: undefined })),
    shelved: (service, page) => look(service, (it) => reference.shelvedKeys(it, page)),
    destroy: (service) => Effect.sync(() => void services.delete(service)),
    hints: (service, hearing) =>
      Effect.callback<never>(() => {
        const here = listeners.get(service) ?? new Set();
        listeners.set(service, here.add(hearing));
        hearing.opened();
        return Effect.sync(() => {
          here.delete(hearing);
          if (here.size === 0) listeners.delete(service);
        });
      }),
  };
};

/** Options of `layer`. */
export interface LayerOptions extends MemoryOptions {
  /** A store made before, to share it between layers. Default: a new one for each call of `layer`. */
  readonly store?: Driver | undefined;
}

/**
 * Provides `Driver`. The store is made by this call, not when the layer is built: nodes that are given the same layer
 * value form one fleet, nodes with layers of two calls do not.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Driver } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const driver = Memory.layer();
 * console.log(await Effect.runPromise(Effect.provide(Effect.map(Driver.Driver, ({ name }) => name), driver))); // memory
 * ```
 */
export const layer = (options: LayerOptions = {}): Layer.Layer<Driver> => {
  check(options, ["now", "store"]);
  const { now, store } = options;
  return Layer.succeed(Driver, store ?? carrier({ now }));
};

/**
 * A layer that is configured from the environment, as the other drivers have one. This one has nothing to configure;
 * its store is shared by everything in the process that uses this value.
 *
 * @example
 * ```ts
 * import * as Layer from "effect/Layer";
 * import * as Memory from "ringcron/memory";
 *
 * console.log(Layer.isLayer(Memory.layerConfig)); // true
 * ```
 */
export const layerConfig: Layer.Layer<Driver> = layer();
