/**
 * A look at a whole service as a client has it, for what shows all of it at once. No public call tells so much yet: who made a
 * client finds its look here.
 */
import type * as Effect from "effect/Effect";
import type { PeekReply } from "../core/words/Request.ts";
import type { DriverError } from "../Driver.ts";
import type { ActiveFire, MemberStatus } from "./Insight.ts";

/** What is seen. */
export interface Whole {
  /** The store's clock, epoch milliseconds. */
  readonly storeTime: number;
  /** Where each job stands that has a record. */
  readonly jobs: PeekReply["jobs"];
  /** Jobs whose records cannot be read. */
  readonly unreadable: ReadonlyArray<string>;
  readonly members: ReadonlyArray<MemberStatus>;
  /** What runs, waits or is queued. */
  readonly runs: ReadonlyArray<ActiveFire>;
}

/** As Effect users have it. */
export const effects: WeakMap<object, Effect.Effect<Whole, DriverError>> = new WeakMap();

/** As everybody else has it. */
export const promises: WeakMap<object, () => Promise<Whole>> = new WeakMap();
