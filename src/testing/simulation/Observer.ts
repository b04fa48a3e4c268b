/**
 * The store of a simulated world, and an observer beside it who writes down what each request changed.
 */
import type { EngineRequest, StoreReply, StoreRequest } from "../../core/engine/Engine.ts";
import { allPausedKey, askedKey, jobOf, resultSlotOf } from "../../core/engine/rows.ts";
import * as Asked from "../../core/ledger/Asked.ts";
import { historyEntry } from "../../core/ledger/historyText.ts";
import * as JobRecord from "../../core/ledger/JobRecord.ts";
import * as Machine from "../../core/node/Machine.ts";
import { isAnothers } from "../../core/node/role.ts";
import type { Claim, ClaimItem, ClaimRequest, ControlReply, ControlRequest, Reply } from "../../core/words/Request.ts";
import * as Results from "../../core/ledger/Results.ts";
import type { ExchangeItem, ExchangeRequest, StoreBeat } from "../../Store.ts";
import * as reference from "../../core/ledger/reference-store.ts";
import * as History from "./History.ts";
import { isHolder, recordAt, recordsOf } from "./Records.ts";
import { noteGivenWay, noteWaiting } from "./Waits.ts";
import type { SimulatedNode, World } from "./World.ts";

/** Applies a request of an engine, and notes what came of it. `cause` is what the engine was asked to do. */
export const apply = (world: World, request: StoreRequest, cause: EngineRequest): StoreReply => {
  const now = Math.floor(world.now) + world.storeAheadMs;
  switch (request._tag) {
    case "StoreBeat":
      return beat(world, request, cause, now);
    case "Exchange":
      return exchange(world, request, cause, now);
    case "History":
    case "Keys":
    case "Shelved":
    case "Destroy":
      return reference.answer(world.service, request, now);
  }
};

/** Notes what a node was told in the end. */
export const noteReply = ({ history }: World, reply: Reply): void => {
  if (reply._tag === "Complete") { for (const result of reply.results) History.count(history, `report ${result}`); }
  if (reply._tag !== "Claim") return;
  for (const { doubtUntil = 0, regressedFrom, status } of reply.results) {
    History.count(history, `answer ${status}`);
    if (regressedFrom !== undefined) History.count(history, "floor repair");
    if (doubtUntil > 0) History.count(history, "answer in doubt");
  }
};

/** Whether a command asks under a key that the store remembers. */
export const isAsked = (world: World, command: ControlRequest["command"]): boolean => {
  if (command._tag !== "Trigger" && command._tag !== "Backfill") return false;
  const text = world.service.rows.get(askedKey(command.job, Asked.shardOf(command.key)));
  const shelf = text === undefined ? undefined : Asked.readShelf(text);
  return typeof shelf === "object" && Asked.find(shelf, command.key, world.now) !== undefined;
};

/** Notes what the store says is asked for. What it knew before under this key it answers as before. */
export const noteAsk = (
  world: World,
  command: ControlRequest["command"],
  { dueAt, result }: ControlReply,
  isKnown: boolean,
): void => {
  const { history, now } = world;
  if (command._tag !== "Trigger" && command._tag !== "Backfill") return;
  if (result !== "ok" || dueAt === undefined) return History.count(history, `ask refused: ${result}`);
  const { job, key } = command;
  const asked = command._tag === "Trigger"
    ? { kind: "manual", dueAts: [dueAt] } as const
    : { kind: "backfill", dueAts: command.dueAts } as const;
  History.count(history, isKnown ? "ask under a known key" : `ask ${asked.kind}`);
  const payload = command._tag === "Trigger" ? command.payload : undefined;
  const keepsResult = command._tag === "Trigger" ? command.keepsResult : undefined;
  history.asks.push({ at: Math.floor(now), job, key, payload, keepsResult, ...asked });
};

