/**
 * What the span of a run says of it: the same with OpenTelemetry and with Effect. docs/METRICS.md has the list.
 */

/** What is told of. */
interface Told {
  readonly job: string;
  readonly schedule?: string | undefined;
  readonly node: string;
  readonly id: string;
  readonly dueAt: number;
  readonly startsAt: number;
  readonly startedAt: number;
  readonly attempt: number;
  readonly kind: string;
  readonly fence: number;
}

/** The attributes. Cost: one object. */
export const spanOf = (run: Told): Record<string, string | number> => ({
  // A job has a `/` in its name perhaps, a service never.
  "ringcron.service": run.id.slice(0, run.id.indexOf("/")),
  "ringcron.node": run.node,
  "ringcron.job": run.job,
  ...(run.schedule === undefined ? {} : { "ringcron.schedule": run.schedule }),
  "ringcron.run.id": run.id,
  "ringcron.run.due_at": run.dueAt,
  "ringcron.run.attempt": run.attempt,
  "ringcron.run.kind": run.kind,
  "ringcron.run.fence": run.fence,
  "ringcron.run.lateness": Math.max(0, run.startedAt - run.startsAt) / 1_000,
});
