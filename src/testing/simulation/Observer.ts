/**
 * The store of a simulated world, and an observer beside it who writes down what each request changed.
 */
import type { EngineRequest, StoreReply, StoreRequest } from "../../core/engine/Engine.ts";
import { askedKey, jobOf, resultSlotOf } from "../../core/engine/rows.ts";
import * as Asked from "../../core/ledger/Asked.ts";
import { historyEntry } from "../../core/ledger/historyText.ts";
import * as JobRecord from "../../core/ledger/JobRecord.ts";
import type { ControlReply, ControlRequest, Reply } from "../../core/words/Request.ts";
import type { ScheduleReply } from "../../core/words/ScheduleRequest.ts";
import * as Results from "../../core/ledger/Results.ts";
import type { ExchangeItem, ExchangeRequest, StoreBeat } from "../../Store.ts";
import * as reference from "../../core/ledger/reference-store.ts";
import { noteAllPaused } from "./AllPaused.ts";
import { noteClaim } from "./Claims.ts";
import * as History from "./History.ts";
import { recordAt, recordsOf } from "./Records.ts";
import { scheduleIn, storedAt } from "./schedules/Witness.ts";
import { noteGivenWay } from "./Waits.ts";
import type { World } from "./World.ts";

/**
 * Applies a request of an engine, and notes what came of it. `cause` is what the engine was asked to do, `sentAt` when it sent this,
 * be it a copy.
 */
export const apply = (world: World, request: StoreRequest, cause: EngineRequest, sentAt: number): StoreReply => {
  const now = Math.floor(world.now) + world.storeAheadMs;
  switch (request._tag) {
    case "StoreBeat":
      return beat(world, request, cause, now);
    case "Exchange":
      return exchange(world, request, cause, now, sentAt);
    case "History":
    case "Keys":
    case "Shelved":
    case "Destroy":
      return reference.answer(world.service, request, now);
  }
};

/** Notes what a node was told in the end. */
export const noteReply = ({ history }: World, reply: Reply | ScheduleReply): void => {
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

/** The schedules that a request would change, as they are before it does. */
const scheduledBefore = (world: World, { items }: ExchangeRequest) =>
  items.flatMap((item, index) => {
    const id = scheduleIn(item);
    return id === undefined ? [] : [{ id, index, before: storedAt(world.service, id) }];
  });

const exchange = (
  world: World,
  request: ExchangeRequest,
  cause: EngineRequest,
  now: number,
  sentAt: number,
): StoreReply => {
  const { history, service } = world;
  const at = Math.floor(world.now);
  const before = request.items.map((item) => {
    const key = item._tag === "Change" && item.rows[0]?.put !== undefined ? item.rows[0].key : "";
    const job = jobOf(key);
    return job === undefined ? undefined : { job, key, record: recordAt(world, key) };
  });
  const schedules = world.hasSchedules ? scheduledBefore(world, request) : [];
  const mark = marked(world);
  const reply = reference.exchange(service, request, now);
  for (const { before, id, index } of schedules) {
    if (reply.results[index]?._tag === "Changed") world.witness?.changed(id, before, cause, now, sentAt);
  }
  noteAllPaused(world, request, reply, sentAt);
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
    if (cause._tag === "Claim" && claim !== undefined) {
      noteClaim(world, cause, claim, it.record, after, History.logOf(history, it.job));
    }
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
