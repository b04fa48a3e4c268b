/**
 * What OpenTelemetry sees of a scheduler, by its own SDK: a scrape of Prometheus, and spans.
 */
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
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

const makeWorld = async (options: OtelOptions = {}, service = "otel"): Promise<World> => {
  const cron = await createCron({ service, nodeName: "web-1", driver: Memory.layer(), logLevel: "none" });
  const exported = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exported)] });
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meterProvider = new MeterProvider({ readers: [exporter] });
  const end = instrument(cron, { meterProvider, tracerProvider: provider, ...options });
  const server = createServer((request, response) => exporter.getMetricsRequestHandler(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => cron.stop({ drainMs: 0 }), () => server.close(), () => server.closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const scrape = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { cron, spans: () => exported.getFinishedSpans(), provider, scrape, end };
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

it("refuses what it cannot work with", async () => {
  const { cron } = await makeWorld();
  const any = instrument as unknown as (...args: ReadonlyArray<unknown>) => unknown;
  for (
    const [args, field] of [
      [[undefined], "cron"],
      [[{}], "cron"],
      [[cron, { spans: true }], "spans"],
      [[cron, { runSpans: 1 }], "runSpans"],
      [[cron, { meterProvider: {} }], "meterProvider"],
      [[cron, { tracerProvider: null }], "tracerProvider"],
    ] as const
  ) {
    expect(() => any(...args), String(field)).toThrow(expect.objectContaining({ _tag: "InvalidInput", field }));
  }
});
