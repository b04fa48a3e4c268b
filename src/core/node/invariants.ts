/**
 * What holds of the state of a node after each of its steps, whatever came before.
 *
 * No rule of the protocol: that what is written twice says the same both times, and that nothing is left half done.
 */
import type { Completion } from "../words/Request.ts";
import type { Agenda } from "./Agenda.ts";
import { declaringOf, digestOf } from "./digest.ts";
import { hasLease } from "./Draft.ts";
import type { Copy } from "./requests.ts";
import { isDeclared, isPlaced } from "./role.ts";
import type { JobEntry, LocalRun, State } from "./State.ts";

type Tell = (text: string) => void;

const earliest = <A>(all: Iterable<A>, at: (one: A) => number): number => {
  let first = Infinity;
  for (const one of all) first = Math.min(first, at(one));
  return first;
};

/** A note that is missing is missed when its turn comes: what is planned first must be noted at the front, or behind something older. */
const noted = (what: string, agenda: Agenda<unknown>, planned: number, tell: Tell): void => {
  const first = agenda.first?.at ?? Infinity;
  if (planned < first) tell(`${what}: ${planned} is planned, and the first note is of ${first}`);
};

/** How many reports each job waits for, those under way among them. */
const reportsOf = ({ completions, flights, unrecorded }: State): ReadonlyMap<string, number> => {
  const reports = new Map<string, number>();
  const count = (items: ReadonlyArray<Completion>): void => {
    for (const { holds, job } of items) if (holds !== true) reports.set(job, (reports.get(job) ?? 0) + 1);
  };
  count(completions);
  count(unrecorded);
  for (const { request } of flights.values()) if (request._tag === "Complete") count(request.items);
  return reports;
};

/** Which jobs a request without an answer is about. */
const askedOf = ({ flights }: State): ReadonlyArray<string> =>
  [...flights.values()].flatMap(({ request }) =>
    request._tag === "Claim" ? request.items.map(({ job }) => job) : request._tag === "Peek" ? request.jobs : []
  );

const untilOf = (copies: ReadonlyArray<Copy>, wanted: Copy["kind"]): number =>
  copies.find(({ kind }) => kind === wanted)?.until ?? 0;

const job = (state: State, name: string, entry: JobEntry, tell: Tell): void => {
  const { definition, handed, role, times: { lookAt } } = entry;
  const { claim, copies, flight, isUnanswered } = entry.requests;
  if (state.phase === "idle" || state.phase === "joining") {
    if (isPlaced(role)) tell(`${name} has a place, and this node is no member`);
    if (flight !== undefined) tell(`${name} is asked about, and this node is no member`);
  }
  if (definition === "outdated" && isPlaced(role)) tell(`${name} is outdated, and has a place`);
  if (flight !== undefined && lookAt < Infinity) tell(`${name} is asked about, and a look is planned`);
  if (isUnanswered && claim === undefined) tell(`${name} is to be asked again under no id`);
  if (new Set(copies.map(({ kind }) => kind)).size < copies.length) tell(`${name}: copies of one kind twice`);
  if (untilOf(copies, "take") > untilOf(copies, "sync")) tell(`${name}: what takes fires outlives its sync`);
  if (isDeclared(role)) return;
  const isKept = flight !== undefined || handed.active > 0 || copies.length > 0 || handed.checkAt < Infinity;
  if (!isKept) tell(`${name} is withdrawn, and kept for nothing`);
};

const jobs = (state: State, tell: Tell): void => {
  const asked = askedOf(state);
  const isAsked = new Set(asked);
  if (isAsked.size < asked.length) tell("a job is asked about twice at once");
  for (const name of isAsked) if (!state.jobs.has(name)) tell(`${name} is asked about, and not known`);
  const reports = reportsOf(state);
  for (const [name, entry] of state.jobs) {
    job(state, name, entry, tell);
    if ((entry.requests.flight !== undefined) !== isAsked.has(name)) {
      tell(`${name}: its request is ${isAsked.has(name)}, not as noted`);
    }
    const active = (state.runs.get(name)?.length ?? 0) + (reports.get(name) ?? 0);
    // A node that leaves gives up runs whose handlers go on without another report.
    if (state.phase !== "leaving" && entry.handed.active !== active) {
      tell(`${name} has ${active} runs and reports, and counts ${entry.handed.active}`);
    }
  }
  noted("looks", state.looks, earliest(state.jobs.values(), ({ times }) => times.lookAt), tell);
  noted("dues", state.dues, earliest(state.jobs.values(), ({ times }) => times.dueAt), tell);
};

