/**
 * Membership: when to beat, what an answer to a beat means, and who tries which job from then on.
 */
import type { MemberName } from "../words/Event.ts";
import type { BeatReply, BeatRequest, ClaimReply, ClaimRequest } from "../words/Request.ts";
import { placingOf } from "../ring/remembered.ts";
import * as Schedules from "../words/Schedules.ts";
import type * as View from "../words/View.ts";
import * as FleetClock from "./FleetClock.ts";
import type { Instant } from "./FleetClock.ts";
import { isLeft, viewed } from "./definition.ts";
import { declaringOf, digestOf, told } from "./digest.ts";
import type { Draft, Reading } from "./Draft.ts";
import {
  busyGapMs,
  checkTime,
  elapsed,
  emit,
  hasLease,
  hearsBy,
  idleSlackMs,
  isAwaiting,
  isBeforeLapse,
  lookahead,
  patience,
  runningGapMs,
  send,
  spread,
  toMono,
  workingMs,
} from "./Draft.ts";
import { askAnew, remember } from "./forgotten.ts";
import { nextDue, setJob, updateJob } from "./jobs.ts";
import { checked } from "./handed.ts";
import { awaitPlace, freePlaces } from "./places.ts";
import { fits } from "./placement.ts";
import * as Role from "./role.ts";
import { surrender } from "./runs.ts";
import { heedShelf, placeShelves, renewShelves } from "./shelves.ts";
import { type Alike, nextFire, nextStart, runsLeft, unwatched } from "./standing.ts";
import type { JobEntry, Lease, State } from "./State.ts";
import { renewed } from "./wish.ts";
import { compareZones, saidZones } from "./zones.ts";

/** Where what members declare is on its way in pieces, for others to go on with theirs. Milliseconds. */
const partialMs = 500;

/**
 * How long to promise to be a member when the next contact comes after a gap, so that it outlasts the way there and back to a slow
 * store: who is to be heard of soon promises little.
 */
export const promisedMs = (draft: Reading, gapMs: number): number => {
  // No answer is waited for longer, so a promise never lasts for more than two such ways beyond its gap.
  const trip = Math.min(Math.ceil(draft.clock.roundTripMs), draft.config.requestTimeoutMs);
  const busy = busyGapMs(draft);
  const wayMs = Math.max(0, trip - gapMs) + Math.max(0, trip - busy);
  return wayMs + (gapMs > busy ? gapMs + draft.config.leaseMs : workingMs(draft));
};

/**
 * How long before a due instant a node refreshes its view: so that it is there before any claim for it leaves, and not all
 * nodes at once.
 */
const viewAheadMs = (draft: Reading): number =>
  lookahead(draft) + Math.max(1_000, draft.clock.roundTripMs) + 1_000 * spread(draft, "view");

/** How long to be silent after this beat: until shortly before something is due, within the configured bounds. */
const planGap = (draft: Draft<"jobs">): number => {
  const busy = busyGapMs(draft);
  if (draft.phase !== "member" || draft.hasLapsed || draft.runCount > 0) return busy;
  const quiet = nextDue(draft) - viewAheadMs(draft) - draft.now;
  return Math.floor(Math.max(busy, Math.min(draft.config.maxSilenceMs, quiet)));
};

/** Something is due sooner than was known when the last beat made its promise: the next one comes sooner too. */
export const hastenBeat = (draft: Draft<"beat" | "jobs">): void => {
  if (draft.phase !== "member" || draft.lease === undefined) return;
  const soonest = draft.lease.beatSentAt + busyGapMs(draft);
  if (draft.beatAt <= soonest) return;
  const wanted = Math.max(soonest, toMono(draft, nextDue(draft) - viewAheadMs(draft)));
  if (wanted < draft.beatAt) draft.beatAt = wanted;
};

const beatRequest = (draft: Draft<"beat">, state: BeatRequest["state"], renewMs: number): BeatRequest => {
  const slackMs = idleSlackMs(draft);
  const declaring = draft.digest !== "" && draft.isDeclaredStored ? undefined : declaringOf(draft);
  if (declaring !== undefined && draft.digest === "") draft.digest = digestOf(declaring);
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
    declared: draft.isDeclaredStored ? undefined : declaring?.declared,
    policies: draft.isDeclaredStored ? undefined : declaring?.policies,
    gapMs: Math.max(0, renewMs - slackMs),
    leaseMs: slackMs,
    amnestyMs: draft.config.leaseMs,
    expiresAt: Math.floor(draft.now + draft.config.requestTimeoutMs),
    longestMs: draft.config.leaseMs + draft.config.maxSilenceMs + 2 * draft.config.requestTimeoutMs,
    knownVersion: draft.knownVersion,
    knownDigests: [...draft.declaredByDigest.keys()],
    overdueMs: Math.ceil(patience(draft)),
  };
};

