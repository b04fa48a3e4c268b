/**
 * Options of a ticker and of its ticks, checked before anything is sent.
 */
import * as Result from "effect/Result";
import { InvalidInput, strangeField } from "../core/words/InvalidInput.ts";
import * as Names from "../core/words/Names.ts";
import { checked as codecOf, type PayloadCodec } from "./payloadCodec.ts";
import { redactor } from "./redactor.ts";
import { inRanges, whole } from "./ranges.ts";

/** How a ticker behaves. Times in milliseconds. */
export interface TickerOptions {
  /** The name that the fleet shares: letters, digits, `.`, `_`, `-`, at most 128. */
  readonly service: string;
  /** What handlers are told as `run.node`. Default: `tick`. */
  readonly nodeName?: string | undefined;
  /**
   * Take what is due as soon as it is. Default: only what is overdue by `graceMs`, as nodes that live own the jobs; for a service
   * without nodes set it.
   */
  readonly eager?: boolean | undefined;
  /** How long what is due is left to nodes. 50 to 600,000; default 5,000. Not with `eager`. */
  readonly graceMs?: number | undefined;
  /** How long a tick may last if it is not told. 1 to 86,400,000; default 25,000. */
  readonly maxMs?: number | undefined;
  /** How long after its time a tick counts as going on: its runs are nobody else's before. 1,000 to 600,000; default 10,000. */
  readonly marginMs?: number | undefined;
  /**
   * How far apart ticks are: a fire that is no later counts as on time, also where `catchUp` is `skip`. 1,000 to 86,400,000; default
   * 90,000, for one each minute that may be late.
   */
  readonly intervalMs?: number | undefined;
  /** How many handlers a tick runs at once; it claims no more. 1 to 100,000; default 200. */
  readonly concurrency?: number | undefined;
  /** What jobs may need (`runOn`), as of a node: at most 32. Jobs that need others are left alone. Default: none. */
  readonly labels?: ReadonlyArray<string> | undefined;
  /** What the text of an error of a handler is told as, as of a node. Default: as it is. */
  readonly redactError?: ((text: string) => string) | undefined;
  /**
   * What payloads become in the store, and how they are read again, so that it need not be trusted with them. Of schedules and of what
   * jobs are triggered with; all who put, look or run need the same. Default: JSON as it is.
   */
  readonly payloadCodec?: PayloadCodec | undefined;
  /**
   * A number that grows from deployment to deployment: of two definitions of a job that of the higher one is in force. Without it a
   * ticker leaves a job alone whose definition in force is another than its own, and says so.
   */
  readonly deployment?: number | undefined;
}

/** Options of one tick. Times in milliseconds. */
export interface TickOptions {
  /** How long it may last. 1 to 86,400,000; default: that of the ticker. */
  readonly maxMs?: number | undefined;
  /** How long it may wait for what is due soon; less than `maxMs`. 0 to 2,000; default 0. With `eager` only. */
  readonly waitMs?: number | undefined;
}

/** Complete and checked options of a ticker. */
export interface CheckedTicker {
  readonly service: string;
  readonly nodeName: string;
  /** 0 for an eager one. */
  readonly graceMs: number;
  readonly maxMs: number;
  readonly marginMs: number;
  readonly intervalMs: number;
  readonly concurrency: number;
  readonly labels: ReadonlyArray<string> | undefined;
  readonly deployment: number | undefined;
  readonly redactError: ((text: string) => string) | undefined;
  /** What payloads become in the store. */
  readonly payloadCodec: PayloadCodec | undefined;
}

/** Complete and checked options of a tick. */
export interface CheckedTick {
  readonly maxMs: number;
  readonly waitMs: number;
}

const ranges = {
  graceMs: [50, 600_000, 5_000],
  maxMs: [1, 86_400_000, 25_000],
  marginMs: [1_000, 600_000, 10_000],
  intervalMs: [1_000, 86_400_000, 90_000],
  concurrency: [1, 100_000, 200],
} as const;

/** Completes and checks the options of a ticker. */
export const check = (options: TickerOptions): Result.Result<CheckedTicker, InvalidInput> =>
  Result.gen(function* () {
    if (typeof options !== "object" || options === null) {
      return yield* Result.fail(new InvalidInput("options", options, "an object with at least a service"));
    }
    const strange = strangeField(options, [
      "service",
      "nodeName",
      "eager",
      "labels",
      "deployment",
      "redactError",
      "payloadCodec",
      ...Object.keys(ranges),
    ]);
    if (strange !== undefined) return yield* Result.fail(strange);
    const service = yield* Names.service(options.service);
    const nodeName = yield* Names.node(options.nodeName === undefined ? "tick" : options.nodeName);
    const { eager = false } = options;
    if (typeof eager !== "boolean") return yield* Result.fail(new InvalidInput("eager", eager, "true or false"));
    if (eager && options.graceMs !== undefined) {
      return yield* Result.fail(new InvalidInput("graceMs", options.graceMs, "none with eager"));
    }
    const checked = yield* inRanges(options, ranges);
    const deployment = options.deployment === undefined
      ? undefined
      : yield* whole("deployment", options.deployment, 0, Number.MAX_SAFE_INTEGER);
    const labels = options.labels === undefined ? undefined : yield* Names.labels("labels", options.labels);
    const redactError = yield* redactor(options.redactError);
    const payloadCodec = yield* codecOf(options.payloadCodec);
    const others = { labels, deployment, redactError, payloadCodec };
    return { service, nodeName, ...checked, ...others, graceMs: eager ? 0 : checked.graceMs };
  });

/** Completes and checks the options of a tick. */
export const checkTick = (
  options: TickOptions | undefined,
  ticker: CheckedTicker,
): Result.Result<CheckedTick, InvalidInput> =>
  Result.gen(function* () {
    if (options !== undefined && (typeof options !== "object" || options === null)) {
      return yield* Result.fail(new InvalidInput("options", options, "an object, or none"));
    }
    const strange = strangeField(options ?? {}, ["maxMs", "waitMs"]);
    if (strange !== undefined) return yield* Result.fail(strange);
    const { maxMs = ticker.maxMs, waitMs = 0 } = options ?? {};
    const checked = {
      maxMs: yield* whole("maxMs", maxMs, ranges.maxMs[0], ranges.maxMs[1]),
      waitMs: yield* whole("waitMs", waitMs, 0, 2_000),
    };
    if (waitMs > 0 && ticker.graceMs > 0) {
      return yield* Result.fail(new InvalidInput("waitMs", waitMs, "0 where the ticker is not eager"));
    }
    if (waitMs >= maxMs) return yield* Result.fail(new InvalidInput("waitMs", waitMs, `less than maxMs, ${maxMs}`));
    return checked;
  });
