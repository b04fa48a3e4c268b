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
  type BackfillOptions,
  type Control,
  QueueFull,
  type ResumeOptions,
  type Triggered,
  type TriggerOptions,
  UnknownJob,
} from "./Control.ts";
/** Schedules: cron expressions read strictly, written canonically, described in English. */
export * as CronExpression from "./core/CronExpression.ts";
export { CronExpressionError, type CronField } from "./core/CronExpression.ts";
export { InvalidInput } from "./core/InvalidInput.ts";
/** When a schedule is due: next, previous, between. */
export * as NextFire from "./core/NextFire.ts";
/** Who owns what: rendezvous hashing with an exactly balanced load. */
export * as Ring from "./core/Ring.ts";
/** The scheduler: a service and its layer. */
export * as Cron from "./Cron.ts";
/** What a node asks of the fleet's store, and its error. */
export * as Driver from "./Driver.ts";
export type { Event, Happening, MemberName } from "./Event.ts";
/** Fires, decisions and runs, and the identity of a fire. */
export * as Fire from "./Fire.ts";
/** Jobs, and what their handlers are told. */
export * as Job from "./Job.ts";
/** The pool of nodes: members, the owner of a key, changes. */
export * as NodePool from "./NodePool.ts";
/** Options of a node, and their checks. */
export * as Options from "./Options.ts";
/** Policies of a job: missed fires, overlaps, dead nodes, time limits. */
export * as Policy from "./Policy.ts";
/** What a node asks of the store, and what the store answers. */
export type * as Request from "./Request.ts";
/** The port that a database implements, and what makes a driver of it. */
export * as Store from "./Port.ts";
/** Who is in the fleet, as the store last told. */
export * as View from "./View.ts";
