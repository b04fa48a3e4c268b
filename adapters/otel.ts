/**
 * Metrics and traces by OpenTelemetry: what a scheduler counts and measures, and a span for each run.
 *
 * @module
 */
import {
  type Attributes,
  type BatchObservableCallback,
  type Histogram,
  type MeterProvider,
  metrics,
  type Observable,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
  type TracerProvider,
} from "@opentelemetry/api";
import { demand, demandParts, wrongOptions } from "../src/core/words/InvalidInput.ts";
import type { StoreContact } from "../src/Driver.ts";
import { type InstrumentId, instruments } from "../src/shell/instruments.ts";
import { measuring, shown } from "../src/shell/measuring.ts";
import type { Scheduler } from "../src/shell/promise.ts";
import type { Ticker } from "../src/shell/plainTicker.ts";
import type { Observer } from "../src/shell/Observer.ts";
import { observeTicker } from "../src/shell/tickerObserve.ts";
import { of as tickerOf } from "../src/shell/ticking.ts";
import { RunSpans } from "./otel/RunSpans.ts";

/** Options of `instrument`. */
export interface OtelOptions {
  /** Where meters come from. Default: the one that is registered globally; without one nothing is measured. */
  readonly meterProvider?: MeterProvider | undefined;
  /** Where tracers come from. Default: the one that is registered globally; without one there are no spans. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Whether what is told of runs and fires is told job by job. Default: yes; with thousands of jobs better not. */
  readonly perJob?: boolean | undefined;
  /** Whether each run is a span. Default: yes. */
  readonly runSpans?: boolean | undefined;
  /** Whether each request to the store is a span, of the kind client. Default: no. */
  readonly storeSpans?: boolean | undefined;
}

/** A scheduler of `createCron`, or a ticker of `createTicker`. */
export type Instrumented = Pick<Scheduler, "health" | "observe" | "pool"> | Ticker;

const scope = "ringcron";

/**
 * The instruments. Counters are added up here, as they take whoever adds to them one by one a microsecond each time, and told when
 * somebody asks, as gauges are.
 */
const meters = (provider: MeterProvider, base: Attributes, gauges: () => Iterable<readonly [InstrumentId, number]>) => {
  const meter = provider.getMeter(scope);
  const counters = new Map<InstrumentId, Map<Attributes, number>>();
  const histograms = new Map<InstrumentId, Histogram>();
  const asked = new Map<InstrumentId, Observable>();
  for (const [key, { boundaries, description, kind, name, unit }] of Object.entries(instruments)) {
    const id = key as InstrumentId;
    const options = { description, unit };
    if (kind === "counter") {
      counters.set(id, new Map());
      asked.set(id, meter.createObservableCounter(name, options));
    } else if (kind === "gauge") {
      asked.set(id, meter.createObservableGauge(name, options));
    } else {
      const advice = boundaries === undefined ? {} : { explicitBucketBoundaries: [...boundaries] };
      histograms.set(id, meter.createHistogram(name, { ...options, advice }));
    }
  }
  // In whatever context it is told, it belongs to nobody's; the SDK would look for one each time.
  const take = (id: InstrumentId, value: number, attributes: Attributes): void => {
    const sums = counters.get(id);
    if (sums !== undefined) sums.set(attributes, (sums.get(attributes) ?? 0) + value);
    else histograms.get(id)?.record(value, attributes, ROOT_CONTEXT);
  };
  const look: BatchObservableCallback = (result) => {
    const observe = (id: InstrumentId, value: number, attributes: Attributes): void => {
      const instrument = asked.get(id);
      if (instrument !== undefined) result.observe(instrument, value, attributes);
    };
    for (const [id, sums] of counters) {
      for (const [attributes, sum] of sums) observe(id, sum, attributes);
    }
    for (const [id, value] of gauges()) observe(id, value, base);
  };
  const observed = [...asked.values()];
  meter.addBatchObservableCallback(look, observed);
  return { take, end: (): void => meter.removeBatchObservableCallback(look, observed) };
};

