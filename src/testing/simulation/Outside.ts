/**
 * Commands of people, who are no node: an engine of their own carries them out at once, and copies of what it sent arrive later.
 */
import * as Engine from "../../core/engine/Engine.ts";
import type { ControlReply, ControlRequest } from "../../core/words/Request.ts";
import * as Observer from "./Observer.ts";
import type { World } from "./World.ts";

/** How long after it was sent a copy may arrive. Milliseconds. */
const latestCopyMs = 5_000;

/** What became of a command; undefined if the record of its job cannot be read. */
export const control = (world: World, command: ControlRequest["command"]): ControlReply | undefined => {
  // People wait until the clock is right again: what they ask for is due by it.
  if (world.storeAheadMs !== 0) return undefined;
  const request: ControlRequest = { _tag: "Control", service: world.config.service, command };
  const operation = world.outside.begin(request, () => Math.floor(world.now));
  const isKnown = Observer.isAsked(world, command);
  try {
    let step = operation.next([]);
    while (step.done !== true) {
      const { requests } = step.value;
      for (const sent of requests) {
        if (!world.traffic.chance(world.faults.duplication)) continue;
        world.after(world.traffic.between(1, latestCopyMs), () => Observer.apply(world, sent, request));
      }
      step = operation.next(requests.map((sent) => Observer.apply(world, sent, request)));
    }
    Observer.noteAsk(world, command, step.value, isKnown);
    return step.value;
  } catch (fault) {
    if (fault instanceof Engine.Fault) return undefined;
    throw fault;
  }
};
