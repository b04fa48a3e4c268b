/**
 * What OpenTelemetry sees of a scheduler, by its own SDK: a scrape of Prometheus, and spans.
 */
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { context, createContextKey, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { commands, createTicker } from "ringcron/edge";
import * as Memory from "ringcron/memory";
import { instrument, type OtelOptions } from "ringcron/otel";
import { createCron, type JobOptions, type Scheduler } from "ringcron/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { instruments } from "../../src/shell/instruments.ts";
import { waitFor } from "../support/wait.ts";

const closers: Array<() => unknown> = [];
beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
  context.disable();
});

interface World {
  readonly cron: Scheduler;
  readonly spans: () => ReadonlyArray<ReadableSpan>;
  readonly provider: BasicTracerProvider;
  readonly scrape: () => Promise<string>;
  readonly end: () => void;
}

/** An SDK that sees one of both. */
const seen = async (it: Parameters<typeof instrument>[0], options: OtelOptions = {}): Promise<Omit<World, "cron">> => {
  const exported = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exported)] });
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meterProvider = new MeterProvider({ readers: [exporter] });
  const end = instrument(it, { meterProvider, tracerProvider: provider, ...options });
  const server = createServer((request, response) => exporter.getMetricsRequestHandler(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => server.close(), () => server.closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const scrape = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { spans: () => exported.getFinishedSpans(), provider, scrape, end };
};

const makeWorld = async (options: OtelOptions = {}, service = "otel"): Promise<World> => {
  const cron = await createCron({ service, nodeName: "web-1", driver: Memory.layer(), logLevel: "none" });
  closers.push(() => cron.stop({ drainMs: 0 }));
  return { cron, ...await seen(cron, options) };
};

const onlyWhenAsked = "0 0 29 2 *";

const runs = async (cron: Scheduler, job: string, handler: () => unknown, options: JobOptions = {}): Promise<void> => {
  await cron.add(job, onlyWhenAsked, handler, options);
  await (await cron.trigger(job))?.result().catch(() => {});
};

/** The lines of a metric that a scrape shows. */
const linesOf = (text: string, name: string): ReadonlyArray<string> =>
  text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

describe("a scrape of Prometheus", () => {
  it("has each instrument that has something to tell, with its unit and its attributes", async () => {
    const { cron, scrape } = await makeWorld();
    await cron.start();
    await runs(cron, "good", () => {});
    await runs(cron, "bad", () => Promise.reject(new Error("no paper")));
    let text = "";
    await waitFor(
      async () => {
        text = await scrape();
        return linesOf(text, "ringcron_runs_total").length === 2;
      },
      15_000,
      () => text,
    );
    const one = linesOf(text, "ringcron_runs_total").find((line) => line.includes('ringcron_job="good"'));
    expect(one).toMatch(/\bringcron_service="otel"/);
    expect(one).toMatch(/\bringcron_node="web-1"/);
    expect(one).toMatch(/\bringcron_outcome="succeeded".*\} 1\b/);
    expect(text).toMatch(/ringcron_runs_total\{[^}]*ringcron_job="bad"[^}]*ringcron_outcome="failed"[^}]*\} 1\b/);
    expect(text).toMatch(/ringcron_run_lateness_count\{[^}]*ringcron_job="good"[^}]*\} 1\b/);
    expect(text).toMatch(/ringcron_run_duration_bucket\{[^}]*le="3600"[^}]*\} 1\b/);
    expect(text).toMatch(/ringcron_store_requests_total\{[^}]*ringcron_operation="claim"[^}]*ringcron_result="ok"/);
    expect(text).toMatch(
      /ringcron_store_commands_total\{[^}]*ringcron_store="memory"[^}]*ringcron_operation="control"/,
    );
    expect(text).toMatch(/ringcron_store_duration_count\{[^}]*ringcron_operation="beat"/);
    expect(text).toMatch(/\nringcron_members\{[^}]*\} 1\b/);
    expect(text).toMatch(/\nringcron_jobs_owned\{[^}]*\} 2\b/);
    expect(text).toMatch(/\nringcron_jobs_overdue\{[^}]*\} 0\b/);
    expect(text).toMatch(/\nringcron_clock_offset\{/);
    for (const { description, name } of Object.values(instruments)) {
      // What has happened is there, the rest is not.
      if (/skipped|missed|takeovers/.test(name)) continue;
      expect(text).toContain(`# HELP ${name.replaceAll(".", "_")}`);
      expect(text).toContain(description);
    }
  });

  it("tells of runs together where job by job would be too much, and of nothing more once it is ended", async () => {
    const { cron, end, scrape } = await makeWorld({ perJob: false });
    await cron.start();
    await runs(cron, "a", () => {});
    await runs(cron, "b", () => {});
    const isCounted = async () => linesOf(await scrape(), "ringcron_runs_total").some((it) => / 2\b/.test(it));
    await waitFor(isCounted, 15_000, () => "two runs in one line");
    expect(await scrape()).not.toContain("ringcron_job=");
    end();
    await runs(cron, "c", () => {});
    expect(await isCounted()).toBe(true);
  });
});

