/**
 * The handlers of a node: started when the machine says so, told to stop when it says so, reported when they are over.
 * A handler that throws, rejects or never ends hurts nobody but itself.
 */
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";
import type { AbortReason, Config } from "../core/Machine.ts";
import * as Fire from "../Fire.ts";
import type { Run, RunKind } from "../Fire.ts";
import type { JobRun } from "../Job.ts";
import type { Handlers } from "./Node.ts";

/** A handler that needs nothing more. */
export type Handler = (run: JobRun) => Effect.Effect<unknown, unknown>;

/** Handlers by job. */
export interface Registry extends Handlers {
  readonly set: (job: string, handler: Handler) => void;
  readonly delete: (job: string) => void;
  readonly has: (job: string) => boolean;
}

/**
 * A run as its handler sees it. The signal is made when it is first asked for: most handlers never do, and with thousands
 * of runs due at one instant it would delay the last of them.
 */
class ActiveRun implements JobRun {
  readonly job: string;
  readonly dueAt: number;
  readonly startedAt: number;
  readonly attempt: number;
  readonly kind: RunKind;
  readonly node: string;
  readonly fence: number;
  readonly id: string;
  #fiber: Fiber.Fiber<void> | undefined;
  #controller: AbortController | undefined;

  constructor(config: Config, { attempt, dueAt, fence, job, kind }: Run, startedAt: number) {
    this.job = job;
    this.dueAt = dueAt;
    this.startedAt = startedAt;
    this.attempt = attempt;
    this.kind = kind;
    this.node = config.nodeName;
    this.fence = fence;
    this.id = Fire.id(config.service, job, dueAt);
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** Runs the handler's effect. */
  begin(work: Effect.Effect<void>): void {
    this.#fiber = Effect.runFork(work);
  }

  abort(reason: AbortReason): void {
    const [name, message] = reasons[reason];
    this.#controller ??= new AbortController();
    this.#controller.abort(new DOMException(message, name));
    this.#fiber?.interruptUnsafe();
  }
}

/** Error texts are for people; what a handler fails with can be of any size. */
const maxErrorLength = 1_000;

const reasons: Record<AbortReason, readonly [name: string, message: string]> = {
  timeout: ["TimeoutError", "the run lasted longer than timeoutMs"],
  "lease-lost": ["AbortError", "the membership was lost, the run will be started again elsewhere"],
  stopping: ["AbortError", "the node stops"],
};

/** An empty registry. */
export const make = (config: Config): Registry => {
  const handlers = new Map<string, Handler>();
  const active = new Map<string, ActiveRun>();
  const keyOf = (job: string, fence: number) => `${job} ${fence}`;

  return {
    set: (job, handler) => handlers.set(job, handler),
    delete: (job) => handlers.delete(job),
    has: (job) => handlers.has(job),
    start: (run, startedAt, ended) => {
      const { fence, job } = run;
      const handler = handlers.get(job);
      const key = keyOf(job, fence);
      const told = new ActiveRun(config, run, startedAt);
      active.set(key, told);
      const work = handler === undefined
        ? Effect.die(new Error("the job is not declared here any more"))
        : Effect.suspend(() => handler(told));
      told.begin(Effect.matchCause(work, {
        onSuccess: () => {
          active.delete(key);
          ended({ job, fence, outcome: "succeeded", error: undefined });
        },
        onFailure: (cause) => {
          active.delete(key);
          const outcome = Cause.hasInterruptsOnly(cause) ? "cancelled" : "failed";
          const text = Cause.pretty(cause);
          ended({
            job,
            fence,
            outcome,
            error: text.length > maxErrorLength ? `${text.slice(0, maxErrorLength)}…` : text,
          });
        },
      }));
    },
    abort: (job, fence, reason) => {
      active.get(keyOf(job, fence))?.abort(reason);
    },
  };
};
