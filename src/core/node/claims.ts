/**
 * Claims: when a job is looked at, and what is asked of the store.
 *
 * An unknown outcome is asked again under the same claim id until it is definite. Copies of a request may arrive late;
 * as long as one could still hand a run to this node, the job is in doubt, and when the doubt is over the store is asked
 * whether one did.
 */
import type { ClaimItem, HeldRun } from "../words/Request.ts";
import * as Decision from "./Decision.ts";
import * as NextFire from "../schedule/NextFire.ts";
import { absurdMs } from "../ledger/JobRecord.ts";
import { maxAtOnce } from "../ledger/Queue.ts";
import { hastenBeat, leaseLeftMs } from "./beats.ts";
import type { Draft } from "./Draft.ts";
import { actsAsOwner, hasLease, isLooking, lookahead, maxItems, patience, send } from "./Draft.ts";
import { runsOf } from "./held.ts";
import { keepLead, lookLater, setJob, takeLooks } from "./jobs.ts";
import * as Requests from "./requests.ts";
import type { JobEntry } from "./State.ts";
import { canOverlap, claimTime, settleTime, waits } from "./times.ts";

/** A leaving node claims only what is due before everybody else has seen it go. */
const claimsNoMore = (draft: Draft): boolean => {
  if (draft.phase !== "leaving") return false;
  const { deadline, handoverUntil, isGone } = draft.leaving ?? { deadline: 0, handoverUntil: undefined, isGone: true };
  // After the deadline nothing may start here, so a claim would only use up an attempt.
  return isGone || draft.at.mono >= deadline || (handoverUntil !== undefined && draft.now > handoverUntil);
};

const moment = (draft: Draft, entry: JobEntry): Decision.Moment => {
  const isOwner = actsAsOwner(draft, entry);
  return {
    now: draft.now,
    aheadMs: isOwner ? lookahead(draft) + 20 : 0,
    lateAfterMs: isOwner ? draft.config.graceMs : 0,
    currentWithinMs: draft.config.leaseMs,
  };
};

/** The runs of a job that go on here. */
const heldOf = (draft: Draft, job: string): ReadonlyArray<HeldRun> =>
  runsOf(draft, job).map(({ phase, run, timesOutAt }) => {
    const leftMs = timesOutAt - draft.at.mono;
    return phase === "held" ? { ...run, overUntil: Math.floor(draft.now + leftMs) } : run;
  });

/**
 * Whether a job that the store has forgotten goes on from where this node knows it: if each of its fires is to run at least once,
 * and this node looks at it and so knows how far it was.
 */
const goesOn = (entry: JobEntry): boolean =>
  entry.spec.policies.delivery === "at-least-once" && isLooking(entry) && entry.watermark !== undefined;

/**
 * Where a job begins whose schedule lies wholly in the past: whatever `catchUp` may still run is decided, and at least its last
 * fire, if the fleet did not know the job before.
 */
const beginning = ({ spec, watermark }: JobEntry, now: number): ClaimItem["begins"] => {
  const { expression, policies } = spec;
  if (watermark !== undefined || NextFire.next(expression, now) !== undefined) return undefined;
  const last = NextFire.previous(expression, now + 1);
  if (last === undefined) return undefined;
  const begin = Math.max(0, Math.min(last, Math.floor(now) - policies.catchUp.withinMs) - 1);
  return { watermark: begin, nextDueAt: NextFire.next(expression, begin) };
};

