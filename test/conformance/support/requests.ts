/**
 * Requests with most of them filled in.
 *
 * @module
 */
import type { BeatRequest, ClaimItem, ClaimRequest, CompleteRequest, Completion } from "../../../src/Request.ts";
import type { Run } from "../../../src/Fire.ts";

export const beat = (service: string, incarnation: string, rest: Partial<BeatRequest> = {}): BeatRequest => ({
  _tag: "Beat",
  service,
  incarnation,
  name: "node",
  weight: 1,
  state: "active",
  deployment: 1,
  digest: "digest",
  declared: undefined,
  gapMs: 60_000,
  leaseMs: 60_000,
  knownVersion: 0,
  knownDigests: [],
  overdueMs: 1_000,
  ...rest,
});

export const item = (job: string, claimId: string, rest: Partial<ClaimItem> = {}): ClaimItem => ({
  job,
  claimId,
  from: undefined,
  to: 0,
  nextDueAt: undefined,
  floor: undefined,
  definition: "definition",
  overlap: "allow",
  rerun: false,
  runs: [],
  skips: [],
  ...rest,
});

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
