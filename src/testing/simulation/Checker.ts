/**
 * Judges a history. It knows the rules, not the code that is to keep them.
 */
import type { JobSpec } from "../../core/node/Machine.ts";
import * as NextFire from "../../core/schedule/NextFire.ts";
import { byJob } from "../../core/words/groups.ts";
import { asked, askedInTime } from "./check/asked.ts";
import { intervals } from "./check/intervals.ts";
import { startOf } from "./check/jitter.ts";
import { isSpent, limits } from "./check/limits.ts";
import { budget, leaks, shares, wedged } from "./check/order.ts";
import { punctual } from "./check/punctual.ts";
import { results } from "./check/results.ts";
import { cancelled, retries } from "./check/retries.ts";
import { accounts, over, starts, tokens } from "./check/runs.ts";
import { schedules } from "./check/schedules.ts";
import { told } from "./check/told.ts";
import { waiting } from "./check/waiting.ts";
import type { Demand, Violation } from "./check/Violation.ts";
import type { Finale } from "./Finale.ts";
import { attemptOf, type Commit, type History, type Incident } from "./History.ts";

export type { Demand, Violation } from "./check/Violation.ts";

const ruleOf: { readonly [K in Incident["what"]]: Violation["rule"] } = {
  "claimed while paused": "nothing while paused",
  "registered while all are paused": "nothing while paused",
  "all paused by a late copy": "what comes late changes nothing",
  "older definition registered": "the newest definition wins",
  "run left behind": "leavers leave nothing behind",
  "member removed early": "members keep what they were promised",
  "run handed to no member": "nothing handed to who is none",
  "more handlers than places": "no more handlers than places",
  "run on a node without its labels": "nothing runs where labels are missing",
  "more wait than may": "no more wait than may",
  "not told to stop": "what is in the way is cancelled",
  "cancelled run goes on": "cancelled is cancelled",
  "overlaps with the dead": "no overlap with the dead",
};

/** Nobody says that the store has forgotten something when it has not. */
const falseAlarms = ({ counters, regressions }: History): ReadonlyArray<Violation> => {
  const alarms = counters.get("event StoreRegressed") ?? 0;
  return alarms === 0 || regressions.length > 0
    ? []
    : [{ rule: "no false alarm", detail: `${alarms} reports of a store that forgot nothing` }];
};

/** What the observer saw happen that must not happen at all. */
const seen = ({ broken = [], incidents = [], overlaps, robberies }: History): ReadonlyArray<Violation> => [
  ...robberies.map(({ fence, incarnation, job }): Violation => ({
    rule: "nothing taken from a member",
    detail: `${job} token ${fence} of ${incarnation}`,
  })),
  ...overlaps.map(({ active, at, job }): Violation => ({
    rule: "no overlap",
    detail: `${job} at ${at}: ${active} runs`,
  })),
  ...incidents.map(({ at, incarnation, job, what }): Violation => ({
    rule: ruleOf[what],
    detail: `${what} at ${at}: ${incarnation} ${job}`,
  })),
  ...broken.map(({ at, incarnation, what }): Violation => ({
    rule: "invariants hold",
    detail: `at ${at}: ${incarnation}: ${what}`,
  })),
];

const undecided = (
  spec: JobSpec,
  commits: ReadonlyArray<Commit>,
  { dueUpTo }: Demand,
): ReadonlyArray<Violation> => {
  const { expression, name } = spec;
  const last = commits.at(-1)?.to ?? 0;
  const open = NextFire.next(expression, last);
  return open !== undefined && startOf(spec, open) <= dueUpTo
    ? [{ rule: "nothing undecided", detail: `${name}: ${open} is open, watermark ${last}` }]
    : [];
};

/** Whether the store's clock was ever wrong. */
const hasLeapt = ({ counters }: History): boolean =>
  ["ahead", "back"].some((way) => counters.has(`fault leap of the store's clock ${way}`));

const fleet = (
  finale: Finale,
  specs: ReadonlyArray<JobSpec>,
  jobs: number,
  schedules: number,
  demand: Demand,
): ReadonlyArray<Violation> => [
  ...wedged(finale),
  ...shares(finale, specs),
  ...leaks(finale, jobs, schedules, demand),
  ...budget(finale, jobs + schedules),
];

/**
 * Every promise, judged over everything that was seen. `specs` are the jobs as they are at the end, `earlier` as they
 * were before. `demand` is given when the world was healed for long enough.
 */
