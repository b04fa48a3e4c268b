/**
 * ringcron: a distributed cron scheduler. Every process of a fleet declares the same jobs; each due run starts on exactly
 * one of them, and when a machine dies the others carry on.
 *
 * Every scheduled fire gets exactly one recorded decision, and a handler is started at most once per attempt while the
 * store keeps what it acknowledged; what the handler does must be idempotent or fenced.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Layer from "effect/Layer";
 * import { Cron, Job } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const program = Effect.gen(function* () {
 *   const cron = yield* Cron.Cron;
 *   yield* cron.add(Job.make("tick", "* * * * * *", (run) => Effect.sync(() => console.log(run.id))));
 *   yield* cron.start;
 *   yield* Effect.sleep("2 seconds");
 * });
 *
 * const layer = Layer.provide(Cron.layer({ service: "demo" }), Memory.layer());
 * await Effect.runPromise(Effect.provide(program, layer));
 * ```
 *
 * @module
 */
export {
  type AskOptions,
  type BackfillOptions,
  type CancelOptions,
  type Control,
  type DrainOptions,
  type Forget,
  JobInUse,
  type PauseOptions,
  QueueFull,
  type ResultOptions,
  ResultUnavailable,
  type ResumeOptions,
  RunFailed,
  type Triggered,
  type TriggerOptions,
  UnknownJob,
  UnknownNode,
} from "./shell/Control.ts";
export type {
  ActiveFire,
  ClientInsight,
  ComingFire,
  ComingFires,
  Explanation,
  FireLine,
  FleetInfo,
  FleetOverview,
  HistoryLine,
  HistoryOptions,
  HistoryPage,
  Holdup,
  Insight,
  JobDetails,
  JobInfo,
  JobStanding,
  MemberStatus,
  NextFiresOptions,
  Ranked,
  RunsOptions,
  RunState,
} from "./shell/Insight.ts";
export {
  type ListOptions,
  type PastRun,
  type PutResult,
  type ScheduleExplanation,
  type ScheduleHoldup,
  type ScheduleInfo,
  type ScheduleOptions,
  type SchedulePage,
  type Schedules,
  UnknownSchedule,
} from "./shell/Schedules.ts";
/** Schedules: cron expressions read strictly, written canonically, described in English. */
export * as CronExpression from "./core/schedule/CronExpression.ts";
export { CronExpressionError, type CronField } from "./core/schedule/CronExpression.ts";
export { InvalidInput } from "./core/words/InvalidInput.ts";
export { NonRetryable } from "./shell/NonRetryable.ts";
/** When a schedule is due: next, previous, between. */
export * as NextFire from "./core/schedule/NextFire.ts";
/** Who owns what: rendezvous hashing with an exactly balanced load. */
export * as Ring from "./core/ring/Ring.ts";
/** A client: what people ask of a fleet, for those who are no node of it. */
export * as Client from "./shell/Client.ts";
/** A ticker: the jobs of a service from invocations that live for seconds. */
export * as Ticker from "./shell/Ticker.ts";
/** The scheduler: a service and its layer. */
export * as Cron from "./shell/Cron.ts";
/** What a node asks of the fleet's store, and its error. */
export * as Driver from "./shell/drivers.ts";
export type { ActionKind } from "./core/words/Action.ts";
export type { AboutJob, Event, Happening, MemberName } from "./core/words/Event.ts";
export type { ActionEntry } from "./core/words/HistoryEntry.ts";
/** Fires, decisions and runs, and the identity of a fire. */
export * as Fire from "./core/words/Fire.ts";
/** Jobs, and what their handlers are told. */
export * as Job from "./shell/Job.ts";
/** What a scheduler measures, as metrics of Effect. */
export * as Metrics from "./shell/Metrics.ts";
export type { Observer } from "./shell/Observer.ts";
export type { PayloadCodec, PayloadOf } from "./shell/payloadCodec.ts";
/** The pool of nodes: members, the owner of a key, changes. */
export * as NodePool from "./shell/NodePool.ts";
/** Options of a node, and their checks. */
export * as Options from "./shell/Options.ts";
/** Policies of a job: missed fires, overlaps, dead nodes, time limits. */
export * as Policy from "./core/words/Policy.ts";
/** What a node asks of the store, and what the store answers. */
export type * as Request from "./core/words/Request.ts";
/** The port that a database implements, and what makes a driver of it. */
export * as Store from "./shell/Port.ts";
/** Who is in the fleet, as the store last told. */
export * as View from "./core/words/View.ts";
