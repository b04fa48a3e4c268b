/**
 * When a run starts.
 */
import type { Run } from "./Fire.ts";

/** When an attempt is to start at the earliest, epoch milliseconds: when its fire is due, moved by jitter, or after the wait that follows on a failure. */
export const startsAt = (
  { dueAt, notBefore, startsAt: moved }: Pick<Run, "dueAt" | "notBefore" | "startsAt">,
): number => notBefore ?? moved ?? dueAt;