/** Sends a beat and plans the next. */
export const beat = (draft: Draft<"beat" | "jobs" | "traffic">): void => {
  const gapMs = planGap(draft);
  const state = draft.phase === "leaving" ? "leaving" : "active";
  draft.beatAt = draft.at.mono + gapMs;
  send(draft, beatRequest(draft, state, promisedMs(draft, gapMs)));
};

/** Sends the farewell. It is not waited for longer than any other answer. */
export const sayGone = (draft: Draft<"beat" | "traffic">): void => {
  send(draft, beatRequest(draft, "gone", 0));
};

/** Sends a farewell whose answer nobody awaits: there is nothing left that it could tell. */
export const sayFarewell = (draft: Draft<"beat" | "traffic">): void => {
  draft.sequence += 1;
  const request = beatRequest(draft, "gone", 0);
  draft.commands.push({ _tag: "Send", id: draft.sequence, request, timeoutMs: draft.config.requestTimeoutMs });
};

/** By when a node with runs is to be heard of again, monotonic: by a beat, if it claims nothing until then. */
export const contactAt = (draft: Pick<State, "clock" | "config" | "lease" | "runCount" | "stallMs">): number => {
  const { lease, runCount } = draft;
  if (runCount === 0 || lease === undefined) return Infinity;
  return lease.sent.mono + runningGapMs(draft) + Math.max(0, lease.ttlMs - workingMs(draft));
};

/** Beats if it is time to. */
export const driveBeat = (draft: Draft<"beat" | "jobs" | "traffic">): void => {
  if (draft.phase === "idle" || draft.phase === "stopped" || draft.incarnation === "") return;
  // A run lives as long as its node is a member, so while there are any the membership is kept short.
  if (draft.runCount > 0) draft.beatAt = Math.min(draft.beatAt, draft.at.mono + busyGapMs(draft));
  const dueAt = Math.min(draft.beatAt, contactAt(draft));
  if (draft.at.mono >= dueAt && draft.leaving?.isGone !== true && !isAwaiting(draft, "Beat")) beat(draft);
};

const named = ({ incarnation, name }: View.Member): MemberName => ({ incarnation, name });

/** The place of a node in a job that needs other labels. While not all is known that members declare it stays what it was. */
const unfitting = ({ knownVersion }: Reading, before: Role.Role, isDeclared: boolean): Role.Role => {
  if (isDeclared) return Role.unplaced;
  return knownVersion > 0 || Role.isNowhere(before) ? Role.placedNowhere : Role.unplaced;
};

const tellPlacement = (draft: Reading, { role, spec }: JobEntry, after: Role.Role): void => {
  const [was, is] = [Role.isNowhere(role), Role.isNowhere(after)];
  if (is && !was) emit(draft, { _tag: "JobUnplaced", job: spec.name, runOn: spec.policies.runOn ?? [] });
  if (was && !is) emit(draft, { _tag: "JobPlaced", job: spec.name });
};

/**
 * What this node declares: that of its digest, where it has told one since. Members that declare the same then have one map, and
 * ownership is worked out without a question for each job.
 */
const ownDeclared = (draft: Reading): View.Declared =>
  (draft.digest === "" ? undefined : draft.declaredByDigest.get(draft.digest)) ?? told(draft);

