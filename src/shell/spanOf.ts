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

/** What every run of a job has, and a sampler may go by. */
export const spanBase = (service: string, { job, node }: Pick<Told, "job" | "node">): Record<string, string> => ({
  "ringcron.service": service,
  "ringcron.node": node,
  "ringcron.job": job,
});

/** What is told of one run, besides. Cost: one object. */
export const spanOfRun = (run: Told): Record<string, string | number> => {
  const attributes: Record<string, string | number> = {
    "ringcron.run.id": run.id,
    "ringcron.run.due_at": run.dueAt,
    "ringcron.run.attempt": run.attempt,
    "ringcron.run.kind": run.kind,
    "ringcron.run.fence": run.fence,
    "ringcron.run.lateness": Math.max(0, run.startedAt - run.startsAt) / 1_000,
  };
  if (run.schedule !== undefined) attributes["ringcron.schedule"] = run.schedule;
  return attributes;
};

/** All of it. A job has a `/` in its name perhaps, a service never. */
export const spanOf = (run: Told): Record<string, string | number> =>
  Object.assign(spanBase(run.id.slice(0, run.id.indexOf("/")), run), spanOfRun(run));
