/**
 * What may be asked of a state between its steps: the time, and who is there.
 */
import * as View from "../words/View.ts";
import { demandParts } from "../words/InvalidInput.ts";
import * as FleetClock from "./FleetClock.ts";
import type { Instant } from "./FleetClock.ts";
import { hasLease } from "./Draft.ts";
import type { State } from "./State.ts";

/**
 * The fleet's time at an instant of this node's clocks, epoch milliseconds. Before the store has answered it is the wall
 * clock.
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
 * console.log(Machine.fleetTime(Machine.initial(config, at), at)); // 1750000000000
 * ```
 */
export const fleetTime = (state: State, at: Instant): number => {
  demandParts("state", state, "clock");
  return FleetClock.now(state.clock, at);
};

/**
 * The view as far as a node may rely on it at an instant of its clocks: empty before it has joined, once its membership is
 * over (nobody can say then who is still there), and after it has left.
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
 * console.log(Machine.knownView(Machine.initial(config, at), at).members.length); // 0
 * ```
 */
export const knownView = (state: State, at: Instant): View.View => {
  demandParts("state", state, "phase", "view");
  demandParts("at", at);
  const { lease, phase, view } = state;
  return (phase === "member" || phase === "leaving") && hasLease({ at, lease }) ? view : View.empty;
};
