/**
 * Claims and ends of runs over a store of texts.
 */
import { groupBy } from "../words/groups.ts";
import * as JobRecord from "../ledger/JobRecord.ts";
import { historyLine } from "../ledger/historyText.ts";
import * as Moment from "../ledger/Moment.ts";
import type { Open } from "../ledger/Moment.ts";
import { layouts } from "../ledger/layout.ts";
import { withSeldomParts } from "../ledger/Record.ts";
import * as Past from "../ledger/Past.ts";
import { recordText } from "../ledger/recordText.ts";
import type { Run, SkipDecision } from "../words/Fire.ts";
import type {
  ClaimItem,
  ClaimReply,
  ClaimRequest,
  ClaimResult,
  CompleteReply,
  CompleteRequest,
  CompleteStatus,
  Completion,
} from "../words/Request.ts";
import type { Open as OpenOperation } from "./Known.ts";
import type { Operation } from "./Operation.ts";
import { filled } from "./payloads.ts";
import { following } from "./results.ts";
import { allPausedIn, allPausedKey, jobKey, recordIn, type Seen, shelfOfJob } from "./rows.ts";
import { definedIn, isForHandler } from "./schedules/handler.ts";
import { scheduleWaits } from "./schedules/waits.ts";
import { type Decision, type Grounds, settle, type Settling, type Subject } from "./settle.ts";

const none: ReadonlyArray<never> = [];

const unchanged = { puts: [undefined], waitsSince: "same", record: undefined } as const;

/** Where a schedule in the store stands, and the store's clock as it is estimated. */
interface Place {
  readonly shelf: string;
  readonly at: number;
}

/** Where a job stands on a shelf; undefined of one that does not. */
const placeOf = (job: string, at: number): Place | undefined => {
  const shelf = shelfOfJob(job);
  return shelf === undefined ? undefined : { shelf, at };
};

/** Lines of a thousand schedules a minute would push out those of all jobs: their last runs are in their records instead. */
const linesOf = (history: ReadonlyArray<JobRecord.OpenHistory>, on: Place | undefined, layout: number) =>
  history.length === 0 || on !== undefined ? none : history.map((entry) => historyLine(entry, layout));

/** With the runs that ended, where it is a schedule that keeps some. */
const pastIn = (
  record: JobRecord.JobRecord<Open> | undefined,
  history: ReadonlyArray<JobRecord.OpenHistory>,
): JobRecord.JobRecord<Open> | undefined => {
  const past = record?.past && Past.grown(record.past, history);
  return record === undefined || past === record.past ? record : { ...record, past };
};

/** The change from one record to another; none if they say the same. */
export const changeTo = (
  row: Seen | undefined,
  before: JobRecord.JobRecord | undefined,
  after: JobRecord.JobRecord<Open> | undefined,
  layout: number,
  on?: Place,
): Pick<Decision<unknown>, "puts" | "waitsSince" | "record" | "shelf"> => {
  if (after === undefined || after === before) return unchanged;
  const text = recordText(after, layout);
  // Where these differ the texts do.
  const isLike = after.watermark === before?.watermark && after.active.length === before.active.length;
  if (isLike && text === row?.text) return unchanged;
  const record = layout === layouts.newest ? after : undefined;
  if (on !== undefined) return { puts: [text], waitsSince: scheduleWaits(after, on.at), record, shelf: on.shelf };
  const next = JobRecord.waitsSince(after);
  const isSame = before !== undefined && JobRecord.waitsSince(before) === next;
  return { puts: [text], waitsSince: isSame ? "same" : next, record };
};

const nothing = { runs: [], over: [], lost: [], skips: [], regressedFrom: undefined, queued: 0 };

/** An answer that is yet to be told how long it is in doubt. */
interface Told extends ClaimResult {
  doubtUntil: number;
}

const runAt = (run: JobRecord.OpenRun, now: number): Run => {
  const { attempt, dueAt, job, kind } = run;
  return withSeldomParts({ job, dueAt, attempt, kind, fence: Moment.at(run.fence, now) }, run);
};

