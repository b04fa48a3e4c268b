/**
 * What a node asks about schedules in the store: which of them are due, by shelves.
 */
import type { JobState } from "./JobState.ts";
import type { PeekReply, PeekRequest } from "./Peek.ts";
import type { ScheduleDefinition } from "./ScheduleRequest.ts";

/** What is asked about one shelf. */
export interface ShelfAsk {
  /** The shelf. */
  readonly shelf: string;
  /** Schedules that wait since an instant after this one, epoch milliseconds; -1 for any. */
  readonly after: number;
  /** And at or before this one, which may lie ahead of the clock. Epoch milliseconds. */
  readonly until: number;
  /** At most so many of them, at least one. */
  readonly limit: number;
}

/** Asks which schedules are due. Changes nothing. */
export interface DueRequest {
  /** Tells requests apart. */
  readonly _tag: "Due";
  /** The service whose schedules they are. */
  readonly service: string;
  /** The shelves, each at most once. */
  readonly asks: ReadonlyArray<ShelfAsk>;
  /** At most so many schedules of all shelves together, those that wait longest. Default: as many as the shelves are asked for. */
  readonly most?: number | undefined;
  /**
   * Whether each shelf of each handler is asked about, all from the beginning. Then `next` may be since when the first schedule of the
   * handler waits, or somewhat earlier. Default: no.
   */
  readonly isWhole?: boolean | undefined;
  /** How many schedules the answer may tell of: many are asked for in parts, so that none holds the store for long. Default: few. */
  readonly expected?: number | undefined;
  /** What is looked at besides, at the same time and in the same request where the store takes as much. Default: nothing. */
  readonly peek?: PeekRequest | undefined;
}

/** A schedule as the store has it. */
export interface StoredSchedule extends Omit<ScheduleDefinition, "enabled"> {
  /** Which of them it is. */
  readonly id: string;
  /** Since when it waits for somebody to look at it, epoch milliseconds. */
  readonly since: number;
  /** Which put has made it what it is. */
  readonly version: number;
  /** What its record calls all that is said of it: a claim under another name is refused. */
  readonly definition: string;
  /** The last fencing token that was handed out. */
  readonly lastFence: number;
  /** Where it stands. */
  readonly state: JobState;
}

/** What is due of one shelf. */
export interface ShelfDue {
  /** The shelf. */
  readonly shelf: string;
  /** Those that were asked for, the earliest first, but for such that cannot be read. */
  readonly schedules: ReadonlyArray<StoredSchedule>;
  /** Since when the next one waits that was not among them, epoch milliseconds; undefined if there is none. */
  readonly next: number | undefined;
}

/** The answer, in the order of what was asked. */
export interface DueReply {
  /** Tells answers apart. */
  readonly _tag: "Due";
  /** The store's clock, epoch milliseconds. */
  readonly storeTime: number;
  /** One for each shelf. */
  readonly shelves: ReadonlyArray<ShelfDue>;
  /** What was found of what was looked at besides. */
  readonly peek?: PeekReply | undefined;
}
