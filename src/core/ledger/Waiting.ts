/**
 * Fires of the schedule that were due while a run of their job was active, and wait in its record until that is over (R45, R46).
 *
 * They are decided: the watermark is past them. Whoever asks where the job stands is handed the oldest once nothing is in its way, as
 * with fires that people asked for; of both the one that has waited longer comes first.
 */
import type { Asked, Claim, FireEntry } from "../words/Request.ts";
import { cancelRuns } from "./cancel.ts";
import { isSpent } from "./limit.ts";
import type { Moment, Open } from "./Moment.ts";
import { type JobRecord, type OpenHistory, type OpenSkip, type StoredRun, takenRun } from "./Record.ts";

/** How many fires of a job wait with `queue-all` if nobody says how many. */
const usualRoom = 100;

const none: ReadonlyArray<never> = [];

/** The fires that wait, oldest first. */
export const waitingIn = ({ waiting }: Pick<JobRecord<Open>, "waiting">): ReadonlyArray<number> => waiting ?? none;

/** Whether fires wait for the run before them. */
export const waits = ({ overlap }: Asked): boolean =>
  overlap === "queue" || overlap === "queue-all" || overlap === "cancel-previous";

/** What may start as far as a pause goes: while one lasts, fires of the schedule wait on. */
const open = (record: JobRecord<Open>): ReadonlyArray<number> => record.paused ? none : waitingIn(record);

/**
 * What becomes of the runs of a claim, in their order. Whether one must wait is known when it is to start. Where nothing is in the way
 * the first runs; of those that would cancel one another the newest.
 */
export const judge = (
  record: JobRecord<Open>,
  { overlap, runs }: Claim,
  moment: Moment,
): ReadonlyArray<"run" | "wait" | "busy"> => {
  const isFree = record.active.length === 0 && waitingIn(record).length === 0;
  const isNewest = isFree && overlap === "cancel-previous";
  const first = isNewest ? runs.length - 1 : isFree ? 0 : -1;
  return runs.map(({ dueAt, startsAt = dueAt }, index) =>
    index === first ? "run" : isNewest || moment.isAfter(startsAt - 1) ? "wait" : "busy"
  );
};

/** Fires that wait, and those that do not because of them. */
export interface Lined {
  readonly waiting: ReadonlyArray<number> | undefined;
  readonly skips: ReadonlyArray<OpenSkip>;
}

const skipped = (reason: OpenSkip["reason"], dueAts: ReadonlyArray<number>): ReadonlyArray<OpenSkip> => {
  const [first] = dueAts;
  const last = dueAts.at(-1);
  return first === undefined || last === undefined
    ? []
    : [{ reason, count: dueAts.length, firstDueAt: first, lastDueAt: last }];
};

/** A record in which nothing waits says nothing of it. */
const some = (waiting: ReadonlyArray<number>): ReadonlyArray<number> | undefined =>
  waiting.length === 0 ? undefined : waiting;

/**
 * Lets further fires wait: with `queue-all` one after the other, as many as there is room for, otherwise the newest alone. No more wait
 * than a limit leaves, as each will count. None of them waits if a newer one runs in their place.
 */
export const lineUp = (
  record: Pick<JobRecord<Open>, "counted" | "waiting">,
  { limit = Infinity, maxQueued = usualRoom, overlap }: Pick<Asked, "limit" | "maxQueued" | "overlap">,
  dueAts: ReadonlyArray<number>,
  isNewer: boolean,
): Lined => {
  const before = waitingIn(record);
  if (overlap !== "queue-all") {
    const all = [...before, ...dueAts];
    const given = isNewer ? all.length : all.length - 1;
    return { waiting: some(all.slice(given)), skips: skipped("coalesced", all.slice(0, given)) };
  }
  const left = limit - (record.counted ?? 0) - before.length;
  const room = Math.max(0, Math.min(maxQueued - before.length, left));
  const waiting = room === 0 ? record.waiting : [...before, ...dueAts.slice(0, room)];
  return { waiting, skips: skipped("queue-full", dueAts.slice(room)) };
};

/**
 * R45, R6: fires that waited, as the claimant was told, and of which a record that stood at `after` when the store lost the rest knows
 * nothing. They wait again if each fire is to run at least once; otherwise they are told, as nobody knows whether they have run.
 */
