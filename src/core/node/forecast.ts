/**
 * Who would run what, and what would move if the fleet were another one: arithmetic on a view, for people and tools.
 */
import * as Ownership from "../ring/Ownership.ts";
import type { CronExpression } from "../schedule/CronExpression.ts";
import * as Jitter from "../schedule/jitter.ts";
import * as NextFire from "../schedule/NextFire.ts";
import type { MemberName } from "../words/Event.ts";
import { demand, demandNumber, demandParts, strangeField } from "../words/InvalidInput.ts";
import type * as View from "../words/View.ts";

/** A job as far as it says when it is due. */
export interface PlannedJob {
  /** Its name. */
  readonly name: string;
  /** Its schedule. */
  readonly expression: CronExpression;
  /** How long after it is due a fire may start, milliseconds. Default: 0. */
  readonly jitterMs?: number | undefined;
}

/** A fire, and who would run it. */
export interface PlannedFire {
  /** The job's name. */
  readonly job: string;
  /** The instant it is due, epoch milliseconds. */
  readonly dueAt: number;
  /** When it would start, epoch milliseconds. */
  readonly startsAt: number;
  /** Who tries it first; undefined if no member can. */
  readonly owner: MemberName | undefined;
  /** Who tries it next, a grace later; undefined if there is nobody else. */
  readonly successor: MemberName | undefined;
}

/** Options of `plan`. */
export interface PlanOptions {
  /** The service: which fires a job with jitter starts when depends on it. Default: an empty name. */
  readonly service?: string | undefined;
  /** How many fires at most, 1 to 100,000. Default 1,000. */
  readonly limit?: number | undefined;
}

const nameOf = ({ members }: View.View): (incarnation: string | undefined) => MemberName | undefined => {
  const names = new Map(members.map(({ incarnation, name }) => [incarnation, { incarnation, name }]));
  return (incarnation) => incarnation === undefined ? undefined : names.get(incarnation);
};

/**
 * Which fires of some jobs are due from an instant on and before another one, epoch milliseconds, and who would run them if the fleet
 * stays as it is: in the order of time, then of names. Who declares a job is what the view says; pauses, limits and what is undecided
 * are the store's to tell.
 *
 * Cost: that of ownership, O(jobs × members), and of each fire.
 *
 * @example
 * ```ts
 * import { CronExpression, plan } from "ringcron/core";
 *
 * const jobs = [{ name: "hourly", expression: CronExpression.parseUnsafe("0 * * * *") }];
 * const fires = plan({ version: 1, storeTime: 0, members: [] }, jobs, 0, 7_200_000);
 * console.log(fires.map(({ dueAt, owner }) => [dueAt, owner])); // [ [ 0, undefined ], [ 3600000, undefined ] ]
 * ```
 */
export const plan = (
  view: View.View,
  jobs: ReadonlyArray<PlannedJob>,
  from: number,
  to: number,
  options: PlanOptions = {},
): ReadonlyArray<PlannedFire> => {
  demandParts("view", view, "members");
  demand(Array.isArray(jobs), "jobs", jobs, "a list of { name, expression }");
  demandNumber("from", from);
  demandNumber("to", to);
  demandParts("options", options);
  const strange = strangeField(options, ["service", "limit"]);
  if (strange !== undefined) throw strange;
  const { limit = 1_000, service = "" } = options;
  demand(typeof service === "string", "service", service, "a string");
  const isLimit = Number.isInteger(limit) && limit >= 1 && limit <= 100_000;
  demand(isLimit, "limit", limit, "a whole number from 1 to 100000");
  const { places } = Ownership.of(view);
  const named = nameOf(view);
  const fires: Array<PlannedFire> = [];
  for (const job of jobs) {
    demandParts("jobs", job, "name", "expression");
    const { expression, jitterMs, name } = job;
    demand(typeof name === "string", "jobs", name, "a list of { name, expression }");
    const isWait = jitterMs === undefined || (Number.isInteger(jitterMs) && jitterMs >= 0);
    demand(isWait, "jitterMs", jitterMs, "a whole number from 0");
    const place = places.get(name);
    const [owner, successor] = [named(place?.owner), named(place?.successor)];
    const jitter = Jitter.of(service, name, jitterMs);
    let left = limit;
    for (const dueAt of NextFire.between(expression, from - 1, to - 1)) {
      if (left-- === 0) break;
      fires.push({ job: name, dueAt, startsAt: Jitter.startOf(expression, jitter, dueAt), owner, successor });
    }
  }
  return fires.sort((a, b) => a.dueAt - b.dueAt || (a.job < b.job ? -1 : a.job > b.job ? 1 : 0)).slice(0, limit);
};

/** A member that might join. */
export interface Newcomer {
  /** What it would be called. */
  readonly name: string;
  /** Its share relative to the others, a whole number from 1. Default 1. */
  readonly weight?: number | undefined;
  /** The names of the jobs that it would declare, as they are in force. Default: all. */
  readonly jobs?: ReadonlyArray<string> | undefined;
}

