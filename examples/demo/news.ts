/**
 * What a node tells the audience: plain data, which also travels as JSON lines from process to process.
 *
 * @module
 */
import type { JobRun } from "ringcron/promise";

/** A handler was started. */
export interface Started {
  readonly _tag: "Started";
  readonly node: string;
  readonly job: string;
  readonly dueAt: number;
  /** By the clock of the machine, read first thing in the handler: the library's own word is not taken for it. */
  readonly startedAt: number;
  readonly kind: JobRun["kind"];
  readonly attempt: number;
}

/** The fleet as a node sees it. */
export interface Seen {
  readonly _tag: "Seen";
  readonly node: string;
  readonly version: number;
  readonly members: ReadonlyArray<string>;
  /** The owner of each job. */
  readonly owners: Readonly<Record<string, string>>;
}

/** Fires that will not start, and why, as the node recorded it. */
export interface Dropped {
  readonly _tag: "Dropped";
  readonly node: string;
  readonly job: string;
  readonly firstDueAt: number;
  readonly lastDueAt: number;
  readonly reason: string;
}

/** Everything a node tells. */
export type News =
  | Started
  | Seen
  | Dropped
  | { readonly _tag: "Joined" | "Leaving" | "Left"; readonly node: string }
  | { readonly _tag: "Trouble"; readonly node: string; readonly what: string };
