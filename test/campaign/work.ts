/**
 * What a worker of a campaign does: a few seeds of the simulation, or one mutant.
 *
 * @module
 */
import { isMainThread, parentPort } from "node:worker_threads";
import { Simulation } from "ringcron/testing";
import { named } from "../mutants/all.ts";
import { build } from "../mutants/build.ts";
import { type Catch, hunt } from "../mutants/hunt.ts";

/** In how many of a thousand seeds members declare in pieces. */
export const tight = 100;

/** Something to do. Plain data, as it goes to a thread. */
export type Task =
  | {
    readonly _tag: "Seeds";
    readonly from: number;
    readonly count: number;
    readonly isLossy: boolean;
    readonly ticks: number;
    readonly schedules: number;
  }
  | { readonly _tag: "Mutant"; readonly name: string; readonly from: number; readonly limit: number };

/** What came of it. */
export interface Tally {
  readonly starts: number;
  readonly decided: number;
  readonly counters: ReadonlyMap<string, number>;
  readonly failed: ReadonlyArray<number>;
  readonly caught: Catch | undefined;
}

const seeds = ({ count, from, isLossy, schedules, ticks }: Extract<Task, { _tag: "Seeds" }>): Tally => {
  const counters = new Map<string, number>();
  const failed: Array<number> = [];
  let starts = 0;
  let decided = 0;
  for (let seed = from; seed < from + count; seed++) {
    const report = Simulation.run({ seed, isLossy, schedules, ticks, tight });
    const { history } = report;
    starts += history.starts.length + (history.schedules?.starts.length ?? 0);
    decided += report.decided;
    Simulation.merge(counters, history.counters);
    const scheduled = [...history.schedules?.counters ?? []];
    Simulation.merge(counters, new Map(scheduled.map(([what, many]) => [`of schedules: ${what}`, many])));
    if (report.violations.length > 0) failed.push(seed);
  }
  return { starts, decided, counters, failed, caught: undefined };
};

/** Does it. */
export const work = async (task: Task): Promise<Tally> => {
  if (task._tag === "Seeds") return seeds(task);
  const mutant = named(task.name);
  const caught = hunt(await build(mutant), mutant, task.from, task.limit);
  return { starts: 0, decided: 0, counters: new Map(), failed: [], caught };
};

if (!isMainThread) parentPort?.on("message", async (task: Task) => parentPort?.postMessage(await work(task)));
