/**
 * Membership: when to beat, what an answer to a beat means, and who tries which job from then on.
 */
import type { MemberName } from "../words/Event.ts";
import type { BeatReply, BeatRequest } from "../words/Request.ts";
import type * as View from "../words/View.ts";
import * as FleetClock from "./FleetClock.ts";
import * as NextFire from "../schedule/NextFire.ts";
import * as Ownership from "../ring/Ownership.ts";
import { declared, digestOf } from "./digest.ts";
import type { Draft } from "./Draft.ts";
import {
  checkTime,
  elapsed,
  emit,
  hasLease,
  hearsBy,
  isAwaiting,
  isLooking,
  lookahead,
  patience,
  send,
  spread,
  toMono,
} from "./Draft.ts";
import { askAnew, remember } from "./forgotten.ts";
import { nextDue, setJob, updateJob } from "./jobs.ts";
import type { Lease } from "./State.ts";
import { compareZones, saidZones } from "./zones.ts";

/** The shortest time from beat to beat. */
const busyGapMs = (draft: Draft): number => Math.floor(draft.config.leaseMs / 2);

/** When to promise a beat that will leave after a gap, so that the lease outlasts the way there and back to a slow store. */
const promisedGapMs = (draft: Draft, gapMs: number): number => {
  // No answer is waited for longer, so a promise never lasts for more than two such ways beyond its gap.
  const trip = Math.min(Math.ceil(draft.clock.roundTripMs), draft.config.requestTimeoutMs);
  return Math.max(gapMs, trip) + Math.max(0, trip - busyGapMs(draft));
};

/**
 * How long before a due instant a node refreshes its view: so that it is there before any claim for it leaves, and not all
 * nodes at once.
 */
const viewAheadMs = (draft: Draft): number =>
  lookahead(draft) + Math.max(1_000, draft.clock.roundTripMs) + 1_000 * spread(draft, "view");

/** How long to be silent after this beat: until shortly before something is due, within the configured bounds. */
const planGap = (draft: Draft): number => {
  const busy = busyGapMs(draft);
  if (draft.phase !== "member" || draft.hasLapsed || draft.runCount > 0) return busy;
  const quiet = nextDue(draft) - viewAheadMs(draft) - draft.now;
  return Math.floor(Math.max(busy, Math.min(draft.config.maxSilenceMs, quiet)));
};

/** Something is due sooner than was known when the last beat made its promise: the next one comes sooner too. */
export const hastenBeat = (draft: Draft): void => {
  if (draft.phase !== "member" || draft.lease === undefined) return;
  const soonest = draft.lease.sent.mono + busyGapMs(draft);
  if (draft.beatAt <= soonest) return;
  const wanted = Math.max(soonest, toMono(draft, nextDue(draft) - viewAheadMs(draft)));
  if (wanted < draft.beatAt) draft.beatAt = wanted;
};

const beatRequest = (draft: Draft, state: BeatRequest["state"], gapMs: number): BeatRequest => {
  if (draft.digest === "") draft.digest = digestOf(draft);
  return {
    _tag: "Beat",
    service: draft.config.service,
    incarnation: draft.incarnation,
    name: draft.config.nodeName,
    weight: draft.config.weight,
    state,
    deployment: draft.deployment,
    digest: draft.digest,
    zones: saidZones(draft),
    declared: draft.isDeclaredStored ? undefined : declared(draft),
    gapMs,
    leaseMs: draft.config.leaseMs,
    longestMs: draft.config.leaseMs + draft.config.maxSilenceMs + 2 * draft.config.requestTimeoutMs,
    knownVersion: draft.knownVersion,
    knownDigests: [...draft.declaredByDigest.keys()],
    overdueMs: Math.ceil(patience(draft)),
  };
};

/** Sends a beat and plans the next. */
export const beat = (draft: Draft): void => {
  const gapMs = planGap(draft);
  const state = draft.phase === "leaving" ? "leaving" : "active";
  draft.beatAt = draft.at.mono + gapMs;
  send(draft, beatRequest(draft, state, promisedGapMs(draft, gapMs)));
};

/**
 * Sends the farewell. It is not waited for longer than any other answer. Whatever becomes of it, nothing is claimed any more:
 * it may arrive late, and would leave the new run behind.
 */
