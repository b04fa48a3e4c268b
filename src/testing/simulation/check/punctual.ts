/**
 * While all is well every fire is decided about when it is to start, which is when it is due unless its job has a jitter; when its owner dies, within a bound after that.
 *
 * The bounds, from the protocol, all for a reachable store:
 *
 * - the owner claims ahead of time, or at the due instant while another run of the job is active: one round trip, as much
 *   again where it must look twice, and once more for each of two others who change the record meanwhile;
 * - when one node dies, the owner's successor claims a grace after the due instant, knowing where the job stands or learning
 *   it by a refusal: two more round trips;
 * - when two nodes die, both may be gone: then any other node hears from its next beat that the job is overdue, and claims
 *   at most two graces after that. A node that knows a job of every second beats every half lease, others at the latest after
 *   the longest silence;
 * - a job whose runs must not overlap waits for the run of the dead node, which is over with the promise that a node makes while
 *   it works, or a silent one that was handed what people asked for; then until somebody asks again, and perhaps for the
 *   run that is started again;
 * - a fire that overlaps with a run of another node is skipped once that was heard of after the fire was due, and somebody asks
 *   again: in a fifth of a lease, and a grace;
 * - a node that declares a lower limit than another, and one that had no place for another run, leave what is due to others, as
 *   if they were gone;
 * - a job that takes its fires one after the other waits for its own; also for those that people asked for, as each may
 *   begin just before the owner looks again.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import * as NextFire from "../../../core/schedule/NextFire.ts";
import type { Finale } from "../Finale.ts";
import { type Commit, isAsked, type Issue, type Regression } from "../History.ts";
import { startOf } from "./jitter.ts";
import { isSpent } from "./limits.ts";
import type { Violation } from "./Violation.ts";

/** Milliseconds that timers, roundings and the fleet's clock may cost. */
export const slackMs = 100;

/** How long after the faults all that they left behind is over: leases of the dead, and everybody has heard of it. */
export const settledMs = 34_000;

/** Whether a job takes its fires one after the other: those that wait for a run are late, and should be. */
export const isPatient = ({ policies }: JobSpec): boolean =>
  policies.overlap === "skip" && policies.catchUp.mode === "all";

/** Whether a run that is not over may keep others from starting: of these so many are under way at once that none does. */
const isExclusive = ({ policies: { maxConcurrent, overlap } }: JobSpec): boolean =>
  overlap !== "allow" || maxConcurrent < 10;

const isEverySecond = ({ expression }: JobSpec, at: number): boolean => {
  const next = NextFire.next(expression, at);
  return next !== undefined && (NextFire.next(expression, next) ?? Infinity) <= next + 1_000;
};

/** The longest that a living node goes without a beat. Milliseconds. */
export const beatMs = ({ at, bounds, nodes }: Finale): number =>
  nodes.every(({ declares, isAlive }) => !isAlive || declares.some((spec) => isEverySecond(spec, at)))
    ? bounds.leaseMs / 2
    : bounds.maxSilenceMs;

/** How often a claim is decided anew because of what else happens to its job. */
const mostConflicts = 6;

/** How many living nodes may leave a job to others. */
const idle = ({ nodes }: Finale, { name }: JobSpec): number => {
  const limits = nodes.flatMap(({ declares, isAlive }) => {
    const declared = isAlive ? declares.find((it) => it.name === name) : undefined;
    return declared === undefined ? [] : [declared.policies.limit ?? Infinity];
  });
  const highest = Math.max(...limits);
  const full = nodes.filter(({ isAlive, wasFull }) => isAlive && wasFull).length;
  return full + limits.filter((it) => it < highest).length;
};

/** How late the decision about a fire may be after `killed` nodes died. Milliseconds. */
const latestMs = (finale: Finale, spec: JobSpec, killed: number, asked: number): number => {
  const { graceMs, handlerMs, leaseMs, maxSilenceMs, roundTripMs } = finale.bounds;
  // What people ask for is taken and reported meanwhile, as is what waited, and each of that may make a claim decide anew.
  const { overlap } = spec.policies;
  const rounds = overlap === "skip" || overlap === "allow" ? 5 : 5 + mostConflicts;
  const own = (rounds + Math.min(2 * asked, mostConflicts)) * roundTripMs + slackMs;
  const missing = killed + idle(finale, spec);
  const others = missing === 0 ? 0 : graceMs + 2 * roundTripMs + (missing > 1 ? beatMs(finale) + 2 * graceMs : 0);
  const ends = (1 + asked) * (handlerMs + own);
  const again = Math.max(graceMs, leaseMs / 4) + graceMs;
  const dead = killed > 0 && isExclusive(spec) ? (asked > 0 ? maxSilenceMs : leaseMs / 2) + leaseMs + again + ends : 0;
  return own + others + dead + (isPatient(spec) ? ends : 0);
};

/**
 * Judges the decisions about one job in the healed world. `moreMs` is what it takes besides until who is to decide knows of it, where
 * it is a schedule in the store.
 */
export const punctual = (
  spec: JobSpec,
  { commits, issues }: { readonly commits: ReadonlyArray<Commit>; readonly issues: ReadonlyArray<Issue> },
  regressions: ReadonlyArray<Regression>,
  finale: Finale,
  since: number = 0,
  moreMs: number = 0,
): ReadonlyArray<Violation> => {
  const { at: end, healedAt, probe } = finale;
  const { expression, name } = spec;
  const killed = probe?.killed ?? 0;
  const from = Math.max(since, probe?.at ?? healedAt + settledMs);
  const asked = issues.filter((issue) => isAsked(issue) && issue.at >= from).length;
  const limit = latestMs(finale, spec, killed, asked) + moreMs;
  const rule = killed === 0 ? "decided in time" : "taken over in time";
  const violations: Array<Violation> = [];
  const { graceMs, leaseMs, roundTripMs } = finale.bounds;
  const heardMs = isExclusive(spec) ? leaseMs / 5 + graceMs + 2 * roundTripMs : 0;
  const handedOut = new Set(issues.map(({ dueAt }) => dueAt));
  const judge = (due: number, at: number): void => {
    // What people asked for may be in the way of one that runs, too, on a node that does not own the job.
    const allowed = limit + (handedOut.has(due) && asked === 0 ? 0 : heardMs);
    const late = at - startOf(spec, due);
    if (late <= allowed) return;
    violations.push({ rule, detail: `${name} ${due}: ${Math.ceil(late)} ms late, ${allowed} ms allowed` });
  };
  let decided = healedAt;
  for (const { at, from: after, to } of commits) {
    decided = Math.max(decided, to);
    if (to <= from) continue;
    for (const due of NextFire.between(expression, Math.max(after, from), to)) judge(due, at);
  }
  if (isSpent(spec, issues, regressions)) return violations.slice(0, 3);
  for (const due of NextFire.between(expression, Math.max(decided, from), end)) judge(due, end);
  return violations.slice(0, 3);
};