const exchange = (world: World, request: ExchangeRequest, cause: EngineRequest, now: number): StoreReply => {
  const { history, service } = world;
  const at = Math.floor(world.now);
  const before = request.items.map((item) => {
    const key = item._tag === "Change" && item.rows[0]?.put !== undefined ? item.rows[0].key : "";
    const job = jobOf(key);
    return job === undefined ? undefined : { job, key, record: recordAt(world, key) };
  });
  const mark = marked(world);
  const reply = reference.exchange(service, request, now);
  notePromise(world, request.renew?.incarnation, now);
  noteEnds(world, mark, at);
  reply.results.forEach((result, index) => {
    const it = before[index];
    if (result._tag !== "Changed" || it === undefined) return;
    noteResults(world, request.items[index], it.job, at);
    const after = recordAt(world, it.key);
    if (after === undefined) return;
    if (cause._tag === "Control") noteControl(world, it.job, it.record, after);
    const claim = cause._tag === "Claim" ? cause.items.find(({ job }) => job === it.job) : undefined;
    if (cause._tag === "Claim" && claim !== undefined) noteClaim(world, cause, claim, it.record, after, at);
  });
  History.count(history, "exchanges");
  return reply;
};

/** What a change puts down of fires that are over. */
const noteResults = ({ history, service }: World, item: ExchangeItem | undefined, job: string, at: number): void => {
  for (const { key, put } of item?._tag === "Change" ? item.rows : []) {
    const row = typeof put === "string" && resultSlotOf(key) !== undefined
      ? Results.readResult(service.rows.get(key) ?? "")
      : undefined;
    if (row === undefined) continue;
    const { dueAt, result: { attempt, outcome, returned } } = row;
    const json = returned !== undefined && "json" in returned ? returned.json : undefined;
    history.results.push({ at, job, dueAt, attempt, outcome, returned: json });
    History.count(history, `result ${outcome}`);
  }
};

/** What was promised to a member by now. What lies further ahead is of a clock that was wrong, and is about to be cut. */
const notePromise = ({ promised, service }: World, incarnation: string | undefined, now: number): void => {
  const member = incarnation === undefined ? undefined : service.members.get(incarnation);
  if (incarnation === undefined || member === undefined) return;
  promised.set(incarnation, Math.max(promised.get(incarnation) ?? 0, Math.min(member.endsAt, now + member.longestMs)));
};

const noteControl = (
  { history, now }: World,
  job: string,
  before: JobRecord.JobRecord | undefined,
  after: JobRecord.JobRecord,
): void => {
  for (const { cancelAt, dueAt, fence, kind, notBefore } of before?.active ?? []) {
    const left = after.active.find((run) => run.fence === fence);
    if (left !== undefined && left.cancelAt === cancelAt && left.notBefore === notBefore) continue;
    History.count(history, left === undefined ? "waiting attempt cancelled" : "run cancelled");
    history.cancels.push({ at: now, job, dueAt, kind, fence });
  }
  if (before === undefined || before.watermark === after.watermark) return;
  history.commits.push({
    at: now,
    job,
    kind: "register",
    claimId: "control",
    definition: after.definition,
    from: before.watermark,
    to: after.watermark,
    runs: [],
    skips: [],
    reason: "control",
  });
};

/** Who is dropped from the table by somebody else's beat, and whether that is in order. */
const noteRemovals = (
  world: World,
  before: Iterable<string>,
  lastBeatAt: number,
  sender: string,
  at: number,
): void => {
  const { history, service } = world;
  for (const incarnation of before) {
    if (incarnation === sender || service.members.has(incarnation)) continue;
    if ((world.promised.get(incarnation) ?? 0) > Math.max(at, lastBeatAt)) {
      history.incidents.push({ at, what: "member removed early", job: "", incarnation });
    }
    const node = world.byIncarnation.get(incarnation);
    const isWell = node !== undefined && node.isAlive &&
      node.state.incarnation === incarnation &&
      world.now >= Math.max(node.pausedUntil, node.requestsCutUntil, node.repliesCutUntil);
    History.count(history, isWell ? "member removed while well" : "member removed");
    if (isWell && world.now < world.storeDownUntil + world.config.leaseMs) {
      History.count(history, "member removed after an outage");
    }
  }
};

