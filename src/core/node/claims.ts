/**
 * Claims: when a job is looked at, and what is asked of the store.
 *
 * An unknown outcome is asked again under the same claim id until it is definite. Copies of a request may arrive late;
 * as long as one could still hand a run to this node, the job is in doubt, and when the doubt is over the store is asked
 * whether one did.
 */
import type { Claim, ClaimItem, ClaimRequest, HeldRun, Sync } from "../words/Request.ts";
import { lastStart } from "../words/ClaimItem.ts";
import * as Decision from "../schedule/Decision.ts";
import * as Jitter from "../schedule/jitter.ts";
import * as NextFire from "../schedule/NextFire.ts";
import { absurdMs } from "../ledger/JobRecord.ts";
import { atOnce, beginning, overlapOf } from "./asking.ts";
import { hastenBeat, leaseLeftMs, promisedMs } from "./beats.ts";
import type { Draft, Reading } from "./Draft.ts";
import { actsAsOwner, hasLease, inBatches, lookahead, mostInStep, patience, send } from "./Draft.ts";
import { runsOf } from "./held.ts";
import { keepLead, lookLater, setJob, takeLooks } from "./jobs.ts";
import { awaitPlace, freePlaces, placesFor, wakeWaiting } from "./places.ts";
import * as Requests from "./requests.ts";
import { isLooking } from "./role.ts";
import { runsLeft } from "./standing.ts";
import type { JobEntry } from "./State.ts";
import { claimTime, holdsUp, isRetrier, queues, settleTime, silentMs, waitsForOwn } from "./times.ts";
import { asked } from "./wish.ts";

/** A leaving node claims only what is due before everybody else has seen it go. */
const claimsNoMore = (draft: Reading): boolean => {
  if (draft.phase !== "leaving") return false;
  const { deadline, handoverUntil, isGone } = draft.leaving ?? { deadline: 0, handoverUntil: undefined, isGone: true };
  // After the deadline nothing may start here, so a claim would only use up an attempt.
  return isGone || draft.at.mono >= deadline || (handoverUntil !== undefined && draft.now > handoverUntil);
};

const jitterOf = ({ config }: Reading, { spec: { name, policies } }: JobEntry): Jitter.Jitter =>
  Jitter.of(config.service, name, policies.jitterMs);

const moment = (draft: Reading, entry: JobEntry, places: number): Decision.Moment => {
  const isOwner = actsAsOwner(draft, entry);
  return {
    now: draft.now,
    aheadMs: isOwner ? lookahead(draft) + 20 : 0,
    lateAfterMs: isOwner ? draft.config.graceMs : 0,
    currentWithinMs: draft.config.leaseMs,
    mostRuns: Math.min(queues(entry) ? Infinity : places, runsLeft(entry.spec.policies, entry.standing)),
    jitter: jitterOf(draft, entry),
  };
};

/** The runs of a job that go on here. */
const heldOf = (draft: Reading, job: string): ReadonlyArray<HeldRun> =>
  runsOf(draft, job).map(({ payload, phase, retryAt, run, timesOutAt }) => {
    const leftMs = timesOutAt - draft.at.mono;
    // Only that there was one: a store that has forgotten the run has forgotten that, too.
    const known = payload === undefined ? run : { ...run, payload: "" };
    return phase === "held" ? { ...known, retryAt, overUntil: Math.floor(draft.now + leftMs) } : known;
  });

/**
 * Whether a job that the store has forgotten goes on from where this node knows it: if each of its fires is to run at least once,
 * and this node looks at it and so knows how far it was.
 */
const goesOn = (entry: JobEntry): boolean =>
  entry.spec.policies.delivery === "at-least-once" && isLooking(entry.role) && entry.standing.watermark !== undefined;

