/**
 * Tickers over a store whose clock the test owns.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Driver, Store } from "ringcron";
import { createTicker, DriverError, type Ticker, type TickerOptions } from "ringcron/edge";
import * as Memory from "ringcron/memory";
import { type Client, createClient } from "ringcron/promise";
import { createTicker as createOverPromises } from "ringcron/ticks";
import { tickDriver } from "../../../src/shell/ticksEngine.ts";

/** Milliseconds. */
export const minute = 60_000;

/** When the store's clock begins, epoch milliseconds. */
export const from: number = Date.UTC(2026, 2, 1);

const ends: Array<() => Promise<unknown>> = [];

/** What is to be closed after the tests of a file. */
export const endLater = (...more: ReadonlyArray<() => Promise<unknown>>): void => void ends.push(...more);

/** Closes all that was made. */
export const endAll = async (): Promise<void> => {
  for (const end of ends) await end();
};

/** The door that tickers come through. */
let door: "edge" | "ticks" = "edge";

/** From now on tickers are those of `ringcron/ticks`, over a driver of promises of the same store. */
export const throughTicks = (): void => void (door = "ticks");

/** Whether they are: there nobody can ask who is there. */
export const isThroughTicks = (): boolean => door === "ticks";

/** What a test has of it. */
export interface Scene {
  readonly time: { now: number };
  /** The first item of each exchange. */
  readonly asked: Array<string>;
  readonly ticker: (options?: Partial<TickerOptions>) => Promise<Ticker>;
  readonly client: () => Promise<Client>;
  readonly layer: () => Layer.Layer<Driver.Driver>;
  readonly store: Store.Store;
  readonly pass: (ms: number) => void;
  readonly cutOff: (what: "no" | "claims" | "ends") => void;
}

/** A store whose clock the test owns, what is asked of it, and tickers over it. */
export const scene = (startAt: number = from): Scene => {
  const time = { now: startAt };
  const asked: Array<string> = [];
  let cut: "no" | "claims" | "ends" = "no";
  const store = Memory.store({ now: () => time.now });
  const counted: Store.Store = {
    ...store,
    exchange: (request) => {
      asked.push(request.items[0]?._tag ?? "nothing");
      const isLost = cut !== "no" && request.items.some((item) => item._tag === "Change");
      return isLost && cut === "claims"
        ? Effect.andThen(store.exchange(request), lost)
        : isLost
        ? lost
        : store.exchange(request);
    },
  };
  const lost = Effect.fail(
    new DriverError({ driver: "memory", operation: "exchange", reason: "Unavailable", detail: "cut off" }),
  );
  // A driver of its own for each, as each process has one: what one remembers the other does not.
  const layer = () => Layer.sync(Driver.Driver, () => Store.driver(counted));
  const ticker = async (options: Partial<TickerOptions> = {}): Promise<Ticker> => {
    const { driver = layer(), ...rest } = options;
    const all = { service: "edge", eager: true, ...rest };
    const made =
      await (door === "edge" || options.driver !== undefined ? createTicker({ ...all, driver }) : createOverPromises({
        ...all,
        driver: tickDriver({
          ...counted,
          exchange: (request, signal) => Effect.runPromise(counted.exchange(request), signal && { signal }),
        }),
      }));
    endLater(made.close);
    return made;
  };
  const client = async (): Promise<Client> => {
    const made = await createClient({ service: "edge", driver: layer() });
    endLater(made.close);
    return made;
  };
  return {
    time,
    asked,
    ticker,
    client,
    layer,
    store,
    pass: (ms: number) => void (time.now += ms),
    cutOff: (what) => void (cut = what),
  };
};
