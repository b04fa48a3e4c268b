/**
 * Which jobs a service has, whoever declares them.
 */
import { answerOf, type Operation } from "./Operation.ts";
import { definedBy, jobOf } from "./rows.ts";

/** Names of jobs, each list sorted. */
export interface Listed {
  /** Those that have a record. */
  readonly recorded: ReadonlyArray<string>;
  /** Those of which is kept what they are. */
  readonly defined: ReadonlyArray<string>;
}

/** The names of all jobs that the store knows. Cost: a request for each page of keys, one after the other. */
export function* jobsListed(service: string): Operation<Listed> {
  const recorded = new Set<string>();
  const defined = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = answerOf(yield { requests: [{ _tag: "Keys", service, cursor }], conflicts: 0 }, 0, "Keys");
    for (const key of page.keys) {
      const job = jobOf(key);
      if (job !== undefined) recorded.add(job);
      const told = definedBy(key);
      if (told !== undefined) defined.add(told);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { recorded: [...recorded].sort(), defined: [...defined].sort() };
}

/** The names of all jobs that have a record, sorted. Cost: as that of all. */
export function* jobsWithRecord(service: string): Operation<ReadonlyArray<string>> {
  return (yield* jobsListed(service)).recorded;
}