const itemFor = (draft: Reading, entry: JobEntry, index: number, places: number): ClaimItem => {
  const { definition, expression, name, policies } = entry.spec;
  const { handed, role, standing, wish } = entry;
  const { busySince, condition, counted, movedBy, startsAt, waiting, watermark } = standing;
  const claimId = entry.requests.claim?.id ??
    `${draft.incarnation}.${draft.sequence.toString(36)}x${index.toString(36)}`;
  const isOwner = actsAsOwner(draft, entry);
  // Who asks where a job stands leaves a fire that is due just now to its owner.
  const isInTheWay = holdsUp(draft, entry);
  const isTurn = isOwner || isInTheWay || (startsAt !== undefined && startsAt + patience(draft) <= draft.now);
  const mayClaim = condition !== "paused" && isTurn && (isLooking(role) || wish.isOverdue || isOwner || isInTheWay) &&
    !(handed.active > 0 && waitsForOwn(entry)) && runsLeft(policies, standing) > 0 &&
    (places > 0 || onlyQueues(entry));
  const plan = mayClaim && watermark !== undefined
    ? Decision.plan(expression, policies, watermark, moment(draft, entry, places))
    : undefined;
  // Else what people have taken back would be repaired.
  const floor = watermark !== undefined && watermark > draft.now + absurdMs ? undefined : watermark;
  const floorBy = floor === undefined ? undefined : movedBy;
  const overlap = overlapOf(policies);
  const rerun = policies.delivery === "at-least-once";
  const { limit, maxConcurrent, maxQueued } = policies;
  const { lastFence } = handed;
  const held = heldOf(draft, name);
  const resumes = goesOn(entry);
  const begins = watermark === undefined ? beginning(entry.spec, jitterOf(draft, entry), draft.now) : undefined;
  const aheadMs = standing.retry !== undefined && isRetrier(draft, entry) ? lookahead(draft) + 20 : undefined;
  // Literals: objects that are made from two spreads take several times as long.
  if (plan !== undefined && watermark !== undefined) {
    return {
      _tag: "Claim",
      job: name,
      claimId,
      from: watermark,
      to: plan.to,
      nextDueAt: plan.nextDueAt,
      nextStartsAt: plan.nextStartsAt,
      runs: plan.runs,
      skips: plan.skips,
      // Not before others have said that a run is in the way: after an outage it may be of a node that is gone.
      sureAfter: busySince > 0 ? Math.ceil(Math.max(busySince, lastStart(plan)) + silentMs(draft)) : undefined,
      floor,
      floorBy,
      definition,
      overlap,
      rerun,
      maxConcurrent,
      maxQueued,
      limit,
      counted,
      aheadMs,
      lastFence,
      held,
      waiting,
      resumes,
      begins,
    };
  }
  const nextDueAt = NextFire.next(expression, resumes ? watermark ?? draft.now : draft.now);
  return {
    _tag: "Sync",
    job: name,
    claimId,
    take: wish.isQueued && places > 0 ? Math.min(atOnce(policies), handed.active + places) : 0,
    nextDueAt,
    nextStartsAt: Jitter.moved(expression, jitterOf(draft, entry), nextDueAt),
    floor,
    floorBy,
    definition,
    overlap,
    rerun,
    maxConcurrent,
    maxQueued,
    limit,
    counted,
    aheadMs,
    lastFence,
    held,
    waiting,
    resumes,
    begins,
  };
};

/** Whether what is due can only wait behind a run here, and so needs no place. */
const onlyQueues = (entry: JobEntry): boolean => entry.handed.active > 0 && queues(entry);

/** Whether a copy of a sync may hand over what nobody else would be handed: a queued fire, or an attempt that waits. */
const takes = ({ standing }: JobEntry, { take }: Sync): boolean => take > 0 || standing.retry !== undefined;

const hasRuns = (item: ClaimItem): item is Claim => item._tag === "Claim" && item.runs.length > 0;

