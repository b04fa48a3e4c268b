/**
 * The engine at work by promises, over a store that does exchanges and nothing else: for those who only tick, whose bundle needs no
 * runtime of effects then.
 */
import type { ExchangeReply, ExchangeRequest, Limits, StoreReply, StoreRequest } from "../core/words/Exchange.ts";
import { type Asking, DriverError, type TickDriver } from "../Driver.ts";
import * as Session from "./session.ts";

/** A store for those who only tick. */
export interface TickStore {
  readonly name: string;
  readonly identity?: ReadonlyArray<unknown> | undefined;
  readonly limits: Limits;
  /** As that of a `Store`. Rejects with `DriverError`; nobody waits for it any longer once the signal aborts. */
  readonly exchange: (request: ExchangeRequest, signal: AbortSignal | undefined) => Promise<ExchangeReply>;
}

/** The answer to what is no exchange. */
const refused = (driver: string, operation: string): DriverError =>
  new DriverError({
    driver,
    operation,
    reason: "Misconfigured",
    detail: "ticks is for tickers; whoever joins, looks around or removes something needs layer",
  });

/** What some work comes to, or the reason of the signal once that aborts, whatever becomes of the work. */
const unlessAborted = <A>(signal: AbortSignal, work: () => Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener("abort", aborted, { once: true });
    work().then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });

/** Sends all of a round, some at once. Once one has failed no other begins, and those under way are given up. */
const round = async (
  requests: ReadonlyArray<StoreRequest>,
  send: (request: StoreRequest, own: AbortSignal) => Promise<StoreReply>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyArray<StoreReply>> => {
  const own = new AbortController();
  const stop = (): void => own.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  const replies: Array<StoreReply> = [];
  const left = [...requests.entries()].reverse();
  const some = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      replies[next[0]] = await send(next[1], own.signal);
    }
  };
  try {
    await Promise.all(Array.from({ length: Session.atOnce }, some));
    return replies;
  } finally {
    signal?.removeEventListener("abort", stop);
    own.abort();
  }
};

/** Sends a request, and tells how it went. */
const sent = async (
  store: TickStore,
  operation: string,
  request: StoreRequest,
  { clocks: { mono }, observed }: Asking,
  own: AbortSignal,
): Promise<StoreReply> => {
  // Another one has failed, or nobody waits any longer.
  own.throwIfAborted();
  const sentAt = mono();
  const tell = (result: "ok" | DriverError["reason"] | "Interrupted"): void =>
    observed?.({
      store: store.name,
      operation,
      result,
      commands: Session.commandsIn(request),
      tripMs: mono() - sentAt,
    });
  try {
    if (request._tag !== "Exchange") throw refused(store.name, operation);
    const reply = await unlessAborted(own, () => store.exchange(request, own));
    tell("ok");
    return reply;
  } catch (error) {
    tell(own.aborted ? "Interrupted" : error instanceof DriverError ? error.reason : "Corrupt");
    throw error;
  }
};

/** A driver over such a store. Cost of an operation: a request, another one for what somebody else has changed since it was last seen. */
export const tickDriver = (store: TickStore): TickDriver => {
  const session = Session.make(store.limits);
  return {
    name: store.name,
    identity: store.identity ?? [store],
    keepsSchedules: true,
    ask: async (procedure, request, asking) => {
      const { clocks, signal } = asking;
      const name = request._tag.toLowerCase();
      const operation = Session.begin(session, procedure, request, clocks);
      const send = (it: StoreRequest, own: AbortSignal) => sent(store, name, it, asking, own);
      const go = (replies: ReadonlyArray<StoreReply>) => {
        try {
          return operation.next(replies);
        } catch (error) {
          throw Session.failed(store.name, name, error);
        }
      };
      try {
        let step = go([]);
        while (step.done !== true) {
          const sentAt = clocks.mono();
          const replies = await round(step.value.requests, send, signal);
          Session.answered(session, replies, sentAt, clocks.mono());
          step = go(replies);
        }
        return step.value;
      } finally {
        // One that fails or is given up sends nothing more, and is to say so.
        operation.return(undefined as never);
      }
    },
  };
};
