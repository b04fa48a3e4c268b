/**
 * ringcron without a process that lives: jobs that are run by short invocations, of a Worker, an edge function, a CI cron or a
 * systemd timer, with the guarantees that nodes have and over the same store.
 *
 * @module
 */
export type { HandleOptions, ScheduledRun } from "./handling.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./StandardSchema.ts";
export type { Observer } from "./Observer.ts";
export type { JobOptions, JobRun } from "./Job.ts";
export { commands, handle, observe } from "./besideTicker.ts";
export type { Ticker } from "./plainTicker.ts";
export { createTicker, type TickerOptions } from "./promiseTicker.ts";
export type { TickOptions } from "./tickerOptions.ts";
export type { TickFailure, TickReport } from "../core/words/TickReport.ts";
export { fetchHandler, type FetchOptions } from "./fetchHandler.ts";
export { type ExecutionContext, scheduled } from "./scheduled.ts";
export { InvalidInput } from "../core/words/InvalidInput.ts";
export { DriverError } from "../Driver.ts";
