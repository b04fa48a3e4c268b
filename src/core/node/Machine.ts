/**
 * The scheduler of one node as a pure function: what is known, what happened, what to do.
 *
 * `step(state, input)` decides everything: when to beat, when and what to claim, what an answer means, what to start and
 * when, taking over, leaving, when to wake next. It reads no clock and draws no random numbers; inputs carry both.
 * The same function runs in production and in the simulator.
 */
import * as FleetClock from "./FleetClock.ts";
import type { Instant } from "./FleetClock.ts";
import { learnClaim, learnPeek, loseClaim, losePeek } from "./answers.ts";
import { contactAt, driveBeat, lapse, learnBeat, learnRenewal, reposition, sayFarewell, sayGone } from "./beats.ts";
import { demandParts } from "../words/InvalidInput.ts";
import { driveClaims } from "./claims.ts";
import type { Draft, Reading, Slice } from "./Draft.ts";
import { checkTime, close, emit, hasLease, land, open, repeatTime, sendAgain, spread, toMono } from "./Draft.ts";
import { hear } from "./hearing.ts";
import { nextLimit, nextStart, runsOf } from "./held.ts";
import { unplanned } from "./jobTimes.ts";
import { deleteJob, forgetIfOver, nextLook, setJob, updateJob } from "./jobs.ts";
import { giveUp } from "./joining.ts";
import { driveDeadline, driveLeaving, halt, learnAnnouncement, leave, leavingTimes } from "./leaving.ts";
import {
  driveCompletions,
  driveRuns,
  endRuns,
  giveBackPending,
  learnComplete,
  loseComplete,
  reportAllAgain,
  reportTime,
  surrender,
} from "./runs.ts";
import { checked, nothing } from "./handed.ts";
import * as Requests from "./requests.ts";
import {
  addHandlers,
  doubtShelves,
  driveShelves,
  forgetShelves,
  heedShelf,
  helpOut,
  learnDue,
  loseDue,
} from "./shelves.ts";
import { isDeclaredJob, unplaced, withdrawn } from "./role.ts";
import { unknown } from "./standing.ts";
import { fresh } from "./wish.ts";
import type { Command, Failure, Flight, Input, JobSpec, State } from "./State.ts";
import type { DrainAsked, Reply } from "../words/Request.ts";
import * as View from "../words/View.ts";

export { fleetTime, knownView } from "./asked.ts";
export { type Condition, health } from "./health.ts";
export { farAheadMs } from "./hearing.ts";
export { initial } from "./State.ts";
export type {
  AbortReason,
  Command,
  Config,
  Failure,
  Flight,
  Input,
  JobEntry,
  JobSpec,
  Lease,
  Leaving,
  LocalRun,
  NodeRequest,
  Outage,
  RunEnd,
  State,
} from "./State.ts";
export type { Instant } from "./FleetClock.ts";

/** From wake to wake, unless it is configured. Milliseconds. */
const longestSleepMs = 30_000;

const declare = (draft: Draft<"jobs">, jobs: ReadonlyArray<JobSpec>): void => {
  let { ordinal } = draft;
  for (const spec of jobs) {
    const known = draft.jobs.get(spec.name);
    setJob(draft, {
      spec,
      ordinal: known?.ordinal ?? ordinal++,
      role: unplaced,
      definition: "current",
      standing: unknown,
      wish: known?.wish.isQueued === true ? { ...fresh, isQueued: true } : fresh,
      requests: known?.requests ?? Requests.none,
      handed: known?.handed ?? nothing,
      times: known?.times ?? unplanned,
    });
  }
  draft.ordinal = ordinal;
};

const withdraw = (draft: Draft<"jobs" | "runs" | "reports">, jobs: ReadonlyArray<string>): void => {
  if (draft.runCount > 0) giveBackPending(draft, jobs);
  for (const job of jobs) {
    const entry = draft.jobs.get(job);
    if (entry === undefined) continue;
    const { handed, wish } = entry;
    const checkAt = handed.lastFence > 0 ? checkTime(draft) : Infinity;
    setJob(draft, entry, { role: withdrawn, wish: { ...wish, sync: false }, handed: checked(handed, checkAt) });
    forgetIfOver(draft, job);
  }
};