/** One that is handed out: what it was asked with is read then. */
const handedAt = (run: JobRecord.OpenRun, now: number): Run =>
  run.hasPayload === true ? { ...runAt(run, now), payload: "" } : runAt(run, now);

const skipAt = ({ count, firstDueAt, lastDueAt, reason }: JobRecord.OpenSkip, now: number): SkipDecision => ({
  reason,
  count,
  firstDueAt,
  lastDueAt: Moment.at(lastDueAt, now),
});

const each = <A, B>(items: ReadonlyArray<A>, tell: (item: A, now: number) => B, now: number): ReadonlyArray<B> =>
  items.length === 0 ? none : items.map((item) => tell(item, now));

const resultAt = (
  { counted, job, late, lost, over, pause, queued, regressedFrom, retryAt, runs, skips, status, waiting, watermark }:
    JobRecord.OpenResult,
  now: number,
): Told => {
  const usual = {
    job,
    status,
    watermark: watermark === undefined ? undefined : Moment.at(watermark, now),
    runs: each(runs, handedAt, now),
    over: each(over, runAt, now),
    lost: each(lost, runAt, now),
    skips: each(skips, skipAt, now),
    regressedFrom,
    queued,
    doubtUntil: 0,
  };
  if (pause === undefined && counted === undefined && retryAt === undefined && waiting === undefined) {
    return usual;
  }
  return {
    ...usual,
    ...(pause === undefined ? {} : { pause }),
    ...(counted === undefined ? {} : { counted }),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(late === undefined ? {} : { late }),
    ...(waiting === undefined ? {} : { waiting }),
  };
};

/**
 * R49: under another handler it is another schedule, whose runs are none of these, though the same node may hold both. What is in force is
 * asked for only where it is not what the claimant knows, which names the handler too.
 */
const ownOf = (
  { definition, job }: ClaimItem,
  stored: JobRecord.JobRecord | undefined,
  rest: Grounds["rest"],
): JobRecord.JobRecord | undefined => {
  if (stored === undefined || stored.definition === definition) return stored;
  const told = definedIn(job);
  return told === undefined || isForHandler(job, rest(told)) ? stored : undefined;
};

