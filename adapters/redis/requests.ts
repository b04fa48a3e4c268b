/**
 * Requests as the arguments of scripts. The order is that of the scripts' headers.
 */
import { maxQueued } from "../../src/core/Queue.ts";
import type { BeatRequest, ClaimItem, ClaimRequest, CompleteRequest, ControlRequest } from "../../src/Request.ts";
import type { Declared } from "../../src/View.ts";
import { encode, finite, optional, whole } from "./names.ts";

const declared = (jobs: Declared | undefined): string =>
  jobs === undefined ? "-" : [...jobs].map(([job, definition]) => `${encode(job)}=${encode(definition)}`).join(",");

/** Arguments of the beat script. */
export const beat = (request: BeatRequest, retentionMs: number): ReadonlyArray<string> => [
  encode(request.incarnation),
  encode(request.name),
  finite(request.weight),
  request.state,
  whole(request.deployment),
  encode(request.digest),
  declared(request.declared),
  whole(request.gapMs),
  whole(request.leaseMs),
  whole(request.knownVersion),
  request.knownDigests.map(encode).join(","),
  whole(request.overdueMs),
  whole(retentionMs),
];

const claimItem = (item: ClaimItem): string =>
  [
    encode(item.job),
    encode(item.claimId),
    optional(item.from),
    whole(item.to),
    optional(item.nextDueAt),
    optional(item.floor),
    encode(item.definition),
    item.overlap,
    item.rerun ? "1" : "0",
    item.runs.map((run) => `${whole(run.dueAt)},${run.kind}`).join(";"),
    item.skips.map((skip) => [skip.reason, whole(skip.count), whole(skip.firstDueAt), whole(skip.lastDueAt)].join(","))
      .join(";"),
    encode(item.floorBy ?? ""),
    whole(item.take),
  ].join("|");

/** Arguments of the claim script. */
export const claim = (request: ClaimRequest, retentionMs: number): ReadonlyArray<string> => [
  encode(request.incarnation),
  whole(request.deployment),
  whole(request.expiresAt),
  whole(retentionMs),
  ...request.items.map(claimItem),
];

/** Arguments of the completion script. */
export const complete = (request: CompleteRequest): ReadonlyArray<string> =>
  request.items.map((item) =>
    [
      encode(item.job),
      whole(item.fence),
      item.rerun ? "1" : "0",
      item.outcome,
      whole(item.startedAt),
      whole(item.endedAt),
    ].join("|")
  );

/** Arguments of the control script. */
export const control = ({ command }: ControlRequest, retentionMs: number): ReadonlyArray<string> => [
  whole(retentionMs),
  command._tag,
  ...("job" in command ? [encode(command.job)] : []),
  ...("missed" in command ? [command.missed] : []),
  ...("key" in command ? [encode(command.key)] : []),
  // One too many is enough to be told that they do not fit.
  ...("dueAts" in command ? [command.dueAts.slice(0, maxQueued + 1).map(whole).join(";")] : []),
];
