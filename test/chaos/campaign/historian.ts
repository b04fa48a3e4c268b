/**
 * Writes the history of a fleet from the log of its store, in the form in which the judge of the simulator takes it.
 *
 * @module
 */
import { holder } from "../../../src/core/JobRecord.ts";
import type { JobSpec } from "../../../src/core/Machine.ts";
import type { SkipDecision } from "../../../src/Fire.ts";
import { historyEntry } from "../../../src/internal/packed-history.ts";
import type { HistoryEntry } from "../../../src/Request.ts";
import { type Ask, count, empty, type History, isAsked } from "../../../src/testing/simulation/History.ts";
import { readRecord } from "../../../adapters/etcd/records.ts";
import type { JobRecord } from "../../../src/core/JobRecord.ts";
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

/** A history with what the judge does not ask for. */
export interface Written {
  readonly history: History;
  /** The records as they were last. */
  readonly records: ReadonlyMap<string, JobRecord>;
  readonly losses: ReadonlyArray<Loss>;
  /** When the store forgot that it had been asked for something, of all that it forgot. */
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

/** The key of a claim: the same claim id may be asked again with more fires in it. */
export const claimKey = (job: string, claimId: string, to: number): string => `${job} ${claimId} ${to}`;

/**
 * Reads the log from its beginning to its end. `asked` tells from where a claim was to move the watermark, as the network
 * saw it; of a claim that nobody saw it is taken to be where the watermark was.
 */
export function writeHistory(
  generations: ReadonlyArray<Generation>,
  specs: ReadonlyArray<JobSpec>,
  { asked, commitDelayMs }: Pick<ChaosStore, "asked" | "commitDelayMs">,
): Written {
  const history = empty();
  const overlapping = new Set(specs.filter(({ policies }) => policies.overlap === "allow").map(({ name }) => name));
  const losses: Array<Loss> = [];
  const forgotten = new Map<Ask, number>();
  const outcomes = new Map<string, string>();
  const commits = new Map<string, Array<{ at: number; to: number; by: string }>>();
  const unread: Array<string> = [];
  const lostBefore = new Set<string>();
  let records = new Map<string, JobRecord>();
  let members = new Map<string, number>();
  let amnestyUntil = 0;

  const remember = (write: Write): void => {
    for (const [incarnation, endsAt] of write.members) members.set(incarnation, endsAt);
    amnestyUntil = write.amnestyUntil ?? amnestyUntil;
  };

  const restore = (write: Write): void => {
    remember(write);
    for (const [job, text] of write.records) {
      const record = readRecord(job, text);
      if (record !== undefined) records.set(job, record);
    }
  };

  const noteRecord = (job: string, text: string, entries: ReadonlyArray<HistoryEntry>): void => {
    const before = records.get(job);
    const after = readRecord(job, text);
    if (after === undefined) return void unread.push(`${job}: ${text}`);
    records.set(job, after);
    const old = new Set(before?.active.map(({ fence }) => fence));
    const fresh = after.active.filter(({ fence }) => !old.has(fence));
    const issued = fresh.filter(({ attempt }) => attempt > 0).sort((a, b) => a.fence - b.fence);
    const skips = entries.filter((it): it is Skip => it._tag === "Skip" && it.job === job);
    // Tokens are the store's milliseconds unless they had to be pushed ahead, which takes more than a run a millisecond.
    const at = issued[0]?.fence ?? skips[0]?.at ?? before?.token ?? after.watermark;
    for (const { attempt, claimId, dueAt, fence, kind } of issued) {
      history.issues.push({ at: fence, job, dueAt, attempt, fence, kind, incarnation: holder(claimId) });
    }
    const queued = fresh.filter(({ attempt }) => attempt === 0);
    const [first, newest] = [queued[0], after.asked.at(-1)];
    // A write queues what was asked for under one key, which is the last that it remembers then.
    if (first !== undefined && first.dueAt === newest?.dueAt) {
      const kind = first.kind === "backfill" ? "backfill" : "manual";
      history.asks.push({ at: first.fence, job, key: newest.key, kind, dueAts: queued.map(({ dueAt }) => dueAt) });
    }
    const kept = new Set(after.active.map(({ fence }) => fence));
    const ended = new Map(entries.flatMap((it) => it._tag === "Run" && it.job === job ? [[it.fence, it]] : []));
    for (const { claimId, fence } of before?.active ?? []) {
      const by = holder(claimId);
      const end = ended.get(fence);
      const isTaken = end === undefined ? !kept.has(fence) : end.outcome === "lost";
      const takenAt = end?.endedAt ?? at;
      const isMember = (members.get(by) ?? 0) > takenAt || ((members.get(by) ?? 0) > 0 && amnestyUntil > takenAt);
      if (isTaken && by !== "" && isMember) history.robberies.push({ at: takenAt, job, fence, incarnation: by });
    }
    const underWay = (it: JobRecord | undefined): number => it?.active.filter(({ attempt }) => attempt > 0).length ?? 0;
    const [were, are] = [underWay(before), underWay(after)];
    if (!overlapping.has(job) && are > Math.max(1, were)) history.overlaps.push({ at, job, active: are });
    if (before?.watermark === after.watermark) return;
    const isClaim = before !== undefined && after.claimId !== "" && after.claimId !== before.claimId;
    const decided = skips.map(({ count: many, firstDueAt, lastDueAt, reason }): SkipDecision => ({
      reason,
      count: many,
      firstDueAt,
      lastDueAt,
    }));
    for (const { reason } of decided) count(history, `skipped: ${reason}`);
    history.commits.push({
      at,
      job,
      kind: isClaim ? "claim" : "register",
      claimId: after.claimId,
      definition: after.definition,
      from: (isClaim ? asked.get(claimKey(job, after.claimId, after.watermark)) : undefined) ??
        before?.watermark ?? after.watermark,
      to: after.watermark,
      runs: isClaim ? issued.filter((run) => run.kind !== "rerun" && !isAsked(run)).map(({ dueAt }) => dueAt) : [],
      skips: isClaim ? decided : [],
    });
    const of = commits.get(job) ?? [];
    of.push({ at, to: after.watermark, by: holder(after.claimId) });
    commits.set(job, of);
  };

  const note = (write: Write): void => {
    const entries = write.lines.flatMap((line) => {
      const entry = historyEntry(line);
      if (entry === undefined) unread.push(line);
      return entry ?? [];
    });
    for (const [job, text] of write.records) noteRecord(job, text, entries);
    for (const entry of entries) {
      if (entry._tag !== "Run") continue;
      const { attempt, dueAt, endedAt, fence, job, outcome } = entry;
      history.ends.push({ at: endedAt + commitDelayMs, job, dueAt, attempt, fence, outcome });
      outcomes.set(runKey(job, fence), outcome);
      count(history, `ended: ${outcome}`);
    }
    remember(write);
  };

  const goBack = ({ at, origin, restored }: Generation): void => {
    const known = records;
    records = new Map();
    members = new Map();
    amnestyUntil = 0;
    restored.forEach(restore);
    let [lostCommits, lostIssues] = [0, 0];
    for (const ask of history.asks) {
      // The first of its fires bears the token of the moment in which they were queued.
      if (ask.at > (records.get(ask.job)?.token ?? 0) && !forgotten.has(ask)) forgotten.set(ask, at);
    }
    for (const [job, record] of known) {
      const now = records.get(job);
      const lost = (commits.get(job) ?? []).filter(({ to }) => to > (now?.watermark ?? 0)).length;
      const fences = history.issues.filter((it) => it.job === job && it.fence > (now?.token ?? 0))
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
