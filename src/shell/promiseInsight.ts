/**
 * What people want to see of a fleet, as plain async functions.
 */
import type * as Effect from "effect/Effect";
import type { ActiveFire, HistoryOptions, HistoryPage, Insight as EffectInsight, RunsOptions } from "./Insight.ts";

/** What a node and a client can tell of the whole fleet, each as of now. */
export interface Insight {
  /**
   * What ran and what was skipped, the newest first, a page at a time: of the last lines that the store keeps of a service, at least
   * 1,000. Rejects with `InvalidInput` or `DriverError`. Cost: two requests side by side, the same for every page.
   */
  readonly history: (options?: HistoryOptions) => Promise<HistoryPage>;
  /**
   * What runs now, waits for another attempt or is queued, of all jobs that the store knows, by job and instant. Rejects with
   * `InvalidInput` or `DriverError`. Cost: a request for each page of keys, then one for each 100 to 400 jobs; two of one job alone.
   */
  readonly runs: (options?: RunsOptions) => Promise<ReadonlyArray<ActiveFire>>;
}

/** The same as promises. `run` runs what they are made of. */
export const insightOf = (
  insight: EffectInsight,
  run: <A, E>(effect: Effect.Effect<A, E>) => Promise<A>,
): Insight => ({
  history: (options) => run(insight.history(options)),
  runs: (options) => run(insight.runs(options)),
});
