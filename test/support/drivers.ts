/**
 * The drivers that are held to the laws in every runtime: the rows of the table. A further driver is one more row.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import * as Etcd from "../../adapters/etcd.ts";
import * as Memory from "../../adapters/memory.ts";
import * as Redis from "../../adapters/redis.ts";
import * as RedisZset from "../../adapters/redis-zset.ts";
import type { Driver, DriverError } from "../../src/Driver.ts";

/** Where the stores of a run are. */
export interface Stores {
  /** A Redis behind HTTP. */
  readonly upstash: { readonly url: string; readonly token: string };
  /** The client URL of an etcd. */
  readonly etcd: string;
}

/** A driver under test. */
export interface DriverRow {
  readonly name: string;
  readonly make: (stores: Stores) => Effect.Effect<Driver, DriverError>;
  /** Runtimes in which it is not held to the laws, each with the reason: `{ workerd: "…" }`. */
  readonly except?: Readonly<Record<string, string>>;
  /** Laws it does not keep as they are in any runtime, each with the reason. */
  readonly lawExceptions?: ReadonlyMap<string, string>;
}

/** All rows. */
export const drivers: ReadonlyArray<DriverRow> = [
  { name: "etcd", make: ({ etcd }) => Etcd.make({ endpoints: etcd }), lawExceptions: Etcd.lawExceptions },
  { name: "memory", make: () => Effect.sync(() => Memory.make()) },
  { name: "redis", make: ({ upstash }) => Redis.make(upstash) },
  { name: "redis-zset", make: ({ upstash }) => RedisZset.make(upstash) },
];
