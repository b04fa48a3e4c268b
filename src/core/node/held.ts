/**
 * The runs that were handed to this node, by job, and when each starts or has had its time.
 */
import * as Agenda from "./Agenda.ts";
import type { Draft, Reading } from "./Draft.ts";
import type { LocalRun, LocalRuns, RunId } from "./State.ts";

const none: ReadonlyArray<LocalRun> = [];

const areSome = (runs: ReadonlyArray<LocalRun>): runs is LocalRuns => runs.length > 0;

/** The runs of a job here. */
export const runsOf = (draft: Reading, job: string): ReadonlyArray<LocalRun> => draft.runs.get(job) ?? none;

/** A run, if it is here. */
export const findRun = (draft: Reading, { fence, job }: RunId): LocalRun | undefined =>
  draft.runs.get(job)?.find((local) => local.run.fence === fence);

/** All runs here. */
export const allRuns = (draft: Reading): ReadonlyArray<LocalRun> => [...draft.runs.values()].flat();

const plan = (draft: Draft<"runs">, local: LocalRun): void => {
  if (local.phase === "pending") draft.starts = Agenda.add(draft.starts, local.startsAt, local.run, draft.edit);
  else if (local.timesOutAt < Infinity) {
    draft.limits = Agenda.add(draft.limits, local.timesOutAt, local.run, draft.edit);
  }
};

/** Writes a run. */
export const setRun = (draft: Draft<"runs">, local: LocalRun): void => {
  const { fence, job } = local.run;
  const known = runsOf(draft, job);
  const index = known.findIndex(({ run }) => run.fence === fence);
  if (index < 0) draft.runCount += 1;
  const runs = index < 0 ? [...known, local] : known.with(index, local);
  if (areSome(runs)) draft.runs = draft.runs.set(runs, draft.edit);
  plan(draft, local);
  if (!Agenda.isOvergrown(draft.starts, draft.runCount) && !Agenda.isOvergrown(draft.limits, draft.runCount)) return;
  draft.starts = Agenda.empty;
  draft.limits = Agenda.empty;
  for (const other of allRuns(draft)) plan(draft, other);
};

/** Forgets a run. */
export const deleteRun = (draft: Draft<"runs">, local: LocalRun): void => {
  const { fence, job } = local.run;
  const known = runsOf(draft, job);
  const left = known.filter(({ run }) => run.fence !== fence);
  if (left.length === known.length) return;
  draft.runCount -= 1;
  draft.runs = areSome(left) ? draft.runs.set(left, draft.edit) : draft.runs.delete(job, draft.edit);
};

const isMeant = (local: LocalRun | undefined, isPending: boolean, at: number): local is LocalRun =>
  local !== undefined && (local.phase === "pending") === isPending &&
  (isPending ? local.startsAt : local.timesOutAt) === at;

/** When the next run starts, fleet time. */
export const nextStart = (draft: Draft<"runs">): number => {
  draft.starts = Agenda.settled(draft.starts, (at, id) => isMeant(findRun(draft, id), true, at));
  return draft.starts.first?.at ?? Infinity;
};

/** When the time of the next run is up, monotonic. */
export const nextLimit = (draft: Draft<"runs">): number => {
  draft.limits = Agenda.settled(draft.limits, (at, id) => isMeant(findRun(draft, id), false, at));
  return draft.limits.first?.at ?? Infinity;
};

/** Takes the runs that are to start now, one after the other, as long as one may. */
export function* takeStarts(draft: Draft<"runs">, may: (draft: Reading) => boolean): Iterable<LocalRun> {
  for (
    let { first } = draft.starts;
    first !== undefined && first.at <= draft.now && may(draft);
    { first } = draft.starts
  ) {
    draft.starts = Agenda.rest(draft.starts);
    const local = findRun(draft, first.what);
    if (isMeant(local, true, first.at)) yield local;
  }
}

/** Takes the runs whose time is up, one after the other. */
export function* takeLimits(draft: Draft<"runs">): Iterable<LocalRun> {
  for (let { first } = draft.limits; first !== undefined && first.at <= draft.at.mono; { first } = draft.limits) {
    draft.limits = Agenda.rest(draft.limits);
    const local = findRun(draft, first.what);
    if (isMeant(local, false, first.at)) yield local;
  }
}
