/**
 * What the tests of the state machine share.
 *
 * @module
 */
import type * as Machine from "../../../src/core/node/Machine.ts";
import type { ClaimItem } from "../../../src/core/words/Request.ts";
import { Bench, type BenchNode, epoch, type Fate, job, type Request } from "./bench.ts";

export const minute = 60_000;

/** An instant some minutes after the beginning, epoch milliseconds. */
export const due = (minutes: number): number => epoch + minutes * minute;

export const everyMinute: Machine.JobSpec = job("minutely", "* * * * *");

/** A bench with one node that is a member. */
export const alone = (
  rest: Partial<Machine.Config> = {},
  ...jobs: ReadonlyArray<Machine.JobSpec>
): { readonly bench: Bench; readonly node: BenchNode } => {
  const bench = new Bench();
  const node = bench.node("a", rest).join(...(jobs.length > 0 ? jobs : [everyMinute]));
  bench.until(1_000);
  return { bench, node };
};

/** Whether a request is to decide fires that run. */
export const isClaimOfRuns = (request: Request): boolean =>
  request._tag === "Claim" && request.items.some(({ runs }) => runs.length > 0);

/** The claims of runs that a node has sent, job by job. */
export const claims = (node: BenchNode): ReadonlyArray<{ readonly at: number; readonly item: ClaimItem }> =>
  node.sent.flatMap(({ at, request }) =>
    request._tag === "Claim" ? request.items.flatMap((item) => item.runs.length > 0 ? [{ at, item }] : []) : []
  );

/** The fires that were started, in minutes after the beginning. */
export const starts = (bench: Bench): ReadonlyArray<number> =>
  bench.started.map(({ run }) => (run.dueAt - epoch) / minute);

/** A fate for the first n requests that match. */
export const first = (
  n: number,
  matches: (request: Request) => boolean,
  fate: Fate,
): (request: Request) => Fate => {
  let left = n;
  return (request) => (matches(request) && left-- > 0 ? fate : undefined);
};

export const unavailable: Machine.Failure = { reason: "Unavailable", detail: "away", retryAfterMs: undefined };
