/**
 * Options of a node, checked before anything is sent.
 */
import * as Result from "effect/Result";
import { InvalidInput, strangeField } from "../core/words/InvalidInput.ts";
import type { Config } from "../core/node/Machine.ts";
import * as Names from "../core/words/Names.ts";
import * as Times from "../core/words/Times.ts";
import { checked as codecOf, type PayloadCodec } from "./payloadCodec.ts";
import { redactor } from "./redactor.ts";
import { inRanges, whole } from "./ranges.ts";

/** How a node behaves. Times in milliseconds. */
export interface NodeOptions {
  /** The name one fleet shares: letters, digits, `.`, `_`, `-`, at most 128. */
  readonly service: string;
  /** What people call this node: as a service, and also `:` and `/`. Default: `node-` and five random digits. */
  readonly nodeName?: string | undefined;
  /** How long after a beat it promised a node still counts as a member. 1,000 to 600,000; default 10,000. */
  readonly leaseMs?: number | undefined;
  /** How long after a due instant the successor waits for the owner's claim. 50 to 60,000; default 1,000. */
  readonly graceMs?: number | undefined;
  /** How far ahead of the due instant a claim leaves. 0 to 1,500; default: a few round trips, as measured. */
  readonly lookaheadMs?: number | undefined;
  /**
   * The longest time without contact to the store while nothing is due. 1,000 to 86,400,000; default 600,000. For so long may wait
   * what no hint tells of: a command of whoever is no node, a request to leave, that an idle member died.
   */
  readonly maxSilenceMs?: number | undefined;
  /**
   * The longest wait for an answer of the store; a request is sent again now and then meanwhile. Longer than a round trip, and
   * not longer than a driver's own `timeoutMs`, which gives up by itself. 100 to 60,000; default 5,000.
   */
  readonly requestTimeoutMs?: number | undefined;
  /** This node's share of the jobs relative to the others. 1 to 1,000; default 1. */
  readonly weight?: number | undefined;
  /**
   * How many handlers may run at once on this node. While so many run it claims nothing, so that another node does a `graceMs`
   * later; where all are full a fire starts late, on the first that has a place. 1 to 100,000; default: any number.
   */
  readonly concurrency?: number | undefined;
  /**
   * What jobs may need of a node (`runOn`): at most 32, each named as a job is, such as `gpu` or `zone:eu`. They hold for the life of
   * the node. Default: none.
   */
  readonly labels?: ReadonlyArray<string> | undefined;
  /** A number that grows from deployment to deployment: of two definitions of a job that of the higher one is in force. Default: the order of joining. */
  readonly deployment?: number | undefined;
  /**
   * How long after it was due a fire that nobody has decided is told, once, as `FireMissed`, and its job counts as overdue in `health()`.
   * It is looked for each third of that, so it is told up to a third later. 1,000 to 86,400,000; default 30,000.
   */
  readonly missedAfterMs?: number | undefined;
  /**
   * What the text of an error of a handler is told as, in events, the log, the history, results, spans and to the next attempt. What
   * looks like a secret is left out of what goes to the store without it, too. Default: as it is, in at most 1,000 characters.
   */
  readonly redactError?: ((text: string) => string) | undefined;
  /**
   * What payloads become in the store, and how they are read again, so that it need not be trusted with them. Of schedules and of what
   * jobs are triggered with; all who put, look or run need the same. Default: JSON as it is.
   */
  readonly payloadCodec?: PayloadCodec | undefined;
  /** How long `start` tries to become a member. 100 to 600,000; default 30,000. */
  readonly startTimeoutMs?: number | undefined;
  /** How long `stop` waits for running handlers unless it is told otherwise. 0 to 3,600,000; default 10,000. */
  readonly drainMs?: number | undefined;
  /**
   * What `start` does about another scheduler of this process that has the same service, store and name (those without a name
   * count as the same) and runs: `replace` it, whose handlers drain, once this one is a member, or `refuse` with `AlreadyRunning`.
   * Default `replace`. A pool without jobs heeds nobody.
   */
  readonly ifRunning?: "replace" | "refuse" | undefined;
}

