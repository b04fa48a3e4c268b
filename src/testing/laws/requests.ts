/**
 * Requests with most of them filled in.
 */
import { maxAtOnce } from "../../core/ledger/Queue.ts";
import type { BeatRequest, ClaimItem } from "../../core/words/Request.ts";

/** A beat of a member that promises to be heard of within a minute. */
export const beat = (service: string, incarnation: string, rest: Partial<BeatRequest> = {}): BeatRequest => ({
  _tag: "Beat",
  service,
  incarnation,
  name: `node ${incarnation}`,
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
  longestMs: 3_600_000,
  ...rest,
});

/** A question where a job stands, which takes what is queued. */
export const item = (job: string, claimId: string, rest: Partial<ClaimItem> = {}): ClaimItem => ({
  job,
  claimId,
  from: undefined,
  to: 0,
  nextDueAt: undefined,
  floor: undefined,
  floorBy: undefined,
  definition: "definition",
  overlap: "allow",
  rerun: false,
  take: (rest.overlap ?? "allow") === "allow" ? maxAtOnce : 1,
  runs: [],
  skips: [],
  ...rest,
});
