/**
 * The `Driver`: the five operations, each bounded in time and its failures turned into errors that tell no secrets.
 */
import * as Effect from "effect/Effect";
import type { Driver, DriverError } from "../../src/Driver.ts";
import { beat } from "./beat.ts";
import * as cache from "./cache.ts";
import * as clocks from "./clock.ts";
import { control } from "./control.ts";
import { type Failure, judged, toDriverError } from "./client/errors.ts";
import { claim, complete, peek } from "./jobs.ts";
import { keys } from "./keys.ts";
import { checkClock, maxClockRounds, type Store } from "./store.ts";
import * as transport from "./client/transport.ts";

/** What makes one driver differ from another. */
export interface Options extends Omit<transport.Options, "onAnswer" | "onOtherStore"> {
  readonly name: string;
  readonly prefix: string;
  readonly maxClockSkewMs: number;
}

/** Builds the driver. */
export const make = ({ maxClockSkewMs, name, prefix, ...rest }: Options): Driver => {
  const clock = clocks.make(maxClockSkewMs);
  const known = cache.make();
  const progress = {
    // Not for security: it only has to differ between drivers.
    writer: Math.floor(Math.random() * 2 ** 40).toString(36),
    revision: 0,
    sequence: 0,
    unpruned: new Map<string, number>(),
    clockRounds: maxClockRounds,
  };
  const onOtherStore = () => {
    known.clear();
    progress.revision = 0;
  };
  const store: Store = {
    transport: transport.make({ ...rest, onAnswer: clock.observe, onOtherStore }),
    cache: known,
    clock,
    prefix,
    progress,
  };

  const late = judged("Unavailable", `no complete answer within ${rest.timeoutMs} ms`);
  const bounded = <A>(operation: string, effect: Effect.Effect<A, Failure>): Effect.Effect<A, DriverError> =>
    effect.pipe(
      Effect.timeoutOrElse({ duration: rest.timeoutMs, orElse: () => Effect.fail(late) }),
      Effect.mapError((failure) => toDriverError(name, operation, failure)),
    );
  /** What decides by the time is refused while this node's clock is known to be wrong. */
  const timed = <Q extends { readonly service: string }, A>(
    operation: string,
    run: (store: Store, request: Q) => Effect.Effect<A, Failure>,
  ) =>
  (request: Q): Effect.Effect<A, DriverError> =>
    bounded(operation, Effect.andThen(checkClock(store, keys(prefix, request.service).table), run(store, request)));

  const timedBeat = timed("beat", beat);
  return {
    name,
    // Whoever leaves may do so at any time.
    beat: (request) => request.state === "gone" ? bounded("beat", beat(store, request)) : timedBeat(request),
    claim: timed("claim", claim),
    complete: (request) => bounded("complete", complete(store, request)),
    peek: (request) => bounded("peek", peek(store, request)),
    control: timed("control", control),
  };
};