describe("spans", () => {
  it("of a run are of a consumer, and active while the handler runs, before and after it waits", async () => {
    const { cron, provider, spans } = await makeWorld();
    const tracer = provider.getTracer("of the handler");
    await cron.start();
    await runs(cron, "nested", async () => {
      tracer.startSpan("before").end();
      await new Promise((resolve) => setTimeout(resolve, 5));
      const key = createContextKey("of the handler");
      const further = context.active().setValue(key, 1);
      expect([trace.getSpan(further), further.getValue(key)]).toEqual([trace.getSpan(context.active()), 1]);
      expect(trace.getSpan(trace.deleteSpan(further))).toBeUndefined();
      expect(trace.getSpan(trace.deleteSpan(context.active()))).toBeUndefined();
      expect(trace.getSpan(context.active().deleteValue(key))).toBe(trace.getSpan(context.active()));
      tracer.startSpan("after").end();
    });
    await waitFor(() => spans().length === 3, 15_000, () => `${spans().map(({ name }) => name)}`);
    const named = new Map(spans().map((span) => [span.name, span]));
    const run = named.get("run nested");
    expect(run?.kind).toBe(SpanKind.CONSUMER);
    expect(run?.parentSpanContext).toBeUndefined();
    for (const name of ["before", "after"]) {
      expect(named.get(name)?.parentSpanContext?.spanId, name).toBe(run?.spanContext().spanId);
    }
    expect(run?.attributes).toEqual({
      "ringcron.service": "otel",
      "ringcron.node": "web-1",
      "ringcron.job": "nested",
      "ringcron.run.id": expect.stringMatching(/^otel\/nested\/20/),
      "ringcron.run.due_at": expect.any(Number),
      "ringcron.run.attempt": 1,
      "ringcron.run.kind": "manual",
      "ringcron.run.fence": expect.any(Number),
      "ringcron.run.lateness": expect.any(Number),
      "ringcron.outcome": "succeeded",
    });
    expect(trace.getSpan(context.active())).toBeUndefined();
  });

  it("of a run that failed say why, without what looks like a secret", async () => {
    const { cron, spans } = await makeWorld();
    await cron.start();
    await runs(cron, "bad", () => Promise.reject(new Error("no way to redis://anna:hunter2@host, token=abcdef")));
    await waitFor(() => spans().length === 1, 15_000, () => "the span of the run");
    const [span] = spans();
    expect(span?.status.code).toBe(SpanStatusCode.ERROR);
    expect(span?.status.message).toContain("no way to redis://***@host");
    expect(span?.attributes).toMatchObject({ "ringcron.outcome": "failed", "error.type": "failed" });
    expect(JSON.stringify([span?.status, span?.attributes, span?.events])).not.toMatch(/hunter2|abcdef/);
  });

  it("of a run that is given back end with it", async () => {
    const { cron, spans } = await makeWorld();
    await cron.start();
    let isStarted = false;
    await cron.add("long", onlyWhenAsked, () => {
      isStarted = true;
      return new Promise(() => {});
    }, { delivery: "at-least-once" });
    await cron.trigger("long");
    await waitFor(() => isStarted, 15_000, () => "the start");
    await cron.stop({ drainMs: 0 });
    expect(spans().map(({ attributes }) => attributes["ringcron.outcome"])).toEqual(["given-back"]);
  });

  it("of requests to the store are there when they are asked for, and those of runs are not when they are not", async () => {
    const { cron, spans } = await makeWorld({ runSpans: false, storeSpans: true });
    await cron.start();
    await runs(cron, "any", () => {});
    await waitFor(() => spans().some(({ name }) => name === "memory complete"), 15_000, () => "a report");
    expect(new Set(spans().map(({ kind }) => kind))).toEqual(new Set([SpanKind.CLIENT]));
    expect(spans()[0]?.attributes).toMatchObject({ "ringcron.store": "memory", "ringcron.result": "ok" });
  });
});

