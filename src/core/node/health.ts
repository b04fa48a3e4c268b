/**
 * How a node is, as of an instant of its clocks: what probes and people ask.
 */
import { demandNumber, demandParts } from "../words/InvalidInput.ts";
import { isSchedule, labelOf } from "../words/Schedules.ts";
import { fleetTime, knownView } from "./asked.ts";
import { hasLease } from "./Draft.ts";
import type { Instant } from "./FleetClock.ts";
import { isLooking } from "./role.ts";
import type { JobEntry, State } from "./State.ts";

/** How a node is. */
export interface Condition {
  /** `down`: it starts nothing; `degraded`: it works, and something is wrong; `ok`: neither. */
  readonly status: "ok" | "degraded" | "down";
  /** Why it is not `ok`, in sentences; empty if it is. */
  readonly reasons: ReadonlyArray<string>;
  /** What is known of the store. */
  readonly store: {
    /** When the store was last heard of, epoch milliseconds of this node's clock; undefined before it ever was. */
    readonly lastContactAt: number | undefined;
    /** How long an answer takes, as cautiously as the node plans with it. Milliseconds; undefined before the first one. */
    readonly roundTripMs: number | undefined;
    /**
     * By how much the fleet's clock is ahead of this node's, negative if it is behind. Milliseconds; undefined before the first answer.
     */
    readonly clockOffsetMs: number | undefined;
  };
  /** How many members there are, this one included; 0 where nothing can be known of the fleet. */
  readonly members: number;
  /** How many jobs it tries first for. */
  readonly owned: number;
  /**
   * Jobs of this node, which it owns or is the successor of, that were due more than `missedAfterMs` ago (half a minute unless the
   * options say otherwise), and whose fires nobody has decided, as far as this node knows.
   */
  readonly overdue: ReadonlyArray<string>;
}

/** By then an owner, a successor and a store that is slow have had their time. Milliseconds. */
const overdueMs = 30_000;

/** When the first fire of a job was to start that nobody has decided; undefined if it is not overdue. What waits for a run in its way is not. */
const overdueSince = ({ role, standing }: JobEntry, before: number): number | undefined => {
  const { busySince, condition, lateAt, startsAt } = standing;
  const isFree = condition === "open" && busySince === 0 && lateAt === undefined;
  return isLooking(role) && isFree && startsAt !== undefined && startsAt < before ? startsAt : undefined;
};

/** The jobs that are overdue, and since when: the first fire of each that nobody has decided was to start then. */
export const overdueJobs = (state: State, at: Instant, afterMs: number): ReadonlyMap<string, number> => {
  const before = fleetTime(state, at) - afterMs;
  const overdue = new Map<string, number>();
  for (const [name, entry] of state.jobs) {
    const since = overdueSince(entry, before);
    if (since !== undefined) overdue.set(name, since);
  }
  return overdue;
};

/** Why it starts nothing; undefined if it does. */
const downBy = (state: State, at: Instant): string | undefined => {
  switch (state.phase) {
    case "idle":
      return "it was not started";
    case "joining":
      return "it is no member yet";
    case "stopped":
      return "it is stopped";
    case "member":
    case "leaving":
      return hasLease({ at, lease: state.lease })
        ? undefined
        : "its membership is over: nothing is started until the store is reached again";
  }
};

/**
 * How a node is at an instant of its clocks. A job is overdue `afterMs` after it was due, 30,000 unless it is said.
 *
 * Cost: two passes over its jobs.
 *
 * @example
 * ```ts
 * import { Machine } from "ringcron/core";
 *
 * const config = {
 *   service: "demo", nodeName: "a", weight: 1, leaseMs: 10_000, graceMs: 1_000, lookaheadMs: undefined,
 *   maxSilenceMs: 300_000, requestTimeoutMs: 5_000, deployment: 0,
 * };
 * const at = { mono: 0, wall: 1_750_000_000_000 };
 * console.log(Machine.health(Machine.initial(config, at), at).status); // down
 * ```
 */
export const health = (state: State, at: Instant, afterMs: number = overdueMs): Condition => {
  demandParts("state", state, "phase", "jobs", "clock");
  demandParts("at", at);
  demandNumber("afterMs", afterMs);
  const now = fleetTime(state, at);
  const overdue = [...overdueJobs(state, at, afterMs).keys()];
  const unreadable: Array<string> = [];
  let owned = 0;
  for (const [name, entry] of state.jobs) {
    if (entry.role._tag === "Owner" && !isSchedule(name)) owned += 1;
    if (entry.standing.condition === "unreadable") unreadable.push(name);
  }
  const down = downBy(state, at);
  const reasons = [
    ...(down === undefined ? [] : [down]),
    ...(state.outage === undefined ? [] : ["the store does not answer, or refuses"]),
    ...(state.phase === "leaving" ? ["it is leaving"] : []),
    ...(overdue.length === 0 ? [] : [`nobody decides what is due of ${overdue.length} of its jobs`]),
    ...(unreadable.length === 0 ? [] : [`the records of ${unreadable.length} of its jobs cannot be read`]),
    ...(state.divergence === "" ? [] : ["other members have other time zone data"]),
  ];
  const { clock, lease } = state;
  const heardAt = Math.max(clock.samples.at(-1)?.mono ?? -Infinity, lease?.sent.mono ?? -Infinity);
  const isHeard = Number.isFinite(heardAt);
  return {
    status: down !== undefined ? "down" : reasons.length > 0 ? "degraded" : "ok",
    reasons,
    store: {
      lastContactAt: isHeard ? Math.round(at.wall - (at.mono - heardAt)) : undefined,
      roundTripMs: isHeard ? Math.round(clock.roundTripMs) : undefined,
      clockOffsetMs: isHeard ? Math.round(now - at.wall) : undefined,
    },
    members: knownView(state, at).members.length,
    owned,
    overdue: overdue.map(labelOf).sort(),
  };
};
