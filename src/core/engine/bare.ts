/**
 * An engine without operations: it remembers what it has seen of each service, and is told with each request how that is carried
 * out. So a program brings along the operations that it asks for, and no other.
 */
import type { Limits } from "../words/Exchange.ts";
import { demand, demandParts } from "../words/InvalidInput.ts";
import * as Known from "./Known.ts";
import type { Operation } from "./Operation.ts";
import type { Settling } from "./settle.ts";

/** How requests of a kind are carried out over a store. */
export type Procedure<Q, A> = (settling: Settling, request: Q) => Operation<A>;

/** What each request has. */
export interface Asked {
  readonly _tag: string;
  readonly service: string;
}

/** An engine, with what it remembers of each service. */
export interface Bare {
  /** Begins an operation. `clock` estimates the store's clock at the time when what is sent now arrives. */
  readonly begin: <Q extends Asked, A>(procedure: Procedure<Q, A>, request: Q, clock: () => number) => Operation<A>;
}

/** One for stores that take so much in one exchange. */
export const make = (limits: Limits): Bare => {
  demandParts("limits", limits, "rows", "bytes");
  const services = new Map<string, Known.Known>();
  const knownOf = (service: string): Known.Known => {
    const before = services.get(service);
    if (before !== undefined) return before;
    const known = Known.make();
    services.set(service, known);
    return known;
  };
  return {
    begin: (procedure, request, clock) => {
      demandParts("request", request, "_tag", "service");
      demand(typeof clock === "function", "clock", clock, "a function");
      const { service } = request;
      return procedure({ known: knownOf(service), service, limits, clock }, request);
    },
  };
};
