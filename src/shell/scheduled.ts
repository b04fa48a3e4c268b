/**
 * A ticker as the `scheduled` handler of a Cloudflare Worker.
 */
import type { Ticker } from "./plainTicker.ts";
import type { TickOptions } from "./tickerOptions.ts";

/** What a Worker is given to keep an invocation alive. */
export interface ExecutionContext {
  /** The invocation lasts until the promise has settled. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/**
 * The `scheduled` handler of a Worker: one tick for each call. `make` gives the ticker for what the Worker is bound to, and is called
 * once for an isolate, again after it failed.
 *
 * @example
 * ```ts
 * import { createTicker, scheduled } from "ringcron/edge";
 * import * as Memory from "ringcron/memory";
 *
 * const handler = scheduled(async () => {
 *   const ticker = await createTicker({ service: "billing", driver: Memory.layer(), eager: true });
 *   await ticker.add("invoices", "* * * * *", async (run) => console.log(run.id));
 *   return ticker;
 * });
 * export default { scheduled: handler };
 * ```
 */
export const scheduled = <Env = unknown>(
  make: (env: Env) => Ticker | Promise<Ticker>,
  options?: TickOptions,
): (event: unknown, env: Env, ctx: ExecutionContext) => Promise<void> => {
  let made: Promise<Ticker> | undefined;
  return async (_, env, ctx) => {
    made ??= (async () => await make(env))();
    const tick = made.then((ticker) => ticker.tick(options), (error) => {
      made = undefined;
      throw error;
    });
    ctx.waitUntil(tick);
    await tick;
  };
};
