/**
 * Handlers of a ticker for schedules in the store. They are beside the ticker, as most tickers have none.
 */
import * as Effect from "effect/Effect";
import { survey } from "../core/engine/schedules/survey.ts";
import { standing } from "../core/engine/standing.ts";
import { TickShelves } from "../core/node/TickShelves.ts";
import type { InvalidInput } from "../core/words/InvalidInput.ts";
import type { DueReply, DueRequest } from "../core/words/Request.ts";
import type { Carrier, DriverError } from "../Driver.ts";
import type { Handler } from "./Handlers.ts";
import { type HandleOptions, take } from "./handling.ts";
import { of } from "./ticking.ts";

/** What is due and what else is looked at, in one request; a driver of somebody's own may know nothing of that. */
const surveying = (driver: Carrier) => (request: DueRequest): Effect.Effect<DueReply, DriverError> =>
  Effect.flatMap(
    driver.carry(survey, request),
    (reply) =>
      request.peek === undefined || reply.peek !== undefined
        ? Effect.succeed(reply)
        : Effect.map(driver.carry(standing, request.peek), (seen) => ({ ...reply, peek: seen })),
  );

/** Takes one on, as what it is made. Throws `InvalidInput` of what is no ticker. */
export const handleTicker = <E, R>(
  ticker: object,
  name: string,
  handler: unknown,
  options: HandleOptions<unknown> | undefined,
  make: Effect.Effect<Handler, E, R>,
): Effect.Effect<void, InvalidInput | E, R> => {
  const { driver, handlers, hooks } = of(ticker);
  const taking = take({ handlers, whose: "ticker", driver, allowed: Effect.void }, name, handler, options, make);
  return Effect.map(taking, () => {
    /** How far the host's clock was from the store's when a tick last ended: a guess, which saves a look and decides nothing. */
    let wrongMs = 0;
    const names = new Set(hooks.scheduled?.handlers).add(name);
    hooks.scheduled = {
      handlers: names,
      shelves: (places) => new TickShelves(names, places),
      wall: (host) => host + wrongMs,
      reckoned: (now, host) => void (wrongMs = now - host),
      survey: surveying(driver),
    };
  });
};