/** Who owns what in the view of the moment, with this node's own jobs as they are declared now. */
export const reposition = (draft: Draft<"jobs">): void => {
  // A leaving node owns nothing in its own view; until the others have seen it go it acts by its last positions.
  if (draft.phase === "leaving") return;
  const { handlers } = draft.shelving;
  const own = ownDeclared(draft);
  const mine = handlers.size === 0 ? { jobs: own } : { jobs: Schedules.split(own).jobs, handlers };
  const members = draft.view.members
    .map((member) => member.incarnation === draft.incarnation ? { ...member, ...mine } : member);
  const { definitions, placeOf } = placingOf({ ...draft.view, members });

  const gained: Array<string> = [];
  const lost: Array<string> = [];
  const owners = new Map(draft.view.members.map((member) => [member.incarnation, member]));
  const alike: Alike = new Map();
  draft.jobs.forEach((entry, name) => {
    if (!Role.isDeclaredJob(entry)) return;
    const { handed, spec, standing, wish } = entry;
    const current = definitions.get(name);
    const isNewerDeclared = current !== undefined && current !== spec.definition;
    const definition = viewed(entry.definition, isNewerDeclared);
    const place = placeOf(name);
    const owner = place === undefined ? undefined : owners.get(place.owner);
    const heardBy = owner === undefined ? undefined : hearsBy(draft, owner);
    const role = !fits(draft.config, spec)
      ? unfitting(draft, entry.role, current !== undefined)
      : isNewerDeclared
      ? Role.unplaced
      : Role.placed(entry.role, place, draft.incarnation, heardBy);
    tellPlacement(draft, entry, role);
    const looks = Role.isLooking(role);
    // The others hear by a new view that a limit is reached.
    const isLimited = runsLeft(spec.policies, standing) < Infinity && Role.isPlaced(role) &&
      nextFire(spec, standing, draft.now) !== undefined;
    const isTurningAway = Role.isLooking(entry.role) && !looks && handed.lastFence > 0;
    if (role._tag === "Owner" && entry.role._tag !== "Owner") gained.push(name);
    if (role._tag !== "Owner" && entry.role._tag === "Owner") lost.push(name);
    if (definition === "outdated" && entry.definition !== "outdated") emit(draft, { _tag: "JobOutdated", job: name });
    const startsAt = role._tag === "Bystander"
      ? nextStart(draft.config.service, spec, standing, draft.now)
      : standing.startsAt;
    setJob(draft, entry, {
      role,
      definition,
      standing: looks ? standing : unwatched(standing, startsAt, alike),
      // A command may be about what runs here, whoever owns the job by now.
      wish: renewed(wish, wish.sync || looks || isLimited || handed.active > 0),
      handed: isTurningAway ? checked(handed, checkTime(draft)) : looks ? checked(handed, Infinity) : handed,
    });
  });
  if (gained.length > 0 || lost.length > 0) {
    emit(draft, { _tag: "OwnershipChanged", gained: gained.sort(), lost: lost.sort() });
  }
  placeShelves(draft, { members });
};

