/**
 * While all is well every fire is decided about when it is due; when its owner dies, within a bound after that.
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
 * - a job that takes its fires one after the other waits for the run of the dead node, which is over with the lease, and
 *   then for its own; also for those that people asked for, as each may begin just before the owner looks again.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import * as NextFire from "../../../core/schedule/NextFire.ts";
import type { Finale } from "../Finale.ts";
import { type Commit, isAsked, type Issue } from "../History.ts";
import type { Violation } from "./Violation.ts";

/** Milliseconds that timers, roundings and the fleet's clock may cost. */
export const slackMs = 100;

/** How long after the faults all that they left behind is over: leases of the dead, and everybody has heard of it. */
export const settledMs = 34_000;

/** Whether a job takes its fires one after the other: those that wait for a run are late, and should be. */
export const isPatient = ({ policies }: JobSpec): boolean =>
  policies.overlap !== "allow" && policies.catchUp.mode === "all";

const isEverySecond = ({ expression }: JobSpec, at: number): boolean => {
  const next = NextFire.next(expression, at) ?? Infinity;
  return (NextFire.next(expression, next) ?? Infinity) <= next + 1_000;
};

/** The longest that a living node goes without a beat. Milliseconds. */
export const beatMs = ({ at, bounds, nodes }: Finale): number =>
  nodes.every(({ declares, isAlive }) => !isAlive || declares.some((spec) => isEverySecond(spec, at)))
    ? bounds.leaseMs / 2
    : bounds.maxSilenceMs;

/** How late the decision about a fire may be after `killed` nodes died. Milliseconds. */
const latestMs = (finale: Finale, spec: JobSpec, killed: number, asked: number): number => {
  const { graceMs, handlerMs, leaseMs, maxSilenceMs, roundTripMs } = finale.bounds;
  const own = 5 * roundTripMs + slackMs;
  const others = killed === 0 ? 0 : graceMs + 2 * roundTripMs + (killed > 1 ? beatMs(finale) + 2 * graceMs : 0);
  const waits = isPatient(spec)
    ? (1 + asked) * (handlerMs + own) + (killed === 0 ? 0 : 2 * (maxSilenceMs + leaseMs))
    : 0;
  return own + others + waits;
};

/** Judges the decisions about one job in the healed world. */
export const punctual = (
  spec: JobSpec,
  commits: ReadonlyArray<Commit>,
  issues: ReadonlyArray<Issue>,
  finale: Finale,
): ReadonlyArray<Violation> => {
  const { at: end, healedAt, probe } = finale;
  const { expression, name } = spec;
  const killed = probe?.killed ?? 0;
  const from = probe?.at ?? healedAt + settledMs;
  const limit = latestMs(finale, spec, killed, issues.filter((issue) => isAsked(issue) && issue.at >= from).length);
  const rule = killed === 0 ? "decided in time" : "taken over in time";
  const violations: Array<Violation> = [];
  const judge = (due: number, at: number): void => {
    if (at <= due + limit) return;
    violations.push({ rule, detail: `${name} ${due}: ${Math.ceil(at - due)} ms late, ${limit} ms allowed` });
  };
  let decided = healedAt;
  for (const { at, from: after, to } of commits) {
    decided = Math.max(decided, to);
    if (to <= from) continue;
    for (const due of NextFire.between(expression, Math.max(after, from), to)) judge(due, at);
  }
  for (const due of NextFire.between(expression, Math.max(decided, from), end)) judge(due, end);
  return violations.slice(0, 3);
};
