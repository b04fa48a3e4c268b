/**
 * Metrics and traces by OpenTelemetry: what a scheduler counts and measures, and a span for each run.
 *
 * @module
 */
import {
  type Attributes,
  type BatchObservableCallback,
  type Context,
  context,
  type Histogram,
  type MeterProvider,
  metrics,
  type Observable,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
  type TracerProvider,
} from "@opentelemetry/api";
import { shownError } from "../src/core/node/retry.ts";
import type { Event } from "../src/core/words/Event.ts";
import type { Run } from "../src/core/words/Fire.ts";
import { demand, demandParts, wrongOptions } from "../src/core/words/InvalidInput.ts";
import type { StoreContact } from "../src/Driver.ts";
import { type InstrumentId, instruments } from "../src/shell/instruments.ts";
import { measuring, shown } from "../src/shell/measuring.ts";
import type { JobRun } from "../src/shell/Job.ts";
import type { Scheduler } from "../src/shell/promise.ts";
import type { Observer } from "../src/shell/Observer.ts";
import { spanOf } from "../src/shell/spanOf.ts";

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
  const take = (id: InstrumentId, value: number, attributes: Attributes): void => {
    const sums = counters.get(id);
    if (sums !== undefined) sums.set(attributes, (sums.get(attributes) ?? 0) + value);
    else histograms.get(id)?.record(value, attributes);
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

/** The spans of the runs of a scheduler. */
class RunSpans {
  readonly #open = new Map<string, Span>();

  readonly #tracer: Tracer;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  readonly around = (run: JobRun, work: () => void): void => {
    const span = this.#tracer.startSpan(`run ${run.job}`, {
      kind: SpanKind.CONSUMER,
      // What was active when the job was added has nothing to do with it.
      root: true,
      attributes: spanOf(run),
    });
    this.#open.set(keyOf(run), span);
    const active: Context = trace.setSpan(context.active(), span);
    context.with(active, work);
  };

  readonly #end = (run: Run, outcome: string, error?: string): void => {
    const key = keyOf(run);
    const span = this.#open.get(key);
    if (span === undefined) return;
    this.#open.delete(key);
    span.setAttribute("ringcron.outcome", outcome);
    if (outcome === "failed" || outcome === "timed-out") {
      span.setAttribute("error.type", outcome);
      span.setStatus({ code: SpanStatusCode.ERROR, ...(error === undefined ? {} : { message: shownError(error) }) });
    }
    span.end();
  };

  readonly event = (event: Event): void => {
    if (event._tag === "RunEnded") this.#end(event.run, event.outcome, event.error);
  };

  /** Of some of these an event tells in the same step how they ended. */
  readonly givenBack = (run: Run): void => queueMicrotask(() => this.#end(run, "given-back"));

  close(): void {
    for (const span of this.#open.values()) span.end();
    this.#open.clear();
  }
}

const keyOf = ({ fence, job, schedule = "" }: Pick<Run, "fence" | "job" | "schedule">): string =>
  // No job has a `~` in its name.
  `${fence} ${job}~${schedule}`;

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

const known = ["meterProvider", "tracerProvider", "perJob", "runSpans", "storeSpans"];

/**
 * Lets OpenTelemetry see a scheduler: counters, histograms and gauges, which docs/METRICS.md lists, and a span of the kind consumer for
 * each run, which is active while its handler runs, so that the spans and logs of the handler belong to it. The result ends that.
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
  cron: Pick<Scheduler, "health" | "observe" | "pool">,
  options?: OtelOptions,
): () => void => {
  demandParts("cron", cron, "health", "observe", "pool");
  for (const part of ["health", "observe"] as const) {
    demand(typeof cron[part] === "function", `cron.${part}`, cron[part], "a function");
  }
  demandParts("cron.pool", cron.pool, "service", "nodeName");
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

  const { nodeName, service } = cron.pool;
  const base = { "ringcron.service": service, "ringcron.node": nodeName };
  const { end: endMeters, take } = meters(
    meterProvider,
    base,
    () => shown(cron.health()),
  );
  const measured = measuring(base, perJob, take);
  const tracer = tracerProvider.getTracer(scope);
  const spans = new RunSpans(tracer);
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
  const end = cron.observe({ ...ofRuns, request });
  return () => {
    end();
    endMeters();
    spans.close();
  };
};
