/**
 * A store under chaos, as the campaign sees it.
 *
 * @module
 */
import type { Dice } from "./dice.ts";
import type { Generation } from "./store-log.ts";
import type { Weather } from "./weather.ts";

/** Which driver the fleet uses. */
export type StoreName = "redis" | "redis-zset" | "etcd";

/** What a campaign does to its store: `mixed` and `promote` lose nothing that was acknowledged, the others do. */
export const profiles = ["mixed", "promote", "promote-lag", "stale", "empty"] as const;

/** The name of a profile. */
export type Profile = typeof profiles[number];

/** Whether a profile loses what the store acknowledged. */
export const isLossy = (profile: Profile): boolean => profile !== "mixed" && profile !== "promote";

/** The way from one process to the store, with its own weather. */
export interface Way {
  readonly endpoints: ReadonlyArray<string>;
  weather: Weather | undefined;
  /** Requests sent by the processes on this way so far. */
  requests(): number;
}

/** A fault of the store: takes effect, and resolves when it is over. */
export type StoreFault = (dice: Dice) => Promise<void>;

/** A running store. */
export interface ChaosStore {
  readonly token: string;
  readonly ways: ReadonlyArray<Way>;
  /** What can happen to it, with how often relative to each other. */
  readonly faults: Readonly<Record<string, { readonly weight: number; readonly act: StoreFault }>>;
  /** How often each kind of request and answer was seen. */
  readonly counters: Map<string, number>;
  /** From where each claim was to move a watermark, see `claimKey`. */
  readonly asked: ReadonlyMap<string, number>;
  /**
   * By how much a commit may be later than the time it bears: 0 where the store itself writes the time, the longest way of a
   * request where a node does. Milliseconds.
   */
  readonly commitDelayMs: number;
  /** Undoes all faults. */
  heal(): Promise<void>;
  /** The packed records of the jobs as they are now. */
  records(): Promise<ReadonlyMap<string, string>>;
  /** Everything that was written. */
  log(): Promise<ReadonlyArray<Generation>>;
  /** What is there and should not be, once every node has left. */
  leftovers(jobs: ReadonlySet<string>): Promise<ReadonlyArray<string>>;
  stop(): Promise<void>;
}

/** Counts one more of something. */
export const tally = (counters: Map<string, number>, what: string): void =>
  void counters.set(what, (counters.get(what) ?? 0) + 1);
