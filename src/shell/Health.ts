/**
 * How a node is, and since when: for probes.
 */
import { overdueJobs } from "../core/node/health.ts";
import * as Machine from "../core/node/Machine.ts";
import type { Event } from "../core/words/Event.ts";
import type { Node } from "./Node.ts";

/**
 * How a node is. Cost of asking: none for the store, one pass over its jobs.
 *
 * - Liveness, whether the process is to be restarted: that it answers. None of this is a reason for it: a store that is away comes
 *   back, and the node goes on by itself.
 * - Readiness, whether the node does its work: `status` is not `down`.
 * - Alarms: `degraded` or `down` for some minutes, or `overdue` is not empty.
 */
export interface Health extends Machine.Condition {
  /** Since when `status` is what it is, epoch milliseconds of this node's clock. */
  readonly since: number;
}

/** After these it may be another one. */
const changing: ReadonlySet<Event["_tag"]> = new Set([
  "Joined",
  "StoreUnavailable",
  "StoreBack",
  "LeaseLost",
  "LeaseRegained",
  "Suspended",
  "ScheduleDivergence",
  "Leaving",
  "Stopped",
]);

/**
 * Tells of fires that nobody has decided long after they were due, each time that the node has done something, at most three times in
 * `missedAfterMs`. Cost: one pass over its jobs each time.
 */
const watchMissed = (node: Node, missedAfterMs: number): void => {
  let told: ReadonlyMap<string, number> = new Map();
  let lookAt = -Infinity;
  node.watch(() => {
    const at = node.at();
    if (at.mono < lookAt) return;
    lookAt = at.mono + missedAfterMs / 3;
    const phase = node.phase();
    if (phase !== "member" && phase !== "leaving") return;
    const before = told;
    told = overdueJobs(node.state(), at, missedAfterMs);
    for (const [job, dueAt] of told) {
      if (before.get(job) !== dueAt) node.tell({ _tag: "FireMissed", job, dueAt: Math.floor(dueAt) });
    }
  });
};

/** Tells how a node is, from now on. */
export const make = (node: Node, missedAfterMs: number): () => Health => {
  let known: { readonly status: Machine.Condition["status"]; readonly since: number } | undefined;
  const look = (): Health => {
    const at = node.at();
    const condition = Machine.health(node.state(), at, missedAfterMs);
    if (known?.status !== condition.status) known = { status: condition.status, since: Math.round(at.wall) };
    return { ...condition, since: known.since };
  };
  look();
  watchMissed(node, missedAfterMs);
  node.listen(() => {
    look();
  }, changing);
  return look;
};
