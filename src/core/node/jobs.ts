/**
 * The jobs of a node, and its agenda of them: each change of a job is written together with what is planned for it, so that
 * a step looks at what is due and at nothing else.
 */
import * as NextFire from "../schedule/NextFire.ts";
import * as Agenda from "./Agenda.ts";
import { type Draft, lookahead } from "./Draft.ts";
import type { JobEntry } from "./State.ts";
import { plannedDue, plannedLook } from "./times.ts";

/** How far ahead looks are planned: the first of these that is far enough. Milliseconds. */
const leads = [200, 400, 800, 1_500];

/** An agenda of what is planned for all jobs, made anew. */
const replanned = (draft: Draft, plannedAt: (entry: JobEntry) => number): Agenda.Agenda<string> => {
  let agenda: Agenda.Agenda<string> = Agenda.empty;
  draft.jobs.forEach((entry) => {
    const at = plannedAt(entry);
    if (at < Infinity) agenda = Agenda.add(agenda, at, entry.spec.name);
  });
  return agenda;
};

const write = (draft: Draft, entry: JobEntry, plannedLookAt: number, plannedDueAt: number): void => {
  const { name } = entry.spec;
  const known = draft.jobs.get(name);
  const isPlanned = entry.plannedLookAt === plannedLookAt && entry.plannedDueAt === plannedDueAt;
  draft.jobs = draft.jobs.set(name, isPlanned ? entry : { ...entry, plannedLookAt, plannedDueAt }, draft.edit);
  if (plannedLookAt < Infinity && known?.plannedLookAt !== plannedLookAt) {
    draft.looks = Agenda.add(draft.looks, plannedLookAt, name);
    if (Agenda.isOvergrown(draft.looks, draft.jobs.size)) draft.looks = replanned(draft, (it) => it.plannedLookAt);
  }
  if (plannedDueAt < Infinity && known?.plannedDueAt !== plannedDueAt) {
    draft.dues = Agenda.add(draft.dues, plannedDueAt, name);
    if (Agenda.isOvergrown(draft.dues, draft.jobs.size)) draft.dues = replanned(draft, (it) => it.plannedDueAt);
  }
};

/** Writes a job, and plans when to look at it. */
export const setJob = (draft: Draft, entry: JobEntry): void =>
  write(draft, entry, plannedLook(draft, entry), plannedDue(draft, entry));

/** Forgets a job. */
export const deleteJob = (draft: Draft, name: string): void => {
  draft.jobs = draft.jobs.delete(name, draft.edit);
};

/** Changes a job if it is declared here. */
export const updateJob = (draft: Draft, name: string, change: (entry: JobEntry) => Partial<JobEntry>): void => {
  const entry = draft.jobs.get(name);
  if (entry !== undefined) setJob(draft, { ...entry, ...change(entry) });
};

/** A withdrawn job is forgotten once nothing of it is under way. */
export const forgetIfOver = (draft: Draft, name: string): void => {
  const entry = draft.jobs.get(name);
  if (entry?.isWithdrawn !== true || entry.requests.flight !== undefined || entry.active > 0) return;
  if (entry.requests.copies.length === 0 && entry.checkAt === Infinity) deleteJob(draft, name);
};

/** When the next look is planned, fleet time. */
export const nextLook = (draft: Draft): number => {
  draft.looks = Agenda.settled(draft.looks, (at, job) => draft.jobs.get(job)?.plannedLookAt === at);
  return draft.looks.first?.at ?? Infinity;
};

/** Takes the jobs to look at now. Nothing is planned for them any more: each must be written again in this step. */
export const takeLooks = (draft: Draft): Iterable<JobEntry> => {
  // A job may be noted twice for one instant.
  const taken = new Map<string, JobEntry>();
  while (nextLook(draft) <= draft.now) {
    const { first } = draft.looks;
    draft.looks = Agenda.rest(draft.looks);
    const entry = first === undefined ? undefined : draft.jobs.get(first.what);
    if (entry !== undefined) taken.set(entry.spec.name, entry);
  }
  return taken.values();
};

/** Looks at a job later, fleet time. */
export const lookLater = (draft: Draft, entry: JobEntry, at: number): void =>
  write(draft, entry, at, entry.plannedDueAt);

/** Plans further ahead, because the store is slower than it was. */
export const keepLead = (draft: Draft): void => {
  const wanted = lookahead(draft);
  if (wanted <= draft.leadMs) return;
  draft.leadMs = draft.config.lookaheadMs ?? leads.find((lead) => lead >= wanted) ?? wanted;
  for (const entry of [...draft.jobs.values()]) setJob(draft, entry);
};

/** The first instant after now at which this node expects a job to be due anywhere in the fleet; earlier for one of its own that waits. */
export const nextDue = (draft: Draft): number => {
  for (let { first } = draft.dues; first !== undefined; { first } = draft.dues) {
    const entry = draft.jobs.get(first.what);
    const isMeant = entry?.plannedDueAt === first.at;
    if (isMeant && (first.at > draft.now || (entry.position === 0 && entry.watermark !== undefined))) return first.at;
    draft.dues = Agenda.rest(draft.dues);
    if (isMeant) {
      const next = NextFire.next(entry.spec.expression, draft.now) ?? Infinity;
      write(draft, entry, entry.plannedLookAt, next);
    }
  }
  return Infinity;
};
