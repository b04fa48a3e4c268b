/**
 * What people asked for: each fire of it is run, once for every key it was asked for under, or recorded as lost, abandoned
 * or cancelled; nothing runs that nobody asked for; and while all is well it is taken within a bound.
 *
 * The bound, from the protocol, for a reachable store:
 *
 * - a grace after it was queued the job is listed as overdue, the next beat of any node that declares it tells so, and it
 *   asks at once or within two graces, and once more if a scheduled fire was due just then, whose claim goes first;
 * - what was queued before runs first. One at a time if the job must not overlap, and between two of them a scheduled fire
 *   may run; ten at a time otherwise;
 * - the run of a dead node is in the way of a job that must not overlap until its lease is over, which another beat tells.
 *
 * It holds for jobs whose own fires leave gaps: one that must not overlap and is always running keeps its queue waiting. In
 * the simulated world every handler is over long before the next fire while all is well.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import type { Finale } from "../Finale.ts";
import { type Ask, attemptOf, type Ended, fireOf, isAsked, type Issue, type Started } from "../History.ts";
import { beatMs, settledMs, slackMs } from "./punctual.ts";
import { isFailure } from "./retries.ts";
import type { Demand, Violation } from "./Violation.ts";

/** What was seen of one job. */
export interface Seen {
  readonly asks: ReadonlyArray<Ask>;
  readonly issues: ReadonlyArray<Issue>;
  readonly starts: ReadonlyArray<Started>;
  readonly ends: ReadonlyArray<Ended>;
  /** What was asked for before this may be lost with what the store lost. */
  readonly keptFrom: number;
}

/** A fire that was asked for, and what became of it. */
interface Wanted {
  readonly fire: string;
  /** What it was asked with; undefined: nothing. */
  readonly payload: string | undefined;
  /** When it was acknowledged first, and last. */
  readonly at: number;
  lastAt: number;
  readonly keys: Set<string>;
  readonly issues: Array<Issue>;
  starts: number;
  /** When it was given up while it was queued. */
  readonly cancels: Array<number>;
}

const gather = ({ asks, ends, issues, starts }: Seen): ReadonlyMap<string, Wanted> => {
  const all = new Map<string, Wanted>();
  for (const { at, dueAts, key, kind, payload } of asks) {
    for (const dueAt of dueAts) {
      const fire = fireOf({ dueAt, kind });
      const known = all.get(fire);
      if (known === undefined) {
        all.set(fire, { fire, payload, at, lastAt: at, keys: new Set([key]), issues: [], starts: 0, cancels: [] });
      } else {
        known.keys.add(key);
        known.lastAt = at;
      }
    }
  }
  for (const issue of issues) if (isAsked(issue)) all.get(fireOf(issue))?.issues.push(issue);
  for (const start of starts) {
    const wanted = isAsked(start) ? all.get(fireOf(start)) : undefined;
    if (wanted !== undefined) wanted.starts += 1;
  }
  for (const { at, attempt, dueAt, fence } of ends) {
    // One of the schedule that waited.
    if (attempt > 0 || (fence === dueAt && dueAt % 1_000 === 0)) continue;
    const wanted = all.get(fireOf({ dueAt, kind: "backfill" })) ?? all.get(fireOf({ dueAt, kind: "manual" }));
    wanted?.cancels.push(at);
  }
  return all;
};

/** Ends that a run may come to that was never started. */
export const unstarted: ReadonlySet<string> = new Set(["lost", "abandoned", "cancelled"]);

