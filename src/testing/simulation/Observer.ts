/**
 * The store of a simulated world, and an observer beside it who writes down what each request changed.
 */
import type { JobCommand } from "../../core/Control.ts";
import * as JobRecord from "../../core/JobRecord.ts";
import * as Membership from "../../core/Membership.ts";
import type {
  BeatRequest,
  ClaimItem,
  ClaimReply,
  ClaimRequest,
  CompleteRequest,
  ControlReply,
  ControlRequest,
  Reply,
  Request,
} from "../../Request.ts";
import * as store from "../../internal/store.ts";
import * as History from "./History.ts";
import type { World } from "./World.ts";

/** Applies a request of a node, and notes what came of it. */
export const apply = (world: World, request: Exclude<Request, { readonly _tag: "Control" }>): Reply => {
  const { history, service } = world;
  const now = Math.floor(world.now);
  History.count(history, `request ${request._tag}`);
  switch (request._tag) {
    case "Beat":
      return beat(world, request, now);
    case "Peek":
      return store.peek(service, request, now);
    case "Complete":
      return complete(world, request, now);
    case "Claim":
      return claim(world, request, now);
  }
};

/** Notes what the store says is asked for. What it knew before under this key it answers as before. */
const noteAsk = (world: World, command: JobCommand, { dueAt, result }: ControlReply, isKnown: boolean): void => {
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

/** Applies what a person asks for. */
export const control = (world: World, command: JobCommand): ControlReply => {
  const { history, now, service } = world;
  const { job } = command;
  const before = service.jobs.get(job);
  const mark = marked(world);
  const request: ControlRequest = { _tag: "Control", service: world.config.service, command };
  const reply = store.control(service, request, Math.floor(now));
  const after = service.jobs.get(job);
  noteEnds(world, mark, Math.floor(now));
  noteAsk(world, command, reply, before?.active.length === after?.active.length);
  if (before === undefined || after === undefined || before.watermark === after.watermark) return reply;
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
  return reply;
};

/** Who is dropped from the table by somebody else's beat, and whether that is in order. */
const noteRemovals = (world: World, before: Membership.Membership, sender: string, at: number): void => {
  const { history, service } = world;
  for (const { incarnation } of before.entries) {
    if (incarnation === sender || service.table.entries.some((entry) => entry.incarnation === incarnation)) continue;
    if ((world.promised.get(incarnation) ?? 0) > Math.max(at, before.lastBeatAt)) {
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

const beat = (world: World, request: BeatRequest, now: number): Reply => {
  const { history, service } = world;
  const before = service.table;
  const { incarnation, state } = request;
  const reply = store.beat(service, request, now);
  const after = service.table;
  if (after.entries.length <= before.entries.length && after.entries !== before.entries) {
    noteRemovals(world, before, incarnation, now);
  }
  if (state === "gone") world.promised.delete(incarnation);
  else {
    const own = after.entries.find((entry) => entry.incarnation === incarnation);
    world.promised.set(incarnation, Math.max(world.promised.get(incarnation) ?? 0, own?.leaseEndsAt ?? 0));
  }
  if (after.amnestyUntil > before.amnestyUntil) History.count(history, "amnesty");
  const node = world.byIncarnation.get(incarnation);
  // After a suspension the former identity says farewell too, and leaves what it held to the others.
  const isFarewell = state === "gone" && node?.state.phase === "leaving" && node.state.incarnation === incarnation &&
    before.entries.some((it) => it.incarnation === incarnation);
  if (!isFarewell) return reply;
  for (const [job, { active }] of service.jobs) {
    for (const { attempt, claimId } of active) {
      // Late copies of a sync may have taken over runs of others, which are taken over again.
      if (attempt > 1 || JobRecord.holder(claimId) !== incarnation) continue;
      history.incidents.push({ at: now, what: "run left behind", job, incarnation });
    }
  }
  return reply;
};

const noteEnds = (world: World, from: number, at: number): void => {
  const { history, service } = world;
  for (let index = from; index < service.history.length; index++) {
    const entry = service.history[index];
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

const complete = (world: World, request: CompleteRequest, now: number): Reply => {
  const mark = marked(world);
  const reply = store.complete(world.service, request);
  noteEnds(world, mark, now);
  for (const result of reply.results) History.count(world.history, `report ${result}`);
  return reply;
};

const unreadable = ({ results, ...rest }: ClaimReply, job: string): ClaimReply => ({
  ...rest,
  results: results.map((result) =>
    result.job === job
      ? { ...result, status: "corrupt", watermark: undefined, runs: [], lost: [], regressedFrom: undefined, queued: 0 }
      : result
  ),
});

const claim = (world: World, request: ClaimRequest, now: number): Reply => {
  const { history, service } = world;
  const records = request.items.map(({ job }) => service.jobs.get(job));
  const mark = marked(world);
  let reply = store.claim(service, request, now);
  if (now < world.corruptUntil) {
    // A record that cannot be read is left alone.
    const index = request.items.findIndex(({ job }) => job === world.corruptJob);
    const record = records[index];
    if (record !== undefined && record === service.jobs.get(world.corruptJob)) {
      reply = unreadable(reply, world.corruptJob);
    }
  }
  noteEnds(world, mark, now);
  request.items.forEach((item, index) => {
    const { regressedFrom, status } = reply.results[index] as ClaimReply["results"][number];
    History.count(history, `answer ${status}`);
    if (regressedFrom !== undefined) History.count(history, "floor repair");
    noteClaim(world, request, item, records[index], now);
  });
  return reply;
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
  at: number,
): void => {
  const { history, service } = world;
  const after = service.jobs.get(item.job);
  if (after === undefined || after === before) return;
  const { definition, job } = item;
  const { incarnation } = request;
  const old = before?.active ?? none;
  if (old !== after.active) noteRuns(world, item, old, after.active, at);
  if (before !== undefined && before.definition !== after.definition && request.deployment < before.deployment) {
    history.incidents.push({ at, what: "older definition registered", job, incarnation });
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
  old: ReadonlyArray<JobRecord.StoredRun>,
  active: ReadonlyArray<JobRecord.StoredRun>,
  at: number,
): void => {
  const { history, service } = world;
  const { job } = item;
  let queued = 0;
  for (const { attempt, claimId, fence } of old) {
    if (attempt === 0) queued += 1;
    if (attempt === 0 || has(active, fence)) continue;
    const incarnation = JobRecord.holder(claimId);
    History.count(history, incarnation === "" ? "run handed on" : "orphan recovered");
    if (incarnation !== "" && Membership.isMember(service.table, incarnation, at)) {
      history.robberies.push({ at, job, fence, incarnation });
    }
  }
  const before = old.length - queued;
  const now = active.filter(({ attempt }) => attempt > 0).length;
  const isTaken = active.length - now < queued;
  if (isTaken) History.count(history, "queued fire handed out", queued - (active.length - now));
  // Scheduled fires of a job that may overlap are not counted, queued ones make way for whatever runs.
  const most = item.overlap === "allow" ? (isTaken ? mostAtOnce : Infinity) : 1;
  if (now > Math.max(most, before)) history.overlaps.push({ at, job, active: now });
  // The order of the record is that in which they were asked for; tokens are handed out to orphans first.
  const issued = active.filter(({ attempt, fence }) => attempt > 0 && !has(old, fence));
  for (const { attempt, claimId, dueAt, fence, kind } of issued.sort((a, b) => a.fence - b.fence)) {
    const incarnation = JobRecord.holder(claimId);
    History.count(history, `issue ${kind}`);
    history.issues.push({ at, job, dueAt, attempt, fence, kind, incarnation });
  }
};
