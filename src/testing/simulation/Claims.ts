/**
 * Claims as an observer beside the store sees them: which fires they decide, and which runs they hand out.
 */
import * as JobRecord from "../../core/ledger/JobRecord.ts";
import * as Machine from "../../core/node/Machine.ts";
import { isAnothers } from "../../core/node/role.ts";
import type { Claim, ClaimItem, ClaimRequest } from "../../core/words/Request.ts";
import { areAllPaused } from "./AllPaused.ts";
import * as History from "./History.ts";
import { isHolder } from "./Records.ts";
import { noteWaiting } from "./Waits.ts";
import type { SimulatedNode, World } from "./World.ts";

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
const noteTakeover = (world: World, { incarnation }: ClaimRequest, item: Claim, log: History.Log): void => {
  const first = item.runs[0]?.startsAt ?? item.runs[0]?.dueAt ?? item.skips[0]?.firstDueAt;
  if (first === undefined || Math.floor(world.now) < first + world.config.graceMs) return;
  const role = world.byIncarnation.get(incarnation)?.state.jobs.get(item.job)?.role;
  if (role !== undefined && isAnothers(role)) {
    History.count(log, `takeover by rank ${role._tag === "Successor" ? 1 : 2}`);
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
  { byIncarnation, freed, history, now, storeAheadMs }: World,
  { claimId, job, limit = Infinity, maxConcurrent = Infinity, overlap, runs }: Claim,
  before: JobRecord.JobRecord | undefined,
  { active, counted = 0 }: JobRecord.JobRecord,
  log: History.Log,
): void => {
  // What lies beyond the last run that a limit leaves is not skipped.
  if (storeAheadMs !== 0 || counted >= limit || overlap === "queue" || overlap === "queue-all") return;
  if (overlap === "cancel-previous") return;
  const most = overlap === "allow" ? maxConcurrent : 1;
  for (const { dueAt, startsAt = dueAt } of runs) {
    if (active.some((run) => run.claimId === claimId && run.dueAt === dueAt)) continue;
    History.count(log, "fire that overlaps");
    const wasInDoubt = (before?.busyUntil ?? 0) >= dueAt;
    if (wasInDoubt) History.count(log, "fire that overlaps with runs that were in doubt");
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
    history.incidents.push({ at: Math.floor(now), what: "overlaps with the dead", job, incarnation });
  }
};

const none: ReadonlyArray<JobRecord.StoredRun> = [];

/** Notes what a claim made of a record. `log` is where what is seen of the job stands, under its name there. */
export const noteClaim = (
  world: World,
  request: ClaimRequest,
  item: ClaimItem,
  before: JobRecord.JobRecord | undefined,
  after: JobRecord.JobRecord,
  log: History.Log,
): void => {
  const { history } = world;
  const at = Math.floor(world.now);
  const { definition, job } = item;
  const { incarnation } = request;
  // What is in doubt from now on is so because of another run.
  if (before?.busyUntil === undefined && after.busyUntil !== undefined) world.freed.delete(job);
  noteRuns(world, item, before, after, log);
  noteWaiting(world, item, before, after, log);
  if (before !== undefined && before.definition !== after.definition && request.deployment < before.deployment) {
    history.incidents.push({ at, what: "older definition registered", job, incarnation });
  }
  if (before === undefined && !after.paused && areAllPaused(world)) {
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
    noteTakeover(world, request, claim, log);
    noteOverlap(world, claim, before, after, log);
  }
  const reason = claim === undefined ? reasonOf(before, item, after) : undefined;
  if (reason === "definition") History.count(log, "definition changed");
  log.commits.push({
    at,
    job: log.name,
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
  log: History.Log,
): void => {
  const { history } = world;
  const { issues, name } = log;
  const at = Math.floor(world.now);
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
    History.count(log, incarnation === "" ? what : "orphan recovered");
    const isPromised = (world.extended.get(`${job} ${fence}`) ?? 0) > at;
    if (incarnation !== "" && (isPromised || isHolder(world, incarnation, at + world.storeAheadMs))) {
      history.robberies.push({ at, job, fence, incarnation });
    }
  }
  const taken = (before?.queue.length ?? 0) - after.queue.length;
  if (taken > 0) History.count(log, "queued fire handed out", taken);
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
    const isLast = (): boolean => !issues.some((it) => it.job === name && it.fence > fence);
    const isSame = (it: History.Issue): boolean =>
      it.incarnation === incarnation || (isLast() && world.byIncarnation.get(it.incarnation) === by);
    const isKnown = item.held?.some((run) => run.fence === fence && run.dueAt === dueAt) === true &&
      issues.some((it) => it.job === name && it.fence === fence && isSame(it));
    if (isKnown) {
      History.count(log, "run registered again");
      continue;
    }
    History.count(log, `issue ${kind}`);
    if (startsAt !== undefined) History.count(log, "issue of a start that is moved");
    if (!isHolder(world, incarnation, at + world.storeAheadMs)) {
      history.incidents.push({ at, what: "run handed to no member", job, incarnation });
    }
    issues.push({ at, job: name, dueAt, attempt, fence, kind, incarnation });
  }
};
