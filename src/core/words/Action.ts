/**
 * What people do to a fleet, as the history names it.
 */

/** Who asks for something. */
export interface AskedBy {
  /** Who, for people to read in the history, 1 to 100 characters. Default: nobody is named there. */
  readonly by?: string | undefined;
}

/** What can be done to a job, to a node, to all jobs, or to a schedule in the store. */
export type ActionKind =
  | "trigger"
  | "backfill"
  | "pause"
  | "resume"
  | "cancel"
  | "cancel-queued"
  | "rewind"
  | "remove"
  | "drain"
  | "pause-all"
  | "resume-all"
  | "schedule-put"
  | "schedule-remove"
  | "schedule-pause"
  | "schedule-resume"
  | "schedule-trigger";

const kinds: ReadonlySet<string> = new Set<ActionKind>([
  "trigger",
  "backfill",
  "pause",
  "resume",
  "cancel",
  "cancel-queued",
  "rewind",
  "remove",
  "drain",
  "pause-all",
  "resume-all",
  "schedule-put",
  "schedule-remove",
  "schedule-pause",
  "schedule-resume",
  "schedule-trigger",
]);

/** Whether a text is one of them. */
export const isAction = (text: string): text is ActionKind => kinds.has(text);

/** What an action was about. */
export interface About {
  readonly job?: string;
  readonly schedule?: string;
  readonly node?: string;
}

/** What a name is the name of, by what was done to it. */
export const about = (action: ActionKind, name: string): About =>
  action.startsWith("schedule-")
    ? { schedule: name }
    : action === "drain"
    ? { node: name }
    : action.endsWith("-all")
    ? {}
    : { job: name };
