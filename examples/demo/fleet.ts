/**
 * What the play needs of a fleet, wherever its nodes live.
 *
 * @module
 */
import type * as Layer from "effect/Layer";
import type { Driver } from "ringcron";
import type { News } from "./news.ts";

/** Three nodes and their store. */
export interface Fleet {
  /** Starts the nodes; resolves when all of them are members. */
  start(hear: (news: News) => void): Promise<void>;
  /** Ends a node at once. It says nothing to anybody, from this very moment. */
  kill(node: string): Promise<void>;
  /** Lets the nodes that live leave in good order. */
  leave(): Promise<void>;
  /** The way to its store for somebody who is none of them; undefined while there is none. */
  driver(): Layer.Layer<Driver.Driver, unknown> | undefined;
  /** How many requests the store was sent so far. */
  requests(): number;
  /** Ends everything that is left. May be called at any time, and twice. */
  close(): Promise<void>;
}