/** More than a node takes to look again at a record that it could not read. Milliseconds. */
const lookAgainMs = 10_000;

const beat = (world: World, request: StoreBeat, cause: EngineRequest, now: number): StoreReply => {
  const { history, service } = world;
  const before = new Set(service.members.keys());
  const { amnestyUntil, lastBeatAt } = service;
  const { incarnation, member } = request;
  const reply = reference.beat(service, request, now);
  noteRemovals(world, before, lastBeatAt, incarnation, now);
  if (member === undefined) world.promised.delete(incarnation);
  else notePromise(world, incarnation, now);
  if (service.amnestyUntil > amnestyUntil) History.count(history, "amnesty");
  const node = world.byIncarnation.get(incarnation);
  // After a suspension the former identity says farewell too, and leaves what it held to the others.
  const isFarewell = cause._tag === "Beat" && cause.state === "gone" && node?.state.phase === "leaving" &&
    node.state.incarnation === incarnation && before.has(incarnation);
  if (!isFarewell) return reply;
  for (const [job, { active }] of recordsOf(world)) {
    // The end of a run cannot be told to a record that nobody can read, and is there again once that is mended: until its node
    // has looked again.
    if (job === world.damaged || (job === world.mended.job && world.now < world.mended.at + lookAgainMs)) continue;
    for (const { attempt, claimId, heldUntil } of active) {
      // Its handler does not end, and its node does not wait for ever.
      if (heldUntil !== undefined) continue;
      // Late copies of a sync may have taken over runs of others, which are taken over again.
      if (attempt > 1 || JobRecord.holder(claimId) !== incarnation) continue;
      history.incidents.push({ at: Math.floor(world.now), what: "run left behind", job, incarnation });
    }
  }
  return reply;
};

const noteEnds = (world: World, from: number, at: number): void => {
  const { history, service } = world;
  for (let index = from; index < service.history.length; index++) {
    const entry = historyEntry(service.history[index] ?? "");
    if (entry?._tag === "Skip") noteGivenWay(world, entry, at);
    if (entry?._tag !== "Run") continue;
    const { attempt, dueAt, endedAt, fence, job, outcome } = entry;
    history.ends.push({ at, job, dueAt, attempt, fence, outcome, endedAt });
    const isLate = fence === dueAt && dueAt % 1_000 === 0;
    const what = isLate ? "waiting fire" : "queued fire";
    History.count(history, attempt === 0 ? `${what} ${outcome}` : `outcome ${outcome}`);
  }
};

/** The store's own history is kept short, so that what a request added is always behind what was there. */
const marked = (world: World): number => {
  if (world.service.history.length > 1_000) world.service.history = [];
  return world.service.history.length;
};

const reasonOf = (
  before: JobRecord.JobRecord | undefined,
  item: ClaimItem,
  after: JobRecord.JobRecord,
): NonNullable<History.Commit["reason"]> | undefined => {
  if (before === undefined) return undefined;
  if (before.definition !== after.definition) return "definition";
  // A limit was reached, and who asks has a higher one.
  if (before.counted !== undefined && before.nextDueAt === undefined && after.nextDueAt !== undefined) return "limit";
  return item.floor === after.watermark ? "repair" : "none";
};

/** The rank of a claimant whose claim decides a fire that its owner should have decided. */
const noteTakeover = (world: World, { incarnation }: ClaimRequest, item: Claim, at: number): void => {
  const first = item.runs[0]?.startsAt ?? item.runs[0]?.dueAt ?? item.skips[0]?.firstDueAt;
  if (first === undefined || at < first + world.config.graceMs) return;
  const role = world.byIncarnation.get(incarnation)?.state.jobs.get(item.job)?.role;
  if (role !== undefined && isAnothers(role)) {
    History.count(world.history, `takeover by rank ${role._tag === "Successor" ? 1 : 2}`);
  }
};

