/**
 * One tick at work: sends what the invocation asks for, waits, starts handlers and tells them when their time is up.
 */
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Option from "effect/Option";
import { claim, complete } from "../core/engine/claims.ts";
import { standing } from "../core/engine/standing.ts";
import { Invocation } from "../core/node/Invocation.ts";
import type { TickShelves } from "../core/node/TickShelves.ts";
import type { JobSpec, RunEnd } from "../core/node/Machine.ts";
import { settlingMs } from "../core/node/said.ts";
import type * as Fire from "../core/words/Fire.ts";
import type { ClaimRequest, DueReply, DueRequest, PeekReply, PeekRequest } from "../core/words/Request.ts";
import type { TickReport } from "../core/words/TickReport.ts";
import type { Carrier, DriverError } from "../Driver.ts";
import { drawBits } from "./bits.ts";
import type { Handlers } from "./Node.ts";
import type { Telling } from "./tickTelling.ts";
import type { CheckedTick, CheckedTicker } from "./tickerOptions.ts";

/** How often ends are reported while other runs go on. Milliseconds. */
const reportMs = 1_000;

/** How often it looks whether somebody wants one of them cancelled: in each fifth of its time, within these bounds. Milliseconds. */
const heedMs = ({ options: { maxMs } }: Parts): number => Math.max(1_000, Math.min(10_000, maxMs / 5));

/** How often a tick looks again at what it could not get to at once. */
const mostRounds = 50;

/** Schedules in the store as a ticker has to do with them. */
export interface Scheduled {
  readonly handlers: ReadonlySet<string>;
  /** The shelves of those, for so many handlers at once. */
  readonly shelves: (places: number) => TickShelves;
  /** The store's clock by that of the host, which may be wrong, epoch milliseconds; and what hears what it was in the end. */
  readonly wall: (host: number) => number;
  readonly reckoned: (now: number, host: number) => void;
  readonly survey: (request: DueRequest) => Effect.Effect<DueReply, DriverError>;
}

