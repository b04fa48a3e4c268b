/**
 * A whole store in memory: the pure meaning of the protocol held in maps. The memory driver and the simulator share it.
 */
import * as Control from "../core/Control.ts";
import * as JobRecord from "../core/JobRecord.ts";
import * as Membership from "../core/Membership.ts";
import type {
  BeatReply,
  BeatRequest,
  ClaimReply,
  ClaimRequest,
  CompleteReply,
  CompleteRequest,
  ControlReply,
  ControlRequest,
  HistoryEntry,
  JobState,
  PeekReply,
  PeekRequest,
} from "../Request.ts";

/** How many history entries a service keeps. */
const historyLimit = 1_000;

/** What one service has in the store. */
export interface Service {
  table: Membership.Membership;
  readonly jobs: Map<string, JobRecord.JobRecord>;
  history: Array<HistoryEntry>;
}

/** A service nobody has used yet. */
export const empty = (): Service => ({ table: Membership.empty, jobs: new Map(), history: [] });

/** Whether nothing of the service is left. */
export const isEmpty = ({ jobs, table }: Service): boolean => jobs.size === 0 && table.version === 0;

const remember = (service: Service, entries: ReadonlyArray<HistoryEntry>): void => {
  service.history.push(...entries);
  if (service.history.length > 2 * historyLimit) service.history = service.history.slice(-historyLimit);
};

/** Newest first: jobs nobody declares any more stay overdue for ever and must not crowd out the others. */
const overdue = (service: Service, atOrBefore: number): ReadonlyArray<string> => {
  const late: Array<{ readonly job: string; readonly since: number }> = [];
  for (const [job, record] of service.jobs) {
    const since = JobRecord.waitsSince(record);
    if (since !== undefined && since <= atOrBefore) late.push({ job, since });
  }
  return late.sort((a, b) => b.since - a.since || (a.job < b.job ? -1 : 1)).map(({ job }) => job);
};

/** Applies a beat. */
export const beat = (service: Service, request: BeatRequest, now: number): BeatReply => {
  const [table, reply] = Membership.beat(service.table, request, {
    now,
    overdue: (atOrBefore) => overdue(service, atOrBefore),
  });
  service.table = table;
  return reply;
};

/** Applies a claim. */
export const claim = (service: Service, request: ClaimRequest, now: number): ClaimReply => {
  const context: JobRecord.ClaimContext = {
    now,
    incarnation: request.incarnation,
    deployment: request.deployment,
    expiresAt: request.expiresAt,
    isMember: (incarnation) => Membership.isMember(service.table, incarnation, now),
  };
  const results = request.items.map((item) => {
    const claimed = JobRecord.claim(service.jobs.get(item.job), item, context);
    if (claimed.record !== undefined) service.jobs.set(item.job, claimed.record);
    remember(service, claimed.history);
    return claimed.result;
  });
  return { _tag: "Claim", storeTime: now, results };
};

/** Applies completions. */
export const complete = (service: Service, request: CompleteRequest): CompleteReply => {
  const results = request.items.map((item) => {
    const record = service.jobs.get(item.job);
    if (record === undefined) return "gone";
    const completed = JobRecord.complete(record, item);
    service.jobs.set(item.job, completed.record);
    remember(service, completed.history);
    return completed.result;
  });
  return { _tag: "Complete", results };
};

/** Looks. */
export const peek = (service: Service, request: PeekRequest, now: number): PeekReply => ({
  _tag: "Peek",
  storeTime: now,
  jobs: request.jobs.flatMap((job): ReadonlyArray<JobState> => {
    const record = service.jobs.get(job);
    if (record === undefined) return [];
    const { active, definition, paused, watermark } = record;
    return [{ job, watermark, paused, definition, active: active.map(JobRecord.activeRun) }];
  }),
  history: request.history ? service.history.slice(-historyLimit) : [],
});

const answer = (result: ControlReply["result"], dueAt?: number): ControlReply => ({ _tag: "Control", result, dueAt });

/** Applies a control command. */
export const control = (service: Service, request: ControlRequest, now: number): ControlReply => {
  const { command } = request;
  if (command._tag === "Destroy") {
    service.table = Membership.empty;
    service.jobs.clear();
    service.history = [];
    return answer("ok");
  }
  const { job } = command;
  const record = service.jobs.get(job);
  if (record === undefined) return answer("unknown");
  const ruled = Control.apply(record, command, { now });
  service.jobs.set(job, ruled.record);
  remember(service, ruled.history);
  if (ruled.record.paused !== record.paused && service.table.version > 0) {
    service.table = Membership.touch(service.table, now);
  }
  return answer(ruled.result, ruled.dueAt);
};
