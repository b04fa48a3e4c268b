/**
 * R51: when a fire starts whose job has a jitter. The fire keeps its instant, and so its identity; its start lies after that by
 * what the service, the job and the instant give, in integers, so that every node and every runtime says the same.
 *
 * A start lies before the next fire and before the end of the schedule. So starts are in the order of their fires, and from a
 * fire that has started all earlier ones have.
 *
 * @module
 */
import type { CronExpression } from "./expression.ts";
import * as NextFire from "./NextFire.ts";
import { spread } from "./spread.ts";

/** By what the starts of a job are moved; undefined for one whose fires start when they are due. */
export type Jitter = { readonly key: string; readonly mostMs: number } | undefined;

/** The jitter of a job. No name of a service has a slash. */
export const of = (service: string, job: string, jitterMs: number | undefined): Jitter =>
  jitterMs === undefined ? undefined : { key: `${service}/${job}`, mostMs: jitterMs };

/** When a fire of the schedule starts, epoch milliseconds. */
export const startOf = (expression: CronExpression, jitter: Jitter, dueAt: number): number => {
  if (jitter === undefined) return dueAt;
  const until = NextFire.next(expression, dueAt) ?? expression.endAt ?? Infinity;
  const mostMs = Math.min(jitter.mostMs, until - dueAt - 1);
  return dueAt + spread(jitter.key, `${dueAt}`, mostMs + 1);
};

/** What is said of the start of a fire that is to come; undefined where it is not moved, or there is none. */
export const moved = (expression: CronExpression, jitter: Jitter, dueAt: number | undefined): number | undefined =>
  jitter === undefined || dueAt === undefined ? undefined : startOf(expression, jitter, dueAt);

/** The newest fire that has started by an instant, by its own instant; undefined if none has. */
export const startedBy = (expression: CronExpression, jitter: Jitter, at: number): number | undefined => {
  const due = NextFire.previous(expression, at + 1);
  if (jitter === undefined || due === undefined || startOf(expression, jitter, due) <= at) return due;
  return NextFire.previous(expression, due);
};

/** The first start after an instant, which may be of a fire before it; undefined if there is none. */
export const startAfter = (expression: CronExpression, jitter: Jitter, at: number): number | undefined => {
  if (jitter !== undefined) {
    const due = NextFire.previous(expression, Math.floor(at) + 1);
    const start = due === undefined ? at : startOf(expression, jitter, due);
    if (start > at) return start;
  }
  const next = NextFire.next(expression, at);
  return next === undefined ? undefined : startOf(expression, jitter, next);
};

/** The start of the first fire after an instant; undefined if there is none. */
export const startOfNext = (expression: CronExpression, jitter: Jitter, after: number): number | undefined => {
  const next = NextFire.next(expression, after);
  return next === undefined ? undefined : startOf(expression, jitter, next);
};
