/**
 * Commands of people, who are no node: an engine of their own carries them out at once, and copies of what it sent arrive later.
 */
import * as Engine from "../../core/engine/Engine.ts";
import type { ControlReply, ControlRequest } from "../../core/words/Request.ts";
import type { ScheduleReply, ScheduleRequest } from "../../core/words/ScheduleRequest.ts";
import * as Observer from "./Observer.ts";
import type { World } from "./World.ts";

/** How long after it was sent a copy may arrive. Milliseconds. */
const latestCopyMs = 5_000;

/** What became of a request; undefined if it cannot be carried out. */
const carryOut = <Q extends ControlRequest | ScheduleRequest>(
  world: World,
  request: Q,
): Engine.AnswerTo<Q> | undefined => {
  const operation = world.outside.begin(request, () => Math.floor(world.now));
  try {
    let step = operation.next([]);
    while (step.done !== true) {
      const { requests } = step.value;
      const { now } = world;
      for (const sent of requests) {
        if (!world.traffic.chance(world.faults.duplication)) continue;
        world.after(world.traffic.between(1, latestCopyMs), () => Observer.apply(world, sent, request, now));
      }
      step = operation.next(requests.map((sent) => Observer.apply(world, sent, request, now)));
    }
    return step.value;
  } catch (fault) {
    if (fault instanceof Engine.Fault) return undefined;
    throw fault;
  }
};

/** What became of a command; undefined if the record of its job cannot be read. */
export const control = (world: World, command: ControlRequest["command"]): ControlReply | undefined => {
  // People wait until the clock is right again: what they ask for is due by it.
  if (world.storeAheadMs !== 0) return undefined;
  const isKnown = Observer.isAsked(world, command);
  const reply = carryOut<ControlRequest>(world, { _tag: "Control", service: world.config.service, command });
  if (reply !== undefined) Observer.noteAsk(world, command, reply, isKnown);
  return reply;
};

/** Has schedules in the store follow a pause of all jobs, or its end. */
export const follow = (
  world: World,
  command: Extract<ScheduleRequest["command"], { readonly _tag: "PauseAll" | "ResumeAll" }>,
): ScheduleReply | undefined =>
  world.storeAheadMs === 0 && world.hasSchedules
    ? carryOut<ScheduleRequest>(world, { _tag: "Schedules", service: world.config.service, command })
    : undefined;
