/**
 * What the tests of the state machine share.
 *
 * @module
 */
import type * as Machine from "../../../src/core/node/Machine.ts";
import type { Claim } from "../../../src/core/words/Request.ts";
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

/** A bench with two nodes that know one another, and which of them owns the job `minutely`. */
export const pair = (
  spec: Machine.JobSpec,
): { readonly bench: Bench; readonly owner: BenchNode; readonly other: BenchNode } => {
  const bench = new Bench();
  const nodes = ["a", "b"].map((name) => bench.node(name).join(spec));
  bench.until(20_000);
  const isOwner = (node: BenchNode) => node.state.jobs.get("minutely")?.role._tag === "Owner";
  const [owner, other] = [nodes.find(isOwner), nodes.find((node) => !isOwner(node))] as [BenchNode, BenchNode];
  return { bench, owner, other };
};

/** What a node is to a job. */
export const roleOf = (node: BenchNode, name: string): Machine.JobEntry["role"]["_tag"] | undefined =>
  node.state.jobs.get(name)?.role._tag;

/** Whether a request is to decide fires that run. */
export const isClaimOfRuns = (request: Request): boolean =>
  request._tag === "Claim" && request.items.some((item) => item._tag === "Claim" && item.runs.length > 0);

/** The claims of runs that a node has sent, job by job. */
export const claims = (node: BenchNode): ReadonlyArray<{ readonly at: number; readonly item: Claim }> =>
  node.sent.flatMap(({ at, request }) =>
    request._tag === "Claim"
      ? request.items.flatMap((item) => item._tag === "Claim" && item.runs.length > 0 ? [{ at, item }] : [])
      : []
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