/** Complete and checked options. */
export interface CheckedOptions {
  /** What the state machine of a node goes by. */
  readonly config: Config;
  /** How long `start` tries to become a member. Milliseconds. */
  readonly startTimeoutMs: number;
  /** How long `stop` waits for running handlers unless it is told otherwise. Milliseconds. */
  readonly drainMs: number;
  /** How long after it was due a fire that nobody has decided is missed. Milliseconds. */
  readonly missedAfterMs: number;
  /** The name of the node, undefined if it was given none. */
  readonly givenName: string | undefined;
  /** What the text of an error is told as. */
  readonly redactError: ((text: string) => string) | undefined;
  /** What payloads become in the store. */
  readonly payloadCodec: PayloadCodec | undefined;
  /** What to do about another scheduler of this process that is the same. */
  readonly ifRunning: "replace" | "refuse";
}

const ranges = {
  leaseMs: Times.leaseMs,
  graceMs: Times.graceMs,
  maxSilenceMs: Times.maxSilenceMs,
  requestTimeoutMs: [100, 60_000, 5_000],
  weight: [1, 1_000, 1],
  deployment: [0, Number.MAX_SAFE_INTEGER, 0],
  missedAfterMs: [1_000, 86_400_000, 30_000],
  startTimeoutMs: [100, 600_000, 30_000],
  drainMs: [0, 3_600_000, 10_000],
} as const;

/**
 * Checks how long to wait for handlers.
 *
 * @example
 * ```ts
 * import { Options } from "ringcron";
 *
 * console.log(Options.drain(-1)._tag); // Failure
 * ```
 */
export const drain = (value: unknown): Result.Result<number, InvalidInput> =>
  whole("drainMs", value, ranges.drainMs[0], ranges.drainMs[1]);

/**
 * Completes and checks options. `randomName` names a node that has no name.
 *
 * @example
 * ```ts
 * import { Options } from "ringcron";
 *
 * const checked = Options.check({ service: "billing" }, "node-1234");
 * console.log(checked._tag === "Success" && checked.success.config.leaseMs); // 10000
 * ```
 */
export const check = (options: NodeOptions, randomName: string): Result.Result<CheckedOptions, InvalidInput> =>
  Result.gen(function* () {
    if (typeof options !== "object" || options === null) {
      return yield* Result.fail(new InvalidInput("options", options, "an object with at least a service"));
    }
    const strange = strangeField(options, [
      "service",
      "nodeName",
      "lookaheadMs",
      "concurrency",
      "labels",
      "ifRunning",
      "redactError",
      "payloadCodec",
      ...Object.keys(ranges),
    ]);
    if (strange !== undefined) return yield* Result.fail(strange);
    const service = yield* Names.service(options.service);
    const nodeName = yield* Names.node(options.nodeName === undefined ? randomName : options.nodeName);
    const checked = yield* inRanges(options, ranges);
    const lookaheadMs = options.lookaheadMs === undefined
      ? undefined
      : yield* whole("lookaheadMs", options.lookaheadMs, 0, 1_500);
    const concurrency = options.concurrency === undefined
      ? undefined
      : yield* whole("concurrency", options.concurrency, 1, 100_000);
    const labels = options.labels === undefined ? undefined : yield* Names.labels("labels", options.labels);
    const { ifRunning = "replace" } = options;
    if (ifRunning !== "replace" && ifRunning !== "refuse") {
      return yield* Result.fail(new InvalidInput("ifRunning", ifRunning, "replace or refuse"));
    }
    const redactError = yield* redactor(options.redactError);
    const payloadCodec = yield* codecOf(options.payloadCodec);
    const { deployment, drainMs, graceMs, leaseMs, maxSilenceMs, requestTimeoutMs, weight } = checked;
    const { missedAfterMs, startTimeoutMs } = checked;
    const config: Config = {
      service,
      nodeName,
      weight,
      leaseMs,
      graceMs,
      lookaheadMs,
      maxSilenceMs,
      requestTimeoutMs,
      deployment,
      drainMs,
      concurrency,
      labels,
    };
    const shell = { startTimeoutMs, drainMs, missedAfterMs, ifRunning, redactError, payloadCodec };
    return { config, ...shell, givenName: options.nodeName };
  });
