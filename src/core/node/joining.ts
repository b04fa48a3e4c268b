/**
 * Giving up to join: the node is as it was before it was told to, with its jobs, and may be told again.
 */
import type { DriverErrorReason } from "../words/Request.ts";
import * as FleetClock from "./FleetClock.ts";
import { sayFarewell } from "./beats.ts";
import type { Draft } from "./Draft.ts";
import { emit } from "./Draft.ts";

/**
 * Nobody waits for this node to become a member any more, so it must not become one behind their backs. What is under way is
 * called off, and whether the store has taken it is unknown: a farewell follows. A copy that comes still later makes a member
 * that claims nothing and is dropped with its lease; the next try has another incarnation, which no late farewell ends.
 */
export const giveUp = (
  draft: Draft<"time" | "membership" | "beat" | "traffic">,
  reason: DriverErrorReason,
  detail: string,
): void => {
  if (draft.phase !== "joining" || draft.hasJoined) return;
  draft.commands.push({ _tag: "CallOff" });
  draft.flights = new Map();
  draft.sendings = new Map();
  sayFarewell(draft);
  draft.phase = "idle";
  draft.incarnation = "";
  // Where the two clocks differ, the next try goes on with what was told: it may have less time than a second answer takes.
  draft.clock = { ...FleetClock.unknown, leap: draft.clock.leap };
  draft.outage = undefined;
  emit(draft, { _tag: "JoinFailed", reason, detail });
};