export const sayGone = (draft: Draft): void => {
  if (draft.leaving !== undefined) draft.leaving = { ...draft.leaving, handoverUntil: 0 };
  send(draft, beatRequest(draft, "gone", 0));
};

/** Sends a farewell whose answer nobody awaits: there is nothing left that it could tell. */
export const sayFarewell = (draft: Draft): void => {
  draft.sequence += 1;
  const request = beatRequest(draft, "gone", 0);
  draft.commands.push({ _tag: "Send", id: draft.sequence, request, timeoutMs: draft.config.requestTimeoutMs });
};

/** Beats if it is time to. */
export const driveBeat = (draft: Draft): void => {
  if (draft.phase === "idle" || draft.phase === "stopped" || draft.incarnation === "") return;
  // A run lives as long as its node is a member, so while there are any the membership is kept short.
  if (draft.runCount > 0) draft.beatAt = Math.min(draft.beatAt, draft.at.mono + busyGapMs(draft));
  if (draft.at.mono >= draft.beatAt && draft.leaving?.isGone !== true && !isAwaiting(draft, "Beat")) beat(draft);
};

const named = ({ incarnation, name }: View.Member): MemberName => ({ incarnation, name });

/** Who owns what in the view of the moment, with this node's own jobs as they are declared now. */
export const reposition = (draft: Draft): void => {
  // A leaving node owns nothing in its own view; until the others have seen it go it acts by its last positions.
  if (draft.phase === "leaving") return;
  const mine = declared(draft);
  const members = draft.view.members
    .map((member) => member.incarnation === draft.incarnation ? { ...member, jobs: mine } : member);
  const { definitions, places } = Ownership.of({ ...draft.view, members });

  const gained: Array<string> = [];
  const lost: Array<string> = [];
  for (const [name, entry] of draft.jobs) {
    if (entry.isWithdrawn) continue;
    const isOutdated = definitions.has(name) && definitions.get(name) !== entry.spec.definition;
    const place = places.get(name);
    const position = isOutdated
      ? -1
      : place?.owner === draft.incarnation
      ? 0
      : place?.successor === draft.incarnation
      ? 1
      : 2;
    const owner = draft.view.members.find((member) => member.incarnation === place?.owner);
    const looks = isLooking({ position });
    const isTurningAway = isLooking(entry) && !looks && entry.lastFence > 0;
    const isMoving = entry.position === 0 && position > 0 && owner !== undefined;
    if (position === 0 && entry.position !== 0) gained.push(name);
    if (position !== 0 && entry.position === 0) lost.push(name);
    if (isOutdated && (!entry.isOutdated || entry.isRefused)) emit(draft, { _tag: "JobOutdated", job: name });
    setJob(draft, {
      ...entry,
      position,
      ownedUntil: isMoving ? hearsBy(draft, owner) : position === 0 ? 0 : entry.ownedUntil,
      checkAt: isTurningAway ? checkTime(draft) : looks ? Infinity : entry.checkAt,
      // Who does not look at a job would not hear that it goes on, and would not help when it is overdue.
      isPaused: looks && entry.isPaused,
      isOutdated,
      isRefused: entry.isRefused && !isOutdated,
      wantsSync: entry.wantsSync || looks,
      lookAt: 0,
      dueAt: position <= 1 ? entry.dueAt : NextFire.next(entry.spec.expression, draft.now),
    });
  }
  if (gained.length > 0 || lost.length > 0) {
    emit(draft, { _tag: "OwnershipChanged", gained: gained.sort(), lost: lost.sort() });
  }
};

const learnView = (draft: Draft, reply: BeatReply, entries: NonNullable<BeatReply["members"]>): void => {
  const known = new Map(draft.declaredByDigest);
  for (const [digest, jobs] of reply.declared) known.set(digest, jobs);
  known.set(draft.digest, declared(draft));
  const members = entries.map(({ digest, zones: _, ...member }): View.Member => ({
    ...member,
    jobs: known.get(digest) ?? new Map(),
  }));
  const isComplete = entries.every(({ digest }) => known.has(digest));
  const used = new Set(entries.map(({ digest }) => digest));
  for (const digest of known.keys()) if (!used.has(digest)) known.delete(digest);

  const before = new Map(draft.view.members.map((member) => [member.incarnation, member]));
  const after = new Map(members.map((member) => [member.incarnation, member]));
  const joined = members.filter((member) => !before.has(member.incarnation)).map(named);
  const left = draft.view.members.filter((member) => !after.has(member.incarnation)).map(named);
  draft.view = { version: reply.version, storeTime: reply.storeTime, members };
  draft.knownVersion = isComplete ? reply.version : 0;
  draft.declaredByDigest = known;
  draft.deployment = after.get(draft.incarnation)?.deployment ?? draft.deployment;
  if (joined.length > 0 || left.length > 0) {
    emit(draft, { _tag: "ViewChanged", version: reply.version, members: members.map(named), joined, left });
  }
  compareZones(draft, entries);
  reposition(draft);
};

