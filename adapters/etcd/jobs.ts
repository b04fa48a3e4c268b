/**
 * The operations on records of jobs: claim, complete, look.
 */
import * as Effect from "effect/Effect";
import * as JobRecord from "../../src/core/JobRecord.ts";
import type {
  ClaimItem,
  ClaimReply,
  ClaimRequest,
  ClaimResult,
  CompleteReply,
  CompleteRequest,
  Completion,
  HistoryEntry,
  JobState,
  PeekReply,
  PeekRequest,
} from "../../src/Request.ts";
import { byJob } from "../../src/internal/groups.ts";
import type { Failure } from "./client/errors.ts";
import * as history from "./history.ts";
import { keys as keysOf } from "./keys.ts";
import { type Decide, type Decision, mutate, readJob } from "./mutate.ts";
import * as Store from "./store.ts";
import * as wire from "./client/wire.ts";

/** The answers in the order of the items again. */
const inOrder = <A extends { readonly job: string }, B>(
  items: ReadonlyArray<A>,
  answers: ReadonlyMap<string, ReadonlyArray<B>>,
): ReadonlyArray<B> => {
  const next = new Map<string, number>();
  return items.map(({ job }) => {
    const index = next.get(job) ?? 0;
    next.set(job, index + 1);
    return answers.get(job)?.[index] as B;
  });
};

const corrupt = (job: string): ClaimResult => ({
  job,
  status: "corrupt",
  watermark: undefined,
  runs: [],
  lost: [],
  regressedFrom: undefined,
  queued: 0,
});

/** Claims. A node whose membership ended is told that it comes too late, whatever it asks for. */
export const claim = (store: Store.Store, request: ClaimRequest): Effect.Effect<ClaimReply, Failure> => {
  const groups = byJob<ClaimItem>(request.items);
  const decide: Decide<ReadonlyArray<ClaimResult>> = (job, stored, { isMember, isZombie, now }) => {
    const items = groups.get(job) ?? [];
    if (stored.isCorrupt) return { answer: items.map((it) => corrupt(it.job)), record: undefined, history: [] };
    const context: JobRecord.ClaimContext = {
      now,
      incarnation: request.incarnation,
      deployment: request.deployment,
      expiresAt: isZombie ? -Infinity : request.expiresAt,
      isMember,
    };
    let { record } = stored;
    const answer: Array<ClaimResult> = [];
    const lines: Array<HistoryEntry> = [];
    for (const item of items) {
      const claimed = JobRecord.claim(record, item, context);
      record = claimed.record;
      answer.push(claimed.result);
      lines.push(...claimed.history);
    }
    return { answer, record, history: lines };
  };
  return Effect.map(
    mutate(store, request.service, [...groups.keys()], decide, request.incarnation),
    ({ answers, now }): ClaimReply => ({ _tag: "Claim", storeTime: now, results: inOrder(request.items, answers) }),
  );
};

/** Ends runs. */
export const complete = (store: Store.Store, request: CompleteRequest): Effect.Effect<CompleteReply, Failure> => {
  const groups = byJob<Completion>(request.items);
  const decide: Decide<ReadonlyArray<"ok" | "gone">> = (job, stored): Decision<ReadonlyArray<"ok" | "gone">> => {
    const items = groups.get(job) ?? [];
    let { record } = stored;
    const answer: Array<"ok" | "gone"> = [];
    const lines: Array<HistoryEntry> = [];
    for (const item of items) {
      const completed = record === undefined ? undefined : JobRecord.complete(record, item);
      record = completed?.record;
      answer.push(completed?.result ?? "gone");
      lines.push(...completed?.history ?? []);
    }
    return { answer, record, history: lines };
  };
  return Effect.map(
    mutate(store, request.service, [...groups.keys()], decide),
    ({ answers }): CompleteReply => ({ _tag: "Complete", results: inOrder(request.items, answers) }),
  );
};

/** How many records one transaction reads. */
const perLook = 120;

/** Looks. More than 120 jobs are read in several transactions, each of one moment. */
export const peek = (store: Store.Store, request: PeekRequest): Effect.Effect<PeekReply, Failure> =>
  Effect.gen(function* () {
    const { jobs } = request;
    const keys = keysOf(store.prefix, request.service);
    const parts = Array.from(
      { length: Math.max(1, Math.ceil(jobs.length / perLook)) },
      (_, index) => jobs.slice(index * perLook, (index + 1) * perLook),
    );
    const found = yield* Effect.forEach(parts, (part, index) => {
      const wantsHistory = request.history && index === 0;
      const success = [...part.map((job) => wire.get(keys.job(job))), ...(wantsHistory ? [history.range(keys)] : [])];
      return Store.txn(store, { compare: [], success, failure: [] });
    }, { concurrency: 4 });
    const states = parts.flatMap((part, index) =>
      part.flatMap((job, at): ReadonlyArray<JobState> => {
        const { record } = readJob(job, found[index]?.answers[at]?.kvs[0], 0);
        if (record === undefined) return [];
        const { active, definition, paused, watermark } = record;
        return [{ job, watermark, paused, definition, active: active.map(JobRecord.activeRun) }];
      })
    );
    const lines = request.history ? found[0]?.answers[parts[0]?.length ?? 0]?.kvs ?? [] : [];
    return { _tag: "Peek", storeTime: yield* Store.now(store), jobs: states, history: history.read(lines) };
  });
