/**
 * Policies of a job: what happens to missed fires, to overlapping runs, to runs whose node died, to runs that last too long.
 */
import * as Result from "effect/Result";
import { InvalidInput, strangeField } from "./InvalidInput.ts";
import * as Names from "./Names.ts";

/**
 * What happens to fires that were missed, for instance while the store was out of reach.
 *
 * - `latest`: the newest one within `withinMs` runs, the others are skipped as `coalesced`;
 * - `all`: each one within `withinMs` runs, oldest first, at most the newest `max` of them, the others are skipped as
 *   `catch-up`;
 * - `skip`: none runs but the one that is due right now, the others are skipped as `catch-up`.
 *
 * Whatever the mode, those older than `withinMs` are skipped as `window`.
 */
export interface CatchUp {
  /** Which of the missed fires run. Default `latest`. */
  readonly mode: "skip" | "latest" | "all";
  /** How late a fire may run at all. Milliseconds. */
  readonly withinMs: number;
  /** How many missed fires `all` may run. */
  readonly max: number;
}

/**
 * What happens when a fire is due while a run of the same job is active anywhere in the fleet.
 *
 * - `skip`: it is skipped, as `overlap`;
 * - `allow`: it runs beside it, unless `maxConcurrent` runs are active;
 * - `queue`: it waits until that run is over. One fire waits, the newest: the one that waited before is skipped as `coalesced`;
 * - `queue-all`: it waits, and each that is due meanwhile, and they run one after the other in order. One that finds `maxQueued` of them
 *   waiting is skipped as `queue-full`;
 * - `cancel-previous`: that run is cancelled, and the newest fire runs as soon as it is over.
 *
 * What waits does so in the store: it outlives its node, and starts with its own instant and id.
 */
export type Overlap = "skip" | "allow" | "queue" | "queue-all" | "cancel-previous";

/**
 * What happens to a run whose node is gone: `at-most-once` records it as lost,
 * `at-least-once` starts it again elsewhere with the next attempt and a higher fencing token.
 */
export type Delivery = "at-most-once" | "at-least-once";

/**
 * What follows on a run that failed or timed out: further attempts of the same fire, each after a wait. The wait is
 * min(`maxDelayMs`, `delayMs` × `factor` for each retry before), and longer by up to `jitter` of that.
 */
export interface Retry {
  /** How many further attempts there may be. */
  readonly times: number;
  /** How long the first of them waits after the end of the attempt before. Milliseconds. */
  readonly delayMs: number;
  /** How many times as long each further one waits. */
  readonly factor: number;
  /** The longest wait, without jitter. Milliseconds. */
  readonly maxDelayMs: number;
  /** By how much of itself a wait may be longer, so that what failed together is not tried together: 0 to 1. */
  readonly jitter: number;
  /** The waits themselves, one after the other, where a schedule gave them; the rest is what they come to. Milliseconds. */
  readonly waits?: ReadonlyArray<number> | undefined;
}

/** All policies of a job, complete. */
export interface Policies {
  /** What happens to missed fires. */
  readonly catchUp: CatchUp;
  /** What happens to a fire while another run of the job is active. */
  readonly overlap: Overlap;
  /** How many runs may be active at once where they may overlap. */
  readonly maxConcurrent: number;
  /** How many fires may wait where each that overlaps does (`queue-all`); undefined: 100. */
  readonly maxQueued?: number | undefined;
  /** What happens to a run whose node is gone. */
  readonly delivery: Delivery;
  /** A run is aborted and recorded as timed out after this many milliseconds; undefined: never. */
  readonly timeoutMs: number | undefined;
  /** How many runs the schedule may have in all; undefined: any number. */
  readonly limit?: number | undefined;
  /** By how much the start of a fire may lie after its instant, milliseconds; undefined: not at all. */
  readonly jitterMs?: number | undefined;
  /** Labels that a node must have to run it, all of them; undefined: any node may. */
  readonly runOn?: ReadonlyArray<string> | undefined;
  /** What follows on a run that failed or timed out; undefined: nothing. */
  readonly retry?: Retry | undefined;
}

