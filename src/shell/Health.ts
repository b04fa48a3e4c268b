/**
 * How a node is, and since when: for probes.
 */
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

/** Tells how a node is, from now on. */
export const make = (node: Node): () => Health => {
  let known: { readonly status: Machine.Condition["status"]; readonly since: number } | undefined;
  const look = (): Health => {
    const at = node.at();
    const condition = Machine.health(node.state(), at);
    if (known?.status !== condition.status) known = { status: condition.status, since: Math.round(at.wall) };
    return { ...condition, since: known.since };
  };
  look();
  node.listen(() => {
    look();
  }, changing);
  return look;
};
