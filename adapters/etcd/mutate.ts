/**
 * Read, decide, write back if nothing changed in between: for any number of jobs, each on its own.
 *
 * A transaction holds one nested transaction per job, which compares the record's revision and whether the holders of its
 * runs are members. One job's conflict refuses that job alone; its failure branch brings back what is there, and only that
 * job goes round again.
 */
import * as Effect from "effect/Effect";
import * as JobRecord from "../../src/core/JobRecord.ts";
import { historyLine } from "../../src/internal/packed-history.ts";
import type { HistoryEntry } from "../../src/Request.ts";
import { type Known, type KnownJob, type KnownOwn, learn, ownOf, unread } from "./cache.ts";
import type { Failure } from "./client/errors.ts";
import * as history from "./history.ts";
import { type Keys, keys as keysOf } from "./keys.ts";
import { readRecord, recordText } from "./records.ts";
import * as Store from "./store.ts";
import * as wire from "./client/wire.ts";

/** What the meaning of the protocol makes of one job. */
export interface Decision<A> {
  readonly answer: A;
  /** The record as it must be; the very one that was given if it stays as it is. */
  readonly record: JobRecord.JobRecord | undefined;
  readonly history: ReadonlyArray<HistoryEntry>;
}

/** What a decision may rest on. */
export interface Moment {
  readonly now: number;
  readonly isMember: (incarnation: string) => boolean;
  /** The node that asks has been a member, and is it no longer. */
  readonly isZombie: boolean;
}

/** Decides about one job; called again with what is there now when others were faster. */
export type Decide<A> = (job: string, stored: KnownJob, moment: Moment) => Decision<A>;

/** The answers, and the time of all decisions. */
export interface Mutated<A> {
  readonly answers: ReadonlyMap<string, A>;
  readonly now: number;
}

interface Plan<A> {
  readonly job: string;
  readonly stored: KnownJob;
  readonly decision: Decision<A>;
  readonly text: string | undefined;
  readonly txn: wire.Txn;
  readonly asked: ReadonlyArray<string>;
}

/** etcd takes 128 operations, those of the largest nested transaction included. */
const maxOps = 120;
/** etcd takes 1.5 MiB. */
const maxBytes = 500_000;
/** Members that one job may depend on; of the others nothing is taken this time. */
const maxAsked = 100;

const cost = ({ txn }: Plan<unknown>): number => Math.max(txn.compare.length, txn.success.length, txn.failure.length);

/** As many plans in one transaction as etcd takes. */
const inChunks = <A>(plans: ReadonlyArray<Plan<A>>): ReadonlyArray<ReadonlyArray<Plan<A>>> => {
  const chunks: Array<Array<Plan<A>>> = [];
  let [deepest, bytes] = [0, 0];
  for (const plan of plans) {
    const size = 2 * plan.job.length + (plan.text?.length ?? 0) + 500;
    const last = chunks.at(-1);
    if (last !== undefined && last.length + 2 + Math.max(deepest, cost(plan)) <= maxOps && bytes + size <= maxBytes) {
      last.push(plan);
      [deepest, bytes] = [Math.max(deepest, cost(plan)), bytes + size];
    } else {
      chunks.push([plan]);
      [deepest, bytes] = [cost(plan), size];
    }
  }
  return chunks;
};

const dueKey = (keys: Keys, job: string, record: JobRecord.JobRecord | undefined): string | undefined => {
  const since = record && JobRecord.waitsSince(record);
  return since === undefined ? undefined : keys.due(job, since);
};

/** What keeps the index of what waits right when a record changes. */
export const dueOps = (
  keys: Keys,
  job: string,
  before: JobRecord.JobRecord | undefined,
  after: JobRecord.JobRecord | undefined,
): ReadonlyArray<wire.Op> => {
  const [old, next] = [dueKey(keys, job, before), dueKey(keys, job, after)];
  if (old === next) return [];
  return [...(old === undefined ? [] : [wire.remove(old)]), ...(next === undefined ? [] : [wire.put(next, "")])];
};

/** A record as it was read. */
export const readJob = (job: string, kv: wire.Kv | undefined, at: number): KnownJob => {
  if (kv === undefined) return { ...unread, at };
  const record = readRecord(job, kv.value);
  return { record, isCorrupt: record === undefined, mod: kv.mod, at };
};