const storeSpan = (tracer: Tracer, service: string, contact: StoreContact): void => {
  const { commands, operation, result, store, tripMs } = contact;
  const endTime = Date.now();
  const span = tracer.startSpan(`${store} ${operation}`, {
    kind: SpanKind.CLIENT,
    root: true,
    startTime: endTime - tripMs,
    attributes: {
      "ringcron.service": service,
      "ringcron.store": store,
      "ringcron.operation": operation,
      "ringcron.result": result,
      "ringcron.commands": commands,
    },
  });
  if (result !== "ok") {
    span.setAttribute("error.type", result);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end(endTime);
};

/** Who is seen, what its gauges show, and how it is observed; a ticker has no gauges. Throws `InvalidInput`. */
const seenOf = (cron: Instrumented) => {
  if (typeof cron === "object" && cron !== null && "tick" in cron) {
    const { nodeName, service } = tickerOf(cron);
    return { service, nodeName, gauges: () => [], observe: (it: Observer) => observeTicker(cron, it) };
  }
  demandParts("cron", cron, "health", "observe", "pool");
  for (const part of ["health", "observe"] as const) {
    demand(typeof cron[part] === "function", `cron.${part}`, cron[part], "a function");
  }
  const { pool } = cron;
  demandParts("cron.pool", pool, "service", "nodeName");
  const observe = (it: Observer) => cron.observe(it);
  return { service: pool.service, nodeName: pool.nodeName, gauges: () => shown(cron.health()), observe };
};

const known = ["meterProvider", "tracerProvider", "perJob", "runSpans", "storeSpans"];

/**
 * Lets OpenTelemetry see a scheduler, or a ticker: counters, histograms and gauges, which docs/METRICS.md lists, and a span of the kind consumer for
 * each run, which is active while its handler runs, so that the spans and logs of the handler belong to it. The result ends that.
 *
 * Of a ticker it sees runs and requests; the gauges and what only a node can tell are not there. What is exported from time to time is
 * to be flushed at the end of an invocation: `await meterProvider.forceFlush()`.
 *
 * Error texts in spans are cut, and what looks like a secret is left out. Cost: none for the store; see docs/METRICS.md for that of a
 * run. Throws `InvalidInput` if an option is wrong. For Effect there are `Metrics` of `ringcron`.
 *
 * @example
 * ```ts
 * import { createCron } from "ringcron/promise";
 * import * as Memory from "ringcron/memory";
 * import { instrument } from "ringcron/otel";
 *
 * const cron = await createCron({ service: "billing", driver: Memory.layer() });
 * const end = instrument(cron, { storeSpans: false });
 * await cron.start();
 * await cron.stop();
 * end();
 * ```
 */
export const instrument = (
  cron: Instrumented,
  options?: OtelOptions,
): () => void => {
  const { gauges, nodeName, observe, service } = seenOf(cron);
  const wrong = wrongOptions(options, known);
  if (wrong !== undefined) throw wrong;
  const { perJob = true, runSpans = true, storeSpans = false } = options ?? {};
  for (const [field, it] of Object.entries({ perJob, runSpans, storeSpans })) {
    demand(typeof it === "boolean", field, it, "true or false");
  }
  const { meterProvider = metrics.getMeterProvider(), tracerProvider = trace.getTracerProvider() } = options ?? {};
  for (
    const [field, it, part] of [
      ["meterProvider", meterProvider, "getMeter"],
      ["tracerProvider", tracerProvider, "getTracer"],
    ] as const
  ) {
    demandParts(field, it, part);
    const made = (it as unknown as Record<string, unknown>)[part];
    demand(typeof made === "function", `${field}.${part}`, typeof made, "a function");
  }

  const base = { "ringcron.service": service, "ringcron.node": nodeName };
  const { end: endMeters, take } = meters(meterProvider, base, gauges);
  const measured = measuring(base, perJob, take);
  const tracer = tracerProvider.getTracer(scope);
  const spans = new RunSpans(service, tracer);
  const { around, event, givenBack } = spans;
  const ofRuns: Observer = !runSpans ? { event: measured.event } : {
    around,
    givenBack,
    event: (it) => {
      measured.event(it);
      event(it);
    },
  };
  const request = (contact: StoreContact): void => {
    measured.request(contact);
    if (storeSpans) storeSpan(tracer, service, contact);
  };
  const end = observe({ ...ofRuns, request });
  return () => {
    end();
    endMeters();
    spans.close();
  };
};
