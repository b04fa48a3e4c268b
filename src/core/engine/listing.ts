/**
 * Which jobs a service has, whoever declares them.
 */
import { answerOf, type Operation } from "./Operation.ts";
import { jobOf } from "./rows.ts";

/** The names of all jobs that have a record, sorted. Cost: a request for each page of keys, one after the other. */
export function* jobsWithRecord(service: string): Operation<ReadonlyArray<string>> {
  const recorded = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = answerOf(yield { requests: [{ _tag: "Keys", service, cursor }], conflicts: 0 }, 0, "Keys");
    for (const key of page.keys) {
      const job = jobOf(key);
      if (job !== undefined) recorded.add(job);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return [...recorded].sort();
}
