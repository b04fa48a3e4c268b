/**
 * Handlers of a ticker for schedules in the store. They are beside the ticker, as most tickers have none.
 */
import * as Result from "effect/Result";
import { survey } from "../core/engine/schedules/survey.ts";
import { standing } from "../core/engine/standing.ts";
import { TickShelves } from "../core/node/TickShelves.ts";
import type { InvalidInput } from "../core/words/InvalidInput.ts";
import type { DueReply, DueRequest } from "../core/words/Request.ts";
import type { Handler } from "./Handlers.ts";
import { type HandleOptions, takeOn, wrongHandler } from "./handling.ts";
import type { Ask } from "./outside.ts";
import type { Ticking } from "./ticking.ts";

/** What is due and what else is looked at, in one request; a driver of somebody's own may know nothing of that. */
const surveyed = async (ask: Ask, request: DueRequest): Promise<DueReply> => {
  const reply = await ask(survey, request);
  return request.peek === undefined || reply.peek !== undefined
    ? reply
    : { ...reply, peek: await ask(standing, request.peek) };
};

/** Takes one on, as what it is made. Fails with what is wrong with it, and nothing is changed then. */
export const handleTicker = (
  { driver, handlers, hooks }: Ticking,
  name: string,
  handler: unknown,
  options: HandleOptions<unknown> | undefined,
  make: () => Handler,
): Result.Result<void, InvalidInput> => {
  const taker = { handlers, whose: "ticker", driver };
  const wrong = wrongHandler(taker, name, handler, options);
  if (wrong !== undefined) return Result.fail(wrong);
  const taken = takeOn(taker, name, options, make());
  if (taken._tag === "Failure") return taken;
  /** How far the host's clock was from the store's when a tick last ended: a guess, which saves a look and decides nothing. */
  let wrongMs = 0;
  const names = new Set(hooks.scheduled?.handlers).add(name);
  hooks.scheduled = {
    handlers: names,
    shelves: (places) => new TickShelves(names, places),
    wall: (host) => host + wrongMs,
    reckoned: (now, host) => void (wrongMs = now - host),
    survey: surveyed,
  };
  return taken;
};