const changeDeclared = (draft: Draft<"beat" | "jobs">): void => {
  draft.digest = "";
  draft.zones = undefined;
  draft.isDeclaredStored = false;
  if (draft.phase !== "member") return;
  draft.beatAt = draft.at.mono;
  reposition(draft);
};

/** This process stood still for longer than its lease: whatever it held is somebody else's, and so is its identity. */
const suspend = (draft: Draft<Slice>, forMs: number): void => {
  emit(draft, { _tag: "Suspended", forMs });
  surrender(draft);
  for (const { request } of draft.flights.values()) if (request._tag === "Complete") loseComplete(draft, request.items);
  reportAllAgain(draft);
  draft.flights = new Map();
  // The clocks of before the pause say nothing about those of after it.
  draft.sendings = new Map();
  sayGone(draft);
  for (const entry of [...draft.jobs.values()]) {
    const { name } = entry.spec;
    const reports = draft.completions.filter(({ holds, job }) => job === name && holds !== true).length;
    const active = reports + runsOf(draft, name).length;
    const isKept = isDeclaredJob(entry);
    if (!isKept && active === 0) {
      deleteJob(draft, name);
      continue;
    }
    setJob(draft, entry, {
      role: isKept ? unplaced : withdrawn,
      wish: { ...entry.wish, sync: true, notBefore: 0 },
      requests: Requests.none,
      handed: { active, lastFence: entry.handed.lastFence, checkAt: Infinity },
    });
  }
  forgetShelves(draft);
  draft.phase = "joining";
  draft.incarnation = "";
  draft.lease = undefined;
  draft.hasLapsed = false;
  draft.view = View.empty;
  draft.knownVersion = 0;
  draft.clock = FleetClock.unknown;
  draft.yields = new Map();
  draft.outage = undefined;
  draft.commands.push({ _tag: "Incarnate" });
};

/** What the clocks tell by themselves, before the input is looked at. */
const notice = (draft: Draft<Slice>, before: State): void => {
  if (draft.phase === "idle") return;
  const { at } = draft;
  const overslept = at.mono - before.wakeAt;
  const stepped = (at.wall - before.at.wall) - (at.mono - before.at.mono);
  const forMs = Math.max(overslept, stepped);
  if (forMs > draft.config.leaseMs && draft.phase === "member") return suspend(draft, forMs);
  draft.stallMs = Math.max(draft.stallMs, Math.min(overslept, draft.config.leaseMs));
  if (draft.lease !== undefined && !draft.hasLapsed && !hasLease(draft)) lapse(draft);
};

/** How often a node that was never a member hears nonsense before it gives up: a gateway may have a bad moment. */
const maxNonsense = 3;

const isLasting = ({ reason }: Failure): boolean =>
  reason === "Unauthorized" || reason === "Foreign" || reason === "Misconfigured";

const isFatal = (failure: Failure, failures: number): boolean =>
  isLasting(failure) || (failure.reason === "Corrupt" && failures >= maxNonsense);

const lose = (draft: Draft<"membership" | "beat" | "jobs" | "reports">, { request }: Flight): void => {
  switch (request._tag) {
    case "Beat":
      if (draft.leaving?.isGone === true) draft.leaving = { ...draft.leaving, isGone: false };
      // Whether the store took it is unknown, so it is repeated, and the promise it made is not relied on.
      draft.beatAt = draft.at.mono;
      return;
    case "Claim":
      return loseClaim(draft, request.items);
    case "Complete":
      return loseComplete(draft, request.items);
    case "Peek":
      return losePeek(draft, request.jobs);
    case "Due":
      return loseDue(draft, request);
  }
};

