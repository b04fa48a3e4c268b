/**
 * Writes the history of a fleet from the log of its store, in the form in which the checker of the simulator takes it.
 *
 * @module
 */
import { jobOf } from "../../../src/core/engine/rows.ts";
import { readShelf } from "../../../src/core/ledger/Asked.ts";
import { historyEntry } from "../../../src/core/ledger/historyText.ts";
import { holder, type JobRecord, type StoredRun } from "../../../src/core/ledger/JobRecord.ts";
import { readRecord } from "../../../src/core/ledger/recordText.ts";
import type { JobSpec } from "../../../src/core/node/Machine.ts";
import type { SkipDecision } from "../../../src/core/words/Fire.ts";
import type { HistoryEntry } from "../../../src/core/words/Request.ts";
import { type Ask, count, empty, type History, isAsked } from "../../../src/testing/simulation/History.ts";
import type { ChaosStore } from "./store.ts";
import type { Generation, Write } from "./store-log.ts";

/** What was lost of one job when the store went back. */
export interface Loss {
  readonly at: number;
  readonly origin: string;
  readonly job: string;
  readonly commits: number;
  /** The runs that had been handed out under lost claims. */
  readonly fences: ReadonlyArray<number>;
}

/** A history with what the checker does not ask for. */
export interface Written {
  readonly history: History;
  /** The records as they were last. */
  readonly records: ReadonlyMap<string, JobRecord>;
  readonly losses: ReadonlyArray<Loss>;
  /** When the store forgot that it had been asked for something, of all that it forgot. Keys are known by their hashes. */
  readonly forgotten: ReadonlyMap<Ask, number>;
  /** Every run that ended, by job and fence. */
  readonly outcomes: ReadonlyMap<string, string>;
  /** Who made the commit at which time, in order, by job. */
  readonly commits: ReadonlyMap<
    string,
    ReadonlyArray<{ readonly at: number; readonly to: number; readonly by: string }>
  >;
  /** What could not be read. */
  readonly unread: ReadonlyArray<string>;
}

type Skip = Extract<HistoryEntry, { _tag: "Skip" }>;

/** The key of a run. */
export const runKey = (job: string, fence: number): string => `${job} ${fence}`;

/** All that a run is. */
const handedKey = (job: string, { attempt, claimId, dueAt, fence, kind }: StoredRun): string =>
  [job, dueAt, attempt, kind, fence, holder(claimId)].join(" ");

const hashesIn = (text: string): ReadonlySet<string> => {
  const shelf = readShelf(text);
  return new Set(typeof shelf === "string" ? [] : shelf.map(({ hash }) => hash));
};

