/**
 * The jobs of a node, and its agenda of them: each change of a job is written together with what is planned for it, so that
 * a step looks at what is due and at nothing else.
 */
import * as Agenda from "./Agenda.ts";
import { isPresent } from "./backlog.ts";
import { actsAsOwner, type Draft, lookahead, type Reading } from "./Draft.ts";
import { isDeclared } from "./role.ts";
import { noteNext } from "./shelfTimes.ts";
import { nextStart } from "./standing.ts";
import type { JobEntry } from "./State.ts";
import { plannedDue, plannedLook } from "./times.ts";

/** How far ahead looks are planned: the first of these that is far enough. Milliseconds. */
const leads = [200, 400, 800, 1_500];

/** A job that is being made: no state has it yet. */
type Fresh = { -readonly [K in keyof JobEntry]: JobEntry[K] };

/** What may change of a job, but for what is planned of it. */
type Change = Partial<Omit<JobEntry, "times">>;

/** A job with some parts changed. Field by field: what a spread makes keeps most fields in an object beside it. */
const changed = (entry: JobEntry, change: Change): Fresh => ({
  spec: change.spec ?? entry.spec,
  ordinal: change.ordinal ?? entry.ordinal,
  role: change.role ?? entry.role,
  definition: change.definition ?? entry.definition,
  standing: change.standing ?? entry.standing,
  wish: change.wish ?? entry.wish,
  requests: change.requests ?? entry.requests,
  handed: change.handed ?? entry.handed,
  times: entry.times,
});

const nothing: Change = {};

const write = (draft: Draft<"jobs">, entry: Fresh, lookAt: number, dueAt: number): void => {
  const { spec: { name }, times: { dueAt: dueBefore, lookAt: lookBefore } } = entry;
  if (draft.times.lookAt !== lookAt || draft.times.dueAt !== dueAt) draft.times = { lookAt, dueAt };
  entry.times = draft.times;
  draft.jobs = draft.jobs.set(entry, draft.edit);
  if (lookAt < Infinity && lookBefore !== lookAt) {
    draft.looks = Agenda.add(draft.looks, lookAt, name, draft.edit);
    if (Agenda.isOvergrown(draft.looks, draft.jobs.size)) {
      draft.looks = Agenda.ofAll(draft.jobs, (it) => it.times.lookAt);
    }
  }
  if (dueAt < Infinity && dueBefore !== dueAt) {
    draft.dues = Agenda.add(draft.dues, dueAt, name, draft.edit);
    if (Agenda.isOvergrown(draft.dues, draft.jobs.size)) draft.dues = Agenda.ofAll(draft.jobs, (it) => it.times.dueAt);
  }
};

/** Writes a job with what has changed of it, and when to look at it; what was written. */
export const setJob = (draft: Draft<"jobs">, entry: JobEntry, change: Change = nothing): JobEntry => {
  const fresh = changed(entry, change);
  write(draft, fresh, plannedLook(draft, fresh), plannedDue(draft, fresh));
  return fresh;
};

/** Plans anew when to look at a job, as something else has changed that it depends on. */
export const planAnew = (draft: Draft<"jobs">, name: string): void => {
  const entry = draft.jobs.get(name);
  if (entry !== undefined) setJob(draft, entry);
};

/** Forgets a job. */
export const deleteJob = (draft: Draft<"jobs">, name: string): void => {
  draft.jobs = draft.jobs.delete(name, draft.edit);
  const { loaded } = draft.shelving;
  if (loaded.size > 0 && loaded.has(name)) {
    draft.shelving = { ...draft.shelving, loaded: loaded.delete(name, draft.edit) };
  }
};

/** Changes a job if it is declared here. */
export const updateJob = (draft: Draft<"jobs">, name: string, change: (entry: JobEntry) => Change): void => {
  const entry = draft.jobs.get(name);
  if (entry !== undefined) setJob(draft, entry, change(entry));
};

/** Whether a schedule is to stay although nothing of it is under way: it is due soon, as far as that is this node's business. */
const isDueHere = (draft: Reading, entry: JobEntry): boolean => {
  const { role, spec, standing: { condition, startsAt }, wish } = entry;
  if (startsAt === undefined || condition !== "open") return false;
  if (role._tag === "Owner") {
    const shelf = draft.shelving.shelves.get(spec.shelf ?? "");
    return shelf !== undefined && (startsAt <= shelf.keep || isPresent(draft, shelf, startsAt));
  }
  return actsAsOwner(draft, entry) || (wish.isOverdue && startsAt <= draft.now);
};