/** Policies as a person gives them: whatever is left out has its default. */
export interface PolicyOptions {
  /** What happens to missed fires. Default: `latest` within 3,600,000 ms; `max` 100, for `all`. */
  readonly catchUp?: { readonly [K in keyof CatchUp]?: CatchUp[K] | undefined } | undefined;
  /** What happens to a fire while another run of the job is active. Default `skip`. */
  readonly overlap?: Overlap | undefined;
  /**
   * With `overlap: "allow"`: how many runs of the job may be active at once in the whole fleet; a fire above it is skipped as
   * `overlap`. 1 to 1,000; default 100.
   */
  readonly maxConcurrent?: number | undefined;
  /**
   * With `overlap: "queue-all"`: how many fires of the job may wait for the runs before them; a fire above it is skipped as
   * `queue-full`. 1 to 1,000; default 100.
   */
  readonly maxQueued?: number | undefined;
  /** What happens to a run whose node is gone. Default `at-most-once`. */
  readonly delivery?: Delivery | undefined;
  /** How long a run may last before it is aborted and recorded as timed out. 1 to 604,800,000 ms; default: for ever. */
  readonly timeoutMs?: number | undefined;
  /**
   * How many runs the schedule may have in all, in the whole fleet: the job is finished after the last one. A fire counts once,
   * however often it is started; one that is skipped, and what people ask for, do not. The count survives restarts and changed
   * schedules; a higher limit lets the schedule go on from then. 1 to 1,000,000,000; default: any number.
   */
  readonly limit?: number | undefined;
  /**
   * A fire starts up to so many milliseconds after it is due, but before the next one and before `endAt`, so that jobs of one
   * schedule do not start together. By how much comes of service, job and instant: it is the same on every node. The fire keeps its
   * instant (`run.dueAt`) and its `id`; lateness, catch-up, overlap and takeover count from the start (`run.startsAt`). What people
   * ask for is not moved. 1 to 86,400,000; default: not at all.
   */
  readonly jitterMs?: number | undefined;
  /**
   * Labels that a node must have, all of them, to run the job (`labels` of its options). Nodes without them may declare it all the
   * same: they leave it to the others, and can trigger or pause it. While no member has the labels its fires wait (`JobUnplaced`).
   * 1 to 32 of them; default: any node will do.
   */
  readonly runOn?: ReadonlyArray<string> | undefined;
  /**
   * Further attempts of a run that failed or timed out; default: none. Of `retry: {}`: `times` 3 (1 to 100), `delayMs` 1,000 (1 to
   * 86,400,000), `factor` 2 (1 to 10), `maxDelayMs` 3,600,000, or `delayMs` if that is longer (up to 604,800,000), `jitter` 0.1
   * (0 to 1).
   */
  readonly retry?: { readonly [K in Exclude<keyof Retry, "waits">]?: Retry[K] | undefined } | undefined;
}

/** `catchUp: { mode: "latest", withinMs: 3_600_000, max: 100 }, overlap: "skip", delivery: "at-most-once"`, no time limit. */
export const defaults: Policies = {
  catchUp: { mode: "latest", withinMs: 3_600_000, max: 100 },
  overlap: "skip",
  maxConcurrent: 100,
  delivery: "at-most-once",
  timeoutMs: undefined,
  retry: undefined,
};

const ownFields: ReadonlyArray<keyof PolicyOptions> = [
  "catchUp",
  "overlap",
  "maxConcurrent",
  "maxQueued",
  "delivery",
  "timeoutMs",
  "retry",
  "limit",
  "jitterMs",
  "runOn",
];

/** With those of a schedule: the options of a job are one object. */
const fields = [...ownFields, "timeZone", "dst", "startAt", "endAt"];

/** Most jobs leave all of them out: a hundred thousand jobs have one object. */
const usual = Result.succeed(defaults);
const catchUpFields = ["mode", "withinMs", "max"];
const retryFields = ["times", "delayMs", "factor", "maxDelayMs", "jitter"];
const modes = ["skip", "latest", "all"];
const overlaps = ["skip", "allow", "queue", "queue-all", "cancel-previous"];
const deliveries = ["at-most-once", "at-least-once"];
const dayMs = 86_400_000;

const isWithin = (value: unknown, from: number, to: number): boolean =>
  Number.isInteger(value) && (value as number) >= from && (value as number) <= to;

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

const oneOf = (choices: ReadonlyArray<string>): string => choices.map((choice) => `"${choice}"`).join(" or ");