const learnView = (
  draft: Draft<"beat" | "fleet" | "jobs">,
  { declared: said, digest: own }: BeatRequest,
  reply: BeatReply,
  entries: NonNullable<BeatReply["members"]>,
): void => {
  const known = new Map(draft.declaredByDigest);
  for (const [digest, jobs] of reply.declared) known.set(digest, jobs);
  known.set(draft.digest, own === draft.digest && said !== undefined ? said : ownDeclared(draft));
  const split = new Map([...known].map(([digest, all]) => [digest, Schedules.split(all)]));
  const members = entries.map(({ digest, zones: _, ...member }): View.Member => {
    const { handlers, jobs } = split.get(digest) ?? { jobs: new Map() };
    return handlers === undefined ? { ...member, jobs } : { ...member, jobs, handlers };
  });
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
const learnOverdue = (draft: Draft<"jobs">, overdue: ReadonlyArray<string>): void => {
  const isFull = freePlaces(draft) === 0;
  for (const job of overdue) {
    if (Schedules.handlerOf(job) !== undefined) {
      heedShelf(draft, job);
      continue;
    }
    // It could not be started here: others look, and this node when a place is free.
    if (isFull) awaitPlace(draft, job);
    updateJob(draft, job, (entry) => {
      // What holds it up is known here; or a run here holds up what is queued, which is asked for when that is over.
      const { definition, handed, role, wish } = entry;
      if (handed.active > 0 || isFull) return { wish: { ...wish, isQueued: true } };
      if (isLeft(definition) || wish.notBefore > draft.now || !Role.isPlaced(role)) return {};
      const stagger = Role.isLooking(role) ? 0 : draft.config.graceMs * (1 + spread(draft, job));
      return { wish: { sync: true, isOverdue: true, isQueued: true, notBefore: draft.now + stagger } };
    });
  }
};

/** How far a store's clock stood back when it answered: it promised from there, and its promise is over so much sooner. */
const behind = (draft: Reading, sent: Instant, storeTime: number): number => {
  const known = FleetClock.bounds(draft.clock, sent.mono);
  return known === undefined ? 0 : Math.max(0, Math.floor(sent.mono + known.low - storeTime));
};

/** What an answer to a beat promises (R14). A store never takes back what it promised before. */
const promised = (draft: Reading, request: BeatRequest, sent: Instant, reply: BeatReply): Lease => {
  const behindMs = behind(draft, sent, reply.storeTime);
  const lease = { sent, ttlMs: request.gapMs + request.leaseMs - behindMs, beatSentAt: sent.mono };
  const before = draft.lease;
  if (before === undefined || reply.joined) return lease;
  // A claim that was sent later may have been answered sooner; and what is over before it is heard of promises nothing.
  const isOlder = before.sent.mono > sent.mono || leftMs(draft, lease) <= 0;
  if (isOlder && leftMs(draft, before) > leftMs(draft, lease)) return { ...before, beatSentAt: sent.mono };
  if (behindMs === 0) return lease;
  // What is left of it by the clock that says less. It is one of this beat, so that the next is not long due.
  return { ...lease, ttlMs: Math.max(lease.ttlMs, before.ttlMs - elapsed({ at: sent }, before.sent)) };
};

/** The promise is over: what must not be started here any more goes back, whatever the next answer says. */
export const lapse = (draft: Draft<"membership" | "runs" | "reports">): void => {
  draft.hasLapsed = true;
  draft.lapsedAt = draft.at;
  emit(draft, { _tag: "LeaseLost", incarnation: draft.incarnation });
  surrender(draft);
};

/**
 * Takes the promise that came with a claim. The store renews nobody whose promise is over; who has its own when the answer is there
 * had the store's when that was asked.
 */
export const learnRenewal = (
  draft: Draft<"membership">,
  { incarnation, renewMs }: ClaimRequest,
  sent: Instant,
  { results, storeTime }: ClaimReply,
): void => {
  const { lease } = draft;
  if (renewMs === undefined || lease === undefined || incarnation !== draft.incarnation) return;
  if (draft.hasLapsed || isBeforeLapse(draft, sent) || results.some(({ status }) => status === "absent")) return;
  const renewed = { ...lease, sent, ttlMs: renewMs - behind(draft, sent, storeTime) };
  if (leftMs(draft, renewed) > leftMs(draft, lease)) draft.lease = renewed;
};

/** No check waits for longer: what was planned before the fleet's time was known went by this process's own. */
const checkBy = (draft: Draft<"jobs">, latest: number): void => {
  for (const entry of [...draft.jobs.values()]) {
    const { checkAt } = entry.handed;
    if (checkAt > latest && checkAt < Infinity) setJob(draft, entry, { handed: checked(entry.handed, latest) });
  }
};

/** Takes the answer to a beat. */
export const learnBeat = (
  draft: Draft<"membership" | "beat" | "fleet" | "jobs" | "runs" | "reports">,
  request: BeatRequest,
  sent: Instant,
  reply: BeatReply,
): void => {
  if (request.incarnation !== draft.incarnation || request.state === "gone") return;
  const wasMember = draft.phase !== "joining";
  draft.lease = promised(draft, request, sent, reply);
  if (draft.hasLapsed && hasLease(draft)) {
    draft.hasLapsed = false;
    emit(draft, { _tag: "LeaseRegained", incarnation: draft.incarnation });
  }
  draft.isDeclaredStored = request.digest === draft.digest && !reply.wantsDeclared;
  if (request.declared !== undefined && draft.isDeclaredStored) draft.timesDeclared += 1;
  // A beat that was late dropped nobody, who may be gone: the next one goes by the time that this one told.
  const wasLate = reply.storeTime > (request.expiresAt ?? Infinity) && draft.clock.leap === undefined;
  const isWanted = reply.wantsDeclared || request.digest !== draft.digest || wasLate;
  if (reply.isPartial === true) draft.beatAt = Math.min(draft.beatAt, draft.at.mono + partialMs);
  else if (isWanted) draft.beatAt = draft.at.mono;
  if (draft.phase === "joining") {
    draft.phase = "member";
    draft.hasJoined = true;
    emit(draft, { _tag: "Joined", incarnation: draft.incarnation });
    checkBy(draft, checkTime(draft));
  }
  if (!draft.hasLapsed && !hasLease(draft)) lapse(draft);
  const forgotten = wasMember && reply.joined ? remember(draft) : undefined;
  if (reply.members !== undefined) learnView(draft, request, reply, reply.members);
  else draft.view = { ...draft.view, storeTime: reply.storeTime };
  if (forgotten !== undefined) {
    // The store had forgotten this node, so it may have forgotten more: tell it what is known to be committed. Who knows a job
    // best comes first: with what it knows the job goes on, and with what the others know it would begin anew.
    askAnew(draft, forgotten);
  } else if (draft.yields.size > 0 && [...draft.yields.values()].every((until) => until < draft.now)) {
    draft.yields = new Map();
  }
  learnOverdue(draft, reply.overdue);
  renewShelves(draft);
};

const leftMs = (draft: Reading, { sent, ttlMs }: Lease): number => ttlMs - elapsed(draft, sent);

/** Milliseconds until the lease runs out, by the clock that says less. */
export const leaseLeftMs = (draft: Reading): number => draft.lease === undefined ? 0 : leftMs(draft, draft.lease);
