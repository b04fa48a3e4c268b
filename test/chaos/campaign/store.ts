/**
 * A store under chaos, as the campaign sees it.
 *
 * @module
 */
import { askedKey, definitionKey, jobKey, resultKey, toldKey } from "../../../src/core/engine/rows.ts";
import type { RedisServer } from "../../support/redis.ts";
import * as Asked from "../../../src/core/ledger/Asked.ts";
import * as Results from "../../../src/core/ledger/Results.ts";
import type { Random } from "./random.ts";
import type { Leap } from "./leaps.ts";
import type { Generation } from "./store-log.ts";
import type { NetworkFault } from "./network.ts";

/** Which driver the fleet uses. */
export type StoreName = "redis" | "redis-zset" | "etcd";

/** What a campaign does to its store: `mixed` and `promote` lose nothing that was acknowledged, the others do. */
export const profiles = ["mixed", "promote", "promote-lag", "stale", "empty"] as const;

/** The name of a profile. */
export type Profile = typeof profiles[number];

/** Whether a profile loses what the store acknowledged. */
export const isLossy = (profile: Profile): boolean => profile !== "mixed" && profile !== "promote";

/** The way from one process to the store, with faults of its own. */
export interface Way {
  readonly endpoints: ReadonlyArray<string>;
  networkFault: NetworkFault | undefined;
  /** Requests sent by the processes on this way so far. */
  requests(): number;
}

/** A fault of the store: takes effect, and resolves when it is over. */
export type StoreFault = (random: Random) => Promise<void>;

/** A running store. */
export interface ChaosStore {
  readonly token: string;
  readonly ways: ReadonlyArray<Way>;
  /** What can happen to it, with how often relative to each other. */
  readonly faults: Readonly<Record<string, { readonly weight: number; readonly act: StoreFault }>>;
  /** How often each kind of request and answer was seen. */
  readonly counters: Map<string, number>;
  /**
   * By how much a commit may be later than the time it bears: 0 where the store itself writes the time, the longest way of a
   * request where a node does. Milliseconds.
   */
  readonly commitDelayMs: number;
  /** When its clock was wrong. */
  readonly leaps: ReadonlyArray<Leap>;
  /** Whether nodes go by its clock; else by their own, unless it proves them wrong. */
  readonly isClockOfAll: boolean;
  /** Whether it keeps what it acknowledged. */
  readonly keeps: boolean;
  /** Undoes all faults. */
  heal(): Promise<void>;
  /** What is under which keys now. */
  rows(): Promise<ReadonlyMap<string, string>>;
  /** Puts a text in the place of the record of a job, as somebody does by hand; false if that is another one. */
  replace(job: string, from: string, to: string): Promise<boolean>;
  /** Everything that was written. */
  log(): Promise<ReadonlyArray<Generation>>;
  /** What is there and should not be, once every node has left. */
  leftovers(jobs: ReadonlySet<string>): Promise<ReadonlyArray<string>>;
  stop(): Promise<void>;
}

/** Whether a row tells when schedules were removed last: those stay. */
export const isRemoval = (row: string): boolean => row.startsWith("_r:");

/** What lies in a hash of rows that last, and is not to stay. */
export const lastingLeft = async (redis: Pick<RedisServer, "command">, key: string): Promise<ReadonlyArray<string>> =>
  (await redis.command("HKEYS", key) as ReadonlyArray<string>).filter((it) => !isRemoval(it));

/** The rows that jobs have, and the one that says which of them are described. */
export const rowsOf = (jobs: Iterable<string>): ReadonlySet<string> =>
  new Set([toldKey].concat(...[...jobs].map((job) => [
    jobKey(job),
    definitionKey(job),
    ...Array.from({ length: Asked.shards }, (_, shard) => askedKey(job, shard)),
    // What has become of a fire stays until its row is needed again.
    ...Array.from({ length: Results.slots }, (_, slot) => resultKey(job, slot)),
  ])));

/** Counts one more of something. */
export const tally = (counters: Map<string, number>, what: string): void =>
  void counters.set(what, (counters.get(what) ?? 0) + 1);
