/**
 * What every operation works with: the way to etcd, what is remembered, and the time.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import type { Cache } from "./cache.ts";
import type { StoreClock } from "./clock.ts";
import { type Failure, judged } from "./client/errors.ts";
import type { Transport } from "./client/transport.ts";
import type { Done, Txn } from "./client/wire.ts";

/** See above. */
export interface Store {
  readonly transport: Transport;
  readonly cache: Cache;
  readonly clock: StoreClock;
  readonly prefix: string;
  readonly progress: Progress;
}

/** What names the history keys of a driver and tells when it is time to remove old ones. */
export interface Progress {
  /** Tells this driver's keys from those of others. */
  readonly writer: string;
  /** The last revision heard of. */
  revision: number;
  /** Grows with every key. */
  sequence: number;
  /** Keys written since the last removal, per service. */
  readonly unpruned: Map<string, number>;
  /** How many more answers may be asked for only to find out whether the clock is right. */
  clockRounds: number;
}

/** One transaction. */
export const txn = (store: Store, what: Txn): Effect.Effect<Done, Failure> =>
  Effect.tap(store.transport.txn(what), ({ revision }) =>
    Effect.sync(() => {
      store.progress.revision = Math.max(store.progress.revision, revision);
    }));

/** The time by etcd's clock as far as it is known. Epoch milliseconds. */
export const now = (store: Store): Effect.Effect<number> => Effect.map(Clock.currentTimeMillis, store.clock.time);

/** How often something is asked again because others changed it meanwhile. */
export const maxRounds = 100;

/** What is said when that was not enough. */
export const contended: Failure = judged(
  "Unavailable",
  "others changed the same records again and again; asking later helps",
);

/** A pause before the next round, for everyone another one. None at first: most conflicts are over by then. */
export const breathe = (round: number): Effect.Effect<void> =>
  round < 3 ? Effect.void : Effect.suspend(() => Effect.sleep(1 + Math.random() * Math.min(60, 2 ** round)));

/** How many answers may be waited for before the clock counts as not proved wrong. */
export const maxClockRounds = 8;

/**
 * Refuses a clock that is proved to be wrong. At first it asks etcd until it can tell: usually two answers, from both
 * halves of a second. An operation that runs out of time meanwhile leaves the rest to the next one.
 */
export const checkClock = (store: Store, key: string): Effect.Effect<void, Failure> =>
  Effect.gen(function* () {
    const { clock, progress, transport } = store;
    const probe = transport.call("/v3/kv/range", { key: btoa(key), count_only: true });
    if (clock.bounds(yield* Clock.currentTimeMillis) === undefined) yield* probe;
    while (progress.clockRounds > 0) {
      const waitMs = clock.settlesIn(yield* Clock.currentTimeMillis);
      if (waitMs === undefined) {
        progress.clockRounds = 0;
        break;
      }
      yield* Effect.sleep(waitMs);
      yield* probe;
      progress.clockRounds -= 1;
    }
    if (clock.problem(yield* Clock.currentTimeMillis) === undefined) return;
    // It may have been set right since: one answer tells.
    yield* probe;
    const problem = clock.problem(yield* Clock.currentTimeMillis);
    if (problem !== undefined) return yield* Effect.fail(judged("Misconfigured", problem));
  });
