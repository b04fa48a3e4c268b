/**
 * The handlers of a node: started when the machine says so, told to stop when it says so, reported when they are over.
 * A handler that throws, rejects or never ends hurts nobody but itself.
 */
import * as Cause from "effect/Cause";
import type * as Fiber from "effect/Fiber";
import type { AbortReason, Config, RunEnd } from "../core/node/Machine.ts";
import * as Fire from "../core/words/Fire.ts";
import type { Run, RunKind } from "../core/words/Fire.ts";
import * as Schedules from "../core/words/Schedules.ts";
import { startsAt } from "../core/words/start.ts";
import type { JobRun } from "./Job.ts";
import type { Handlers } from "./Node.ts";
import { Observers } from "./Observer.ts";
import * as HostContext from "./hostContext.ts";
import { whole } from "./ranges.ts";
import { redacted, type RedactError } from "./redactor.ts";
import { named } from "./named.ts";
import { parsed, type PayloadOf } from "./payloadCodec.ts";
import { returnedOf } from "./json.ts";
import * as Thrown from "./thrown.ts";

/** Handlers by job. */
export interface Registry extends Handlers {
  /** The handler of a job, or of schedules. */
  readonly set: (job: string, handler: Handler) => void;
  readonly delete: (job: string) => void;
  readonly has: (job: string) => boolean;
}

/** The longest that a run may ask to go on for. Milliseconds. */
const mostExtendedMs = 86_400_000;

/**
 * A run as its handler sees it. The signal is made when it is first asked for: most handlers never do, and with thousands
 * of runs due at one instant it would delay the last of them.
 */
export class HandlerRun implements JobRun {
  readonly job: string;
  readonly schedule: string | undefined;
  readonly dueAt: number;
  readonly startsAt: number;
  readonly startedAt: number;
  readonly attempt: number;
  readonly previousError: string | undefined;
  readonly kind: RunKind;
  readonly node: string;
  readonly fence: number;
  readonly id: string;
  readonly version: number | undefined;
  readonly #payload: string | undefined;
  readonly #extend: ((ms: number) => Promise<boolean>) | undefined;
  /** Nothing more is to be done for it. */
  isOver = false;
  #checked: { readonly value: unknown } | undefined;
  #controller: AbortController | undefined;

  constructor(
    config: Pick<Config, "service" | "nodeName">,
    run: Run,
    startedAt: number,
    extend: ((ms: number) => Promise<boolean>) | undefined,
  ) {
    const { attempt, dueAt, fence, job, kind, payload, previousError, version } = run;
    const parts = Schedules.partsOf(job);
    this.job = parts === undefined ? job : parts.handler;
    this.schedule = parts?.id;
    this.dueAt = dueAt;
    this.startsAt = startsAt(run);
    this.startedAt = startedAt;
    this.attempt = attempt;
    this.previousError = previousError;
    this.kind = kind;
    this.node = config.nodeName;
    this.fence = fence;
    this.id = Fire.id(config.service, job, dueAt);
    this.version = version;
    this.#payload = payload;
    this.#extend = extend;
  }

