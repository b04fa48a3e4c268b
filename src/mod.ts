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
export * as CronExpression from "./core/CronExpression.ts";
export { CronExpressionError } from "./core/CronExpression.ts";
export { InvalidInput } from "./core/InvalidInput.ts";
export * as NextFire from "./core/NextFire.ts";
export * as Ring from "./core/Ring.ts";
export * as Cron from "./Cron.ts";
export * as Driver from "./Driver.ts";
export type { Event, Happening, MemberName } from "./Event.ts";
export * as Fire from "./Fire.ts";
export * as Job from "./Job.ts";
export * as NodePool from "./NodePool.ts";
export * as Options from "./Options.ts";
export * as Policy from "./Policy.ts";
export type * as Request from "./Request.ts";
export * as View from "./View.ts";
