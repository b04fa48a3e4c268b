/**
 * The engine at work: sends what it asks for, side by side where it asks for several, and feeds it the answers.
 */
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import type * as Bare from "../core/engine/bare.ts";
import type { Operation } from "../core/engine/Operation.ts";
import { isOfFleet, jobOf, resultsOf, shelfIn } from "../core/engine/rows.ts";
import { noSchedules, whole } from "../carrier.ts";
import type { StoreReply, StoreRequest } from "../core/words/Exchange.ts";
import {
  Answered,
  type Carrier,
  type Clocks,
  type Driver,
  type DriverError,
  type Hearing,
  Observed,
  type StoreContact,
} from "../Driver.ts";
import type { ExchangeItem, Store } from "../Store.ts";
import { clock as hostsClock } from "./hostClock.ts";
import { clocksOf } from "./instant.ts";
import * as Session from "./session.ts";
import { sideBySide } from "./sideBySide.ts";

/** What a store without shelves is not asked. */
const ofSchedules: ReadonlyArray<string> = ["Due", "Schedules"];

const isOfShelves = (item: ExchangeItem): boolean =>
  item._tag === "Due" || (item._tag === "Change" && item.shelf !== undefined);

const send = (store: Store, request: StoreRequest): Effect.Effect<StoreReply, DriverError> => {
  switch (request._tag) {
    case "Exchange":
      if (store.shelved === undefined && request.items.some(isOfShelves)) {
        return Effect.fail(noSchedules(store.name));
      }
      return store.exchange(request);
    case "StoreBeat":
      return store.beat(request);
    case "History":
      return Effect.map(store.history(request.service), (lines) => ({ _tag: "History", lines }));
    case "Keys":
      return Effect.map(store.keys(request.service, request.cursor), (page) => ({ _tag: "Keys", ...page }));
    case "Shelved":
      return store.shelved === undefined
        ? Effect.fail(noSchedules(store.name))
        : Effect.map(store.shelved(request.service, request), (page) => ({ _tag: "Shelved", ...page }));
    case "Destroy":
      return Effect.as(store.destroy(request.service), { _tag: "Destroy" });
  }
};

/** Sends a request, and tells how it went. */
const told = (
  store: Store,
  operation: string,
  request: StoreRequest,
  tell: (contact: StoreContact) => void,
  { mono }: Clocks,
): Effect.Effect<StoreReply, DriverError> =>
  Effect.suspend(() => {
    const sent = mono();
    return Effect.onExit(send(store, request), (exit) =>
      Effect.sync(() => {
        const error = exit._tag === "Success" ? undefined : exit.cause.reasons.find(Cause.isFailReason)?.error;
        const isOver = exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause);
        const result = exit._tag === "Success" ? "ok" : isOver ? "Interrupted" : error?.reason ?? "Corrupt";
        const [commands, tripMs] = [Session.commandsIn(request), mono() - sent];
        tell({ store: store.name, operation, result, commands, tripMs });
      }));
  });

const carryOut = <A>(
  store: Store,
  session: Session.Session,
  request: Bare.Asked,
  operation: Operation<A>,
  clocks: Clocks,
): Effect.Effect<A, DriverError> =>
  Effect.gen(function* () {
    const answered = yield* Answered;
    const observed = yield* Observed;
    const name = request._tag.toLowerCase();
    const ask = (it: StoreRequest) =>
      observed === undefined ? send(store, it) : told(store, name, it, observed, clocks);
    const go = (replies: ReadonlyArray<StoreReply>) => {
      try {
        return Effect.succeed(operation.next(replies));
      } catch (error) {
        return Effect.fail(Session.failed(store.name, name, error));
      }
    };
    let step = yield* go([]);
    while (step.done !== true) {
      const { requests } = step.value;
      const sent = clocks.mono();
      const [only] = requests;
      const replies = requests.length === 1 && only !== undefined
        ? [yield* ask(only)]
        : yield* sideBySide(requests, ask, Session.atOnce);
      Session.answered(session, replies, sent, clocks.mono());
      answered();
      step = yield* go(replies);
    }
    return step.value;
  });

const run = <Q extends Bare.Asked, A>(
  store: Store,
  session: Session.Session,
  procedure: Bare.Procedure<Q, A>,
  request: Q,
): Effect.Effect<A, DriverError> =>
  Effect.flatMap(hostsClock, (clock) => {
    const clocks = clocksOf(clock);
    const operation = Session.begin(session, procedure, request, clocks);
    // One that fails or is interrupted sends nothing more, and is to say so.
    const over = Effect.sync(() => void operation.return(undefined as never));
    return Effect.ensuring(carryOut(store, session, request, operation, clocks), over);
  });

/** Carries operations out over a store. Cost of one: a request, another one for what somebody else has changed since it was last seen. */
export const carrier = (store: Store): Carrier => {
  const session = Session.make(store.limits);
  const heeding = ({ heard, over }: Hearing) => (hint: string): void => {
    const job = jobOf(hint) ?? shelfIn(hint);
    if (job !== undefined || isOfFleet(hint)) return heard(job);
    const ended = over === undefined ? undefined : resultsOf(hint);
    if (ended !== undefined) over?.(ended === "" ? undefined : ended);
  };
  return {
    name: store.name,
    identity: store.identity ?? [store],
    hints: store.hints &&
      ((service, hearing) =>
        store.hints?.(service, { opened: hearing.opened, heard: heeding(hearing) }) ?? Effect.never),
    keepsSchedules: store.shelved !== undefined,
    carry: (procedure, request) =>
      store.shelved === undefined && ofSchedules.includes(request._tag)
        ? Effect.fail(noSchedules(store.name))
        : run(store, session, procedure, request),
  };
};

/** A driver over a store, with all operations. */
export const driver = (store: Store): Driver => whole(carrier(store));
