/**
 * The laws of a `Driver`, as data: what any store must do to carry a fleet.
 *
 * They hold in real time, within a few seconds for all of them, and as well on a clock that only jumps.
 */
import * as Clock from "effect/Clock";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import { demand } from "../core/words/InvalidInput.ts";
import { acting } from "./laws/acting.ts";
import { asking } from "./laws/asking.ts";
import { cancelling } from "./laws/cancelling.ts";
import { claims } from "./laws/claims.ts";
import { draining } from "./laws/draining.ts";
import { jitter } from "./laws/jitter.ts";
import type { Law } from "./laws/kit.ts";
import { leases } from "./laws/leases.ts";
import { limit } from "./laws/limit.ts";
import { membership } from "./laws/membership.ts";
import { payloads } from "./laws/payloads.ts";
import { pausing } from "./laws/pausing.ts";
import { queue } from "./laws/queue.ts";
import { races } from "./laws/races.ts";
import { records } from "./laws/records.ts";
import { recovery } from "./laws/recovery.ts";
import { removal } from "./laws/removal.ts";
import { results } from "./laws/results.ts";
import { retries } from "./laws/retries.ts";
import { copies } from "./laws/store/copies.ts";
import { fleet } from "./laws/store/fleet.ts";
import { guards } from "./laws/store/guards.ts";
import { hints } from "./laws/store/hints.ts";
import type { StoreLaw } from "./laws/store/kit.ts";
import { rows } from "./laws/store/rows.ts";
import { service } from "./laws/store/service.ts";
import { shelves } from "./laws/store/shelves.ts";
import { waitingFires } from "./laws/waiting.ts";

export { type Law, LawViolation } from "./laws/kit.ts";
export type { StoreLaw } from "./laws/store/kit.ts";

/**
 * All laws.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Memory from "ringcron/memory";
 * import { Laws } from "ringcron/testing";
 *
 * const driver = Memory.layer();
 * for (const { name, check } of Laws.all) {
 *   await Effect.runPromise(Laws.withoutWaiting(Effect.provide(check, driver)));
 *   console.log("holds:", name);
 * }
 * ```
 */
export const all: ReadonlyArray<Law> = [
  ...membership,
  ...claims,
  ...races,
  ...recovery,
  ...leases,
  ...retries,
  ...cancelling,
  ...queue,
  ...asking,
  ...acting,
  ...records,
  ...pausing,
  ...draining,
  ...limit,
  ...jitter,
  ...waitingFires,
  ...payloads,
  ...results,
  ...removal,
];

/**
 * The laws of a `Store`: what a data base must do below the engine.
 *
 * @example
 * ```ts
 * import { Laws } from "ringcron/testing";
 *
 * console.log(Laws.store.some(({ name }) => name.includes("together, or not at all"))); // true
 * ```
 */
export const store: ReadonlyArray<StoreLaw> = [
  ...rows,
  ...fleet,
  ...guards,
  ...service,
  ...shelves,
  ...copies,
  ...hints,
];

/**
 * Runs an effect on a clock that stands still and jumps whenever something sleeps: for stores that take their time from the
 * `Clock` of Effect. Fibers that sleep at the same time add up, so it is for programs that wait in one place at a time.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Laws } from "ringcron/testing";
 *
 * await Effect.runPromise(Laws.withoutWaiting(Effect.sleep(86_400_000)));
 * console.log("a day later");
 * ```
 */
export const withoutWaiting = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  demand(Effect.isEffect(self), "self", typeof self, "an effect");
  return Effect.suspend(() => {
    let millis = 1_800_000_000_000;
    const nanos = () => BigInt(millis) * 1_000_000n;
    const clock: Clock.Clock = {
      currentTimeMillisUnsafe: () => millis,
      currentTimeMillis: Effect.sync(() => millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: nanos,
      monotonicTimeNanos: Effect.sync(nanos),
      sleep: (duration) =>
        Effect.sync(() => {
          millis += Duration.toMillis(duration);
        }),
    };
    return Effect.provideService(self, Clock.Clock, clock);
  });
};