/** What a tick is made with. */
export interface Parts {
  readonly driver: Carrier;
  readonly config: CheckedTicker;
  readonly options: CheckedTick;
  readonly specs: ReadonlyMap<string, JobSpec>;
  /** What runs them, and the schedules of its handlers. */
  readonly handlers: Handlers;
  /** Its handlers for schedules in the store, and what asks which of those are due; undefined: it has none. */
  readonly scheduled: Scheduled | undefined;
  /** What its jobs are, for others. */
  readonly telling: Telling;
  /** A clock that never steps. Milliseconds. */
  readonly mono: () => number;
  /** The clock of the host, epoch milliseconds. */
  readonly host: () => number;
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

/** A run at work, and how it is told that it is not to wait for its end or its time any longer. */
interface AtWork {
  readonly ended: Promise<RunEnd>;
  readonly wake: () => void;
  readonly woken: Promise<undefined>;
}

const starting = (start: (resolve: (end: RunEnd) => void) => void): AtWork => {
  let wake = (): void => {};
  const woken = new Promise<undefined>((resolve) => wake = () => resolve(undefined));
  return { ended: new Promise<RunEnd>(start), wake, woken };
};

/** Runs one, from before it is due until it is over or its time is up. */
const run = (
  { driver, handlers, mono }: Parts,
  { runs }: Invocation,
  it: Fire.Run,
  atWork: Map<Fire.Run, AtWork>,
): Effect.Effect<void> =>
  Effect.gen(function* () {
    let turn = runs.turn(it, mono());
    while (turn._tag === "Wait") {
      yield* Effect.sleep(turn.ms);
      turn = runs.turn(it, mono());
    }
    if (turn._tag === "Over") return;
    const { startedAt } = turn;
    const runPromise = Effect.runPromiseWith(yield* Effect.context());
    const extend = (ms: number): Promise<boolean> => {
      const askedAt = mono();
      const request = runs.extension(it, startedAt, ms, askedAt);
      if (request === undefined) return Promise.resolve(false);
      return runPromise(
        Effect.map(driver.carry(complete, request), (reply) => runs.extended(it, ms, askedAt, reply)),
      );
    };
    const here = starting((resolve) => handlers.start(it, startedAt, resolve, extend));
    const { ended, woken } = here;
    atWork.set(it, here);
    const within = <A>(promise: Promise<A>, ms: number) =>
      Effect.timeoutOption(Effect.promise(() => promise), Math.max(1, ms));
    let bound = runs.bound(it, startedAt, mono());
    // It may ask for more time meanwhile, or somebody may want it cancelled.
    while (bound.ms > 0) {
      const end = Option.getOrUndefined(yield* within(Promise.race([ended, woken]), bound.ms));
      if (end !== undefined) return runs.ended(it, startedAt, end, mono());
      bound = runs.bound(it, startedAt, mono());
    }
    handlers.abort(it.job, it.fence, bound.reason);
    const settled = yield* within(ended, settlingMs);
    runs.overran(it, startedAt, bound.reason, Option.isSome(settled), mono());
    if (Option.isNone(settled)) void ended.then(() => runs.settled(it, startedAt, mono()));
  });

/** Reports what has ended. What could not be reported stays to be. */
const report = ({ driver }: Parts, { runs }: Invocation): Effect.Effect<void, DriverError> =>
  Effect.suspend(() =>
    Effect.forEach(
      runs.reports(),
      (request) => Effect.tapError(driver.carry(complete, request), () => Effect.sync(() => runs.unreported(request))),
      { concurrency: "unbounded", discard: true },
    )
  );

/** Looks whether somebody wants a run cancelled whose handler goes on. */
const heed = ({ driver }: Parts, { runs }: Invocation, atWork: ReadonlyMap<Fire.Run, AtWork>): Effect.Effect<void> =>
  Effect.suspend(() => {
    const request = runs.heeds();
    if (request === undefined) return Effect.void;
    // The next look may tell what this one could not.
    return Effect.asVoid(Effect.exit(
      Effect.map(driver.carry(standing, request), (reply) => {
        for (const it of runs.heeded(reply)) atWork.get(it)?.wake();
      }),
    ));
  });

const every = (ms: number, work: Effect.Effect<unknown>) =>
  Effect.forkChild(Effect.forever(Effect.andThen(Effect.sleep(ms), work)));

/** Runs all of them at once, and reports. */
const runAll = (
  parts: Parts,
  invocation: Invocation,
  runs: ReadonlyArray<Fire.Run>,
): Effect.Effect<void, DriverError> =>
  Effect.gen(function* () {
    const atWork = new Map<Fire.Run, AtWork>();
    // One that was cut off in the middle would have told nothing, and left nothing to tell.
    const whole = Effect.uninterruptible(Effect.exit(report(parts, invocation)));
    const aside = [yield* every(reportMs, whole), yield* every(heedMs(parts), heed(parts, invocation, atWork))];
    yield* Effect.forEach(runs, (it) => run(parts, invocation, it, atWork), {
      concurrency: "unbounded",
      discard: true,
    });
    for (const fiber of aside) yield* Fiber.interrupt(fiber);
    const reported = report(parts, invocation);
    // Twice more; `Effect.retry` would bring schedules of Effect into every bundle.
    yield* Effect.catch(reported, () => Effect.catch(reported, () => reported));
  });

/** Looks where jobs stand, and which schedules of its handlers are due. Whether all is told that others are to know of its jobs. */
const look = (
  { driver, mono, scheduled }: Parts,
  invocation: Invocation,
): Effect.Effect<boolean | undefined, DriverError> => {
  const request = invocation.look(mono());
  const asking: Effect.Effect<PeekReply | DueReply, DriverError> = request._tag === "Peek" || scheduled === undefined
    ? driver.carry(standing, request as PeekRequest)
    : scheduled.survey(request);
  return Effect.map(asking, (reply) => invocation.looked(request, reply, mono()));
};

/** Looks and claims until nothing is due any more, or the time is up. */
export const invoke = (parts: Parts): Effect.Effect<TickReport, DriverError> =>
  Effect.gen(function* () {
    const { config, mono, options, scheduled, telling } = parts;
    const given = {
      shelves: scheduled?.shelves(config.concurrency),
      told: telling.digest(),
      wall: scheduled?.wall(parts.host()),
    };
    const began = mono();
    const invocation = new Invocation({ ...config, ...options }, parts.specs, drawBits(), began, given);
    const isTold = yield* look(parts, invocation);
    for (let round = 0; round < mostRounds; round++) {
      if (round > 0) yield* look(parts, invocation);
      const requests = invocation.claims(mono());
      const runs = yield* claimAll(parts, invocation, requests);
      if (runs.length > 0) yield* runAll(parts, invocation, runs);
      if (!invocation.goesOn(runs.length, mono())) break;
    }
    scheduled?.reckoned(invocation.now(mono()), parts.host());
    yield* telling.tell(isTold, began + options.maxMs - mono());
    return invocation.told(mono());
  });
