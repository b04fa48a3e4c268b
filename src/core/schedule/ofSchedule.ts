/**
 * When a schedule in the store is due, as its text says: read alike by who puts it and by the nodes that run it.
 */
import type { ScheduleDefinition } from "../words/ScheduleRequest.ts";
import * as CronExpression from "./CronExpression.ts";

/** Undefined if it says nothing that this release can read. An `H` takes its values from the id. */
export const expressionOf = (
  id: string,
  { dst, endAt, schedule, startAt, timeZone }: Pick<
    ScheduleDefinition,
    "dst" | "endAt" | "schedule" | "startAt" | "timeZone"
  >,
): CronExpression.CronExpression | undefined => {
  const read = CronExpression.parse(schedule, { dst, jobName: id, timeZone });
  const bounded = read._tag === "Success" ? CronExpression.within(read.success, { startAt, endAt }) : read;
  return bounded._tag === "Success" ? bounded.success : undefined;
};
