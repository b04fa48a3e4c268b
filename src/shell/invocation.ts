/**
 * One tick at work: sends what the invocation asks for, waits, starts handlers and tells them when their time is up.
 */
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Option from "effect/Option";
import { claim, complete } from "../core/engine/claims.ts";
import { standing } from "../core/engine/standing.ts";
import { Invocation } from "../core/node/Invocation.ts";
import type { JobSpec, RunEnd } from "../core/node/Machine.ts";
import { settlingMs } from "../core/node/said.ts";
import type * as Fire from "../core/words/Fire.ts";
import type { ClaimRequest } from "../core/words/Request.ts";
import type { TickReport } from "../core/words/TickReport.ts";
import type { Carrier, DriverError } from "../Driver.ts";
import { drawBits } from "./bits.ts";
import type { Handlers } from "./Node.ts";
import type { CheckedTick, CheckedTicker } from "./tickerOptions.ts";

/** How often ends are reported while other runs go on. Milliseconds. */
const reportMs = 1_000;

/** How often a tick looks again at what it could not get to at once. */
const mostRounds = 50;

/** What a tick is made with. */
export interface Parts {
  readonly driver: Carrier;
  readonly config: CheckedTicker;
  readonly options: CheckedTick;
  readonly specs: ReadonlyMap<string, JobSpec>;
  readonly handlers: Handlers;
  /** A clock that never steps. Milliseconds. */
  readonly mono: () => number;
}

/** Asks for all of it. */
const claimAll = (
  { driver, mono }: Parts,
  invocation: Invocation,
  requests: ReadonlyArray<ClaimRequest>,
): Effect.Effect<ReadonlyArray<Fire.Run>, DriverError> => {
  const asking = requests.map((request) =>
    Effect.map(driver.carry(claim, request), (reply) => invocation.claimed(request, reply, mono()))
  );
  return Effect.map(Effect.all(asking, { concurrency: "unbounded" }), (all) => all.flat());
};

/** Runs one, from before it is due until it is over or its time is up. */
const run = ({ driver, handlers, mono }: Parts, invocation: Invocation, it: Fire.Run): Effect.Effect<void> =>
  Effect.gen(function* () {
    let turn = invocation.turn(it, mono());
    while (turn._tag === "Wait") {
      yield* Effect.sleep(turn.ms);
      turn = invocation.turn(it, mono());
    }
    if (turn._tag === "Over") return;
    const { startedAt } = turn;
    const runPromise = Effect.runPromiseWith(yield* Effect.context());
    const extend = (ms: number): Promise<boolean> => {
      const askedAt = mono();
      const request = invocation.extension(it, startedAt, ms, askedAt);
      if (request === undefined) return Promise.resolve(false);
      return runPromise(
        Effect.map(driver.carry(complete, request), (reply) => invocation.extended(it, ms, askedAt, reply)),
      );
    };
    const ended = new Promise<RunEnd>((resolve) => handlers.start(it, startedAt, resolve, extend));
    const isOver = (ms: number) => Effect.timeoutOption(Effect.promise(() => ended), Math.max(1, ms));
    let bound = invocation.bound(it, startedAt, mono());
    // It may ask for more time meanwhile.
    while (bound.ms > 0) {
      const end = yield* isOver(bound.ms);
      if (Option.isSome(end)) return invocation.ended(it, startedAt, end.value, mono());
      bound = invocation.bound(it, startedAt, mono());
    }
    handlers.abort(it.job, it.fence, bound.reason);
    const settled = yield* isOver(settlingMs);
    invocation.overran(it, startedAt, bound.reason, Option.isSome(settled), mono());
    if (Option.isNone(settled)) void ended.then(() => invocation.settled(it, startedAt, mono()));
  });

/** Reports what has ended. What could not be reported stays to be. */
const report = ({ driver }: Parts, invocation: Invocation): Effect.Effect<void, DriverError> =>
  Effect.suspend(() =>
    Effect.forEach(
      invocation.reports(),
      (request) =>
        Effect.tapError(driver.carry(complete, request), () => Effect.sync(() => invocation.unreported(request))),
      { concurrency: "unbounded", discard: true },
    )
  );

/** Runs all of them at once, and reports. */
const runAll = (
  parts: Parts,
  invocation: Invocation,
  runs: ReadonlyArray<Fire.Run>,
): Effect.Effect<void, DriverError> =>
  Effect.gen(function* () {
    // One that was cut off in the middle would have told nothing, and left nothing to tell.
    const whole = Effect.uninterruptible(Effect.exit(report(parts, invocation)));
    const reporting = yield* Effect.forkChild(Effect.forever(Effect.andThen(Effect.sleep(reportMs), whole)));
    yield* Effect.forEach(runs, (it) => run(parts, invocation, it), { concurrency: "unbounded", discard: true });
    yield* Fiber.interrupt(reporting);
    const reported = report(parts, invocation);
    // Twice more; `Effect.retry` would bring schedules of Effect into every bundle.
    yield* Effect.catch(reported, () => Effect.catch(reported, () => reported));
  });

/** Looks and claims until nothing is due any more, or the time is up. */
export const invoke = (parts: Parts): Effect.Effect<TickReport, DriverError> =>
  Effect.gen(function* () {
    const { config, driver, mono, options } = parts;
    const invocation = new Invocation({ ...config, ...options }, parts.specs, drawBits(), mono());
    for (let round = 0; round < mostRounds; round++) {
      const look = invocation.look();
      invocation.looked(yield* driver.carry(standing, look), mono());
      const requests = invocation.claims(mono());
      if (requests.length === 0) break;
      const runs = yield* claimAll(parts, invocation, requests);
      yield* runAll(parts, invocation, runs);
      if (!invocation.goesOn(runs.length, mono())) break;
    }
    return invocation.told(mono());
  });
