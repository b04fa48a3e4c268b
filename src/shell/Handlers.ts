/**
 * The handlers of a node: started when the machine says so, told to stop when it says so, reported when they are over.
 * A handler that throws, rejects or never ends hurts nobody but itself.
 */
import * as Cause from "effect/Cause";
import type * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";
import type { AbortReason, Config, RunEnd } from "../core/node/Machine.ts";
import * as Fire from "../core/words/Fire.ts";
import type { Run, RunKind } from "../core/words/Fire.ts";
import type { JobRun } from "./Job.ts";
import type { Handlers } from "./Node.ts";
import * as HostContext from "./hostContext.ts";
import * as Thrown from "./thrown.ts";

/** Handlers by job. */
export interface Registry extends Handlers {
  /** The handler of a job, and what its effects need. */
  readonly set: <R>(
    job: string,
    handler: (run: JobRun) => Effect.Effect<unknown, unknown, R>,
    context: Context.Context<R>,
  ) => void;
  readonly delete: (job: string) => void;
  readonly has: (job: string) => boolean;
}

/**
 * A run as its handler sees it. The signal is made when it is first asked for: most handlers never do, and with thousands
 * of runs due at one instant it would delay the last of them.
 */
class HandlerRun implements JobRun {
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

  /** Runs the handler's effect, and tells how it ended, unless the effect did. */
  begin(work: Effect.Effect<void>, failed: (cause: Cause.Cause<unknown>) => void): void {
    try {
      this.#fiber = Effect.runFork(work);
      this.#fiber.addObserver((exit) => {
        if (exit._tag === "Failure") failed(exit.cause);
      });
    } catch (error) {
      // What a handler answers with need not be an effect, and one that is made to deceive breaks the fiber.
      failed(Cause.die(error));
    }
  }

  abort(reason: AbortReason): void {
    const [name, message] = reasons[reason];
    this.#controller ??= new AbortController();
    this.#controller.abort(new DOMException(message, name));
    this.#fiber?.interruptUnsafe();
  }
}

const reasons: Record<AbortReason, readonly [name: string, message: string]> = {
  timeout: ["TimeoutError", "the run lasted longer than timeoutMs"],
  "lease-lost": ["AbortError", "the membership was lost, the run will be started again elsewhere"],
  stopping: ["AbortError", "the node stops"],
};

/** An empty registry. */
export const make = (config: Config): Registry => {
  const handlers = new Map<string, (run: JobRun) => Effect.Effect<unknown, unknown>>();
  /** In which async context each job was added: its handler runs there, and hears there that it is to stop. */
  const contexts = new Map<string, HostContext.Within>();
  const contextOf = (job: string): HostContext.Within => contexts.get(job) ?? HostContext.nobody;
  const active = new Map<string, HandlerRun>();
  const keyOf = (job: string, fence: number) => `${job} ${fence}`;

  return {
    set: (job, handler, context) => {
      contexts.set(job, HostContext.capture());
      handlers.set(job, (run) => {
        const work: unknown = handler(run);
        // Effect would write a text of whatever this is.
        if (!Effect.isEffect(work)) return Effect.die(new TypeError("the handler answered with no effect"));
        return Effect.provideContext(work as ReturnType<typeof handler>, context);
      });
    },
    delete: (job) => {
      contexts.delete(job);
      handlers.delete(job);
    },
    has: (job) => handlers.has(job),
    start: (run, startedAt, ended) => {
      const { fence, job } = run;
      const handler = handlers.get(job);
      const key = keyOf(job, fence);
      const told = new HandlerRun(config, run, startedAt);
      active.set(key, told);
      const end = (outcome: RunEnd["outcome"], error?: string, cause?: unknown): void => {
        if (active.get(key) !== told) return;
        active.delete(key);
        ended({ job, fence, outcome, error, cause });
      };
      const failed = (cause: Cause.Cause<unknown>): void => {
        const reasons = cause.reasons.flatMap((reason): ReadonlyArray<unknown> =>
          Cause.isFailReason(reason) ? [reason.error] : Cause.isDieReason(reason) ? [reason.defect] : []
        );
        if (reasons.length === 0) return end("cancelled", "the handler was interrupted");
        end("failed", Thrown.textOf(reasons), reasons.length === 1 ? reasons[0] : cause);
      };
      const work = handler === undefined
        ? Effect.die(new Error("the job is not declared here any more"))
        : Effect.suspend(() => handler(told));
      contextOf(job)(() =>
        told.begin(Effect.matchCause(work, { onSuccess: () => end("succeeded"), onFailure: failed }), failed)
      );
    },
    abort: (job, fence, reason) => {
      const told = active.get(keyOf(job, fence));
      if (told !== undefined) contextOf(job)(() => told.abort(reason));
    },
  };
};