const sendClaims = (draft: Draft<"jobs" | "traffic">, entries: ReadonlyArray<JobEntry>, deployment: number): void => {
  const expiresAt = Math.floor(draft.now + Math.min(draft.config.requestTimeoutMs, Math.max(0, leaseLeftMs(draft))));
  let places = freePlaces(draft);
  const items = entries.map((entry, index) => {
    const item = itemFor(draft, entry, index, places);
    places = Math.max(0, places - placesFor(item));
    return item;
  });
  entries.forEach((entry, index) => {
    const item = items[index] as ClaimItem;
    const { requests, wish } = entry;
    setJob(draft, entry, {
      wish: asked(wish),
      requests: item._tag === "Sync"
        ? Requests.synced(requests, item.claimId, takes(entry, item), wish.sync, expiresAt)
        : Requests.claimed(requests, item.claimId, item.to, wish.sync, expiresAt),
    });
  });
  const request: ClaimRequest = {
    _tag: "Claim",
    service: draft.config.service,
    incarnation: draft.incarnation,
    deployment,
    expiresAt,
    // Who is to work is heard of now. Who only looks has no run that waits for it.
    renewMs: items.some(hasRuns) ? promisedMs(draft, 0) : undefined,
    items,
  };
  send(draft, request, items.some((item) => hasRuns(item) && lastStart(item) > draft.now));
};

const sendPeek = (draft: Draft<"jobs" | "traffic">, entries: ReadonlyArray<JobEntry>): void => {
  const jobs = entries.map((entry) => entry.spec.name);
  for (const entry of entries) setJob(draft, entry, { requests: Requests.peeked(entry.requests) });
  send(draft, { _tag: "Peek", service: draft.config.service, jobs, history: false, payloadsOf: draft.incarnation });
};

/** Where places are few, what has waited longest comes first. */
const inTurn = (entries: Iterable<JobEntry>, places: number): Iterable<JobEntry> => {
  if (places === Infinity) return entries;
  return [...entries].sort((a, b) => (a.standing.startsAt ?? 0) - (b.standing.startsAt ?? 0) || a.ordinal - b.ordinal);
};

/** Asks about every job whose time has come, in as few requests as possible. */
export const driveClaims = (draft: Draft<"beat" | "jobs" | "traffic">): void => {
  if (!(draft.phase === "member" || draft.phase === "leaving") || !hasLease(draft)) return;
  keepLead(draft);
  wakeWaiting(draft);
  let places = freePlaces(draft);
  const claims: Array<JobEntry> = [];
  const peeks: Array<JobEntry> = [];
  const isOver = claimsNoMore(draft);
  // Which of them has waited longest is known of all together.
  const most = places === Infinity ? mostInStep : Infinity;
  for (const entry of inTurn(takeLooks(draft, most), places)) {
    const claimAt = isOver ? Infinity : claimTime(draft, entry);
    const settleAt = settleTime(entry);
    const isAsking = entry.wish.sync || entry.requests.isUnanswered;
    if (claimAt <= draft.now && (places > 0 || isAsking || onlyQueues(entry))) {
      claims.push(entry);
      if (!isAsking && places > 0) places -= 1;
    } else if (claimAt <= draft.now && settleAt > draft.now) {
      awaitPlace(draft, entry.spec.name);
      lookLater(draft, entry, settleAt);
    } else if (settleAt <= draft.now) peeks.push(entry);
    else lookLater(draft, entry, Math.min(claimAt, settleAt));
  }
  const isOverruling = ({ definition }: JobEntry) => definition === "overruling";
  const present = claims.filter((entry) => !isOverruling(entry));
  for (const batch of inBatches(present)) sendClaims(draft, batch, draft.deployment);
  // Nobody declares the newer definition any more (a canary that was taken back): this one is deployed anew.
  const anew = Math.max(draft.deployment, Math.floor(draft.now));
  for (const batch of inBatches(claims.filter(isOverruling))) sendClaims(draft, batch, anew);
  for (const batch of inBatches(peeks)) sendPeek(draft, batch);
  hastenBeat(draft);
};
