/**
 * What a scheduler measures, as `Metric`s of Effect: the same names, units and attributes as with OpenTelemetry.
 */
import type * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Metric from "effect/Metric";
import * as Result from "effect/Result";
import { demand, wrongOptions } from "../core/words/InvalidInput.ts";
import { Cron } from "./Cron.ts";
import {
  type AttributeName,
  type Instrument,
  type InstrumentId,
  type InstrumentKind,
  instruments,
} from "./instruments.ts";
import { type Attributes, measuring, shown } from "./measuring.ts";
import { whole } from "./ranges.ts";
import { observe, Ticker } from "./Ticker.ts";
import { of as tickerOf } from "./ticking.ts";

export { instruments };
export type { AttributeName, Instrument, InstrumentId, InstrumentKind };

/** Options of `tickerLayer`. */
export interface TickerMetricsOptions {
  /** Whether what is told of runs and fires is told job by job. Default: yes; with thousands of jobs better not. */
  readonly perJob?: boolean | undefined;
}

/** Options of `layer`. */
export interface MetricsOptions extends TickerMetricsOptions {
  /** How often the gauges are set, 1,000 to 3,600,000 milliseconds. Default 15,000. */
  readonly refreshMs?: number | undefined;
}

type Made = Metric.Metric<number, unknown>;

const make = ({ boundaries = [], description, kind, name, unit }: Instrument): Made => {
  const attributes = { unit };
  switch (kind) {
    case "counter":
      return Metric.counter(name, { description, attributes, incremental: true });
    case "gauge":
      return Metric.gauge(name, { description, attributes });
    case "histogram":
      return Metric.histogram(name, { description, attributes, boundaries: [...boundaries, Infinity] });
  }
};

/** Metrics by their attributes, which are the same object each time that they are the same. */
const updating = (
  context: Context.Context<never>,
): (id: InstrumentId, value: number, attributes: Attributes) => void => {
  const bare = new Map<InstrumentId, Made>();
  const made = new Map<InstrumentId, WeakMap<Attributes, Made>>();
  for (const [id, instrument] of Object.entries(instruments)) {
    bare.set(id as InstrumentId, make(instrument));
    made.set(id as InstrumentId, new WeakMap());
  }
  return (id, value, attributes) => {
    const known = made.get(id) as WeakMap<Attributes, Made>;
    let metric = known.get(attributes);
    if (metric === undefined) {
      metric = Metric.withAttributes(bare.get(id) as Made, attributes as Record<string, string>);
      known.set(attributes, metric);
    }
    metric.updateUnsafe(value, context);
  };
};

const perJobOf = (options: TickerMetricsOptions | undefined, known: ReadonlyArray<string>): boolean => {
  const wrong = wrongOptions(options, known);
  if (wrong !== undefined) throw wrong;
  const { perJob = true } = options ?? {};
  demand(typeof perJob === "boolean", "perJob", perJob, "true or false");
  return perJob;
};

/**
 * Lets a `Cron` count and measure what it does, in the registry of metrics of the fiber that builds the layer, until it is released.
 * `instruments` and docs/METRICS.md say what. Cost: some microseconds a run; none for the store.
 *
 * The spans of runs need nothing of this: where a `Tracer` is provided when a job is added, each of its runs is one.
 *
 * Dies with `InvalidInput` if an option is wrong.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Layer from "effect/Layer";
 * import * as Metric from "effect/Metric";
 * import { Cron, Metrics } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const program = Effect.gen(function* () {
 *   yield* (yield* Cron.Cron).start;
 *   const names = (yield* Metric.snapshot).map(({ id }) => id);
 *   console.log(names.includes("ringcron.store.requests")); // true
 * });
 * const cron = Layer.provide(Cron.layer({ service: "billing" }), Memory.layer());
 * await Effect.runPromise(Effect.provide(program, Layer.provideMerge(Metrics.layer(), cron)));
 * ```
 */
export const layer = (options?: MetricsOptions): Layer.Layer<never, never, Cron> => {
  const perJob = perJobOf(options, ["perJob", "refreshMs"]);
  const { refreshMs = 15_000 } = options ?? {};
  Result.getOrThrow(whole("refreshMs", refreshMs, 1_000, 3_600_000));
  return Layer.effectDiscard(Effect.gen(function* () {
    const cron = yield* Cron;
    const update = updating(yield* Effect.context<never>());
    const base = { "ringcron.service": cron.pool.service, "ringcron.node": cron.pool.nodeName };
    yield* cron.observe(measuring(base, perJob, update));
    const refresh = Effect.map(cron.health, (health) => {
      for (const [id, value] of shown(health)) update(id, value, base);
    });
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(refresh, Effect.sleep(refreshMs))));
  }));
};

/**
 * The same for a `Ticker`: runs, how late and how long they are, and requests to the store. Gauges are a node's. Dies with
 * `InvalidInput` if an option is wrong.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Layer from "effect/Layer";
 * import * as Metric from "effect/Metric";
 * import { Metrics, Ticker } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const program = Effect.gen(function* () {
 *   yield* (yield* Ticker.Ticker).tick();
 *   const names = (yield* Metric.snapshot).map(({ id }) => id);
 *   console.log(names.includes("ringcron.store.requests")); // true
 * });
 * const ticker = Layer.provide(Ticker.layer({ service: "billing" }), Memory.layer());
 * await Effect.runPromise(Effect.provide(program, Layer.provideMerge(Metrics.tickerLayer(), ticker)));
 * ```
 */
export const tickerLayer = (options?: TickerMetricsOptions): Layer.Layer<never, never, Ticker> => {
  const perJob = perJobOf(options, ["perJob"]);
  return Layer.effectDiscard(Effect.gen(function* () {
    const ticker = yield* Ticker;
    const update = updating(yield* Effect.context<never>());
    const { nodeName, service } = tickerOf(ticker);
    const base = { "ringcron.service": service, "ringcron.node": nodeName };
    yield* observe(ticker, measuring(base, perJob, update));
  }));
};