const run = (state: State, name: string, local: LocalRun, tell: Tell): void => {
  const { phase, policies, startedAt, timesOutAt } = local;
  const { fence, job } = local.run;
  const entry = state.jobs.get(name);
  const isPending = phase === "pending";
  if (job !== name) tell(`a run of ${job} is kept as one of ${name}`);
  if (entry !== undefined && fence > entry.handed.lastFence) {
    tell(`${name} has a run above the highest token it was handed`);
  }
  if (isPending !== (startedAt === 0)) tell(`${name}: ${phase} since ${startedAt}`);
  if (isPending && timesOutAt < Infinity) tell(`${name}: pending, and its time will be up`);
  if ((phase === "stopping" || phase === "held") && timesOutAt === Infinity) tell(`${name}: ${phase} without end`);
  const isGivenUp = isPending || (phase === "running" && policies.delivery === "at-least-once");
  if (state.hasLapsed && isGivenUp) tell(`${name}: ${phase} without a membership`);
};

const runs = (state: State, tell: Tell): void => {
  const all: Array<LocalRun> = [];
  for (const [name, locals] of state.runs) {
    if (locals.length === 0) tell(`${name}: an empty list of runs`);
    if (new Set(locals.map((local) => local.run.fence)).size < locals.length) tell(`${name}: a token twice`);
    for (const local of locals) run(state, name, local, tell);
    all.push(...locals);
  }
  if (all.length !== state.runCount) tell(`${all.length} runs, and ${state.runCount} are counted`);
  const isPending = ({ phase }: LocalRun) => phase === "pending";
  noted("starts", state.starts, earliest(all, (local) => isPending(local) ? local.startsAt : Infinity), tell);
  noted("limits", state.limits, earliest(all, (local) => local.timesOutAt), tell);
};

const membership = (state: State, tell: Tell): void => {
  const { at, digest, flights, hasLapsed, incarnation, leaving, lease, phase, sendings, view, wakeAt } = state;
  if (hasLapsed !== (lease !== undefined && !hasLease({ at, lease }))) tell(`lapsed: ${hasLapsed}, and its lease not`);
  if (phase === "member" && (lease === undefined || incarnation === "")) tell("a member without a lease or a name");
  if ((phase === "idle" || phase === "joining") && view.members.length > 0) tell("no member, and knows who is");
  if ((leaving !== undefined) !== (phase === "leaving")) tell(`${phase}, and leaving is ${leaving !== undefined}`);
  if (incarnation === "" && flights.size > 0 && phase === "idle") tell("nobody, and awaits an answer");
  if (phase !== "idle" && !(wakeAt > at.mono && wakeAt < Infinity)) tell(`at ${at.mono}, to be woken at ${wakeAt}`);
  const sent = new Set([...sendings.values()].map(({ flight }) => flight));
  for (const id of flights.keys()) if (!sent.has(id)) tell(`request ${id} was never sent`);
  if (digest !== "" && digest !== digestOf(declaringOf(state))) tell("the digest is not of what is declared");
};

/**
 * What does not hold of a state between its steps; empty if all is well. Nothing is asked of a node that has stopped.
 *
 * Cost: linear in jobs, runs and what is under way.
 */
export const invariants = (state: State): ReadonlyArray<string> => {
  const broken: Array<string> = [];
  if (state.phase === "stopped") return broken;
  const tell: Tell = (text) => void broken.push(text);
  membership(state, tell);
  jobs(state, tell);
  runs(state, tell);
  return broken;
};