/** What would be otherwise. */
export interface FleetChange {
  /** The names of members that would leave. Default: none. */
  readonly leave?: ReadonlyArray<string> | undefined;
  /** Members that would join. Which jobs one would own depends on its random identity, how many does not. Default: none. */
  readonly join?: ReadonlyArray<Newcomer> | undefined;
  /** Other weights of members, by name. Default: they stay. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
}

/** A job that would have another owner. */
export interface Moved {
  /** The job's name. */
  readonly job: string;
  /** Who owns it now; undefined: nobody. */
  readonly from: MemberName | undefined;
  /** Who would own it; undefined: nobody could. */
  readonly to: MemberName | undefined;
}

/** What a member owns, and would own. */
export interface Share extends MemberName {
  /** How many jobs it owns; undefined: it is no member yet. */
  readonly owns: number | undefined;
  /** How many it would own; undefined: it would have left. */
  readonly wouldOwn: number | undefined;
}

/** What a change would come to. */
export interface WhatIf {
  /** The view after it. */
  readonly view: View.View;
  /** Those who are members now or would be. */
  readonly members: ReadonlyArray<Share>;
  /** The jobs that would move, by name. */
  readonly moved: ReadonlyArray<Moved>;
  /** How many jobs there are. */
  readonly jobs: number;
  /** How many of them nobody could run. */
  readonly withoutOwner: number;
}

const changed = (view: View.View, { join = [], leave = [], weights = {} }: FleetChange): View.View => {
  const { definitions } = Ownership.of(view);
  const isThere = (name: string): boolean => view.members.some((it) => it.name === name);
  for (const name of leave) demand(isThere(name), "leave", name, "names of members");
  for (const [name, weight] of Object.entries(weights)) {
    demand(isThere(name), "weights", name, "names of members");
    demand(Number.isInteger(weight) && weight >= 1, "weights", weight, "whole numbers from 1");
  }
  const newcomers = join.map((newcomer, index): View.Member => {
    demandParts("join", newcomer, "name");
    const { jobs, name, weight = 1 } = newcomer;
    demand(typeof name === "string", "join", name, "a list of { name }");
    demand(Number.isInteger(weight) && weight >= 1, "weight", weight, "a whole number from 1");
    demand(jobs === undefined || Array.isArray(jobs), "jobs", jobs, "a list of names");
    const declares = jobs === undefined ? definitions : new Map([...definitions].filter(([job]) => jobs.includes(job)));
    return {
      incarnation: `new:${index}:${name}`,
      name,
      weight,
      state: "active",
      deployment: 0,
      nextBeatAt: view.storeTime,
      leaseEndsAt: view.storeTime,
      jobs: declares,
    };
  });
  const stay = view.members.filter(({ name }) => !leave.includes(name))
    .map((it) => Object.hasOwn(weights, it.name) ? { ...it, weight: weights[it.name] as number } : it);
  const members = [...stay, ...newcomers].sort((a, b) => a.incarnation < b.incarnation ? -1 : 1);
  return { ...view, members };
};

/**
 * What would move if members left, joined, or had another weight. Nothing is changed.
 *
 * Throws `InvalidInput` for a name that no member has. Cost: twice that of ownership, O(jobs × members).
 *
 * @example
 * ```ts
 * import { whatIf } from "ringcron/core";
 *
 * const member = { weight: 1, state: "active", deployment: 1, nextBeatAt: 0, leaseEndsAt: 0 } as const;
 * const jobs = new Map([["invoices", "d"], ["reports", "d"]]);
 * const members = ["a", "b"].map((name) => ({ ...member, incarnation: name, name, jobs }));
 * const { members: shares, moved } = whatIf({ version: 1, storeTime: 0, members }, { leave: ["a"] });
 * console.log(moved.length, shares.map(({ wouldOwn }) => wouldOwn)); // 1 [ undefined, 2 ]
 * ```
 */
export const whatIf = (view: View.View, change: FleetChange): WhatIf => {
  demandParts("view", view, "members");
  demandParts("change", change);
  const strange = strangeField(change, ["leave", "join", "weights"]);
  if (strange !== undefined) throw strange;
  const { join, leave, weights } = change;
  demand(leave === undefined || Array.isArray(leave), "leave", leave, "a list of names");
  demand(join === undefined || Array.isArray(join), "join", join, "a list of { name }");
  if (weights !== undefined) demandParts("weights", weights);
  const then = changed(view, change);
  const [now, next] = [Ownership.of(view), Ownership.of(then)];
  const [nameNow, nameThen] = [nameOf(view), nameOf(then)];
  const moved: Array<Moved> = [];
  for (const job of now.definitions.keys()) {
    const [from, to] = [now.places.get(job)?.owner, next.places.get(job)?.owner];
    if (from !== to) moved.push({ job, from: nameNow(from), to: nameThen(to) });
  }
  const owned = [view, then].map((it, at) => {
    const counts = Ownership.owned(at === 0 ? now : next);
    return new Map(it.members.map(({ incarnation }) => [incarnation, counts.get(incarnation) ?? 0]));
  });
  const everyone = new Map([...view.members, ...then.members].map((it) => [it.incarnation, it.name]));
  const members = [...everyone].map(([incarnation, name]): Share => ({
    incarnation,
    name,
    owns: owned[0]?.get(incarnation),
    wouldOwn: owned[1]?.get(incarnation),
  }));
  return {
    view: then,
    members: members.sort((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : a.incarnation < b.incarnation ? -1 : 1
    ),
    moved: moved.sort((a, b) => a.job < b.job ? -1 : 1),
    jobs: now.definitions.size,
    withoutOwner: now.definitions.size - [...now.definitions.keys()].filter((job) => next.places.has(job)).length,
  };
};