/** Whether something of a schedule is under way here, or its record wants something of this node. */
const isUnderWay = ({ handed, requests, standing, wish }: JobEntry): boolean =>
  requests.flight !== undefined || requests.isUnanswered || requests.copies.length > 0 || handed.active > 0 ||
  handed.checkAt < Infinity || wish.sync || wish.isQueued || standing.retry !== undefined ||
  standing.lateAt !== undefined;

/** Lets go of a schedule that is over here; whoever owns its shelf finds it again in time. */
const dropIfOver = (draft: Draft<"jobs">, entry: JobEntry): void => {
  if (isUnderWay(entry) || isDueHere(draft, entry)) return;
  const { spec: { name, shelf = "" }, standing: { condition, startsAt = Infinity } } = entry;
  deleteJob(draft, name);
  if (condition === "open") noteNext(draft, shelf, startsAt);
};

/** Lets go of all schedules that are over here. Cost: linear in those that are among the jobs. */
export const sweep = (draft: Draft<"jobs">): void => {
  for (const name of [...draft.shelving.loaded.keys()]) forgetIfOver(draft, name);
};

/** A withdrawn job is forgotten once nothing of it is under way, and a schedule once besides nothing of it is due soon. */
export const forgetIfOver = (draft: Draft<"jobs">, name: string): void => {
  const entry = draft.jobs.get(name);
  if (entry === undefined) return;
  if (isDeclared(entry.role)) {
    if (entry.spec.shelf !== undefined) dropIfOver(draft, entry);
    return;
  }
  if (entry.requests.flight !== undefined || entry.handed.active > 0) return;
  if (entry.requests.copies.length === 0 && entry.handed.checkAt === Infinity) deleteJob(draft, name);
};

/** When the next look is planned, fleet time. */
export const nextLook = (draft: Draft<"jobs">): number => {
  draft.looks = Agenda.settled(draft.looks, (at, job) => draft.jobs.get(job)?.times.lookAt === at);
  return draft.looks.first?.at ?? Infinity;
};

/** Takes so many jobs to look at now. Nothing is planned for them any more: each must be written again in this step. */
export const takeLooks = (draft: Draft<"jobs">, most: number): Iterable<JobEntry> => {
  // A job may be noted twice for one instant.
  const taken = new Set<JobEntry>();
  while (taken.size < most && nextLook(draft) <= draft.now) {
    const { first } = draft.looks;
    draft.looks = Agenda.rest(draft.looks);
    const entry = first === undefined ? undefined : draft.jobs.get(first.what);
    if (entry !== undefined) taken.add(entry);
  }
  return taken;
};

/** Looks at a job later, fleet time. */
export const lookLater = (draft: Draft<"jobs">, entry: JobEntry, at: number): void =>
  write(draft, changed(entry, nothing), at, entry.times.dueAt);

/** Plans further ahead, because the store is slower than it was. */
export const keepLead = (draft: Draft<"jobs">): void => {
  const wanted = lookahead(draft);
  if (wanted <= draft.leadMs) return;
  draft.leadMs = draft.config.lookaheadMs ?? leads.find((lead) => lead >= wanted) ?? wanted;
  for (const entry of [...draft.jobs.values()]) setJob(draft, entry);
};

/** The first instant after now at which this node expects a job to be due anywhere in the fleet; earlier for one of its own that waits. */
export const nextDue = (draft: Draft<"jobs">): number => {
  for (let { first } = draft.dues; first !== undefined; { first } = draft.dues) {
    const entry = draft.jobs.get(first.what);
    const isMeant = entry?.times.dueAt === first.at;
    const isWaiting = entry?.role._tag === "Owner" && entry.standing.watermark !== undefined;
    if (isMeant && (first.at > draft.now || isWaiting)) return first.at;
    draft.dues = Agenda.rest(draft.dues);
    if (isMeant) {
      const next = nextStart(draft.config.service, entry.spec, entry.standing, draft.now) ?? Infinity;
      write(draft, changed(entry, nothing), entry.times.lookAt, next);
    }
  }
  return Infinity;
};
