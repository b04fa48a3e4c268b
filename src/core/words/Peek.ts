/**
 * A look at the fleet: where jobs stand, what became of fires, who is a member.
 */
import type { Definition } from "./Definition.ts";
import type { ResultFound, ResultWanted } from "./Fire.ts";
import type { HistoryEntry } from "./HistoryEntry.ts";
import type { JobState } from "./JobState.ts";
import type { Member } from "./View.ts";

/** Looks without touching, for people and tools. */
export interface PeekRequest {
  /** Tells requests apart. */
  readonly _tag: "Peek";
  /** The service to look at. */
  readonly service: string;
  /** The names of the jobs that are wanted. */
  readonly jobs: ReadonlyArray<string>;
  /** Whether all jobs are wanted besides that have a record, declared or not. Default: no. */
  readonly all?: boolean | undefined;
  /** Whether it is wanted what those jobs are, and with `members` what any is that they declare. Default: no. */
  readonly definitions?: boolean | undefined;
  /** Whether the bounded history is wanted too. */
  readonly history: boolean;
  /** Whether it is wanted who is there, and what they declare. Default: no. */
  readonly members?: boolean | undefined;
  /** The incarnation whose runs are wanted with their payloads. Default: nobody's are. */
  readonly payloadsOf?: string | undefined;
  /** The fires whose results are wanted. Default: none. */
  readonly results?: ReadonlyArray<ResultWanted> | undefined;
  /** The digest of definitions of which it is wanted whether all of them are told. Default: it is not. */
  readonly told?: string | undefined;
}

/** The answer to a look: unknown jobs are left out. */
export interface PeekReply {
  /** Tells answers apart. */
  readonly _tag: "Peek";
  /** The store's clock, epoch milliseconds. */
  readonly storeTime: number;
  /** Where each known job stands. */
  readonly jobs: ReadonlyArray<JobState>;
  /** Jobs whose records cannot be read, of which so nothing is known. Default: none. */
  readonly unreadable?: ReadonlyArray<string> | undefined;
  /** Who is a member, sorted by incarnation, if that was asked for. What one has not told yet it does not declare. */
  readonly members?: ReadonlyArray<Member> | undefined;
  /** What is kept of what jobs are, those that were told last first, if that was asked for. */
  readonly definitions?: ReadonlyMap<string, ReadonlyArray<Definition>> | undefined;
  /**
   * The jobs of which is kept what they are, and that neither have a record nor are declared, by name, if all were asked for without
   * that. Default: they were not.
   */
  readonly defined?: ReadonlyArray<string> | undefined;
  /** What has become of the fires whose results were asked for, in their order. Default: none were. */
  readonly results?: ReadonlyArray<ResultFound> | undefined;
  /** Whether all definitions are told that the digest stands for, if that was asked for. */
  readonly isTold?: boolean | undefined;
  /** Oldest first. */
  readonly history: ReadonlyArray<HistoryEntry>;
}
