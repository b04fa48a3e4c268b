/**
 * The spans of the runs of a scheduler. What can be made once for a job is, as a run is to cost less than 5 µs.
 */
import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import { shownError } from "../../src/core/node/retry.ts";
import type { Event } from "../../src/core/words/Event.ts";
import type { Run } from "../../src/core/words/Fire.ts";
import { nameOf } from "../../src/core/words/Schedules.ts";
import type { JobRun } from "../../src/shell/Job.ts";
import { spanBase, spanOfRun } from "../../src/shell/spanOf.ts";
import { Further, keyOfSpans } from "./spanContext.ts";

/** What the spans of a job have in common. */
interface Common {
  readonly name: string;
  readonly options: SpanOptions;
}

/** The spans of a job that have not ended; mostly there is one. */
interface Open {
  readonly fence: number;
  readonly span: Span;
}

/** As many names of jobs are remembered; they may go on for ever. */
const most = 10_000;

/** Where a span of its own begins: nothing that was active when the job was added has to do with it. */
const withoutSpan = (active: Context): Context =>
  trace.getSpan(active) === undefined ? active : trace.deleteSpan(active);

/** A job, or a schedule in the store. */
const keyOf = ({ job, schedule }: Pick<Run, "job" | "schedule">): string =>
  schedule === undefined ? job : nameOf(job, schedule);

export class RunSpans {
  readonly #commons = new Map<string, Common>();
  readonly #open = new Map<string, Array<Open>>();
  readonly #service: string;
  readonly #tracer: Tracer;
  readonly #spanKey = keyOfSpans();

  constructor(service: string, tracer: Tracer) {
    this.#service = service;
    this.#tracer = tracer;
  }

  /** A sampler is told what is the same for every run of a job; what is not is worked out of those that are recorded. */
  #commonOf(run: JobRun): Common {
    const found = this.#commons.get(run.job);
    if (found !== undefined) return found;
    if (this.#commons.size >= most) this.#commons.clear();
    const attributes: Attributes = spanBase(this.#service, run);
    const made = { name: `run ${run.job}`, options: { kind: SpanKind.CONSUMER, attributes } };
    this.#commons.set(run.job, made);
    return made;
  }

  readonly around = (run: JobRun, work: () => void): void => {
    const { name, options } = this.#commonOf(run);
    const parent = withoutSpan(context.active());
    const span = this.#tracer.startSpan(name, options, parent);
    if (span.isRecording()) span.setAttributes(spanOfRun(run));
    const key = keyOf(run);
    const open = this.#open.get(key);
    const { fence } = run;
    if (open === undefined) this.#open.set(key, [{ fence, span }]);
    else open.push({ fence, span });
    context.with(new Further(parent, this.#spanKey, span), work);
  };

  readonly #end = (run: Run, outcome: string, error?: string): void => {
    const key = keyOf(run);
    const open = this.#open.get(key);
    const found = open?.find(({ fence }) => fence === run.fence);
    if (open === undefined || found === undefined) return;
    if (open.length === 1) open.pop();
    else open.splice(open.indexOf(found), 1);
    // Jobs keep their place for the next run; schedules are too many for that.
    if (open.length === 0 && (run.schedule !== undefined || this.#open.size > most)) this.#open.delete(key);
    const { span } = found;
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

  /** Ends those that are open. */
  close(): void {
    for (const open of this.#open.values()) for (const { span } of open) span.end();
    this.#open.clear();
  }
}