/** Reads the log from its beginning to its end. `spoilt` are the texts that somebody put in the place of records. */
export function writeHistory(
  generations: ReadonlyArray<Generation>,
  specs: ReadonlyArray<JobSpec>,
  { commitDelayMs, leaps }: Pick<ChaosStore, "commitDelayMs" | "leaps">,
  spoilt: ReadonlySet<string>,
): Written {
  const history = empty();
  const overlapping = new Set(specs.filter(({ policies }) => policies.overlap === "allow").map(({ name }) => name));
  const losses: Array<Loss> = [];
  const forgotten = new Map<Ask, number>();
  const outcomes = new Map<string, string>();
  const commits = new Map<string, Array<{ at: number; to: number; by: string }>>();
  const unread: Array<string> = [];
  const lostBefore = new Set<string>();
  const handed = new Set<string>();
  /** When something was last asked of a job. */
  const askedAt = new Map<string, number>();
  let records = new Map<string, JobRecord>();
  let shelves = new Map<string, ReadonlySet<string>>();
  let members = new Map<string, number>();
  let amnestyUntil = 0;

  /** The right time for a time that the store's clock showed when it wrote this. */
  const right = (at: number, { between }: Write): number => {
    if (between === undefined) return at;
    const [from, upTo] = between;
    const ways = [0, ...leaps.filter((leap) => leap.from <= upTo && leap.until >= from).map(({ byMs }) => byMs)];
    // A token that had to be pushed ahead tells nothing.
    return ways.map((byMs) => at - byMs).find((it) => it >= from - 50 && it <= upTo) ?? upTo;
  };

  /** When a promise ends by the right clock. */
  const endOf = (endsAt: number, { between }: Write): number => {
    const byMs = leaps.filter((leap) => between !== undefined && leap.from <= between[1] && leap.until >= between[0])
      .map((leap) => leap.byMs);
    return endsAt - Math.max(0, ...byMs);
  };

  /** Just after the clock stepped, promises end at once that would have gone on. */
  const isUnsure = (at: number): boolean =>
    leaps.some(({ from, until }) => [from, until].some((edge) => at > edge - 1_000 && at < edge + 5_000));

  const remember = (write: Write): void => {
    for (const [incarnation, endsAt] of write.members) members.set(incarnation, endOf(endsAt, write));
    amnestyUntil = write.amnestyUntil === undefined ? amnestyUntil : endOf(write.amnestyUntil, write);
  };

  const restore = (write: Write): void => {
    remember(write);
    for (const [key, text] of write.rows) {
      const [job, record] = [jobOf(key), readRecord(text)];
      if (job !== undefined && typeof record !== "string") records.set(job, record);
      if (job === undefined) shelves.set(key, hashesIn(text));
    }
  };

  /** The keys under which something was asked in this write. */
  const noteAsked = (write: Write): ReadonlyArray<string> =>
    write.rows.flatMap(([key, text]) => {
      if (jobOf(key) !== undefined) return [];
      const known = shelves.get(key);
      const hashes = hashesIn(text);
      shelves.set(key, hashes);
      return [...hashes].filter((hash) => known?.has(hash) !== true);
    });

  /**
   * From where a claim moved a watermark: from where it was, unless a store had gone back and the claimant knew better; then
   * from the last place that it had come to before what the claim decides.
   */
  const startOf = (
    job: string,
    stored: number,
    runs: ReadonlyArray<number>,
    skips: ReadonlyArray<SkipDecision>,
    to: number,
  ): number => {
    const first = Math.min(to, ...runs, ...skips.map(({ firstDueAt }) => firstDueAt));
    const places = (commits.get(job) ?? []).map((it) => it.to).filter((it) => it >= stored && it < first);
    return Math.max(stored, ...places);
  };

  const noteRecord = (
    job: string,
    text: string,
    entries: ReadonlyArray<HistoryEntry>,
    hash: string | undefined,
    write: Write,
  ): void => {
    const before = records.get(job);
    const after = readRecord(text);
    // What somebody put there by hand decides nothing, and neither does what they put back.
    if (spoilt.has(text)) return;
    if (typeof after === "string") return void unread.push(`${job}: ${text}`);
    records.set(job, after);
    const old = new Set(before?.active.map(({ fence }) => fence));
    const fresh = after.active.filter(({ fence }) => !old.has(fence)).sort((a, b) => a.fence - b.fence);
    // A run that goes on while the store has forgotten it is registered again by its node, as what it was.
    const issued = fresh.filter((run) => !handed.has(handedKey(job, run)));
    if (issued.length < fresh.length) count(history, "run registered again", fresh.length - issued.length);
    for (const run of issued) handed.add(handedKey(job, run));
    const skips = entries.filter((it): it is Skip => it._tag === "Skip" && it.job === job);
    // Tokens are the store's milliseconds unless they had to be pushed ahead, which takes more than a run a millisecond.
    const at = right(issued[0]?.fence ?? skips[0]?.at ?? before?.lastFence ?? after.watermark, write);
    for (const { attempt, claimId, dueAt, fence, kind } of issued) {
      // What was asked for is handed out by a later write, whatever the clock said of the two.
      const isAsked = kind === "manual" || kind === "backfill";
      const issuedAt = Math.max(right(fence, write), isAsked ? askedAt.get(job) ?? 0 : 0);
      history.issues.push({ at: issuedAt, job, dueAt, attempt, fence, kind, incarnation: holder(claimId) });
    }
    const were = new Set(before?.queue.map(({ queuedAt }) => queuedAt));
    const queued = after.queue.filter(({ queuedAt }) => !were.has(queuedAt));
    const [first] = queued;
    // A write queues what was asked for under one key.
    if (first !== undefined && hash !== undefined) {
      const dueAts = queued.map(({ dueAt }) => dueAt);
      const at = right(first.queuedAt, write);
      askedAt.set(job, at);
      history.asks.push({ at, job, key: hash, kind: first.kind, dueAts });
    }
    const kept = new Set(after.active.map(({ fence }) => fence));
    const ended = new Map(entries.flatMap((it) => it._tag === "Run" && it.job === job ? [[it.fence, it]] : []));
    for (const { claimId, fence, heldUntil } of before?.active ?? []) {
      // One that ended by its limit is given up by its node without another word.
      if (heldUntil !== undefined) continue;
      const by = holder(claimId);
      const end = ended.get(fence);
      const isTaken = end === undefined ? !kept.has(fence) : end.outcome === "lost";
      const takenAt = end === undefined ? at : right(end.endedAt, write);
      const isMember = (members.get(by) ?? 0) > takenAt || ((members.get(by) ?? 0) > 0 && amnestyUntil > takenAt);
      if (isTaken && by !== "" && isMember && !isUnsure(takenAt)) {
        history.robberies.push({ at: takenAt, job, fence, incarnation: by });
      }
    }
    const active = after.active.length;
    const most = Math.max(1, before?.active.length ?? 0);
    if (!overlapping.has(job) && active > most) history.overlaps.push({ at, job, active });
    if (before?.watermark === after.watermark) return;
    const claimId = after.claimId ?? "";
    const isClaim = before !== undefined && claimId !== "" && claimId !== before.claimId;
    const decided = skips.map(({ count: many, firstDueAt, lastDueAt, reason }): SkipDecision => ({
      reason,
      count: many,
      firstDueAt,
      lastDueAt,
    }));
    for (const { reason } of decided) count(history, `skipped: ${reason}`);
    const runs = issued.filter((run) => run.kind !== "rerun" && !isAsked(run)).map(({ dueAt }) => dueAt);
    history.commits.push({
      at,
      job,
      kind: isClaim ? "claim" : "register",
      claimId,
      definition: after.definition,
      from: isClaim
        ? startOf(job, before.watermark, runs, decided, after.watermark)
        : before?.watermark ?? after.watermark,
      to: after.watermark,
      runs: isClaim ? runs : [],
      skips: isClaim ? decided : [],
    });
    const of = commits.get(job) ?? [];
    of.push({ at, to: after.watermark, by: holder(claimId) });
    commits.set(job, of);
  };

  const note = (write: Write): void => {
    const entries = write.lines.flatMap((line) => {
      const entry = historyEntry(line);
      if (entry === undefined) unread.push(line);
      return entry ?? [];
    });
    const [hash] = noteAsked(write);
    for (const [key, text] of write.rows) {
      const job = jobOf(key);
      if (job !== undefined) noteRecord(job, text, entries, hash, write);
    }
    for (const entry of entries) {
      if (entry._tag !== "Run") continue;
      const { attempt, dueAt, endedAt, fence, job, outcome } = entry;
      history.ends.push({ at: right(endedAt, write) + commitDelayMs, job, dueAt, attempt, fence, outcome });
      outcomes.set(runKey(job, fence), outcome);
      count(history, `ended: ${outcome}`);
    }
    remember(write);
  };

  const goBack = ({ at, origin, restored }: Generation): void => {
    const known = records;
    records = new Map();
    shelves = new Map();
    members = new Map();
    amnestyUntil = 0;
    restored.forEach(restore);
    let [lostCommits, lostIssues] = [0, 0];
    for (const ask of history.asks) {
      // The first of its fires bears the token of the moment in which they were queued.
      if (ask.at > (records.get(ask.job)?.lastFence ?? 0) && !forgotten.has(ask)) forgotten.set(ask, at);
    }
    for (const [job, record] of known) {
      const now = records.get(job);
      const lost = (commits.get(job) ?? []).filter(({ to }) => to > (now?.watermark ?? 0)).length;
      const fences = history.issues.filter((it) => it.job === job && it.fence > (now?.lastFence ?? 0))
        .map((it) => it.fence).filter((fence) => !lostBefore.has(runKey(job, fence)));
      for (const fence of fences) lostBefore.add(runKey(job, fence));
      if (record.watermark <= (now?.watermark ?? 0) && fences.length === 0) continue;
      losses.push({ at, origin, job, commits: lost, fences });
      [lostCommits, lostIssues] = [lostCommits + lost, lostIssues + fences.length];
    }
    history.regressions.push({ at, to: at, commits: lostCommits, issues: lostIssues });
  };

  generations.forEach((generation, index) => {
    if (index > 0) goBack(generation);
    generation.writes.forEach(note);
  });
  return { history, records, losses, forgotten, outcomes, commits, unread };
}
