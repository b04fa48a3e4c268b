/**
 * Claims and ends of runs over a store of texts.
 */
import { byJob } from "../../internal/groups.ts";
import * as JobRecord from "../ledger/JobRecord.ts";
import { historyLine } from "../ledger/historyText.ts";
import * as Moment from "../ledger/Moment.ts";
import type { Open } from "../ledger/Moment.ts";
import { recordText } from "../ledger/recordText.ts";
import type {
  ClaimItem,
  ClaimReply,
  ClaimRequest,
  ClaimResult,
  CompleteReply,
  CompleteRequest,
  Completion,
} from "../../Request.ts";
import type { Found } from "../../Exchange.ts";
import type { Operation } from "./Operation.ts";
import { jobKey, recordIn } from "./rows.ts";
import { type Decision, settle, type Settling, type Subject } from "./settle.ts";

/** The change from one record to another; none if they say the same. */
export const changeTo = (
  found: Found | undefined,
  before: JobRecord.JobRecord | undefined,
  after: JobRecord.JobRecord<Open> | undefined,
): Pick<Decision<unknown>, "puts" | "waitsSince"> => {
  const text = after === undefined || after === before ? undefined : recordText(after);
  if (after === undefined || text === undefined || text === found?.text) {
    return { puts: [undefined], waitsSince: "same" };
  }
  const [old, next] = [before && JobRecord.waitsSince(before), JobRecord.waitsSince(after)];
  return { puts: [text], waitsSince: before !== undefined && old === next ? "same" : next };
};

const nothing = { runs: [], lost: [], skips: [], regressedFrom: undefined, queued: 0 };

const resultAt = (result: JobRecord.OpenResult, now: number): ClaimResult => {
  const closed = (run: JobRecord.OpenRun) => ({ ...run, fence: Moment.at(run.fence, now) });
  return {
    ...result,
    watermark: result.watermark === undefined ? undefined : Moment.at(result.watermark, now),
    runs: result.runs.map(closed),
    lost: result.lost.map(closed),
    skips: result.skips.map((skip) => ({ ...skip, lastDueAt: Moment.at(skip.lastDueAt, now) })),
  };
};

const subjectOf = (item: ClaimItem, request: ClaimRequest): Subject<ClaimResult> => {
  const { deployment, expiresAt, incarnation } = request;
  return {
    keys: [jobKey(item.job)],
    isAwaited: true,
    decide: ([found], { isMember, moment }) => {
      const stored = recordIn(found);
      if (stored === "corrupt" || stored === "newer") {
        const result: ClaimResult = { job: item.job, status: stored, watermark: undefined, ...nothing };
        return { answer: () => result, puts: [undefined], waitsSince: "same", lines: [] };
      }
      const claimed = JobRecord.claim(stored, item, { moment, incarnation, deployment, expiresAt, isMember });
      return {
        answer: (now) => resultAt(claimed.result, now),
        ...changeTo(found, stored, claimed.record),
        lines: claimed.history.map(historyLine),
      };
    },
  };
};

/** Items of one job go one after the other: what the second rests on is open until the first is settled. */
const waves = (items: ReadonlyArray<ClaimItem>): ReadonlyArray<ReadonlyArray<number>> => {
  const counts = new Map<string, number>();
  const all: Array<Array<number>> = [];
  items.forEach(({ job }, index) => {
    const wave = counts.get(job) ?? 0;
    counts.set(job, wave + 1);
    (all[wave] ??= []).push(index);
  });
  return all;
};

/** Claims. */
export function* claim(settling: Settling, request: ClaimRequest): Operation<ClaimReply> {
  const results: Array<ClaimResult> = [];
  let storeTime = Infinity;
  for (const wave of waves(request.items)) {
    const subjects = wave.map((index) => subjectOf(request.items[index] as ClaimItem, request));
    const settled = yield* settle(settling, subjects);
    storeTime = Math.min(storeTime, settled.storeTime);
    wave.forEach((index, at) => {
      const result = settled.answers[at] as ClaimResult;
      const doubtUntil = settling.known.doubtUntil(jobKey(result.job), settled.storeTime);
      results[index] = { ...result, doubtUntil };
    });
  }
  return { _tag: "Claim", storeTime: Number.isFinite(storeTime) ? storeTime : Math.floor(settling.clock()), results };
}

const endsOf = (items: ReadonlyArray<Completion>): Subject<ReadonlyArray<"ok" | "gone">> => ({
  keys: [jobKey(items[0]?.job ?? "")],
  isAwaited: false,
  decide: ([found]) => {
    const stored = recordIn(found);
    const results: Array<"ok" | "gone"> = [];
    const lines: Array<string> = [];
    let record = typeof stored === "string" ? undefined : stored;
    for (const item of items) {
      const completed = record === undefined ? undefined : JobRecord.complete(record, item);
      record = completed?.record;
      results.push(completed?.result ?? "gone");
      lines.push(...completed?.history.map(historyLine) ?? []);
    }
    return {
      answer: () => results,
      ...changeTo(found, typeof stored === "string" ? undefined : stored, record),
      lines,
    };
  },
});

/** Ends runs: those of one job in one change. */
export function* complete(settling: Settling, request: CompleteRequest): Operation<CompleteReply> {
  const groups = [...byJob(request.items).values()];
  const { answers } = yield* settle(settling, groups.map(endsOf));
  const results: Array<"ok" | "gone"> = [];
  const next = new Map<string, number>();
  const byName = new Map(groups.map((group, index) => [group[0]?.job ?? "", answers[index] ?? []]));
  for (const { job } of request.items) {
    const index = next.get(job) ?? 0;
    next.set(job, index + 1);
    results.push(byName.get(job)?.[index] ?? "gone");
  }
  return { _tag: "Complete", results };
}
