/**
 * What a worker of a campaign does: a few seeds of the simulation, or one mutation.
 *
 * @module
 */
import { isMainThread, parentPort } from "node:worker_threads";
import { Simulation } from "ringcron/testing";

/** Something to do. Plain data, as it goes to a thread. */
export type Task =
  | { readonly _tag: "Seeds"; readonly from: number; readonly count: number; readonly isLossy: boolean }
  | { readonly _tag: "Mutation"; readonly index: number; readonly from: number; readonly limit: number };

/** What came of it. */
export interface Tally {
  readonly starts: number;
  readonly decided: number;
  readonly counters: ReadonlyMap<string, number>;
  readonly failed: ReadonlyArray<number>;
  readonly caught: Simulation.Catch | undefined;
}

const seeds = ({ count, from, isLossy }: Extract<Task, { _tag: "Seeds" }>): Tally => {
  const counters = new Map<string, number>();
  const failed: Array<number> = [];
  let starts = 0;
  let decided = 0;
  for (let seed = from; seed < from + count; seed++) {
    const report = Simulation.run({ seed, isLossy });
    starts += report.history.starts.length;
    decided += report.decided;
    Simulation.merge(counters, report.history.counters);
    if (report.violations.length > 0) failed.push(seed);
  }
  return { starts, decided, counters, failed, caught: undefined };
};

/** Does it. */
export const work = (task: Task): Tally => {
  if (task._tag === "Seeds") return seeds(task);
  const mutation = Simulation.mutations[task.index] as Simulation.Mutation;
  const caught = Simulation.notice(mutation, task.from, task.limit);
  return { starts: 0, decided: 0, counters: new Map(), failed: [], caught };
};

if (!isMainThread) parentPort?.on("message", (task: Task) => parentPort?.postMessage(work(task)));
