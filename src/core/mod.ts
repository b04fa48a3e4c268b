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
export * as CronExpression from "./CronExpression.ts";
export * as Decision from "./Decision.ts";
export * as FleetClock from "./FleetClock.ts";
export { InvalidInput } from "./InvalidInput.ts";
export * as JobRecord from "./JobRecord.ts";
export * as Machine from "./Machine.ts";
export * as Membership from "./Membership.ts";
export * as Names from "./Names.ts";
export * as NextFire from "./NextFire.ts";
export * as Ownership from "./Ownership.ts";
export * as Ring from "./Ring.ts";