/** What a process that has died took for the fleet's time as it did; undefined if it lives. */
const diedBelieving = (node: SimulatedNode | undefined): number | undefined => {
  if (node?.diedAt === undefined) return undefined;
  const { bootedAt, diedAt, drift, state, wallOffset } = node;
  const mono = (diedAt - bootedAt) * (1 + drift);
  return Machine.fleetTime(state, { mono, wall: bootedAt + mono + wallOffset });
};

/** Whether a fire that was skipped as overlapping did so with runs whose processes lived when it was due. */
const noteOverlap = (
  { byIncarnation, freed, history, storeAheadMs }: World,
  { claimId, job, limit = Infinity, maxConcurrent = Infinity, overlap, runs }: Claim,
  before: JobRecord.JobRecord | undefined,
  { active, counted = 0 }: JobRecord.JobRecord,
  at: number,
): void => {
  // What lies beyond the last run that a limit leaves is not skipped.
  if (storeAheadMs !== 0 || counted >= limit || overlap === "queue" || overlap === "queue-all") return;
  if (overlap === "cancel-previous") return;
  const most = overlap === "allow" ? maxConcurrent : 1;
  for (const { dueAt, startsAt = dueAt } of runs) {
    if (active.some((run) => run.claimId === claimId && run.dueAt === dueAt)) continue;
    History.count(history, "fire that overlaps");
    const wasInDoubt = (before?.busyUntil ?? 0) >= dueAt;
    if (wasInDoubt) History.count(history, "fire that overlaps with runs that were in doubt");
    const [from = Infinity, to = 0] = freed.get(job) ?? [];
    // Of several runs some may have died and as many have lived.
    if (wasInDoubt && (most > 1 || startsAt <= from || dueAt > to)) continue;
    // Who held the run itself said so when it was due by its own idea of the time, and may have died right after.
    const isOfTheDead = ({ claimId: by }: JobRecord.StoredRun): boolean => {
      const node = byIncarnation.get(JobRecord.holder(by));
      const isOwn = JobRecord.holder(by) === JobRecord.holder(claimId);
      return ((isOwn ? diedBelieving(node) : node?.diedAt) ?? Infinity) < startsAt;
    };
    if (active.filter((run) => !isOfTheDead(run)).length >= most) continue;
    const incarnation = JobRecord.holder(active.find(isOfTheDead)?.claimId);
    history.incidents.push({ at, what: "overlaps with the dead", job, incarnation });
  }
};

const none: ReadonlyArray<JobRecord.StoredRun> = [];

const noteClaim = (
  world: World,
  request: ClaimRequest,
  item: ClaimItem,
  before: JobRecord.JobRecord | undefined,
  after: JobRecord.JobRecord,
  at: number,
): void => {
  const { history } = world;
  const { definition, job } = item;
  const { incarnation } = request;
  // What is in doubt from now on is so because of another run.
  if (before?.busyUntil === undefined && after.busyUntil !== undefined) world.freed.delete(job);
  noteRuns(world, item, before, after, at);
  noteWaiting(world, item, before, after, at);
  if (before !== undefined && before.definition !== after.definition && request.deployment < before.deployment) {
    history.incidents.push({ at, what: "older definition registered", job, incarnation });
  }
  if (before === undefined && !after.paused && world.service.rows.has(allPausedKey)) {
    history.incidents.push({ at, what: "registered while all are paused", job, incarnation });
  }
  if (after.toldBy === incarnation && before?.toldBy !== incarnation) {
    history.gaps.push({ job, from: item.floor ?? 0, to: after.since, incarnation });
  }
  if (before?.watermark === after.watermark) return;
  const claim = item._tag === "Claim" && after.claimId === item.claimId ? item : undefined;
  if (claim !== undefined && before?.paused === true) {
    history.incidents.push({ at, what: "claimed while paused", job, incarnation });
  }
  if (claim !== undefined) {
    noteTakeover(world, request, claim, at);
    noteOverlap(world, claim, before, after, at);
  }
  const reason = claim === undefined ? reasonOf(before, item, after) : undefined;
  if (reason === "definition") History.count(history, "definition changed");
  history.commits.push({
    at,
    job,
    kind: claim === undefined ? "register" : "claim",
    claimId: item.claimId,
    definition,
    from: claim?.from ?? before?.watermark ?? after.watermark,
    to: after.watermark,
    runs: claim?.runs.map((run) => run.dueAt) ?? [],
    skips: claim?.skips ?? [],
    reason,
  });
};