  get payload(): unknown {
    if (this.#checked !== undefined) return this.#checked.value;
    return this.#payload === undefined ? undefined : parsed(this.#payload);
  }

  /** The payload is what a check has made of it. */
  take(value: unknown): void {
    this.#checked = { value };
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  async extend(ms: number): Promise<boolean> {
    const wanted = whole("ms", ms, 1, mostExtendedMs);
    if (wanted._tag === "Failure") throw wanted.failure;
    if (this.isOver) return false;
    // The membership of a node is renewed for as long as it has runs.
    return this.#extend === undefined || await this.#extend(ms);
  }

  abort(reason: AbortReason): void {
    this.isOver = true;
    const [name, message] = reasons[reason];
    this.#controller ??= new AbortController();
    this.#controller.abort(new DOMException(message, name));
  }
}

const reasons: Record<AbortReason, readonly [name: string, message: string]> = {
  timeout: ["TimeoutError", "the run lasted longer than timeoutMs"],
  "lease-lost": ["AbortError", "the membership was lost, the run will be started again elsewhere"],
  stopping: ["AbortError", "the node stops"],
  cancelled: ["AbortError", "the run was cancelled"],
};

/** Whom a handler's work tells how it ended: one of both, once. */
export interface Waiting {
  readonly done: (value: unknown) => void;
  readonly failed: (cause: Cause.Cause<unknown>) => void;
}

/** Sets the handler of a job to work on a run. A fiber that does it is to be interrupted when the run is told to stop. */
export type Work = (run: HandlerRun, waiting: Waiting) => Fiber.Fiber<void> | undefined;

const undeclared: Work = (_, { failed }) => {
  failed(Cause.die(new Error("the job is not declared here any more")));
  return undefined;
};

/** A handler, and the async context in which its job was added: it runs there, and hears there that it is to stop. */
export interface Handler {
  readonly work: Work;
  within<A>(run: () => A): A;
}

const ofNobody: Handler = { work: undeclared, within: HostContext.nobody };

/** One that was asked for with a payload is not started without. */
const withoutPayload: Handler = {
  work: (_, { failed }) => {
    failed(Cause.die(new Error("what it was triggered with is gone from the store")));
    return undefined;
  },
  within: HostContext.nobody,
};

/** A handler at work. */
interface Active {
  readonly run: HandlerRun;
  readonly given: Run;
  readonly handler: Handler;
  fiber: Fiber.Fiber<void> | undefined;
}

/** A handler that is called with what is made of a stored payload; the very one where it is what it is to be called with. */
export type Decode = (handler: Handler, text: string, of: PayloadOf) => Handler;

const asItIs: Decode = (handler) => handler;

/** What a node or a ticker may be told about its handlers. */
interface Options {
  readonly redactError?: RedactError | undefined;
  readonly decode?: Decode;
}

/** An empty registry. */
export const make = (
  config: Pick<Config, "service" | "nodeName">,
  observers: Observers = new Observers(),
  { decode = asItIs, redactError }: Options = {},
): Registry => {
  const handlers = new Map<string, Handler>();
  // By job, and mostly there is one: a key made of job and fence would be a text for each run, which takes as long as half of a start.
  const active = new Map<string, ReadonlyArray<Active>>();

  return {
    set: (job, handler) => {
      handlers.set(job, handler);
    },
    delete: (job) => {
      handlers.delete(job);
    },
    has: (job) => handlers.has(job),
    start: (run, startedAt, ended, extend) => {
      const { fence, job } = run;
      const parts = Schedules.partsOf(job);
      const name = parts === undefined ? job : Schedules.handlerName(parts.handler);
      const found = run.payload === "" ? withoutPayload : handlers.get(name) ?? ofNobody;
      const handler = run.payload === undefined || run.payload === ""
        ? found
        : decode(found, run.payload, { service: config.service, job: parts?.handler ?? job, schedule: parts?.id });
      const here: Active = {
        run: new HandlerRun(config, run, startedAt, extend),
        given: run,
        handler,
        fiber: undefined,
      };
      active.set(job, [...active.get(job) ?? [], here]);
      const end = (
        outcome: RunEnd["outcome"],
        error?: string,
        cause?: unknown,
        more?: Pick<RunEnd, "isFinal" | "returned">,
      ): void => {
        const all = active.get(job);
        if (!all?.includes(here)) return;
        if (all.length > 1) active.set(job, all.filter((it) => it !== here));
        else active.delete(job);
        here.run.isOver = true;
        const told = { job, fence, outcome, error, cause };
        ended(more === undefined ? told : { ...told, ...more });
      };
      const done = run.resultSlot === undefined
        ? (): void => end("succeeded")
        : (value: unknown): void => end("succeeded", undefined, undefined, { returned: returnedOf(value) });
      const failed = (cause: Cause.Cause<unknown>): void => {
        const reasons = cause.reasons.flatMap((reason): ReadonlyArray<unknown> =>
          Cause.isFailReason(reason) ? [reason.error] : Cause.isDieReason(reason) ? [reason.defect] : []
        );
        if (reasons.length === 0) return end("cancelled", "the handler was interrupted");
        const isFinal = reasons.some((reason) => Thrown.tagOf(reason) === "NonRetryable");
        end(
          "failed",
          redacted(redactError, Thrown.textOf(reasons)),
          reasons.length === 1 ? reasons[0] : cause,
          isFinal ? { isFinal } : undefined,
        );
      };
      const work = () => handler.work(here.run, { done, failed });
      here.fiber = handler.within(observers.isEmpty ? work : () => observers.around(here.run, work));
    },
    abort: (job, fence, reason) => {
      const here = active.get(job)?.find(({ given }) => given.fence === fence);
      if (here !== undefined && (reason === "lease-lost" || reason === "stopping")) {
        observers.givenBack(named(here.given));
      }
      here?.handler.within(() => {
        here.run.abort(reason);
        here.fiber?.interruptUnsafe();
      });
    },
  };
};
