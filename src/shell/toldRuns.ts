/**
 * Handlers of a ticker, whose runs are told to whoever measures it as those of a node are: when one starts, and how it ended.
 */
import type { AbortReason, JobSpec } from "../core/node/Machine.ts";
import type { Outcome, Run } from "../core/words/Fire.ts";
import { startsAt } from "../core/words/start.ts";
import { named } from "./named.ts";
import type { Handlers } from "./Node.ts";
import type { Observers } from "./Observer.ts";

/** What became of a run that was told to stop; undefined: it starts again elsewhere, and has not ended. */
const outcomeOf = (reason: AbortReason, spec: JobSpec | undefined): Outcome | undefined => {
  if (reason === "timeout") return "timed-out";
  return reason === "cancelled" || spec?.policies.delivery === "at-most-once" ? "cancelled" : undefined;
};

/** The same handlers. `mono` is a clock that never steps. */
export const toldRuns = (
  handlers: Handlers,
  observers: Observers,
  specs: ReadonlyMap<string, JobSpec>,
  mono: () => number,
): Handlers => {
  const open = new Map<string, (outcome: Outcome, error?: string, cause?: unknown) => void>();
  const keyOf = (job: string, fence: number): string => `${fence} ${job}`;
  const begin = (given: Run, startedAt: number): void => {
    const began = mono();
    const key = keyOf(given.job, given.fence);
    const run = named(given);
    observers.event({ _tag: "RunStarted", run, latenessMs: startedAt - startsAt(run), at: startedAt });
    open.set(key, (outcome, error, cause) => {
      open.delete(key);
      const at = Math.floor(startedAt + mono() - began);
      observers.event({ _tag: "RunEnded", run, outcome, startedAt, endedAt: at, error, cause, at });
    });
  };
  return {
    start: (run, startedAt, ended, extend) => {
      begin(run, startedAt);
      const told: typeof ended = (end) => {
        open.get(keyOf(run.job, run.fence))?.(end.outcome, end.error, end.cause);
        ended(end);
      };
      handlers.start(run, startedAt, told, extend);
    },
    abort: (job, fence, reason) => {
      const key = keyOf(job, fence);
      const outcome = outcomeOf(reason, specs.get(job));
      if (outcome === undefined) open.delete(key);
      else open.get(key)?.(outcome);
      handlers.abort(job, fence, reason);
    },
  };
};