/** The most runs of a job that may overlap with which a queued fire is still taken. */
const mostAtOnce = 10;

const has = (runs: ReadonlyArray<JobRecord.StoredRun>, fence: number): boolean =>
  runs.some((run) => run.fence === fence);

const noteRuns = (
  world: World,
  item: ClaimItem,
  before: JobRecord.JobRecord | undefined,
  after: JobRecord.JobRecord,
  at: number,
): void => {
  const { history } = world;
  const { job } = item;
  const old = before?.active ?? none;
  const { active } = after;
  for (const { claimId, fence, notBefore } of old) {
    if (has(active, fence)) continue;
    const incarnation = JobRecord.holder(claimId);
    world.givenUp.add(`${job} ${fence}`);
    const diedAt = world.byIncarnation.get(incarnation)?.diedAt;
    if (diedAt !== undefined && before?.busyUntil !== undefined) world.freed.set(job, [diedAt, before.busyUntil]);
    const what = notBefore === undefined ? "run handed on" : "failure tried again";
    History.count(history, incarnation === "" ? what : "orphan recovered");
    const isPromised = (world.extended.get(`${job} ${fence}`) ?? 0) > at;
    if (incarnation !== "" && (isPromised || isHolder(world, incarnation, at + world.storeAheadMs))) {
      history.robberies.push({ at, job, fence, incarnation });
    }
  }
  const taken = (before?.queue.length ?? 0) - after.queue.length;
  if (taken > 0) History.count(history, "queued fire handed out", taken);
  // Queued fires make way for whatever runs.
  const { maxConcurrent = Infinity } = item;
  const most = item.overlap === "allow" ? (taken > 0 ? Math.min(mostAtOnce, maxConcurrent) : maxConcurrent) : 1;
  if (active.length > Math.max(most, old.length)) history.overlaps.push({ at, job, active: active.length });
  // The order of the record is that in which they were asked for; tokens are handed out to orphans first.
  const issued = active.filter(({ fence }) => !has(old, fence));
  for (const { attempt, claimId, dueAt, fence, kind, startsAt } of issued.sort((a, b) => a.fence - b.fence)) {
    const incarnation = JobRecord.holder(claimId);
    // A run that goes on, and that the store had forgotten: the token is the one it was handed out with, or the last of all
    // under an earlier identity of the node.
    const by = world.byIncarnation.get(incarnation);
    const isLast = (): boolean => !history.issues.some((it) => it.job === job && it.fence > fence);
    const isSame = (it: History.Issue): boolean =>
      it.incarnation === incarnation || (isLast() && world.byIncarnation.get(it.incarnation) === by);
    const isKnown = item.held?.some((run) => run.fence === fence && run.dueAt === dueAt) === true &&
      history.issues.some((it) => it.job === job && it.fence === fence && isSame(it));
    if (isKnown) {
      History.count(history, "run registered again");
      continue;
    }
    History.count(history, `issue ${kind}`);
    if (startsAt !== undefined) History.count(history, "issue of a start that is moved");
    if (!isHolder(world, incarnation, at + world.storeAheadMs)) {
      history.incidents.push({ at, what: "run handed to no member", job, incarnation });
    }
    history.issues.push({ at, job, dueAt, attempt, fence, kind, incarnation });
  }
};
