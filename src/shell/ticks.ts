/**
 * What `ringcron/edge` has, over drivers that are asked by promises: a bundle that is 13 kB smaller, as it holds no runtime of effects.
 * For Workers and edge functions, whose size counts.
 *
 * @module
 */
export type { HandleOptions, ScheduledRun } from "./handling.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./StandardSchema.ts";
export type { Observer } from "./Observer.ts";
export type { JobOptions, JobRun } from "./Job.ts";
export { commands, handle, observe } from "./besideTicker.ts";
export type { Ticker } from "./plainTicker.ts";
export { createTicker, type TickerOptions } from "./tickedTicker.ts";
export type { TickOptions } from "./tickerOptions.ts";
export type { TickFailure, TickReport } from "../core/words/TickReport.ts";
export { fetchHandler, type FetchOptions } from "./fetchHandler.ts";
export { type ExecutionContext, scheduled } from "./scheduled.ts";
export { InvalidInput } from "../core/words/InvalidInput.ts";
export { DriverError } from "../Driver.ts";
