/**
 * Rates over a campaign. Where a second line of defence hides that the first one is broken no single fire goes wrong, but
 * more of them are late, lost, given back, or cost more.
 */
import { demandParts } from "../../core/words/InvalidInput.ts";
import type { JobSpec } from "../../core/node/Machine.ts";
import { latest } from "./check/jitter.ts";
import { isPatient } from "./check/punctual.ts";
import * as History from "./History.ts";

/** Later than this is late. Milliseconds. */
const lateMs = 250;

/** How long others took to decide the fires that one or two killed nodes left to them. */
const noteTakeovers = (
  history: History.History,
  startOf: (job: string, due: number) => number,
  patient: ReadonlySet<string>,
): void => {
  const { finale } = history;
  // Where the store is far away the way there is most of it.
  if (finale?.probe === undefined || finale.bounds.roundTripMs > finale.bounds.graceMs / 2) return;
  const { at: since, killed } = finale.probe;
  const suffix = killed > 1 ? "after two deaths" : "after a death";
  for (const { at, job, kind, runs, skips, to } of history.commits) {
    if (kind !== "claim" || to <= since || patient.has(job)) continue;
    const first = startOf(job, runs[0] ?? skips[0]?.firstDueAt ?? to);
    if (at < first + finale.bounds.graceMs || first <= since) continue;
    History.count(history, `takeovers ${suffix}`);
    History.count(history, `takeover time ${suffix}`, at - first);
  }
};

/** Adds to the counters what only the whole history tells, of jobs as they were and as they are later; the result is how many fires were decided. */
export const note = (
  history: History.History,
  specs: ReadonlyArray<JobSpec>,
  later: ReadonlyArray<JobSpec> = [],
): number => {
  const patient = new Set(specs.filter(isPatient).map(({ name }) => name));
  const moved = new Map<string, Array<JobSpec>>();
  for (const spec of [...specs, ...later]) {
    if (spec.policies.jitterMs !== undefined) moved.set(spec.name, [...moved.get(spec.name) ?? [], spec]);
  }
  const startOf = (job: string, due: number): number => latest(moved.get(job) ?? [], due);
  let decided = 0;
  let late = 0;
  let waiting = 0;
  const probedAt = history.finale?.probe?.at ?? Infinity;
  for (const { at, job, kind, runs, skips } of history.commits) {
    if (kind !== "claim") continue;
    decided += runs.length;
    for (const { count } of skips) decided += Math.max(0, count);
    // What the nodes that are killed on purpose leave to the others has a measure of its own.
    if (patient.has(job) || at > probedAt) waiting += runs.length;
    else for (const due of runs) if (at > startOf(job, due) + lateMs) late += 1;
  }
  let lateStarts = 0;
  let asked = 0;
  for (const { at, attempt, dueAt, job, kind } of history.starts) {
    if (History.isAsked({ kind })) asked += 1;
    else if (attempt === 1 && at > startOf(job, dueAt) + lateMs) lateStarts += 1;
  }
  // A store that lost everything says nothing of what becomes of a few claims.
  const isJudged = history.regressions.every(({ isWhole }) => isWhole !== true);
  const lost = isJudged ? history.regressions.reduce((sum, { issues }) => sum + issues, 0) : 0;
  const begun = new Set<string>();
  for (const start of history.starts) begun.add(`${start.job} ${History.attemptOf(start)}`);
  noteTakeovers(history, startOf, patient);
  History.count(history, "fires decided", decided);
  History.count(history, "runs decided late", late);
  History.count(history, "runs that may be decided late", waiting);
  History.count(history, "started", history.starts.length);
  History.count(history, "started as asked", asked);
  History.count(history, "started late", lateStarts);
  History.count(history, "started again", isJudged ? history.starts.length - begun.size : 0);
  History.count(history, "claims lost by the store", lost);
  return decided;
};

/** One rate with its bound. */
export interface Rate {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
}

type Counters = ReadonlyMap<string, number>;

/** Per thousand, with bounds that a campaign over all faults keeps from some fifty seeds on. */
const rates: ReadonlyArray<{
  readonly name: string;
  readonly of: (count: (what: string) => number) => number;
  readonly per: (count: (what: string) => number) => number;
  readonly limit: number;
}> = [
  { name: "runs lost", of: (n) => n("outcome lost"), per: (n) => n("started"), limit: 40 },
  { name: "runs given back", of: (n) => n("run handed on"), per: (n) => n("started"), limit: 15 },
  { name: "orphans recovered", of: (n) => n("orphan recovered"), per: (n) => n("started"), limit: 80 },
  {
    name: "runs decided late",
    of: (n) => n("runs decided late"),
    per: (n) => n("fires decided") - n("runs that may be decided late"),
    limit: 300,
  },
  { name: "starts late", of: (n) => n("started late"), per: (n) => n("started") - n("started as asked"), limit: 350 },
  {
    name: "members removed while well",
    of: (n) => n("member removed while well"),
    per: (n) => n("event Joined"),
    limit: 200,
  },
  {
    name: "members removed after an outage",
    of: (n) => n("member removed after an outage"),
    per: (n) => n("fault store that is silent") + n("fault store that refuses"),
    limit: 2_000,
  },
  {
    name: "requests per second without a store",
    of: (n) => n("request while the store is down"),
    per: (n) => n("seconds of nodes without a store"),
    limit: 2_000,
  },
  {
    name: "seconds to take over after a death",
    of: (n) => n("takeover time after a death") / 1_000,
    per: (n) => n("takeovers after a death"),
    limit: 650,
  },
  {
    name: "seconds to take over after two deaths",
    of: (n) => n("takeover time after two deaths") / 1_000,
    per: (n) => n("takeovers after two deaths"),
    limit: 1_000,
  },
  { name: "claims refused", of: (n) => n("answer moved"), per: (n) => n("answer ok"), limit: 1_200 },
  {
    name: "requests per fire",
    of: (n) => n("request Beat") + n("request Claim") + n("request Complete") + n("request Peek"),
    per: (n) => n("fires decided"),
    limit: 4_300,
  },
  {
    name: "starts again per claim lost",
    of: (n) => n("started again"),
    per: (n) => n("claims lost by the store"),
    limit: 430,
  },
];

/** The rates of a campaign, each per thousand. They mean something from some ten seeds on. */
export const judge = (counters: Counters): ReadonlyArray<Rate> => {
  demandParts("counters", counters, "get");
  const count = (what: string): number => counters.get(what) ?? 0;
  return rates.map(({ limit, name, of, per }) => ({
    name,
    value: Math.round(10_000 * of(count) / Math.max(1, per(count))) / 10,
    limit,
  }));
};
