/**
 * What becomes of the commands of a simulated node's machine: requests leave, handlers start and stop, it sleeps and wakes.
 */
import * as FleetClock from "../../core/node/FleetClock.ts";
import type * as Machine from "../../core/node/Machine.ts";
import * as Handler from "./Handler.ts";
import * as History from "./History.ts";
import * as Network from "./Network.ts";
import type { SimulatedNode, World } from "./World.ts";

/** Carries out one command. */
export const carryOut = (world: World, node: SimulatedNode, command: Machine.Command): void => {
  switch (command._tag) {
    case "Send":
      return Network.send(world, node, command);
    case "Start": {
      const { clock } = node.state;
      if (History.isAsked(command.run)) node.asked += 1;
      Handler.noteStart(world, node, command.run, FleetClock.uncertainty(clock, world.clocks(node).mono));
      return Handler.start(world, node, command.run);
    }
    case "WakeAt": {
      const order = ++node.wakeOrder;
      const delay = (command.mono - world.clocks(node).mono) / (1 + node.drift);
      world.after(Math.ceil(delay * 4) / 4, () => {
        if (node.wakeOrder === order) world.step(node, { _tag: "Wake" });
      });
      return;
    }
    case "CallOff":
      // What is on its way cannot be called back.
      return;
    case "Incarnate":
      return world.after(0, () => world.incarnate(node));
    case "Halt":
      node.isAlive = false;
      node.diedAt = world.now;
      return;
    case "Emit": {
      const { event } = command;
      if (event._tag === "FireSkipped") world.history.told.push({ ...event, at: world.now });
      if (event._tag === "HandlerAbandoned") Handler.giveUp(node, event.run);
      return History.count(world.history, `event ${event._tag}`);
    }
    case "Abort":
      return Handler.abort(world, node, command);
  }
};
