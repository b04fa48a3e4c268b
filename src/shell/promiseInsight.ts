/**
 * What people want to see of a fleet, as plain async functions.
 */
import type * as Effect from "effect/Effect";
import type {
  ActiveFire,
  ComingFires,
  Explanation,
  HistoryOptions,
  HistoryPage,
  Insight as EffectInsight,
  JobDetails,
  NextFiresOptions,
  RunsOptions,
} from "./Insight.ts";

/** What a node and a client can tell of the whole fleet, each as of now. */
export interface Insight {
  /**
   * What ran, what was skipped, and what somebody did who was named with `by`, the newest first, a page at a time: of the last lines
   * that the store keeps of a service, at least 1,000. Of schedules in the store only the last kind is there.
   * Rejects with `InvalidInput` or `DriverError`. Cost: two requests side by side, the same for every page.
   */
  readonly history: (options?: HistoryOptions) => Promise<HistoryPage>;
  /**
   * What runs now, waits for another attempt or is queued, of all jobs that the store knows, by job and instant. Rejects with
   * `InvalidInput` or `DriverError`. Cost: a request for each page of keys, then one for each 100 to 400 jobs; two of one job alone.
   */
  readonly runs: (options?: RunsOptions) => Promise<ReadonlyArray<ActiveFire>>;
  /**
   * One job as the whole fleet has it, whoever declares it, with what ran last. That nobody declares it is its `state`; rejects with
   * `UnknownJob` (with the nearest names) if neither the store nor a member knows it, with `InvalidInput` or `DriverError`. Cost:
   * three requests side by side, and another one where its definition was not read before.
   */
  readonly job: (name: string) => Promise<JobDetails>;
  /**
   * The fires that are to come of all jobs that run, the earliest first: those that a member declares, and that are neither paused
   * nor finished. Rejects with `InvalidInput` or `DriverError`. Cost: as `jobs` of a client.
   */
  readonly nextFires: (options?: NextFiresOptions) => Promise<ComingFires>;
  /**
   * What of a job waits for its turn: fires that people asked for, those of its schedule that wait for the run before them, and
   * attempts after a failure, by instant. Rejects as `job`. Cost: two requests side by side.
   */
  readonly queue: (name: string) => Promise<ReadonlyArray<ActiveFire>>;
  /**
   * Why a job stands as it does: its definition, who tries its fires and in which order, what holds it up, what was decided last;
   * in data and in words. Rejects, and costs, as `job`.
   */
  readonly explain: (name: string) => Promise<Explanation>;
}

/** The same as promises. `run` runs what they are made of. */
export const insightOf = (
  insight: EffectInsight,
  run: <A, E>(effect: Effect.Effect<A, E>) => Promise<A>,
): Insight => ({
  history: (options) => run(insight.history(options)),
  runs: (options) => run(insight.runs(options)),
  job: (name) => run(insight.job(name)),
  nextFires: (options) => run(insight.nextFires(options)),
  queue: (name) => run(insight.queue(name)),
  explain: (name) => run(insight.explain(name)),
});
