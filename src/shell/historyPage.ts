/**
 * Pages of a history that goes on while it is read: a cursor names the last line that was seen, not its place.
 */
import { type Outcome, outcomes as outcomesOfRuns } from "../core/words/Fire.ts";
import { fingerprint } from "../core/words/hash.ts";
import type { HistoryEntry } from "../core/words/Request.ts";

/** What became of what the history tells, as it is asked for. */
export const outcomes: ReadonlyArray<string> = [...outcomesOfRuns, "skipped", "action"];

/** What of the history is wanted. */
export interface HistoryOptions {
  /** Of this job alone. Default: of all. */
  readonly job?: string | undefined;
  /** Of the schedule in the store with this id alone: what was done with it by people who were named. Default: of all. */
  readonly schedule?: string | undefined;
  /** Runs that ended so, fires that were skipped, or `action`: what people did who were named. Default: all lines. */
  readonly outcome?: Outcome | "skipped" | "action" | undefined;
  /** What ended, was skipped or done at this instant or later, epoch milliseconds. Default: whatever is kept. */
  readonly from?: number | undefined;
  /** What ended, was skipped or done before this instant, epoch milliseconds. Default: up to now. */
  readonly to?: number | undefined;
  /** How many lines at most, 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** Goes on behind a page: its `cursor`. Default: from the newest line on. */
  readonly cursor?: string | undefined;
}

/** A page, the newest first. */
export interface Page {
  readonly entries: ReadonlyArray<HistoryEntry>;
  /** Undefined where nothing follows. */
  readonly cursor: string | undefined;
}

const isWanted = (
  entry: HistoryEntry,
  { from = -Infinity, job, outcome, schedule, to = Infinity }: HistoryOptions,
): boolean => {
  const [at, became] = entry._tag === "Run"
    ? [entry.endedAt, entry.outcome]
    : [entry.at, entry._tag === "Skip" ? "skipped" : "action"];
  const named = entry._tag === "Action" ? entry.schedule : undefined;
  return at >= from && at < to && (job ?? entry.job) === entry.job && (schedule ?? named) === named &&
    (outcome ?? became) === became;
};

const markOf = (entry: HistoryEntry): string => fingerprint(JSON.stringify(entry));

/** How often the line at a place stands before it, too: lines may be the same. */
const timesBefore = (lines: ReadonlyArray<HistoryEntry>, place: number, mark: string): number => {
  let times = 0;
  for (let at = 0; at < place; at++) if (markOf(lines[at] as HistoryEntry) === mark) times += 1;
  return times;
};

const cursorAt = (lines: ReadonlyArray<HistoryEntry>, place: number): string => {
  const mark = markOf(lines[place] as HistoryEntry);
  return `${mark}.${timesBefore(lines, place, mark)}`;
};

/** Where the line stands that a cursor names; the end where it is no more: all that was behind it is gone, too. */
const placeOf = (lines: ReadonlyArray<HistoryEntry>, cursor: string): number => {
  const [mark, times = "0"] = cursor.split(".");
  let left = Number(times);
  for (let at = 0; at < lines.length; at++) {
    if (markOf(lines[at] as HistoryEntry) === mark && left-- === 0) return at;
  }
  return lines.length;
};

/** The page behind a cursor. `history` has the oldest line first. */
export const pageOf = (history: ReadonlyArray<HistoryEntry>, options: HistoryOptions): Page => {
  const { cursor, limit = 100 } = options;
  const lines = [...history].reverse();
  const entries: Array<HistoryEntry> = [];
  let last = -1;
  for (let at = cursor === undefined ? 0 : placeOf(lines, cursor) + 1; at < lines.length; at++) {
    const entry = lines[at] as HistoryEntry;
    if (!isWanted(entry, options)) continue;
    if (entries.length === limit) return { entries, cursor: cursorAt(lines, last) };
    entries.push(entry);
    last = at;
  }
  return { entries, cursor: undefined };
};