export const recall = (record: JobRecord<Open>, item: Asked, after: number): {
  readonly record: JobRecord<Open>;
  readonly skips: ReadonlyArray<OpenSkip>;
} => {
  const { held = [], resumes, waiting = none } = item;
  const known = waitingIn(record);
  const isIt = (dueAt: number) => (run: Pick<StoredRun<Open>, "dueAt" | "kind">) =>
    run.dueAt === dueAt && run.kind !== "backfill";
  const lost = waiting.filter((dueAt) =>
    dueAt > after && !known.includes(dueAt) && !record.active.some(isIt(dueAt)) && !held.some(isIt(dueAt))
  );
  if (lost.length === 0) return { record, skips: none };
  if (resumes !== true) return { record, skips: skipped("regressed", lost) };
  const all = [...known, ...lost].sort((a, b) => a - b);
  const lined = lineUp({ counted: record.counted, waiting: undefined }, item, all, false);
  return { record: { ...record, waiting: lined.waiting }, skips: lined.skips };
};

/** The record, and what it adds to the history. */
interface Changed {
  readonly record: JobRecord<Open>;
  readonly history: ReadonlyArray<OpenHistory>;
}

/**
 * R47: the runs before a fire that is due are cancelled, in its name: the instant of the mark is that of the newest fire. What nobody
 * holds is over at once.
 */
export const cancelPrevious = (record: JobRecord<Open>, item: Claim, moment: Moment): Changed & {
  readonly isMarked: boolean;
} => {
  let newest: number | undefined;
  for (const { dueAt, startsAt = dueAt } of item.runs) if (moment.isAfter(startsAt - 1)) newest = dueAt;
  if (newest === undefined || record.active.length === 0) return { record, history: [], isMarked: false };
  return cancelRuns(record, item.job, undefined, newest);
};

/** The line of the history about a fire that waited, or was queued, and is given up. `fence` is its number where it has one. */
export const givenUp = (job: string, dueAt: number, endedAt: Open, fence: number = dueAt): OpenHistory => ({
  _tag: "Run",
  job,
  dueAt,
  attempt: 0,
  fence,
  outcome: "cancelled",
  startedAt: 0,
  endedAt,
  incarnation: "",
});

/** Gives up what waits: recorded as cancelled, never started. */
export const cancel = (record: JobRecord, job: string, now: number): {
  readonly record: JobRecord;
  readonly history: ReadonlyArray<FireEntry>;
} => {
  if (record.waiting === undefined) return { record, history: [] };
  const history = record.waiting.map((dueAt) => givenUp(job, dueAt, now) as FireEntry);
  return { record: { ...record, waiting: undefined }, history };
};

/** What waits beyond a limit that was lowered is given up once the schedule is over: no fire is owed. */
export const withinLimit = (record: JobRecord<Open>, item: Asked, moment: Moment): Changed =>
  record.waiting === undefined || record.nextDueAt !== undefined || !isSpent(record, item) ? { record, history: [] } : {
    record: { ...record, waiting: undefined },
    history: record.waiting.map((dueAt) => givenUp(item.job, dueAt, moment.stamp(0))),
  };

/**
 * Takes what has waited longest, of the fires of the schedule and of those that people asked for, for as many runs as may be under way
 * at once. Only the former count for a limit (R41).
 */
export const take = (
  record: JobRecord<Open>,
  claimId: string,
  atOnce: number,
  moment: Moment,
  { limit }: Pick<Asked, "limit">,
): JobRecord<Open> => {
  const { active, queue } = record;
  const waiting = open(record);
  let [asked, due] = [0, 0];
  let { counted, lastFence } = record;
  const taken: Array<StoredRun<Open>> = [];
  while (active.length + taken.length < atOnce) {
    const first = queue[asked];
    const dueAt = isSpent({ counted }, { limit }) ? undefined : waiting[due];
    if (first === undefined && dueAt === undefined) break;
    lastFence = moment.next(lastFence);
    if (dueAt !== undefined && !(first !== undefined && first.queuedAt < dueAt)) {
      taken.push({ dueAt, attempt: 1, kind: "late", fence: lastFence, claimId, heldUntil: undefined });
      if (limit !== undefined) counted = (counted ?? 0) + 1;
      due += 1;
    } else if (first !== undefined) {
      taken.push(takenRun(first, lastFence, claimId));
      asked += 1;
    }
  }
  if (taken.length === 0) return record;
  return {
    ...record,
    lastFence,
    counted,
    ...(isSpent({ counted }, { limit }) ? { nextDueAt: undefined, nextStartsAt: undefined } : {}),
    active: [...active, ...taken],
    queue: asked === 0 ? queue : queue.slice(asked),
    waiting: due === 0 ? record.waiting : some(waiting.slice(due)),
  };
};
