/**
 * Three nodes in this process on one store in memory.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Driver } from "ringcron";
import * as Memory from "ringcron/memory";
import type { Scheduler } from "ringcron/promise";
import type { Fleet } from "./fleet.ts";
import type { News } from "./news.ts";
import { createNode } from "./node.ts";
import { drainMs, nodeNames } from "./scenario.ts";

/** The way from one node to the store. When it is cut, questions go out and no answer ever comes. */
interface Wire {
  readonly driver: Driver.Driver;
  readonly requests: () => number;
  readonly isCut: () => boolean;
  readonly cut: () => void;
}

const wireTo = (store: Driver.Driver): Wire => {
  let requests = 0;
  let isCut = false;
  const through = <Q, A>(ask: (request: Q) => Effect.Effect<A, Driver.DriverError>) => (request: Q) =>
    Effect.suspend(() => {
      if (isCut) return Effect.never;
      requests += 1;
      return ask(request);
    });
  const driver: Driver.Driver = {
    name: store.name,
    beat: through(store.beat),
    claim: through(store.claim),
    complete: through(store.complete),
    peek: through(store.peek),
    control: through(store.control),
  };
  return { driver, requests: () => requests, isCut: () => isCut, cut: () => void (isCut = true) };
};

/** A fleet in this process. */
export const createMemoryFleet = (): Fleet => {
  const store = Memory.make();
  const wires = new Map(nodeNames.map((name) => [name, wireTo(store)]));
  const nodes = new Map<string, Scheduler>();
  const stop = async (drainMs: number) => {
    await Promise.all([...nodes.values()].map((node) => node.stop({ drainMs })));
  };
  return {
    async start(hear) {
      for (const [name, wire] of wires) {
        const say = (news: News) => {
          if (!wire.isCut()) hear(news);
        };
        nodes.set(name, await createNode(name, Layer.succeed(Driver.Driver, wire.driver), say));
      }
      await Promise.all([...nodes.values()].map((node) => node.start()));
    },
    kill(name) {
      wires.get(name)?.cut();
      // Nobody hears the farewell of a node whose wire is cut: this only ends its timers and its handlers.
      void nodes.get(name)?.stop({ drainMs: 0 });
      return Promise.resolve();
    },
    leave: () => stop(drainMs),
    driver: () => Layer.succeed(Driver.Driver, store),
    requests: () => [...wires.values()].reduce((sum, wire) => sum + wire.requests(), 0),
    close: () => stop(0),
  };
};