const readRetry = (own: NonNullable<PolicyOptions["retry"]>): Result.Result<Retry, InvalidInput> => {
  const refuse = (field: keyof Retry, value: unknown, allowed: string) =>
    Result.fail(new InvalidInput(`retry.${field}`, value, allowed));
  if (!isObject(own)) return Result.fail(new InvalidInput("retry", own, "an object such as { times: 3 }"));
  const strange = strangeField(own, retryFields, "retry.");
  if (strange !== undefined) return Result.fail(strange);
  const { delayMs = 1_000, factor = 2, jitter = 0.1, times = 3 } = own;
  if (!isWithin(times, 1, 100)) return refuse("times", times, "a whole number from 1 to 100");
  if (!isWithin(delayMs, 1, dayMs)) {
    return refuse("delayMs", delayMs, "a whole number of milliseconds from 1 to 86400000 (a day)");
  }
  if (!(typeof factor === "number" && factor >= 1 && factor <= 10)) {
    return refuse("factor", factor, "a number from 1 to 10");
  }
  const { maxDelayMs = Math.max(3_600_000, delayMs) } = own;
  if (!isWithin(maxDelayMs, delayMs, 7 * dayMs)) {
    return refuse("maxDelayMs", maxDelayMs, "a whole number of milliseconds from delayMs to 604800000 (7 days)");
  }
  if (!(typeof jitter === "number" && jitter >= 0 && jitter <= 1)) {
    return refuse("jitter", jitter, "a number from 0 to 1");
  }
  return Result.succeed({ times, delayMs, factor, maxDelayMs, jitter });
};

/**
 * Completes and checks policies.
 *
 * @example
 * ```ts
 * import { Policy } from "ringcron";
 *
 * const policies = Policy.make({ delivery: "at-least-once", catchUp: { mode: "all" } });
 * console.log(policies._tag); // Success
 * ```
 */
export const make = (options: PolicyOptions = {}): Result.Result<Policies, InvalidInput> => {
  const refuse = (field: string, value: unknown, allowed: string) =>
    Result.fail(new InvalidInput(field, value, allowed));
  if (!isObject(options)) return refuse("options", options, "an object");
  // Only what is left out has its default: a null is as wrong as any other type.
  const { catchUp: own = {}, delivery = defaults.delivery, limit, overlap = defaults.overlap, timeoutMs } = options;
  const { jitterMs, maxConcurrent = defaults.maxConcurrent, maxQueued } = options;
  if (!isObject(own)) return refuse("catchUp", own, 'an object such as { mode: "latest", withinMs: 60000 }');
  const strange = strangeField(options, fields) ?? strangeField(own, catchUpFields, "catchUp.");
  if (strange !== undefined) return Result.fail(strange);
  if (ownFields.every((field) => options[field] === undefined)) return usual;
  const { max = defaults.catchUp.max, mode = defaults.catchUp.mode, withinMs = defaults.catchUp.withinMs } = own;
  const catchUp: CatchUp = { mode, withinMs, max };

  if (!modes.includes(catchUp.mode)) return refuse("catchUp.mode", catchUp.mode, oneOf(modes));
  if (!isWithin(catchUp.withinMs, 0, 3_650 * dayMs)) {
    return refuse(
      "catchUp.withinMs",
      catchUp.withinMs,
      "a whole number of milliseconds from 0 to 315360000000 (10 years)",
    );
  }
  if (!isWithin(catchUp.max, 1, 10_000)) return refuse("catchUp.max", catchUp.max, "a whole number from 1 to 10000");
  if (!overlaps.includes(overlap)) return refuse("overlap", overlap, oneOf(overlaps));
  if (!deliveries.includes(delivery)) return refuse("delivery", delivery, oneOf(deliveries));
  if (timeoutMs !== undefined && !isWithin(timeoutMs, 1, 7 * dayMs)) {
    return refuse("timeoutMs", timeoutMs, "a whole number of milliseconds from 1 to 604800000 (7 days)");
  }
  if (!isWithin(maxConcurrent, 1, 1_000)) {
    return refuse("maxConcurrent", maxConcurrent, "a whole number from 1 to 1000");
  }
  if (maxQueued !== undefined && !isWithin(maxQueued, 1, 1_000)) {
    return refuse("maxQueued", maxQueued, "a whole number from 1 to 1000");
  }
  if (limit !== undefined && !isWithin(limit, 1, 1e9)) {
    return refuse("limit", limit, "a whole number of runs from 1 to 1000000000");
  }
  if (jitterMs !== undefined && !isWithin(jitterMs, 1, dayMs)) {
    return refuse("jitterMs", jitterMs, "a whole number of milliseconds from 1 to 86400000 (a day)");
  }
  const runOn = options.runOn === undefined ? undefined : Names.labels("runOn", options.runOn, 1);
  if (runOn?._tag === "Failure") return Result.fail(runOn.failure);
  const retry = options.retry === undefined ? undefined : readRetry(options.retry);
  if (retry?._tag === "Failure") return Result.fail(retry.failure);
  return Result.succeed({
    catchUp,
    overlap,
    maxConcurrent,
    delivery,
    timeoutMs,
    retry: retry?.success,
    ...(limit === undefined ? {} : { limit }),
    ...(jitterMs === undefined ? {} : { jitterMs }),
    ...(runOn === undefined ? {} : { runOn: runOn.success }),
    ...(maxQueued === undefined ? {} : { maxQueued }),
  });
};
