/**
 * Where processes are told what people ask of them: each fetches its orders from an address of its own, and waits there
 * while there are none. The way to the store has nothing to do with it, so no fault of that way is one of the orders.
 *
 * @module
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Command } from "./workload.ts";

/** A command, told to a process. */
export interface Order extends Command {
  /** No two orders have the same, also where they are for the same command. */
  readonly number: number;
}

/** Orders that wait to be fetched. */
export interface Orders {
  /** Where a process fetches its orders, a list of them in JSON. */
  readonly urlOf: (process: string) => string;
  /** Tells a process something. One that is dead never reads it, one that stands still does when it goes on. */
  readonly tell: (process: string, order: Order) => void;
  readonly stop: () => Promise<void>;
}

/** How long a process waits at the most before it has to ask again. */
const waitMs = 20_000;

/** Begins to hand out orders. */
export async function openOrders(): Promise<Orders> {
  const waiting = new Map<string, ServerResponse>();
  const orders = new Map<string, Array<Order>>();

  const hand = (name: string): void => {
    const [response, list] = [waiting.get(name), orders.get(name) ?? []];
    if (response === undefined) return;
    waiting.delete(name);
    orders.delete(name);
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(list));
  };

  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? "/").slice(1));
    request.resume();
    response.on("error", () => {});
    waiting.set(name, response);
    if (orders.has(name)) return hand(name);
    const timer = setTimeout(() => waiting.get(name) === response && hand(name), waitMs);
    response.on("close", () => {
      clearTimeout(timer);
      if (waiting.get(name) === response) waiting.delete(name);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    urlOf: (name) => base + encodeURIComponent(name),
    tell(name, order) {
      orders.set(name, [...orders.get(name) ?? [], order]);
      hand(name);
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