const itemFor = (draft: Draft, entry: JobEntry, index: number): ClaimItem => {
  const { definition, expression, name, policies } = entry.spec;
  const { movedBy, position, watermark } = entry;
  const claimId = entry.requests.claim?.id ??
    `${draft.incarnation}.${draft.sequence.toString(36)}x${index.toString(36)}`;
  const isOwner = actsAsOwner(draft, entry);
  // Who asks where a job stands leaves a fire that is due just now to its owner.
  const isTurn = isOwner || (entry.dueAt !== undefined && entry.dueAt + patience(draft) <= draft.now);
  const mayClaim = !entry.isPaused && isTurn && (position <= 1 || entry.isOverdue || isOwner) &&
    !(entry.active > 0 && waits(entry));
  const plan = mayClaim && watermark !== undefined
    ? Decision.plan(expression, policies, watermark, moment(draft, entry))
    : undefined;
  const known = goesOn(entry) ? watermark ?? draft.now : draft.now;
  // One literal: objects that are made from two spreads take several times as long.
  return {
    job: name,
    claimId,
    from: plan === undefined ? undefined : watermark,
    to: plan?.to ?? 0,
    nextDueAt: plan === undefined ? NextFire.next(expression, known) : plan.nextDueAt,
    // Else what people have taken back would be repaired.
    floor: watermark !== undefined && watermark > draft.now + absurdMs ? undefined : watermark,
    floorBy: movedBy,
    definition,
    overlap: canOverlap(entry) ? "allow" : waits(entry) ? "wait" : "skip",
    rerun: policies.delivery === "at-least-once",
    take: !entry.isQueued ? 0 : canOverlap(entry) ? Math.min(maxAtOnce, policies.maxConcurrent) : 1,
    runs: plan?.runs ?? [],
    skips: plan?.skips ?? [],
    maxConcurrent: policies.maxConcurrent,
    lastFence: entry.lastFence,
    held: heldOf(draft, name),
    resumes: goesOn(entry),
    begins: beginning(entry, draft.now),
  };
};

const sendClaims = (draft: Draft, entries: ReadonlyArray<JobEntry>, deployment: number): void => {
  const expiresAt = Math.floor(draft.now + Math.min(draft.config.requestTimeoutMs, Math.max(0, leaseLeftMs(draft))));
  const items = entries.map((entry, index) => itemFor(draft, entry, index));
  entries.forEach((entry, index) => {
    const item = items[index] as ClaimItem;
    const { claimId, from, take, to } = item;
    const { requests, wantsSync } = entry;
    setJob(draft, {
      ...entry,
      wantsSync: false,
      requests: from === undefined
        ? Requests.synced(requests, claimId, take > 0, wantsSync, expiresAt)
        : Requests.claimed(requests, claimId, to, wantsSync, expiresAt),
    });
  });
  send(draft, {
    _tag: "Claim",
    service: draft.config.service,
    incarnation: draft.incarnation,
    deployment,
    expiresAt,
    items,
  });
};

const sendPeek = (draft: Draft, entries: ReadonlyArray<JobEntry>): void => {
  const jobs = entries.map((entry) => entry.spec.name);
  for (const entry of entries) setJob(draft, { ...entry, requests: Requests.peeked(entry.requests) });
  send(draft, { _tag: "Peek", service: draft.config.service, jobs, history: false });
};

const inBatches = (entries: ReadonlyArray<JobEntry>, act: (batch: ReadonlyArray<JobEntry>) => void): void => {
  for (let start = 0; start < entries.length; start += maxItems) act(entries.slice(start, start + maxItems));
};

/** Asks about every job whose time has come, in as few requests as possible. */
export const driveClaims = (draft: Draft): void => {
  if (!(draft.phase === "member" || draft.phase === "leaving") || !hasLease(draft)) return;
  keepLead(draft);
  const claims: Array<JobEntry> = [];
  const peeks: Array<JobEntry> = [];
  const isOver = claimsNoMore(draft);
  for (const entry of takeLooks(draft)) {
    const claimAt = isOver ? Infinity : claimTime(draft, entry);
    const settleAt = settleTime(entry);
    if (claimAt <= draft.now) claims.push(entry);
    else if (settleAt <= draft.now) peeks.push(entry);
    else lookLater(draft, entry, Math.min(claimAt, settleAt));
  }
  const isRefused = (entry: JobEntry) => entry.isRefused;
  inBatches(claims.filter((entry) => !isRefused(entry)), (batch) => sendClaims(draft, batch, draft.deployment));
  // Nobody declares the newer definition any more (a canary that was taken back): this one is deployed anew.
  const anew = Math.max(draft.deployment, Math.floor(draft.now));
  inBatches(claims.filter(isRefused), (batch) => sendClaims(draft, batch, anew));
  inBatches(peeks, (batch) => sendPeek(draft, batch));
  hastenBeat(draft);
};
