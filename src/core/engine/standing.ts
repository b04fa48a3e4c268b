/**
 * A look at where jobs stand, and no more: what an invocation asks. `peek` tells of members, results, definitions and history besides,
 * whose texts a ticker need not be able to read.
 */
import type { JobState, PeekReply, PeekRequest } from "../words/Request.ts";
import { answerOf, type Operation } from "./Operation.ts";
import { jobKey, recordIn } from "./rows.ts";
import { lookAt, readRows, type Settling } from "./settle.ts";
import { stateOf } from "./state.ts";

/** What of a look it answers. */
export type StandingRequest = Pick<PeekRequest, "_tag" | "service" | "jobs" | "history">;

/** Looks, at as many jobs in one request as the store takes. */
export function* standing(settling: Settling, { jobs, service }: StandingRequest): Operation<PeekReply> {
  const { known, limits } = settling;
  const parts: Array<ReadonlyArray<string>> = [];
  // A look at nothing tells the time at least.
  for (let start = 0; start < Math.max(1, jobs.length); start += limits.rows) {
    parts.push(jobs.slice(start, start + limits.rows));
  }
  const replies = yield { requests: parts.map((part) => lookAt(service, part.map(jobKey))), conflicts: 0 };
  let storeTime = Infinity;
  const states: Array<JobState> = [];
  const unreadable: Array<string> = [];
  parts.forEach((part, index) => {
    const reply = answerOf(replies, index, "Exchange");
    storeTime = Math.min(storeTime, reply.storeTime);
    const rows = readRows(known, part.map(jobKey), reply.results[0]);
    part.forEach((job, at) => {
      const record = recordIn(rows[at]);
      if (typeof record === "string") unreadable.push(job);
      else if (record !== undefined) states.push(stateOf(job, record, undefined));
    });
  });
  return { _tag: "Peek", storeTime, jobs: states, ...(unreadable.length === 0 ? {} : { unreadable }), history: [] };
}
