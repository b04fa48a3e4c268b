/**
 * Counts independently of the fleet: what is due follows from the schedules by arithmetic, what was started from what
 * the handlers said. Nothing the nodes say about decisions is believed; it only explains what is missing.
 *
 * @module
 */
import { CronExpression, NextFire } from "ringcron/core";
import type { Dropped, News, Started } from "./news.ts";
import { type DemoJob, graceMs } from "./scenario.ts";

/** A fire that did not start, and why. */
export interface Missing {
  readonly job: string;
  readonly dueAt: number;
  readonly reason: string;
}

/** The result of counting. `due` is the sum of `once`, `again`, `twice`, `lost` and `skipped`. */
export interface Totals {
  readonly due: number;
  readonly once: number;
  /** Fires of at-least-once jobs that were started anew after their node had died. */
  readonly again: number;
  /** Fires that were started twice for no good reason. */
  readonly twice: number;
  readonly lost: ReadonlyArray<Missing>;
  /** Fires that a policy of the job left out. */
  readonly skipped: ReadonlyArray<Missing>;
  /** Lateness of the fires that nobody had to take over, ascending. Milliseconds. */
  readonly onTime: ReadonlyArray<number>;
  /** Lateness of those that were taken over, ascending. Milliseconds. */
  readonly takenOver: ReadonlyArray<number>;
}

/** Who counts. */
export interface Observer {
  readonly note: (news: News) => void;
  /** From here on every job has found its owner. */
  readonly noteUp: () => void;
  /** From here on the node is known to be dead. */
  readonly noteDeath: (node: string) => void;
  /** The totals over the fires due after `after` and up to `upTo`. */
  readonly totals: (after: number, upTo: number) => Totals;
}

/** Whether a run starts later than its owner would be waited for. */
export const isLate = ({ dueAt, kind, startedAt }: Started): boolean => kind === "late" || startedAt - dueAt >= graceMs;

/** Whether somebody stepped in: the run is late, or the one before was on the node that is dead. */
export const isTakeOver = (previous: Started | undefined, run: Started, dead: string | undefined): boolean =>
  isLate(run) || (dead !== undefined && previous?.node === dead && run.node !== dead);

const ascending = (numbers: ReadonlyArray<number>): ReadonlyArray<number> => [...numbers].sort((x, y) => x - y);

/** An observer of these jobs. */
export const createObserver = (jobs: ReadonlyArray<DemoJob>): Observer => {
  const starts = new Map<string, Array<Started>>();
  const takeOvers = new Set<Started>();
  const latest = new Map<string, Started>();
  const dropped: Array<Dropped> = [];
  let dead: string | undefined;

  const noteStart = (run: Started): void => {
    const key = `${run.job} ${run.dueAt}`;
    starts.set(key, [...starts.get(key) ?? [], run]);
    if (run.kind === "rerun") return;
    if (isTakeOver(latest.get(run.job), run, dead)) takeOvers.add(run);
    latest.set(run.job, run);
  };

  /** A further start is in order only where the job asks for it and the node of the one before is dead. */
  const isProperRerun = (job: DemoJob, run: Started, all: ReadonlyArray<Started>): boolean => {
    if (job.options?.delivery !== "at-least-once") return false;
    const before = all.filter(({ attempt }) => attempt < run.attempt);
    const isFirstOfAttempt = all.find(({ attempt }) => attempt === run.attempt) === run;
    return before.length > 0 && before.every(({ node }) => node === dead) && isFirstOfAttempt;
  };

  const reasonFor = (job: string, dueAt: number): Dropped | undefined =>
    dropped.find((it) => it.job === job && it.firstDueAt <= dueAt && dueAt <= it.lastDueAt);

  const totals: Observer["totals"] = (after, upTo) => {
    let [due, once, again, twice] = [0, 0, 0, 0];
    const lost: Array<Missing> = [];
    const skipped: Array<Missing> = [];
    const first: Array<Started> = [];
    for (const job of jobs) {
      const expression = CronExpression.parseUnsafe(job.schedule);
      for (const dueAt of NextFire.between(expression, after, upTo)) {
        due += 1;
        const all = starts.get(`${job.name} ${dueAt}`) ?? [];
        const [run] = all;
        if (run !== undefined) {
          const reruns = all.filter((it) => isProperRerun(job, it, all)).length;
          if (all.length - reruns > 1) twice += 1;
          else if (reruns > 0) again += 1;
          else once += 1;
          first.push(run);
          continue;
        }
        const told = reasonFor(job.name, dueAt);
        const missing = { job: job.name, dueAt, reason: told?.reason ?? "no living node knows why" };
        if (told === undefined || told.reason === "lost with its node") lost.push(missing);
        else skipped.push(missing);
      }
    }
    const lateness = (runs: ReadonlyArray<Started>) => ascending(runs.map(({ dueAt, startedAt }) => startedAt - dueAt));
    return {
      due,
      once,
      again,
      twice,
      lost,
      skipped,
      onTime: lateness(first.filter((run) => !takeOvers.has(run))),
      takenOver: lateness(first.filter((run) => takeOvers.has(run))),
    };
  };

  return {
    note(news) {
      if (news._tag === "Started") noteStart(news);
      else if (news._tag === "Dropped") dropped.push(news);
    },
    noteUp: () => latest.clear(),
    noteDeath: (node) => void (dead = node),
    totals,
  };
};
