/**
 * Requests with most of them filled in.
 */
import { maxAtOnce } from "../../core/ledger/Queue.ts";
import type { Asked, BeatRequest, Claim, ClaimItem, Sync } from "../../core/words/Request.ts";

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

/** What is said of an item, beside what all say: a claim has `from`, a sync has none. */
export type ItemParts = Partial<Omit<Sync, "_tag">> & Partial<Omit<Claim, "_tag">>;

/** A claim if it says where from, else a sync, which takes what is queued. */
export const item = (job: string, claimId: string, parts: ItemParts = {}): ClaimItem => {
  const { from, runs = [], skips = [], to = 0, take, ...rest } = parts;
  const asked: Asked = {
    job,
    claimId,
    nextDueAt: undefined,
    floor: undefined,
    floorBy: undefined,
    definition: "definition",
    overlap: "allow",
    rerun: false,
    ...rest,
  };
  const most = asked.overlap === "allow" ? maxAtOnce : 1;
  return from === undefined
    ? { _tag: "Sync", take: take ?? most, ...asked }
    : { _tag: "Claim", from, to, runs, skips, ...asked };
};
