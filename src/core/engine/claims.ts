/**
 * Claims and ends of runs over a store of texts.
 */
import { groupBy } from "./groups.ts";
import * as JobRecord from "../ledger/JobRecord.ts";
import { historyLine } from "../ledger/historyText.ts";
import * as Moment from "../ledger/Moment.ts";
import type { Open } from "../ledger/Moment.ts";
import { recordText } from "../ledger/recordText.ts";
import type { Run, SkipDecision } from "../words/Fire.ts";
import type {
  ClaimItem,
  ClaimReply,
  ClaimRequest,
  ClaimResult,
  CompleteReply,
  CompleteRequest,
  Completion,
} from "../words/Request.ts";
import type { Operation } from "./Operation.ts";
import { jobKey, recordIn, type Seen } from "./rows.ts";
import { type Decision, settle, type Settling, type Subject } from "./settle.ts";

/** The change from one record to another; none if they say the same. */
export const changeTo = (
  row: Seen | undefined,
  before: JobRecord.JobRecord | undefined,
  after: JobRecord.JobRecord<Open> | undefined,
  layout: number,
): Pick<Decision<unknown>, "puts" | "waitsSince"> => {
  const text = after === undefined || after === before ? undefined : recordText(after, layout);
  if (after === undefined || text === undefined || text === row?.text) {
    return { puts: [undefined], waitsSince: "same" };
  }
  const next = JobRecord.waitsSince(after);
  const isSame = before !== undefined && JobRecord.waitsSince(before) === next;
  return { puts: [text], waitsSince: isSame ? "same" : next };
};

const nothing = { runs: [], over: [], lost: [], skips: [], regressedFrom: undefined, queued: 0 };

/** An answer that is yet to be told how long it is in doubt. */
interface Told extends ClaimResult {
  doubtUntil: number;
}

const runAt = ({ attempt, dueAt, fence, job, kind }: JobRecord.OpenRun, now: number): Run => ({
  job,
  dueAt,
  attempt,
  kind,
  fence: Moment.at(fence, now),
});

const skipAt = ({ count, firstDueAt, lastDueAt, reason }: JobRecord.OpenSkip, now: number): SkipDecision => ({
  reason,
  count,
  firstDueAt,
  lastDueAt: Moment.at(lastDueAt, now),
});

const resultAt = (
  { job, lost, over, queued, regressedFrom, runs, skips, status, watermark }: JobRecord.OpenResult,
  now: number,
): Told => ({
  job,
  status,
  watermark: watermark === undefined ? undefined : Moment.at(watermark, now),
  runs: runs.map((run) => runAt(run, now)),
  over: over.map((run) => runAt(run, now)),
  lost: lost.map((run) => runAt(run, now)),
  skips: skips.map((skip) => skipAt(skip, now)),
  regressedFrom,
  queued,
  doubtUntil: 0,
});

const subjectOf = (item: ClaimItem, request: ClaimRequest): Subject<Told> => {
  const { deployment, expiresAt, incarnation } = request;
  return {
    keys: [jobKey(item.job)],
    isAwaited: true,
    decide: ([row], { isMember, layout, moment }) => {
      const stored = recordIn(row);
      if (stored === "corrupt" || stored === "newer") {
        const result: Told = { job: item.job, status: stored, watermark: undefined, ...nothing, doubtUntil: 0 };
        return { answer: () => result, puts: [undefined], waitsSince: "same", lines: [] };
      }
      const claimed = JobRecord.claim(stored, item, { moment, incarnation, deployment, expiresAt, isMember });
      const { puts, waitsSince } = changeTo(row, stored, claimed.record, layout);
      return {
        answer: (now) => resultAt(claimed.result, now),
        puts,
        waitsSince,
        lines: claimed.history.map((entry) => historyLine(entry, layout)),
      };
    },
  };
};

/** Items of one job go one after the other: what the second rests on is open until the first is settled. */
const waves = (items: ReadonlyArray<ClaimItem>): ReadonlyArray<ReadonlyArray<number>> => {
  if (items.length === 1) return [[0]];
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
    settled.answers.forEach((result, at) => {
      result.doubtUntil = settling.known.doubtUntil(subjects[at]?.keys[0] ?? "", settled.storeTime);
      results[wave[at] as number] = result;
    });
  }
  return { _tag: "Claim", storeTime: Number.isFinite(storeTime) ? storeTime : Math.floor(settling.clock()), results };
}

const endsOf = (items: ReadonlyArray<Completion>): Subject<ReadonlyArray<"ok" | "gone">> => ({
  keys: [jobKey(items[0]?.job ?? "")],
  isAwaited: false,
  decide: ([row], { layout }) => {
    const stored = recordIn(row);
    const results: Array<"ok" | "gone"> = [];
    const lines: Array<string> = [];
    let record = typeof stored === "string" ? undefined : stored;
    for (const item of items) {
      const completed = record === undefined ? undefined : JobRecord.complete(record, item);
      record = completed?.record;
      results.push(completed?.result ?? "gone");
      for (const entry of completed?.history ?? []) lines.push(historyLine(entry, layout));
    }
    const { puts, waitsSince } = changeTo(row, typeof stored === "string" ? undefined : stored, record, layout);
    return { answer: () => results, puts, waitsSince, lines };
  },
});

/** Ends runs: those of one job in one change. */
export function* complete(settling: Settling, request: CompleteRequest): Operation<CompleteReply> {
  const { items } = request;
  const itemAt = (index: number) => items[index] as Completion;
  const groups = [...groupBy(items.keys(), (index) => itemAt(index).job).values()];
  const { answers } = yield* settle(settling, groups.map((group) => endsOf(group.map(itemAt))));
  const results: Array<"ok" | "gone"> = [];
  groups.forEach((group, at) => {
    group.forEach((index, place) => results[index] = answers[at]?.[place] ?? "gone");
  });
  return { _tag: "Complete", results };
}