/** The store failed: wait a little longer each time, by a different amount on each node. */
const fail = (
  draft: Draft<"membership" | "beat" | "jobs" | "reports" | "traffic">,
  flight: Flight,
  failure: Failure,
): void => {
  lose(draft, flight);
  const { detail, reason } = failure;
  // Who was a member before goes on trying: nobody waits for it to say that it gave up. The incarnation stays, as the store
  // may have taken the beat whose answer was none: the next try must not leave a second member behind.
  const { mono } = draft.at;
  const outage = draft.outage;
  if (draft.phase === "joining" && !draft.hasJoined && isFatal(failure, (outage?.failures ?? 0) + 1)) {
    // The store took a beat whose time was not believed yet.
    if (draft.clock.leap !== undefined) sayFarewell(draft);
    draft.phase = "idle";
    draft.outage = undefined;
    return emit(draft, { _tag: "JoinFailed", reason, detail });
  }
  if (outage === undefined) emit(draft, { _tag: "StoreUnavailable", reason, detail });
  else if (mono < outage.retryAt) return;
  const failures = (outage?.failures ?? 0) + 1;
  const { retryAfterMs = 0 } = failure;
  const isSilent = reason === "RateLimited" && retryAfterMs === 0;
  const ceiling = isSilent ? 60_000 : Math.min(10_000, 100 * 2 ** Math.min(failures, 10));
  // What was waited for an answer in vain counts, but for the second that a request has at the least.
  const waited = Math.max(0, mono - flight.sent.mono - 1_000);
  const pause = retryAfterMs + Math.max(0, ceiling * (0.5 + 0.5 * spread(draft, `retry${failures}`)) - waited);
  draft.outage = { since: outage?.since ?? mono, failures, isLasting: isLasting(failure), retryAt: mono + pause };
};

/** How long handlers may take unless somebody says otherwise. Milliseconds. */
const usualDrainMs = 10_000;

/** Somebody asks this node to leave. */
const drain = (draft: Draft<"membership" | "beat">, { by, drainMs, reason }: DrainAsked): void => {
  if (draft.phase !== "member") return;
  emit(draft, { _tag: "DrainAsked", by, reason });
  leave(draft, drainMs ?? draft.config.drainMs ?? usualDrainMs, undefined);
};

/** What the first answer to a request tells. */
const learn = (
  draft: Draft<"membership" | "beat" | "fleet" | "jobs" | "runs" | "reports">,
  { request }: Flight,
  sent: Instant,
  reply: Reply,
): void => {
  if (request._tag === "Beat" && reply._tag === "Beat") {
    learnBeat(draft, request, sent, reply);
    if (reply.drain !== undefined) drain(draft, reply.drain);
    if (request.state === "leaving") learnAnnouncement(draft);
    const isFarewell = request.state === "gone" && request.incarnation === draft.incarnation;
    if (isFarewell && draft.phase === "leaving") halt(draft);
  } else if (request._tag === "Claim" && reply._tag === "Claim") {
    learnRenewal(draft, request, sent, reply);
    learnClaim(draft, request.items, sent, reply);
  } else if (request._tag === "Complete" && reply._tag === "Complete") learnComplete(draft, request.items, reply);
  else if (request._tag === "Peek" && reply._tag === "Peek") learnPeek(draft, request.jobs, sent, reply);
  else if (request._tag === "Due" && reply._tag === "Due") learnDue(draft, request, reply);
};

const receive = (draft: Draft<Slice>, input: Input): void => {
  switch (input._tag) {
    case "Wake":
      return;
    case "Nudged":
      if (draft.phase !== "member") return;
      if (input.job === undefined) {
        draft.beatAt = draft.at.mono;
        doubtShelves(draft);
      }
      for (const job of typeof input.job === "string" ? [input.job] : input.job ?? []) {
        updateJob(draft, job, ({ wish }) => ({ wish: { ...wish, sync: true, isQueued: true, notBefore: 0 } }));
        if (draft.shelving.shelves.size > 0) heedShelf(draft, job);
        if (job === input.job) helpOut(draft, job);
      }
      return;
    case "Declared":
      withdraw(draft, input.withdrawn ?? []);
      declare(draft, input.jobs);
      addHandlers(draft, input.handlers ?? []);
      return changeDeclared(draft);
    case "Withdrawn":
      if (!draft.jobs.has(input.job)) return;
      withdraw(draft, [input.job]);
      return changeDeclared(draft);
    case "Incarnated":
      if (draft.phase === "idle") draft.phase = "joining";
      if (draft.incarnation === "") draft.incarnation = input.incarnation;
      draft.beatAt = draft.at.mono;
      return;
    case "JoinAbandoned":
      return giveUp(draft, input.reason, input.detail);
    case "Replied": {
      const landed = land(draft, input.id);
      if (landed === undefined) return;
      const reply = hear(draft, landed.sent, input.reply);
      // Who cannot tell yet whether the store's clock or its own is wrong does not join by either. What it reported is reported.
      const isUnsure = draft.phase === "joining" && draft.clock.leap !== undefined && reply._tag === "Beat";
      if (landed.flight !== undefined && !isUnsure) learn(draft, landed.flight, landed.sent, reply);
      return;
    }
    case "Failed": {
      const flight = land(draft, input.id)?.flight;
      if (flight !== undefined) fail(draft, flight, input.failure);
      return;
    }
    case "RunsEnded":
      return endRuns(draft, input.ends);
    case "StopRequested":
      return leave(draft, input.drainMs, input.replacedBy);
  }
};

