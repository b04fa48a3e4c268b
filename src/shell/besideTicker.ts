/**
 * What is beside a ticker of promises, whichever door it came through: a bundle holds what it uses.
 */
import { run } from "./built.ts";
import type { HandleOptions, ScheduledRun } from "./handling.ts";
import type { JobRun } from "./jobSpec.ts";
import type { Observer } from "./Observer.ts";
import { PlainHandler } from "./plainHandler.ts";
import { orThrow, promiseOf, type Ticker } from "./plainTicker.ts";
import { type Commands, commandsOf } from "./promiseClient.ts";
import { tickerCommands } from "./tickerCommands.ts";
import { handleTicker } from "./tickerHandle.ts";
import { observeTicker } from "./tickerObserve.ts";
import * as Ticking from "./ticking.ts";

/**
 * Gives a ticker a handler for schedules in the store: whatever fires of them is run by a tick, or by a node that has the handler.
 * `payload` is a Standard Schema (zod, valibot, ArkType, Effect's Schema) that checks what a schedule gives before each run. It is
 * beside the ticker, as most have none. Rejects with `InvalidInput` (no ticker, a bad or taken name, no schema, a driver that keeps no
 * schedules), and nothing is changed then.
 *
 * Cost: the look of a tick is about the handler's 64 shelves as well, in the same request; where something is due on them, one more
 * for each 133 schedules.
 *
 * @example
 * ```ts
 * import { createTicker, handle } from "ringcron/edge";
 * import { createClient } from "ringcron/promise";
 * import * as Memory from "ringcron/memory";
 *
 * const driver = Memory.layer();
 * const ticker = await createTicker({ service: "billing", driver, eager: true });
 * await handle(ticker, "report", async (run) => run.payload);
 * const client = await createClient({ service: "billing", driver });
 * await client.schedules.put({ id: "tenant-7", handler: "report", schedule: "0 9 * * MON", payload: { tenant: 7 } });
 * await client.schedules.trigger("tenant-7");
 * console.log((await ticker.tick()).succeeded); // 1
 * await client.close();
 * await ticker.close();
 * ```
 */
export const handle = <A = unknown>(
  ticker: Ticker,
  name: string,
  handler: (run: ScheduledRun<A>) => unknown,
  options?: HandleOptions<A>,
): Promise<void> => {
  const make = () => new PlainHandler(handler as (run: JobRun) => unknown);
  return promiseOf(() => orThrow(handleTicker(Ticking.of(ticker), name, handler, options, make)));
};

/**
 * The commands of a client, for the jobs of a ticker too, which no member may declare: the next tick does what they ask for. They are
 * beside the ticker, as most invocations only tick. Throws `InvalidInput` for what is no ticker.
 *
 * @example
 * ```ts
 * import { commands, createTicker } from "ringcron/edge";
 * import * as Memory from "ringcron/memory";
 *
 * const ticker = await createTicker({ service: "billing", driver: Memory.layer(), eager: true });
 * await ticker.add("invoices", "@manual", async (run) => console.log(run.kind)); // manual
 * await ticker.tick();
 * await commands(ticker).trigger("invoices");
 * console.log((await ticker.tick()).started); // 1
 * await ticker.close();
 * ```
 */
export const commands = (ticker: Ticker): Commands => commandsOf(tickerCommands(Ticking.of(ticker)), run);

/**
 * Lets somebody measure a ticker, as `instrument` of `ringcron/otel` does: told of runs that start and end, and of requests to the
 * store; the result ends that. Throws `InvalidInput` for what is no ticker or no observer. Cost: none while nobody does.
 *
 * @example
 * ```ts
 * import { createTicker, observe } from "ringcron/edge";
 * import * as Memory from "ringcron/memory";
 *
 * const ticker = await createTicker({ service: "billing", driver: Memory.layer(), eager: true });
 * const end = observe(ticker, { request: ({ operation, result }) => console.log(operation, result) }); // peek ok
 * await ticker.tick();
 * end();
 * await ticker.close();
 * ```
 */
export const observe = (ticker: Ticker, observer: Observer): () => void => observeTicker(ticker, observer);
