/**
 * The pure functions of ringcron, without the Effect runtime: schedules, next fires, ownership, decisions, the record of
 * a job, and the state machine of a node. No clock, no randomness, no input or output.
 *
 * @example
 * ```ts
 * import { CronExpression, NextFire } from "ringcron/core";
 *
 * const expression = CronExpression.parseUnsafe("0 9 * * MON-FRI", { timeZone: "Europe/Berlin" });
 * console.log(new Date(NextFire.next(expression, Date.UTC(2026, 0, 1)) ?? 0).toISOString()); // 2026-01-01T08:00:00.000Z
 * ```
 *
 * @module
 */
export {
  type Budget,
  budget,
  type BudgetInput,
  type BudgetJob,
  type BudgetOptions,
  type Cost,
  type Prices,
} from "./node/budget.ts";
/** Schedules: cron expressions read strictly, written canonically, described in English. */
export * as CronExpression from "./schedule/CronExpression.ts";
/** What people ask of one job: pause, resume, trigger, backfill. */
export * as Control from "./ledger/Control.ts";
/** What a node asks of a store that knows nothing of jobs: beat, claim, complete, look, command, without input or output. */
export * as Engine from "./engine/Engine.ts";
/** What becomes of every fire up to now: runs, and skips with their reasons. */
export * as Decision from "./schedule/Decision.ts";
/** The fleet's clock as one node knows it from the store's replies. */
export * as FleetClock from "./node/FleetClock.ts";
export {
  type FleetChange,
  type Moved,
  type Newcomer,
  plan,
  type PlannedFire,
  type PlannedJob,
  type PlanOptions,
  type Share,
  type WhatIf,
  whatIf,
} from "./node/forecast.ts";
export { InvalidInput } from "./words/InvalidInput.ts";
/** The record of one job in the store, and what a claim or an end does to it. */
export * as JobRecord from "./ledger/JobRecord.ts";
/** The state machine of a node: `step(state, input)` gives the next state and the commands. */
export * as Machine from "./node/Machine.ts";
/** The instant a decision is made at, as far as it is known. */
export * as Moment from "./ledger/Moment.ts";
/** The names people choose, checked. */
export * as Names from "./words/Names.ts";
/** When a schedule is due: next, previous, between. */
export * as NextFire from "./schedule/NextFire.ts";
/** Owner and successor of each job in a view. */
export * as Ownership from "./ring/Ownership.ts";
/** Fires that people asked for, waiting for their turn. */
export * as Queue from "./ledger/Queue.ts";
/** Who owns what: rendezvous hashing with an exactly balanced load. */
export * as Ring from "./ring/Ring.ts";
