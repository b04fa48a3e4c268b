/**
 * Policies of a job: what happens to missed fires, to overlapping runs, to runs whose node died, to runs that last too long.
 */
import * as Result from "effect/Result";
import { InvalidInput, strangeField } from "./InvalidInput.ts";

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

/** What happens when a fire is due while a run of the same job is active anywhere in the fleet. */
export type Overlap = "skip" | "allow";

/**
 * What happens to a run whose node is gone: `at-most-once` records it as lost,
 * `at-least-once` starts it again elsewhere with the next attempt and a higher fencing token.
 */
export type Delivery = "at-most-once" | "at-least-once";

/** All policies of a job, complete. */
export interface Policies {
  /** What happens to missed fires. */
  readonly catchUp: CatchUp;
  /** What happens to a fire while another run of the job is active. */
  readonly overlap: Overlap;
  /** How many runs may be active at once where they may overlap. */
  readonly maxConcurrent: number;
  /** What happens to a run whose node is gone. */
  readonly delivery: Delivery;
  /** A run is aborted and recorded as timed out after this many milliseconds; undefined: never. */
  readonly timeoutMs: number | undefined;
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
  /** What happens to a run whose node is gone. Default `at-most-once`. */
  readonly delivery?: Delivery | undefined;
  /** How long a run may last before it is aborted and recorded as timed out. 1 to 604,800,000 ms; default: for ever. */
  readonly timeoutMs?: number | undefined;
}

/** `catchUp: { mode: "latest", withinMs: 3_600_000, max: 100 }, overlap: "skip", delivery: "at-most-once"`, no time limit. */
export const defaults: Policies = {
  catchUp: { mode: "latest", withinMs: 3_600_000, max: 100 },
  overlap: "skip",
  maxConcurrent: 100,
  delivery: "at-most-once",
  timeoutMs: undefined,
};

/** With those of a schedule: the options of a job are one object. */
const fields = ["catchUp", "overlap", "maxConcurrent", "delivery", "timeoutMs", "timeZone", "dst"];
const catchUpFields = ["mode", "withinMs", "max"];
const modes = ["skip", "latest", "all"];
const overlaps = ["skip", "allow"];
const deliveries = ["at-most-once", "at-least-once"];
const dayMs = 86_400_000;

const isWithin = (value: unknown, from: number, to: number): boolean =>
  Number.isInteger(value) && (value as number) >= from && (value as number) <= to;

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

const oneOf = (choices: ReadonlyArray<string>): string => choices.map((choice) => `"${choice}"`).join(" or ");

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
  const { catchUp: own = {}, delivery = defaults.delivery, overlap = defaults.overlap, timeoutMs } = options;
  const { maxConcurrent = defaults.maxConcurrent } = options;
  if (!isObject(own)) return refuse("catchUp", own, 'an object such as { mode: "latest", withinMs: 60000 }');
  const strange = strangeField(options, fields) ?? strangeField(own, catchUpFields, "catchUp.");
  if (strange !== undefined) return Result.fail(strange);
  const { max = defaults.catchUp.max, mode = defaults.catchUp.mode, withinMs = defaults.catchUp.withinMs } = own;
  const catchUp: CatchUp = { mode, withinMs, max };

  if (!modes.includes(catchUp.mode)) return refuse("catchUp.mode", catchUp.mode, oneOf(modes));
  if (!isWithin(catchUp.withinMs, 0, 30 * dayMs)) {
    return refuse(
      "catchUp.withinMs",
      catchUp.withinMs,
      "a whole number of milliseconds from 0 to 2592000000 (30 days)",
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
  return Result.succeed({ catchUp, overlap, maxConcurrent, delivery, timeoutMs });
};
