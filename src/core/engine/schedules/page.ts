/**
 * A page of the ids of schedules, in the order in which the store has them.
 */
import { encode } from "../../ledger/packed.ts";
import { shelved } from "../../words/Exchange.ts";
import { answerOf, type Operation } from "../Operation.ts";
import { scheduleIdOf, scheduleKey } from "../rows.ts";
import type { Settling } from "../settle.ts";

/** Which part of them. */
export interface PageAsk {
  /** What their ids begin with. */
  readonly prefix: string;
  /** The id that the page before ended with; undefined: from the first. */
  readonly after: string | undefined;
  /** At most so many, from 1 to 1,000. */
  readonly limit: number;
}

/** Those there are, and where the next page begins; undefined after the last. Cost: a request. */
export function* pageOf(
  { service }: Settling,
  { after, limit, prefix }: PageAsk,
): Operation<{ readonly ids: ReadonlyArray<string>; readonly after: string | undefined }> {
  const replies = yield {
    requests: [{
      _tag: "Shelved",
      service,
      prefix: shelved + (prefix === "" ? "" : encode(prefix)),
      after: after === undefined ? undefined : scheduleKey(after),
      limit,
    }],
    conflicts: 0,
  };
  const found = answerOf(replies, 0, "Shelved");
  return {
    ids: found.keys.flatMap((key) => scheduleIdOf(key) ?? []),
    after: found.after === undefined ? undefined : scheduleIdOf(found.after),
  };
}