/** Decides about every job, and writes what changed. A `fence` is the node whose membership must not have changed. */
export const mutate = <A>(
  store: Store.Store,
  service: string,
  jobs: ReadonlyArray<string>,
  decide: Decide<A>,
  fence?: string,
): Effect.Effect<Mutated<A>, Failure> =>
  Effect.gen(function* () {
    const known: Known = store.cache.of(service);
    const keys = keysOf(store.prefix, service);
    const answers = new Map<string, A>();
    /** Read by this very operation, so an answer from it needs no further proof. */
    const fresh = new Set<string>();
    const freshMembers = new Set<string>();
    let isZombie = false;
    // One for all rounds: a batch is of one moment, as it is in every store.
    const now = yield* Store.now(store);

    const plan = (job: string): Plan<A> => {
      const stored = known.jobs.get(job) ?? unread;
      const asked = new Set<string>();
      const isMember = (incarnation: string): boolean => {
        if (!asked.has(incarnation) && asked.size >= maxAsked) return true;
        asked.add(incarnation);
        return known.members.get(incarnation)?.isMember === true;
      };
      const decision = decide(job, stored, { now, isMember, isZombie });
      const { record } = decision;
      const text = record === stored.record || record === undefined ? undefined : recordText(record);
      const lines = decision.history.map(historyLine);
      const key = keys.job(job);
      return {
        job,
        stored,
        decision,
        text,
        asked: [...asked],
        txn: {
          compare: [
            wire.modIs(key, stored.mod),
            ...[...asked].map((it) => wire.exists(keys.member(it), known.members.get(it)?.isMember === true)),
          ],
          success: text === undefined ? [] : [
            wire.put(key, text),
            ...dueOps(keys, job, stored.record, record),
            ...history.ops(store, service, lines),
          ],
          failure: [wire.get(key), ...[...asked].map((it) => wire.get(keys.member(it)))],
        },
      };
    };

    const learnJob = (job: string, kv: wire.Kv | undefined, at: number): void => {
      learn(known.jobs, job, readJob(job, kv, at));
      fresh.add(job);
    };

    const learnPlan = (it: Plan<A>, answer: wire.Answer, revision: number): void => {
      if (!answer.succeeded) {
        learnJob(it.job, answer.answers[0]?.kvs[0], revision);
        it.asked.forEach((member, index) => {
          const isMember = answer.answers[index + 1]?.kvs[0] !== undefined;
          learn(known.members, member, { isMember, at: revision });
          freshMembers.add(member);
        });
        return;
      }
      answers.set(it.job, it.decision.answer);
      const written: KnownJob = it.text === undefined
        ? { ...it.stored, at: revision }
        : { record: it.decision.record, isCorrupt: false, mod: revision, at: revision };
      learn(known.jobs, it.job, written);
    };

    const send = (chunk: ReadonlyArray<Plan<A>>): Effect.Effect<void, Failure> => {
      const own: KnownOwn | undefined = fence === undefined ? undefined : known.own.get(fence);
      const key = fence === undefined ? undefined : keys.member(fence);
      const txn: wire.Txn = {
        compare: key === undefined ? [] : [wire.modIs(key, own?.mod ?? 0)],
        success: chunk.map((it): wire.Op => ({ request_txn: it.txn })),
        failure: key === undefined ? [] : [wire.get(key), ...chunk.map((it) => wire.get(keys.job(it.job)))],
      };
      return Effect.map(Store.txn(store, txn), (done) => {
        if (done.succeeded) {
          chunk.forEach((it, index) => learnPlan(it, done.answers[index] as wire.Answer, done.revision));
        } else if (fence !== undefined) {
          const found = ownOf(done.answers[0]?.kvs[0], done.revision);
          // A beat of the same membership in between is no harm; a membership that ended is, even if it began again.
          if (own !== undefined && own.create !== found.create) isZombie = true;
          else learn(known.own, fence, found);
          chunk.forEach((it, index) => learnJob(it.job, done.answers[index + 1]?.kvs[0], done.revision));
        }
      });
    };

    for (let round = 0; round < Store.maxRounds; round++) {
      yield* Store.breathe(round);
      const plans = jobs.filter((job) => !answers.has(job)).map(plan);
      const open = plans.filter((it) => {
        const isSettled = it.text === undefined && fresh.has(it.job) && it.asked.every((by) => freshMembers.has(by));
        if (isSettled) answers.set(it.job, it.decision.answer);
        return !isSettled;
      });
      if (open.length === 0) {
        yield* history.prune(store, service);
        return { answers, now };
      }
      yield* Effect.forEach(inChunks(open), send, { concurrency: 4, discard: true });
    }
    return yield* Effect.fail(Store.contended);
  });
