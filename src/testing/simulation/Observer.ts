/**
 * The store of a simulated world, and an observer beside it who writes down what each request changed.
 */
import type { EngineRequest, StoreReply, StoreRequest } from "../../core/engine/Engine.ts";
import { askedKey, jobOf } from "../../core/engine/rows.ts";
import * as Asked from "../../core/ledger/Asked.ts";
import type { JobCommand } from "../../core/ledger/Control.ts";
import { historyEntry } from "../../core/ledger/historyText.ts";
import * as JobRecord from "../../core/ledger/JobRecord.ts";
import type { ClaimItem, ClaimRequest, ControlReply, Reply } from "../../core/words/Request.ts";
import type { ExchangeRequest, StoreBeat } from "../../Store.ts";
import * as reference from "../../core/ledger/reference-store.ts";
import * as History from "./History.ts";
import { recordAt, recordsOf } from "./Records.ts";
import type { World } from "./World.ts";

/** Applies a request of an engine, and notes what came of it. `cause` is what the engine was asked to do. */
export const apply = (world: World, request: StoreRequest, cause: EngineRequest): StoreReply => {
  const now = Math.floor(world.now) + world.storeAheadMs;
  switch (request._tag) {
    case "StoreBeat":
      return beat(world, request, cause, now);
    case "Exchange":
      return exchange(world, request, cause, now);
    case "History":
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
export const isAsked = (world: World, command: JobCommand): boolean => {
  if (command._tag !== "Trigger" && command._tag !== "Backfill") return false;
  const text = world.service.rows.get(askedKey(command.job, Asked.shardOf(command.key)));
  const shelf = text === undefined ? undefined : Asked.readShelf(text);
  return typeof shelf === "object" && Asked.find(shelf, command.key, world.now) !== undefined;
};

/** Notes what the store says is asked for. What it knew before under this key it answers as before. */
export const noteAsk = (
  world: World,
  command: JobCommand,
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
  history.asks.push({ at: Math.floor(now), job, key, ...asked });
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
  noteEnds(world, mark, at);
  reply.results.forEach((result, index) => {
    const it = before[index];
    if (result._tag !== "Changed" || it === undefined) return;
    const after = recordAt(world, it.key);
    if (after === undefined) return;
    if (cause._tag === "Control") noteControl(world, it.job, it.record, after);
    const claim = cause._tag === "Claim" ? cause.items.find(({ job }) => job === it.job) : undefined;
    if (cause._tag === "Claim" && claim !== undefined) noteClaim(world, cause, claim, it.record, after, at);
  });
  History.count(history, "exchanges");
  return reply;
};

const noteControl = (
  { history, now }: World,
  job: string,
  before: JobRecord.JobRecord | undefined,
  after: JobRecord.JobRecord,
): void => {
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
  else {
    const endsAt = service.members.get(incarnation)?.endsAt ?? 0;
    world.promised.set(incarnation, Math.max(world.promised.get(incarnation) ?? 0, endsAt));
  }
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
    if (entry?._tag !== "Run") continue;
    const { attempt, dueAt, fence, job, outcome } = entry;
    history.ends.push({ at, job, dueAt, attempt, fence, outcome });
    History.count(history, attempt === 0 ? `queued fire ${outcome}` : `outcome ${outcome}`);
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
  return item.floor === after.watermark ? "repair" : "none";
};

/** The rank of a claimant whose claim decides a fire that its owner should have decided. */
const noteTakeover = (world: World, { incarnation }: ClaimRequest, item: ClaimItem, at: number): void => {
  const first = item.runs[0]?.dueAt ?? item.skips[0]?.firstDueAt;
  if (first === undefined || at < first + world.config.graceMs) return;
  const entry = world.byIncarnation.get(incarnation)?.state.jobs.get(item.job);
  if (entry !== undefined && entry.position > 0) History.count(world.history, `takeover by rank ${entry.position}`);
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
  noteRuns(world, item, before, after, at);
  if (before !== undefined && before.definition !== after.definition && request.deployment < before.deployment) {
    history.incidents.push({ at, what: "older definition registered", job, incarnation });
  }
  if (after.toldBy === incarnation && before?.toldBy !== incarnation) {
    history.gaps.push({ job, from: item.floor ?? 0, to: after.since, incarnation });
  }
  if (before?.watermark === after.watermark) return;
  const isClaim = item.from !== undefined && after.claimId === item.claimId;
  if (isClaim && before?.paused === true) {
    history.incidents.push({ at, what: "claimed while paused", job, incarnation });
  }
  if (isClaim) noteTakeover(world, request, item, at);
  const reason = isClaim ? undefined : reasonOf(before, item, after);
  if (reason === "definition") History.count(history, "definition changed");
  history.commits.push({
    at,
    job,
    kind: isClaim ? "claim" : "register",
    claimId: item.claimId,
    definition,
    from: isClaim ? item.from as number : before?.watermark ?? after.watermark,
    to: after.watermark,
    runs: isClaim ? item.runs.map((run) => run.dueAt) : [],
    skips: isClaim ? item.skips : [],
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
  const { history, service } = world;
  const { job } = item;
  const old = before?.active ?? none;
  const { active } = after;
  for (const { claimId, fence } of old) {
    if (has(active, fence)) continue;
    const incarnation = JobRecord.holder(claimId);
    world.givenUp.add(`${job} ${fence}`);
    History.count(history, incarnation === "" ? "run handed on" : "orphan recovered");
    if (incarnation !== "" && reference.isMember(service, incarnation, at + world.storeAheadMs)) {
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
  for (const { attempt, claimId, dueAt, fence, kind } of issued.sort((a, b) => a.fence - b.fence)) {
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
    if (!reference.isMember(service, incarnation, at + world.storeAheadMs)) {
      history.incidents.push({ at, what: "run handed to no member", job, incarnation });
    }
    history.issues.push({ at, job, dueAt, attempt, fence, kind, incarnation });
  }
};
