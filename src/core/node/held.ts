/**
 * The runs that were handed to this node, by job, and when each starts or has had its time.
 */
import * as Agenda from "./Agenda.ts";
import type { Draft } from "./Draft.ts";
import type { LocalRun, RunId } from "./State.ts";

const idOf = ({ run: { fence, job } }: LocalRun): RunId => ({ job, fence });

/** The runs of a job here. */
export const runsOf = (draft: Draft, job: string): ReadonlyArray<LocalRun> => draft.runs.get(job) ?? [];

/** A run, if it is here. */
export const findRun = (draft: Draft, { fence, job }: RunId): LocalRun | undefined =>
  draft.runs.get(job)?.find((local) => local.run.fence === fence);

/** All runs here. */
export const allRuns = (draft: Draft): ReadonlyArray<LocalRun> => [...draft.runs.values()].flat();

const plan = (draft: Draft, local: LocalRun): void => {
  if (local.phase === "pending") draft.starts = Agenda.add(draft.starts, local.startsAt, idOf(local));
  else if (local.timesOutAt < Infinity) draft.limits = Agenda.add(draft.limits, local.timesOutAt, idOf(local));
};

/** Writes a run. */
export const setRun = (draft: Draft, local: LocalRun): void => {
  const { fence, job } = local.run;
  const known = runsOf(draft, job);
  const index = known.findIndex(({ run }) => run.fence === fence);
  if (index < 0) draft.runCount += 1;
  draft.runs = draft.runs.set(job, index < 0 ? [...known, local] : known.with(index, local), draft.edit);
  plan(draft, local);
  if (!Agenda.isOvergrown(draft.starts, draft.runCount) && !Agenda.isOvergrown(draft.limits, draft.runCount)) return;
  draft.starts = Agenda.empty;
  draft.limits = Agenda.empty;
  for (const other of allRuns(draft)) plan(draft, other);
};

/** Forgets a run. */
export const deleteRun = (draft: Draft, local: LocalRun): void => {
  const { fence, job } = local.run;
  const left = runsOf(draft, job).filter(({ run }) => run.fence !== fence);
  if (left.length === runsOf(draft, job).length) return;
  draft.runCount -= 1;
  draft.runs = left.length === 0 ? draft.runs.delete(job, draft.edit) : draft.runs.set(job, left, draft.edit);
};

const isMeant = (local: LocalRun | undefined, isPending: boolean, at: number): boolean =>
  local !== undefined && (local.phase === "pending") === isPending &&
  (isPending ? local.startsAt : local.timesOutAt) === at;

/** When the next run starts, fleet time. */
export const nextStart = (draft: Draft): number => {
  draft.starts = Agenda.settled(draft.starts, (at, id) => isMeant(findRun(draft, id), true, at));
  return draft.starts.first?.at ?? Infinity;
};

/** When the time of the next run is up, monotonic. */
export const nextLimit = (draft: Draft): number => {
  draft.limits = Agenda.settled(draft.limits, (at, id) => isMeant(findRun(draft, id), false, at));
  return draft.limits.first?.at ?? Infinity;
};

const takeFirst = (draft: Draft, agenda: "starts" | "limits"): LocalRun | undefined => {
  const { first } = draft[agenda];
  draft[agenda] = Agenda.rest(draft[agenda]);
  return first === undefined ? undefined : findRun(draft, first.what);
};

/** Takes the next run that is to start now. */
export const takeStart = (draft: Draft): LocalRun | undefined =>
  nextStart(draft) > draft.now ? undefined : takeFirst(draft, "starts");

/** Takes the next run whose time is up. */
export const takeLimit = (draft: Draft): LocalRun | undefined =>
  nextLimit(draft) > draft.at.mono ? undefined : takeFirst(draft, "limits");