it("sees a ticker: its runs, how they ended, and its requests", async () => {
  const ticker = await createTicker({ service: "ticked", nodeName: "edge", driver: Memory.layer(), eager: true });
  closers.push(ticker.close);
  const { end, provider, scrape, spans } = await seen(ticker, { storeSpans: false });
  const tracer = provider.getTracer("of the handler");
  const endless = () => new Promise<never>(() => {});
  await ticker.add("good", onlyWhenAsked, async () => {
    await Promise.resolve();
    tracer.startSpan("within").end();
  });
  await ticker.add("bad", onlyWhenAsked, () => Promise.reject(new Error("no way")));
  await ticker.add("long", onlyWhenAsked, endless, { timeoutMs: 20 });
  await ticker.add("once", onlyWhenAsked, endless);
  await ticker.add("again", onlyWhenAsked, endless, { delivery: "at-least-once" });
  await ticker.tick();
  for (const job of ["good", "bad", "long", "once", "again"]) await commands(ticker).trigger(job);
  const report = await ticker.tick({ maxMs: 1_500 });
  expect(report).toMatchObject({ started: 5, succeeded: 1 });
  await waitFor(() => spans().length === 6, 15_000, () => spans().map(({ name }) => name).join());
  const outcomes = spans().map(({ attributes, name }) => `${name}: ${attributes["ringcron.outcome"]}`).sort();
  expect(outcomes).toEqual([
    ...["run again: given-back", "run bad: failed", "run good: succeeded", "run long: timed-out"],
    ...["run once: cancelled", "within: undefined"],
  ]);
  const run = spans().find(({ name }) => name === "run good");
  expect(run?.attributes).toMatchObject({
    "ringcron.service": "ticked",
    "ringcron.node": "edge",
    "ringcron.job": "good",
  });
  expect(spans().find(({ name }) => name === "within")?.parentSpanContext?.spanId).toBe(run?.spanContext().spanId);
  const text = await scrape();
  const counted = linesOf(text, "ringcron_runs_total").map((line) =>
    `${/ringcron_job="([^"]+)"/.exec(line)?.[1]} ${/ringcron_outcome="([^"]+)"/.exec(line)?.[1]} ${
      line.split(" ").at(-1)
    }`
  );
  expect(counted.sort()).toEqual(["bad failed 1", "good succeeded 1", "long timed-out 1", "once cancelled 1"]);
  expect(linesOf(text, "ringcron_run_lateness_count").length).toBe(5);
  const operations = linesOf(text, "ringcron_store_requests_total").join();
  for (const operation of ["peek", "claim", "complete", "control"]) {
    expect(operations).toContain(`ringcron_operation="${operation}"`);
  }
  expect(linesOf(text, "ringcron_members")).toEqual([]);
  end();
  await commands(ticker).trigger("good");
  await ticker.tick();
  expect(spans().filter(({ name }) => name.startsWith("run ")).length).toBe(5);
});

it("refuses what it cannot work with", async () => {
  const { cron } = await makeWorld();
  const any = instrument as unknown as (...args: ReadonlyArray<unknown>) => unknown;
  for (
    const [args, field] of [
      [[undefined], "cron"],
      [[{}], "cron"],
      [[{ tick: () => {} }], "ticker"],
      [[cron, { spans: true }], "spans"],
      [[cron, { runSpans: 1 }], "runSpans"],
      [[cron, { meterProvider: {} }], "meterProvider"],
      [[cron, { tracerProvider: null }], "tracerProvider"],
    ] as const
  ) {
    expect(() => any(...args), String(field)).toThrow(expect.objectContaining({ _tag: "InvalidInput", field }));
  }
});
