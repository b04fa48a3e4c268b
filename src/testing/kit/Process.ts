/**
 * One life of a node: a scheduler on the clock of its own process, over the store of the fleet.
 */
import * as Clock from "effect/Clock";
import * as Layer from "effect/Layer";
import { Driver } from "../../Driver.ts";
import type { Store } from "../../Store.ts";
import type { Event } from "../../core/words/Event.ts";
import * as Engine from "../../shell/engine.ts";
import { LongestSleepMs } from "../../shell/Node.ts";
import { createCron, type NodeOptions, type Scheduler } from "../../shell/promise.ts";
import type { Quiet } from "./Quiet.ts";
import { type Reach, reaching } from "./reach.ts";
import { ProcessClock, type VirtualTime } from "./VirtualTime.ts";

/** Declares the jobs of one node. */
export type Declare = (cron: Scheduler, node: string) => unknown;

/** What all processes of a fleet share. */
export interface World {
  readonly time: VirtualTime;
  readonly quiet: Quiet;
  readonly store: Store;
  readonly storeReach: () => Reach;
  readonly options: NodeOptions;
  readonly tell: (event: Event, node: string) => void;
  /** Something happens. */
  readonly move: () => void;
}

/** A process. */
export interface Process {
  readonly clock: ProcessClock;
  readonly cron: Scheduler;
  /** Cuts it off from the store, or joins it again. */
  readonly cut: (isCut: boolean) => void;
}

/** The scheduler as `declare` sees it: its handlers are waited for, and what it refuses is heard of. */
const attended = (cron: Scheduler, { quiet }: World, adds: Array<Promise<void>>): Scheduler => ({
  ...cron,
  add: (name, schedule, handler, options) => {
    const waited: typeof handler = typeof handler !== "function" ? handler : async (run) => {
      const over = quiet.began();
      try {
        return await handler(run);
      } finally {
        over();
      }
    };
    const added = cron.add(name, schedule, waited, options);
    adds.push(added);
    return added;
  },
});

/** Starts the process of a node; its jobs are declared, and it has not joined yet. */
export const launch = async (world: World, name: string, declare: Declare): Promise<Process> => {
  const { store, storeReach, time } = world;
  const clock = new ProcessClock(time);
  let isCut = false;
  const driver = reaching(
    Engine.carrier(store),
    () => isCut || clock.condition === "is dead" ? "silent" : storeReach(),
    () => !isCut && clock.condition === "runs",
    world.move,
  );
  // What is beside the driver is what the node goes by.
  const layer = Layer.mergeAll(
    Layer.succeed(Driver, driver),
    Layer.succeed(Clock.Clock, clock.clock),
    Layer.succeed(LongestSleepMs, 86_400_000),
  );
  const cron = await createCron({
    ...world.options,
    nodeName: name,
    driver: layer as Layer.Layer<Driver>,
    logLevel: "none",
  });
  cron.on((event) => world.tell(event, name));
  const adds: Array<Promise<void>> = [];
  const whole = attended(cron, world, adds);
  try {
    await declare(whole, name);
    await Promise.all(adds);
  } catch (error) {
    await Promise.allSettled(adds);
    await cron.stop({ drainMs: 0 });
    throw error;
  }
  return {
    clock,
    cron: whole,
    cut: (cut) => {
      isCut = cut;
    },
  };
};
