/**
 * What it costs to measure a run, with the SDK of OpenTelemetry: microseconds a run, more than without, the best of some rounds; and
 * what of it the SDK takes for the same span and the same two histograms, called by hand without anything of ours.
 *
 * @module
 */
import { context, SpanKind, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { AlwaysOffSampler, BasicTracerProvider, type Sampler, type SpanProcessor } from "@opentelemetry/sdk-trace-base";
import { instrument, type OtelOptions } from "../../adapters/otel.ts";
import type { Run } from "../../src/core/words/Fire.ts";
import * as Handlers from "../../src/shell/Handlers.ts";
import { PlainHandler } from "../../src/shell/plainHandler.ts";
import { Observers } from "../../src/shell/Observer.ts";
import { table } from "../support/table.ts";
import { told } from "../support/targets.ts";

const config = { service: "bench", nodeName: "node" };
const rounds = 9;
const count = 20_000;

/** Runs of 100 jobs, one after the other, as a node starts them and tells of them. */
const round = (observers: Observers): number => {
  const handlers = Handlers.make(config, observers);
  for (let n = 0; n < 100; n++) handlers.set(`job-${n}`, new PlainHandler(() => {}));
  const dueAt = Date.UTC(2026, 0, 1);
  const started = performance.now();
  for (let n = 0; n < count; n++) {
    const run: Run = { job: `job-${n % 100}`, dueAt, attempt: 1, kind: "due", fence: dueAt + n };
    handlers.start(run, dueAt + 3, () => {});
    if (observers.isEmpty) continue;
    observers.event({ _tag: "RunStarted", run, latenessMs: 3, at: dueAt });
    const ended = { outcome: "succeeded", startedAt: dueAt + 3, endedAt: dueAt + 8, error: undefined } as const;
    observers.event({ _tag: "RunEnded", run, ...ended, cause: undefined, at: dueAt });
  }
  return (performance.now() - started) * 1_000 / count;
};

/** Runs that are measured by the same span and the same two histograms, by the SDK alone. */
const bareRound = (
  { meterProvider, tracerProvider }: Required<Pick<OtelOptions, "meterProvider" | "tracerProvider">>,
): () => number => {
  const [tracer, meter] = [tracerProvider?.getTracer("bare"), meterProvider?.getMeter("bare")];
  const lateness = meter?.createHistogram("bare.lateness", { unit: "s" });
  const duration = meter?.createHistogram("bare.duration", { unit: "s" });
  const jobs = Array.from({ length: 100 }, (_, n) => {
    const common = { "ringcron.service": "bench", "ringcron.node": "node", "ringcron.job": `job-${n}` };
    const options = { kind: SpanKind.CONSUMER, attributes: common };
    return { name: `run job-${n}`, options, ended: { ...common, "ringcron.outcome": "succeeded" } };
  });
  const work = () => {};
  const dueAt = Date.UTC(2026, 0, 1);
  return () => {
    const started = performance.now();
    for (let n = 0; n < count; n++) {
      const { ended, name, options } = jobs[n % 100] as typeof jobs[number];
      const parent = context.active();
      const span = tracer?.startSpan(name, options, parent);
      if (span === undefined) throw new Error("the SDK makes no spans");
      span.setAttributes({
        "ringcron.run.id": `bench/job-${n % 100}/${dueAt}`,
        "ringcron.run.due_at": dueAt,
        "ringcron.run.attempt": 1,
        "ringcron.run.kind": "due",
        "ringcron.run.fence": dueAt + n,
        "ringcron.run.lateness": 0.003,
      });
      context.with(trace.setSpan(parent, span), work);
      lateness?.record(0.003, options.attributes);
      duration?.record(0.005, ended);
      span.setAttribute("ringcron.outcome", "succeeded");
      span.end();
    }
    return (performance.now() - started) * 1_000 / count;
  };
};

/** `beside`: what is measured in turns with it, so that both have the same machine. */
const measure = (options: OtelOptions | undefined, beside: () => void = () => {}): number => {
  const observers = new Observers();
  const cron = {
    health: () => ({}),
    observe: observers.add.bind(observers),
    pool: { service: "bench", nodeName: "node" },
  };
  const end = options === undefined
    ? () => {}
    : instrument(cron as unknown as Parameters<typeof instrument>[0], options);
  const times = Array.from({ length: rounds }, () => {
    beside();
    return round(observers);
  });
  end();
  return Math.min(...times);
};

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const ignoring: SpanProcessor = {
  onStart: () => {},
  onEnd: () => {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};
const tracers = (sampler?: Sampler) =>
  new BasicTracerProvider({ spanProcessors: [ignoring], ...(sampler === undefined ? {} : { sampler }) });
const reader = new PeriodicExportingMetricReader({
  exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
  exportIntervalMillis: 3_600_000,
});
const meterProvider = new MeterProvider({ readers: [reader] });
measure({ meterProvider, tracerProvider: tracers() });
const off = measure(undefined);
const rows = ([
  ["metrics", { meterProvider, runSpans: false }],
  ["metrics, not job by job", { meterProvider, runSpans: false, perJob: false }],
  ["metrics, and spans that are not sampled", { meterProvider, tracerProvider: tracers(new AlwaysOffSampler()) }],
  ["OpenTelemetry without an SDK", {}],
  ["spans alone", { tracerProvider: tracers() }],
] as const).map(([name, options]) => [name, (measure(options) - off).toFixed(2)]);
let sdk = Infinity;
const bare = bareRound({ meterProvider, tracerProvider: tracers() });
const most = measure({ meterProvider, tracerProvider: tracers() }, () => {
  sdk = Math.min(sdk, bare());
}) - off;
console.log(
  table([["a run", "µs more"], ["nobody measures", "0.00"], ...rows, ["metrics and spans", most.toFixed(2)]]),
);
console.log(`without: ${off.toFixed(2)} µs for the start and the end of a handler`);
console.log(
  `metrics and spans: ${most.toFixed(2)} µs; the SDK alone: ${sdk.toFixed(2)} µs; ours: ${(most - sdk).toFixed(2)} µs`,
);
told([
  ["metrics and spans below 5 µs a run", `${most.toFixed(2)} µs`, most < 5],
  ["what is ours of it below 2 µs", `${(most - sdk).toFixed(2)} µs`, most - sdk < 2],
]);
await meterProvider.shutdown();