/** Judges what was asked of one job. `demand` is given when everything had time to run. */
export const asked = (name: string, seen: Seen, demand: Demand | undefined): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  const say = (rule: Violation["rule"], detail: string): void => {
    violations.push({ rule, detail: `${name} ${detail}` });
  };
  const answers = new Map<string, string>();
  for (const { dueAts, key } of seen.asks) {
    const fires = dueAts.join();
    if ((answers.get(key) ?? fires) !== fires) {
      say("asked for once, run once", `under ${key}: ${fires} instead of ${answers.get(key)}`);
    }
    answers.set(key, fires);
  }
  const all = gather(seen);
  const issued = new Map<number, string>();
  for (const issue of seen.issues) {
    if (!isAsked(issue)) continue;
    issued.set(issue.fence, attemptOf(issue));
    if ((all.get(fireOf(issue))?.at ?? Infinity) > issue.at) {
      say("nothing that nobody asked for", `${attemptOf(issue)} ${issue.kind}: handed to ${issue.incarnation}`);
    }
  }
  for (const start of seen.starts) {
    const wanted = isAsked(start) ? all.get(fireOf(start)) : undefined;
    if (wanted !== undefined && wanted.payload !== start.payload && wanted.lastAt >= seen.keptFrom) {
      say(
        "what was asked for is run",
        `${attemptOf(start)} ${start.kind}: with ${start.payload}, not ${wanted.payload}`,
      );
    }
    if (isAsked(start) && issued.get(start.fence) !== attemptOf(start)) {
      say("nothing that nobody asked for", `${attemptOf(start)} ${start.kind}: started by ${start.incarnation}`);
    }
  }
  const outcomes = new Map(seen.ends.map(({ fence, outcome }) => [fence, outcome]));
  for (const { cancels, fire, issues, keys, lastAt, starts } of all.values()) {
    const first = issues.filter(({ attempt }) => attempt === 1).length;
    const taken = first + cancels.length;
    const failed = issues.filter(({ fence }) => isFailure(outcomes.get(fence))).length;
    if (taken > keys.size || starts > issues.length || issues.length > first * mostAttempts + failed) {
      const what = `${first} first attempts of ${issues.length}, ${starts} starts, ${cancels.length} cancelled`;
      say("asked for once, run once", `${fire} asked for under ${keys.size} keys: ${what}`);
    }
    if (demand === undefined || lastAt < seen.keptFrom || lastAt > demand.dueUpTo) continue;
    const outcome = outcomes.get(issues.at(-1)?.fence ?? 0);
    if (taken < keys.size) say("what was asked for is run", `${fire}: ${taken} of ${keys.size} taken or cancelled`);
    else if (starts === 0 && issues.length > 0 && !unstarted.has(outcome ?? "")) {
      say("what was asked for is run", `${fire}: not started, ${outcome ?? "no end"}`);
    }
  }
  return violations;
};

/** How often a run is tried at the most, besides the attempts that follow on a failure. */
const mostAttempts = 5;

/** Queued fires of a job that may overlap run so many at a time. */
const mostAtOnce = 10;

/** How long after it was asked for a fire may be queued when `ahead` others were before it. Milliseconds. */
const latestMs = ({ maxConcurrent, overlap }: JobSpec["policies"], finale: Finale, ahead: number): number => {
  const { graceMs, handlerMs, leaseMs, maxSilenceMs, roundTripMs } = finale.bounds;
  const heard = beatMs(finale) + 2 * graceMs + 2 * roundTripMs;
  const turn = handlerMs + 3 * roundTripMs + slackMs;
  const listed = graceMs + heard + 2 * turn;
  if (overlap === "allow" && maxConcurrent >= mostAtOnce) return listed + Math.ceil(ahead / mostAtOnce) * turn;
  const dead = finale.probe === undefined ? 0 : leaseMs + maxSilenceMs + heard;
  return listed + dead + ahead * 2 * turn;
};

/** Judges when the fires that were asked of one job were taken in the healed world. */
export const askedInTime = (spec: JobSpec, seen: Seen, finale: Finale): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  const settledAt = finale.healedAt + settledMs;
  let ahead = 0;
  for (const { at: asked, cancels, fire, issues, lastAt } of gather(seen).values()) {
    const takenAt = issues[0]?.at ?? cancels[0] ?? finale.at;
    if (takenAt <= settledAt || lastAt < seen.keptFrom) continue;
    const since = Math.max(asked, settledAt);
    const limit = latestMs(spec.policies, finale, ahead);
    ahead += 1;
    if (takenAt <= since + limit) continue;
    const detail = `${spec.name} ${fire}: queued for ${Math.ceil(takenAt - since)} ms, ${limit} ms allowed`;
    violations.push({ rule: "what was asked for is run in time", detail });
  }
  return violations.slice(0, 3);
};
