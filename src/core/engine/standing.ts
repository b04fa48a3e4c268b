/**
 * A look at where jobs stand, and no more: what an invocation asks. `peek` tells of members, results, definitions and history besides,
 * whose texts a ticker need not be able to read.
 */
import { readTold } from "../ledger/toldText.ts";
import type { Exchanged } from "../words/Exchange.ts";
import type { JobState, PeekReply, PeekRequest } from "../words/Request.ts";
import { answerOf, type Operation } from "./Operation.ts";
import { jobKey, recordIn, toldKey } from "./rows.ts";
import { lookAt, readRows, type Settling } from "./settle.ts";
import { stateOf } from "./state.ts";

/**
 * Whether all definitions are told that a digest stands for, by the row of a look that says so. What is remembered of that row says which
 * definitions are remembered as they are: it is left so.
 */
export const isToldIn = (looked: Exchanged | undefined, at: number, digest: string): boolean => {
  const row = looked?._tag === "Found" ? looked.found[at] : undefined;
  return row !== undefined && readTold(row.text).includes(digest);
};

/** What of a look it answers. */
export type StandingRequest = Pick<PeekRequest, "_tag" | "service" | "jobs" | "history" | "told">;

/** Looks, at as many jobs in one request as the store takes. */
export function* standing(settling: Settling, { jobs, service, told }: StandingRequest): Operation<PeekReply> {
  const { known, limits } = settling;
  const parts: Array<ReadonlyArray<string>> = [];
  // A look at nothing tells the time at least.
  const more = told === undefined ? [] : [toldKey];
  const size = limits.rows - more.length;
  for (let start = 0; start < Math.max(1, jobs.length); start += size) parts.push(jobs.slice(start, start + size));
  const requests = parts.map((part, index) => lookAt(service, [...part.map(jobKey), ...index === 0 ? more : []]));
  const replies = yield { requests, conflicts: 0 };
  let storeTime = Infinity;
  const states: Array<JobState> = [];
  const unreadable: Array<string> = [];
  let isTold = false;
  parts.forEach((part, index) => {
    const reply = answerOf(replies, index, "Exchange");
    storeTime = Math.min(storeTime, reply.storeTime);
    const [looked] = reply.results;
    const rows = readRows(known, part.map(jobKey), looked);
    if (index === 0 && told !== undefined) isTold = isToldIn(looked, part.length, told);
    part.forEach((job, at) => {
      const record = recordIn(rows[at]);
      if (typeof record === "string") unreadable.push(job);
      else if (record !== undefined) states.push(stateOf(job, record, undefined));
    });
  });
  return {
    _tag: "Peek",
    storeTime,
    jobs: states,
    ...(unreadable.length === 0 ? {} : { unreadable }),
    ...(told === undefined ? {} : { isTold }),
    history: [],
  };
}