const isReachable = (draft: Reading): boolean => draft.outage === undefined || draft.at.mono >= draft.outage.retryAt;

/** Does what is due. After more than one failure a single beat probes the store before anything else is sent. */
const drive = (draft: Draft<"membership" | "beat" | "jobs" | "runs" | "reports" | "traffic">): void => {
  // The deadline first: what is given up must not be started and told to stop in one breath.
  driveDeadline(draft);
  driveRuns(draft);
  if (isReachable(draft)) {
    const isProbing = draft.outage !== undefined && draft.outage.failures > 1;
    if (isProbing) draft.beatAt = draft.at.mono;
    if (!isProbing) {
      driveCompletions(draft);
      driveClaims(draft);
      driveShelves(draft);
    }
    driveBeat(draft);
  }
  if (draft.outage === undefined) {
    for (const [id, flight] of draft.flights) {
      if (repeatTime(draft, flight) <= draft.at.mono) sendAgain(draft, id, flight);
    }
  }
  driveLeaving(draft);
};

const wakeTime = (draft: Draft<"jobs" | "runs">): number => {
  const { at, lease, leaving, outage, phase } = draft;
  let wake = at.mono + (draft.config.longestSleepMs ?? longestSleepMs);
  const consider = (mono: number) => {
    if (mono > at.mono && mono < wake) wake = mono;
  };
  consider(toMono(draft, nextStart(draft)));
  consider(nextLimit(draft));
  if (outage !== undefined) consider(outage.retryAt);
  else {
    for (const flight of draft.flights.values()) consider(repeatTime(draft, flight));
    if (draft.completions.length > 0) consider(reportTime(draft));
    consider(draft.reportAgainAt);
    consider(draft.beatAt);
    consider(contactAt(draft));
    if (phase === "member" || phase === "leaving") {
      const lookAt = nextLook(draft);
      if (lookAt <= draft.now && hasLease(draft)) return at.mono;
      consider(toMono(draft, lookAt));
      consider(toMono(draft, draft.shelving.lookAt));
    }
  }
  if (lease !== undefined && !draft.hasLapsed) consider(lease.sent.mono + lease.ttlMs);
  if (leaving !== undefined) {
    leavingTimes(draft, leaving).forEach(consider);
    if (leaving.handoverUntil !== undefined) consider(toMono(draft, leaving.handoverUntil) + 1);
  }
  return wake;
};

/**
 * One step: the state after an input, and what is to be done, in order.
 *
 * Total and deterministic; the state that is handed in stays as it was. Once halted it does nothing any more.
 * Cost: what is due, each at the price of the logarithm of the declared jobs; linear in them when members or declarations
 * have changed.
 *
 * @example
 * ```ts
 * import { Machine } from "ringcron/core";
 *
 * const config = {
 *   service: "demo", nodeName: "a", weight: 1, leaseMs: 10_000, graceMs: 1_000, lookaheadMs: undefined,
 *   maxSilenceMs: 300_000, requestTimeoutMs: 5_000, deployment: 0,
 * };
 * const at = { mono: 0, wall: 1_750_000_000_000 };
 * const [, commands] = Machine.step(Machine.initial(config, at), { _tag: "Incarnated", incarnation: "n1", at });
 * console.log(commands.map((command) => command._tag).join(" ")); // Send WakeAt
 * ```
 */
export const step = (state: State, input: Input): readonly [State, ReadonlyArray<Command>] => {
  demandParts("state", state, "config", "jobs", "runs", "flights");
  demandParts("input", input, "_tag", "at");
  if (state.phase === "stopped") return [state, []];
  const draft = open(state, input.at);
  notice(draft, state);
  receive(draft, input);
  if (draft.phase !== "stopped") {
    drive(draft);
    draft.wakeAt = draft.phase === "idle" ? Infinity : wakeTime(draft);
    if (draft.wakeAt < Infinity) draft.commands.push({ _tag: "WakeAt", mono: draft.wakeAt });
  }
  return close(draft);
};
