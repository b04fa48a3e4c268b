/**
 * R41: a limit to the runs of a schedule. They are counted in the record when they are handed out, each fire once; what people
 * ask for does not count.
 */
import type { Asked } from "../words/Request.ts";
import type { Moment, Open } from "./Moment.ts";
import type { JobRecord } from "./Record.ts";

/** How long a fire is left to nodes that know a higher limit before who knows a lower one says that there is none. Milliseconds. */
const leftToOthersMs = 60_000;

/** Whether the schedule has had all its runs. */
export const isSpent = (
  { counted = 0 }: Pick<JobRecord<Open>, "counted">,
  { limit }: Pick<Asked, "limit">,
): boolean => limit !== undefined && counted >= limit;

/** No count is lower than one that a claimant was told: the store may have lost it. */
export const recount = <R extends Pick<JobRecord<Open>, "counted">>(record: R, { counted = 0 }: Asked): R =>
  counted > (record.counted ?? 0) ? { ...record, counted } : record;

/**
 * Who asks under a higher limit than that which had ended the schedule lets it go on from now; who asks under a lower one, once
 * nobody else has decided a fire, ends it.
 */
export const turn = (record: JobRecord<Open>, item: Asked, moment: Moment): JobRecord<Open> => {
  const { nextDueAt, paused, watermark } = record;
  if (paused || record.counted === undefined) return record;
  if (isSpent(record, item)) {
    const isLeft = nextDueAt === undefined || !moment.isAfter(nextDueAt + leftToOthersMs);
    return isLeft ? record : { ...record, nextDueAt: undefined, nextStartsAt: undefined };
  }
  if (nextDueAt !== undefined || item.nextDueAt === undefined || typeof watermark !== "number") return record;
  const { nextDueAt: dueAt, nextStartsAt } = item;
  return { ...record, watermark: moment.stamp(watermark), nextDueAt: dueAt, nextStartsAt, claimId: undefined };
};
