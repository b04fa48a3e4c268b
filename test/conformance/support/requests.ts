/**
 * Requests with most of them filled in.
 *
 * @module
 */
import type { ClaimItem, ClaimRequest, CompleteRequest, Completion } from "../../../src/core/words/Request.ts";
import type { Run } from "../../../src/core/words/Fire.ts";

export { beat, item } from "../../../src/testing/laws/requests.ts";

export const claim = (
  service: string,
  incarnation: string,
  items: ReadonlyArray<ClaimItem>,
  rest: Partial<ClaimRequest> = {},
): ClaimRequest => ({
  _tag: "Claim",
  service,
  incarnation,
  deployment: 1,
  expiresAt: Number.MAX_SAFE_INTEGER,
  items,
  ...rest,
});

export const completion = (run: Run): Completion => ({
  job: run.job,
  fence: run.fence,
  dueAt: run.dueAt,
  attempt: run.attempt,
  outcome: "succeeded",
  startedAt: run.dueAt,
  endedAt: run.dueAt + 1,
  rerun: false,
});

export const complete = (service: string, runs: ReadonlyArray<Run>): CompleteRequest => ({
  _tag: "Complete",
  service,
  incarnation: "anybody",
  items: runs.map(completion),
});

/** What may be in the place of a record and is none: each differs from one in a single thing. */
export const foreignRecords: ReadonlyArray<string> = [
  "",
  "x",
  "1|5|0|7|0|d|1||||",
  "2|5|0|7|2|d|1||||",
  "2|1e3|0|7|0|d|1||||",
  "2|5|0|7|0|d|1|||1,1,due,1|",
  "2|5|0|7|0|d|1|||",
  "2|5|0|7|0|d|1|||||",
  "2|5|0|7|0|d|1||||3",
  "2|5|0|7|0|d|1||||3,m,soon",
  "2|5|0|7|0|d|1||||3,m,4,5",
  "2|5|0|7|0|d|1||||3,m,4;",
];