const subjectOf = (item: ClaimItem, request: ClaimRequest): Subject<Told> => {
  const { deployment, expiresAt, incarnation } = request;
  return {
    keys: [jobKey(item.job)],
    isAwaited: true,
    decide: ([row], grounds) => {
      const { at, isMember, layout, moment, rest } = grounds;
      const on = placeOf(item.job, at);
      const read = recordIn(row);
      const stored = typeof read === "string" ? read : ownOf(item, read, rest);
      if (stored === "corrupt" || stored === "newer") {
        const result: Told = { job: item.job, status: stored, watermark: undefined, ...nothing, doubtUntil: 0 };
        return { answer: () => result, puts: [undefined], waitsSince: "same", lines: [] };
      }
      const allPaused = () => allPausedIn(rest(allPausedKey));
      const claimed = JobRecord.claim(stored, item, {
        moment,
        incarnation,
        deployment,
        expiresAt,
        isMember,
        allPaused,
        isPut: on !== undefined,
      });
      const { puts, record, shelf, waitsSince } = changeTo(
        row,
        stored,
        pastIn(claimed.record, claimed.history),
        layout,
        on,
      );
      const aside = following(item.job, stored, claimed.record, claimed.history, none, grounds);
      return {
        answer: (now) => resultAt(claimed.result, now),
        puts,
        record,
        shelf,
        waitsSince,
        lines: linesOf(claimed.history, on, layout),
        also: aside?.also,
        hint: claimed.isMarked === true ? jobKey(item.job) : aside?.hint,
        touches: claimed.touches,
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

const openOf = ({ expiresAt, incarnation, items }: ClaimRequest): OpenOperation => {
  let keys: ReadonlySet<string> | undefined;
  // Asked for only while another claim of the node is under way.
  return { incarnation, keys: () => keys ??= new Set(items.map(({ job }) => jobKey(job))), until: expiresAt };
};

function* claims(settling: Settling, request: ClaimRequest, open: OpenOperation): Operation<ClaimReply> {
  const results: Array<ClaimResult> = [];
  let storeTime = Infinity;
  for (const wave of waves(request.items)) {
    const subjects = wave.map((index) => subjectOf(request.items[index] as ClaimItem, request));
    const settled = yield* settle(settling, subjects);
    storeTime = Math.min(storeTime, settled.storeTime);
    const runs = yield* filled(settling, settled.answers.map((result) => result.runs));
    settled.answers.forEach((answer, at) => {
      const result = runs[at] === answer.runs ? answer : { ...answer, runs: runs[at] ?? answer.runs };
      result.doubtUntil = settling.known.doubtUntil(subjects[at]?.keys[0] ?? "", settled.storeTime, open);
      results[wave[at] as number] = result;
    });
  }
  return { _tag: "Claim", storeTime: Number.isFinite(storeTime) ? storeTime : Math.floor(settling.clock()), results };
}

/** Claims. */
export function* claim(settling: Settling, request: ClaimRequest): Operation<ClaimReply> {
  const { known } = settling;
  const open = openOf(request);
  known.begin(open);
  try {
    const { incarnation, renewMs } = request;
    const renew = renewMs === undefined ? undefined : { incarnation, forMs: renewMs };
    return yield* claims({ ...settling, renew }, request, open);
  } finally {
    known.end(open);
  }
}

/** What became of the ends of one job's runs, and whether a fire of its schedule waited for them that may start. */
interface Ended {
  readonly results: ReadonlyArray<CompleteStatus>;
  readonly isOpen: boolean;
}

const endsOf = (job: string, items: ReadonlyArray<Completion>): Subject<Ended> => ({
  keys: [jobKey(job)],
  isAwaited: false,
  decide: ([row], grounds) => {
    const { at, layout } = grounds;
    const on = placeOf(job, at);
    const stored = recordIn(row);
    if (stored === "corrupt" || stored === "newer") {
      const ended: Ended = { results: items.map(() => "unreadable"), isOpen: false };
      return { answer: () => ended, puts: [undefined], waitsSince: "same", lines: [] };
    }
    const results: Array<CompleteStatus> = [];
    const history: Array<JobRecord.OpenHistory> = [];
    let record = stored;
    for (const item of items) {
      const completed = record === undefined ? undefined : JobRecord.complete(record, item);
      record = completed?.record;
      results.push(completed?.result ?? "gone");
      history.push(...completed?.history ?? []);
    }
    const isOpen = record?.waiting !== undefined && record.active.length === 0 && !record.paused;
    const { puts, record: after, shelf, waitsSince } = changeTo(
      row,
      stored,
      pastIn(record, history),
      layout,
      on,
    );
    const aside = following(job, stored, record, history, items, grounds);
    const lines = linesOf(history, on, layout);
    return {
      answer: () => ({ results, isOpen }),
      puts,
      record: after,
      shelf,
      waitsSince,
      lines,
      also: aside?.also,
      hint: aside?.hint,
    };
  },
});

/** Ends runs: those of one job in one change. */
export function* complete(settling: Settling, request: CompleteRequest): Operation<CompleteReply> {
  const { items } = request;
  const itemAt = (index: number) => items[index] as Completion;
  const groups = [...groupBy(items.keys(), (index) => itemAt(index).job).values()];
  const { answers } = yield* settle(
    settling,
    groups.map((group) => endsOf(itemAt(group[0] ?? 0).job, group.map(itemAt))),
  );
  const results: Array<CompleteStatus> = [];
  const open: Array<string> = [];
  groups.forEach((group, at) => {
    const ended = answers[at];
    if (ended?.isOpen === true) open.push(itemAt(group[0] ?? 0).job);
    group.forEach((index, place) => results[index] = ended?.results[place] ?? "gone");
  });
  return { _tag: "Complete", results, ...(open.length === 0 ? {} : { open }) };
}
