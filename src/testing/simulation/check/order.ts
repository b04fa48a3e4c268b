/**
 * The fleet at the end: no node is wedged, nothing has leaked, and nobody worked more than the fires ask for.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import type { Finale, NodeFinale } from "../Finale.ts";
import type { Demand, Violation } from "./Violation.ts";

const isSame = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean =>
  a.length === b.length && a.every((it) => b.includes(it));

/** Every living node is a member with the view of the moment and waits for no answer for ever. */
export const wedged = ({ at, bounds, nodes, store }: Finale): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  // A limit may be reached at any time, which everybody hears of with the next beat. Versions are instants.
  const isNews = store.version > at - bounds.maxSilenceMs - bounds.leaseMs;
  for (const node of nodes) {
    if (!node.isAlive) continue;
    const say = (what: string): void => {
      violations.push({ rule: "no node wedged", detail: `${node.name}: ${what}` });
    };
    if (node.phase !== "member") say(`is ${node.phase}`);
    else if (!node.hasLease) say("has lost its lease");
    if (!store.members.includes(node.incarnation)) say("is no member");
    if ((node.viewVersion !== store.version && !isNews) || !isSame(node.members, store.members)) {
      say(`sees ${node.members} in version ${node.viewVersion} instead of ${store.members} in ${store.version}`);
    }
    if (node.overdueFlights > 0) say(`waits for ${node.overdueFlights} answers for ever`);
  }
  return violations;
};

const declares = (node: NodeFinale, { definition, name }: JobSpec): boolean =>
  node.declares.some((job) => job.name === name && job.definition === definition);

/** Each job has one owner among the nodes that declare it as it is now, and equals own equal shares. */
export const shares = ({ nodes }: Finale, specs: ReadonlyArray<JobSpec>): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  const alive = nodes.filter((node) => node.isAlive);
  for (const spec of specs) {
    const able = alive.filter((node) => declares(node, spec));
    const owners = alive.filter((node) => node.owns.includes(spec.name));
    const isRight = owners.length === (able.length > 0 ? 1 : 0) && owners.every((owner) => able.includes(owner));
    if (isRight) continue;
    const detail = `${spec.name} is owned by ${owners.map(({ name }) => name)}, declared by ${
      able.map(({ name }) => name)
    }`;
    violations.push({ rule: "no node wedged", detail });
  }
  const areEqual = alive.every((node) => node.weight === 1 && specs.every((spec) => declares(node, spec)));
  if (!areEqual || violations.length > 0) return violations;
  const least = Math.floor(specs.length / alive.length);
  for (const { name, owns } of alive) {
    if (owns.length >= least && owns.length <= least + 1) continue;
    violations.push({ rule: "no node wedged", detail: `${name} owns ${owns.length} of ${specs.length} jobs` });
  }
  return violations;
};

/** The most runs of one job that a claim catches up on. */
const mostCaughtUp = 20;

/** Runs are held by somebody who knows of them, members are alive, and no table grows beyond the jobs. */
export const leaks = (
  { bounds, nodes, store }: Finale,
  jobs: number,
  schedules: number,
  { dueUpTo }: Demand,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  const perJob = (bounds.leaseMs + bounds.maxSilenceMs) / 1_000 + mostCaughtUp;
  const say = (what: string): void => {
    violations.push({ rule: "nothing leaked", detail: what });
  };
  const alive = nodes.filter((node) => node.isAlive);
  for (const incarnation of store.members) {
    if (!alive.some((node) => node.incarnation === incarnation)) say(`${incarnation} is a member and not alive`);
  }
  for (const { dueAt, holder, job, key, notBefore = dueAt, queuedAt = notBefore } of store.active) {
    if (queuedAt > dueUpTo) continue;
    const node = alive.find((it) => it.incarnation === holder);
    if (node === undefined) say(`a run of ${job} due ${dueAt} is in the hands of ${holder || "nobody"}`);
    else if (!node.runs.has(key)) {
      say(`a run of ${job} due ${dueAt} is in the hands of ${holder}, which has forgotten it`);
    }
  }
  if (store.digests > store.members.length) say(`${store.digests} digests for ${store.members.length} members`);
  for (const key of store.payloads) say(`${key} is of a fire that is over`);
  for (const key of store.drains) say(`${key} asks somebody to leave who has left, or has not heard of it`);
  if (store.jobs.length > jobs) say(`${store.jobs.length} records for ${jobs} jobs`);
  for (const node of nodes) {
    if (node.isAlive && node.entries > node.declares.length) {
      say(`${node.name} has ${node.entries} jobs, not ${node.declares.length}`);
    }
    // A request for each job at the most, a beat, the farewells of former identities, and four reports a second while none is
    // answered: one takes several rounds where others change the same records, and on a slow store some seconds.
    if (node.mostFlights > jobs + schedules + 30) say(`${node.name} had ${node.mostFlights} requests under way`);
    // While no report gets through no more runs end than a lease lets start.
    if (node.mostCompletions > perJob * (jobs + schedules)) {
      say(`${node.name} had ${node.mostCompletions} ends to report`);
    }
    if (node.unrecorded > 0 && node.isAlive) say(`${node.name} has ${node.unrecorded} ends that were not recorded`);
    if (node.completions > 0 && node.isAlive && !node.isReporting) {
      say(`${node.name} has ${node.completions} ends to report`);
    }
  }
  return violations;
};

/** Per second of a node's life and job of the fleet, beats counted as one job more; half as much again as the worst needs. */
const requestsPerSecond = 2.5;
const stepsPerSecond = 6;

/** For a fire that people asked for: it is taken, ends, is reported, and there is the next one to ask for. */
const requestsPerAsked = 3;
const stepsPerAsked = 8;

/**
 * Requests and steps stay within what members, time and fires ask for: each job is due at most once a second, and people may
 * ask for more.
 */
export const budget = ({ nodes }: Finale, jobs: number): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  for (const { asked, livedMs, name, requests, steps } of nodes) {
    // Joining costs as much as some seconds of life.
    const seconds = livedMs / 1_000 + 5;
    const say = (what: string): void => {
      const detail = `${name}: ${what} in ${seconds} s with ${jobs} jobs and ${asked} runs that were asked for`;
      violations.push({ rule: "work within budget", detail });
    };
    const jobSeconds = seconds * (1 + jobs);
    if (requests > requestsPerSecond * jobSeconds + requestsPerAsked * asked) say(`${requests} requests`);
    if (steps > stepsPerSecond * jobSeconds + stepsPerAsked * asked) say(`${steps} steps`);
  }
  return violations;
};
