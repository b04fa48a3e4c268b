/**
 * Schedules as people are told of them: by their handler and their id, and not by the name that they have among jobs.
 */
import type { Event } from "../core/words/Event.ts";
import { labelOf, partsOf } from "../core/words/Schedules.ts";

/** What is about a job, or about a schedule. */
interface About {
  readonly job: string;
  readonly schedule?: string | undefined;
}

/** The same, with the handler as its job if it is about a schedule; the very one of a job. */
export const named = <A extends About>(it: A): A => {
  const parts = partsOf(it.job);
  return parts === undefined ? it : { ...it, job: parts.handler, schedule: parts.id };
};

/** An event as listeners get it. */
export const namedEvent = (event: Event): Event => {
  if ("run" in event) {
    const run = named(event.run);
    return run === event.run ? event : { ...event, run };
  }
  if ("job" in event) return named(event);
  return event._tag === "DecidedAhead" ? { ...event, jobs: event.jobs.map(labelOf) } : event;
};

/** What a sentence calls it. */
export const calledIn = ({ job, schedule }: About): string =>
  schedule === undefined ? `job ${job}` : `schedule ${JSON.stringify(schedule)} of ${job}`;