export const check = (
  specs: ReadonlyArray<JobSpec>,
  earlier: ReadonlyArray<JobSpec>,
  history: History,
  demand: Demand | undefined,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [...seen(history), ...falseAlarms(history)];
  const commits = byJob(history.commits);
  const started = byJob(history.starts);
  const issues = byJob(history.issues);
  const ends = byJob(history.ends);
  const asks = byJob(history.asks);
  const cancels = byJob(history.cancels ?? []);
  const kept = byJob(history.results ?? []);
  const waited = byJob(history.waited ?? []);
  const gaveWay = byJob(history.gaveWay ?? []);
  const keptFrom = history.regressions.at(-1)?.at ?? 0;
  const versions = new Map<string, Map<string, JobSpec>>();
  const all = [...earlier, ...specs];
  for (const spec of all) {
    const known = versions.get(spec.name);
    if (known === undefined) versions.set(spec.name, new Map([[spec.definition, spec]]));
    else known.set(spec.definition, spec);
  }
  const { finale } = history;
  for (const spec of specs) {
    const { name } = spec;
    const own = { commits: commits.get(name) ?? [], ends: ends.get(name) ?? [], issues: issues.get(name) ?? [] };
    const begun = started.get(name) ?? [];
    const wanted = { ...own, asks: asks.get(name) ?? [], starts: begun, keptFrom };
    violations.push(...asked(name, wanted, demand));
    const late = { ...own, waited: waited.get(name) ?? [], gaveWay: gaveWay.get(name) ?? [] };
    violations.push(...waiting(spec, late, demand));
    violations.push(...intervals(name, versions.get(name) ?? new Map(), own.commits));
    violations.push(...tokens(name, own.issues, hasLeapt(history) ? history.regressions : []));
    violations.push(...starts(spec, all.filter((it) => it.name === name), begun, own.ends));
    violations.push(...limits(name, all.filter((it) => it.name === name), own.issues, history.regressions));
    violations.push(...over(spec, own.issues, begun, own.ends, history.regressions));
    const resulted = { ...own, asks: wanted.asks, results: kept.get(name) ?? [] };
    violations.push(...results(name, resulted, history.regressions, demand === undefined ? undefined : finale));
    const tried = {
      ...wanted,
      finals: history.finals ?? new Set(),
      hasLeapt: hasLeapt(history),
      cancels: cancels.get(name) ?? [],
    };
    violations.push(...retries(spec, tried, demand, finale), ...cancelled(name, tried, demand));
    if (demand === undefined) continue;
    if (!isSpent(spec, own.issues, history.regressions)) violations.push(...undecided(spec, own.commits, demand));
    violations.push(...accounts(spec, own.issues, begun, own.ends, demand));
    if (finale === undefined) continue;
    violations.push(...punctual(spec, own, history.regressions, finale));
    violations.push(...askedInTime(spec, wanted, finale));
  }
  if (history.schedules !== undefined) {
    const worldly = {
      finals: history.finals ?? new Set<string>(),
      hasLeapt: hasLeapt(history),
      finale,
      regressions: history.regressions,
    };
    violations.push(...schedules(history.schedules, worldly, demand));
  }
  if (finale !== undefined && demand !== undefined) {
    // Requests, and what is under way, follow schedules as they do jobs.
    const lives = new Set(history.schedules?.changes.map(({ id }) => id)).size;
    violations.push(...fleet(finale, specs, versions.size, lives, demand));
  }
  return violations;
};

/** What holds whatever the store loses. */
const lasting: ReadonlySet<Violation["rule"]> = new Set<Violation["rule"]>([
  "tokens grow",
  "nothing early",
  "nothing out of bounds",
  "no more runs than the limit",
  "no more handlers than places",
  "nothing runs where labels are missing",
  "no more wait than may",
  "nothing that nobody asked for",
  "what was asked for is run",
  "what was asked for is run in time",
  "nothing undecided",
  "nothing while paused",
  "decided in time",
  "taken over in time",
  "no node wedged",
  "nothing leaked",
  "work within budget",
  "what is over stays over",
  "a result is that of the run",
  "invariants hold",
]);

/**
 * What holds over a store that loses what it acknowledged: tokens do not repeat, nothing is early or passed over, nothing
 * runs that nobody asked for, and fires run again at most as often as claims were lost. What people asked for before the
 * store lost something may be lost with it.
 */
export const checkLossy = (
  specs: ReadonlyArray<JobSpec>,
  earlier: ReadonlyArray<JobSpec>,
  history: History,
  demand: Demand,
): ReadonlyArray<Violation> => {
  const violations = check(specs, earlier, history, demand).filter(({ rule }) => lasting.has(rule));
  violations.push(...told(specs, earlier, history, demand));
  const begun = new Map<string, number>();
  for (const start of history.starts) {
    const key = `${start.job} ${attemptOf(start)}`;
    begun.set(key, (begun.get(key) ?? 0) + 1);
  }
  const again = [...begun.values()].reduce((sum, count) => sum + count - 1, 0);
  const lost = history.regressions.reduce((sum, { issues }) => sum + issues, 0);
  if (again > lost) {
    violations.push({ rule: "no more doubles than losses", detail: `${again} runs again, ${lost} claims lost` });
  }
  return violations;
};