/** Jobs that nobody has claimed: whoever hears of it looks, its own jobs or not. */
const learnOverdue = (draft: Draft, overdue: ReadonlyArray<string>): void => {
  for (const job of overdue) {
    updateJob(draft, job, (entry) => {
      // What holds it up is known here; or a run here holds up what is queued, which is asked for when that is over.
      if (entry.active > 0) return { isQueued: true };
      if (entry.isOutdated || entry.lookAt > draft.now || entry.position < 0) return {};
      const stagger = entry.position === 0 ? 0 : draft.config.graceMs * (1 + spread(draft, job));
      return {
        isOverdue: true,
        isQueued: true,
        wantsSync: true,
        lookAt: draft.now + (entry.position <= 1 ? 0 : stagger),
      };
    });
  }
};

/**
 * What an answer to a beat promises. A store whose clock stood back when it was asked promised from there, and its promise is
 * over so much sooner; it never takes back what it promised before.
 */
const promised = (draft: Draft, request: BeatRequest, sent: Draft["at"], reply: BeatReply): Lease => {
  const known = FleetClock.bounds(draft.clock, sent.mono);
  const behindMs = known === undefined ? 0 : Math.max(0, Math.floor(sent.mono + known.low - reply.storeTime));
  const lease = { sent, ttlMs: request.gapMs + request.leaseMs - behindMs };
  const before = draft.lease;
  if (before === undefined || behindMs === 0 || reply.joined) return lease;
  // What is left of it by the clock that says less. It is one of this beat, so that the next is not long due.
  return { sent, ttlMs: Math.max(lease.ttlMs, before.ttlMs - elapsed({ at: sent }, before.sent)) };
};

/** Takes the answer to a beat. */
export const learnBeat = (draft: Draft, request: BeatRequest, sent: Draft["at"], reply: BeatReply): void => {
  if (request.incarnation !== draft.incarnation || request.state === "gone") return;
  const wasMember = draft.phase !== "joining";
  draft.lease = promised(draft, request, sent, reply);
  const wasLapsed = draft.hasLapsed;
  draft.hasLapsed = !hasLease(draft);
  if (wasLapsed && !draft.hasLapsed) emit(draft, { _tag: "LeaseRegained", incarnation: draft.incarnation });
  draft.isDeclaredStored = request.digest === draft.digest && !reply.wantsDeclared;
  if (reply.wantsDeclared || request.digest !== draft.digest) draft.beatAt = draft.at.mono;
  if (draft.phase === "joining") {
    draft.phase = "member";
    draft.hasJoined = true;
    emit(draft, { _tag: "Joined", incarnation: draft.incarnation });
  }
  const forgotten = wasMember && reply.joined ? remember(draft) : undefined;
  if (reply.members !== undefined) learnView(draft, reply, reply.members);
  else draft.view = { ...draft.view, storeTime: reply.storeTime };
  if (forgotten !== undefined) {
    // The store had forgotten this node, so it may have forgotten more: tell it what is known to be committed. Who knows a job
    // best comes first: with what it knows the job goes on, and with what the others know it would begin anew.
    askAnew(draft, forgotten);
  } else if (draft.yields.size > 0 && [...draft.yields.values()].every((until) => until < draft.now)) {
    draft.yields = new Map();
  }
  learnOverdue(draft, reply.overdue);
};

/** Milliseconds until the lease runs out, by the clock that says less. */
export const leaseLeftMs = (draft: Draft): number =>
  draft.lease === undefined ? 0 : draft.lease.ttlMs - elapsed(draft, draft.lease.sent);
