/**
 * What is to run: the next fires of all jobs of a service, by arithmetic on their schedules.
 */
import * as Jitter from "../core/schedule/jitter.ts";
import * as NextFire from "../core/schedule/NextFire.ts";
import * as Fire from "../core/words/Fire.ts";
import type { JobInfo } from "./JobInfo.ts";

/** Which fires are wanted. */
export interface NextFiresOptions {
  /** Those after this instant, epoch milliseconds. Default: now, by the store's clock. */
  readonly from?: number | undefined;
  /** Those up to and including this instant, epoch milliseconds. Default: however far. */
  readonly to?: number | undefined;
  /** How many at most, 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
}

/** A fire that is to come. */
export interface ComingFire {
  /** The job's name. */
  readonly job: string;
  /** When it is due, epoch milliseconds. */
  readonly dueAt: number;
  /** When it starts: when it is due, or later by what `jitterMs` gives, epoch milliseconds. */
  readonly startsAt: number;
  /** The identity of the fire, the same as the `id` its handler will get. */
  readonly id: string;
  /** The name of the node that will try it first, as the fleet is now. */
  readonly owner: string | undefined;
}

/** The fires that are to come, and of whom nobody can say. */
export interface ComingFires {
  /** By instant, then by job. */
  readonly fires: ReadonlyArray<ComingFire>;
  /** Jobs that are declared, or that ticks run, and whose schedule nobody has told yet, sorted. */
  readonly unknown: ReadonlyArray<string>;
}

const inOrder = (a: ComingFire, b: ComingFire): number => a.dueAt - b.dueAt || (a.job < b.job ? -1 : 1);

/** Those of jobs that run: declared or run by ticks, and neither paused nor finished. Cost: a fire of each job, and those that are told. */
export const nextFires = (
  service: string,
  found: ReadonlyArray<JobInfo>,
  now: number,
  { from = now, limit = 100, to = Infinity }: NextFiresOptions,
): ComingFires => {
  let fires: Array<ComingFire> = [];
  const unknown: Array<string> = [];
  let last = to;
  const cut = (): void => {
    fires = fires.sort(inOrder).slice(0, limit);
    last = fires.length < limit ? to : fires[limit - 1]?.dueAt ?? to;
  };
  for (const { expression, isFinished, name, owner, policies, state } of found) {
    if ((state !== "open" && state !== "new") || isFinished) continue;
    if (expression === undefined) {
      unknown.push(name);
      continue;
    }
    const jitter = Jitter.of(service, name, policies?.jitterMs);
    let count = 0;
    for (const dueAt of NextFire.between(expression, from, last)) {
      const startsAt = Jitter.startOf(expression, jitter, dueAt);
      fires.push({ job: name, dueAt, startsAt, id: Fire.id(service, name, dueAt), owner });
      if (++count === limit) break;
    }
    if (fires.length > 2 * limit) cut();
  }
  cut();
  return { fires, unknown };
};
