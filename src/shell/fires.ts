/**
 * Fires as people see them: those that are under way, and those that the history tells of.
 */
import { leaseOf } from "../core/ledger/lease.ts";
import * as Fire from "../core/words/Fire.ts";
import type { RunKind } from "../core/words/Fire.ts";
import type { ActionEntry, ActiveRun, HistoryEntry } from "../core/words/Request.ts";
import type { Member } from "../core/words/View.ts";

/**
 * What became of fires. Of a run: when it was due, started (0: never) and ended, epoch milliseconds, `id` as its handler had it, and the
 * name of its `node` if that is still a member. Of fires that were skipped: why, how many, and between which instants.
 */
export type FireLine =
  | Extract<HistoryEntry, { readonly _tag: "Run" }> & { readonly id: string; readonly node: string | undefined }
  | Extract<HistoryEntry, { readonly _tag: "Skip" }>;

/**
 * One line of the history: what became of fires, or what somebody did who was named with `by`: which action of what, by whom, and when.
 */
export type HistoryLine = FireLine | ActionEntry;

/** Whether a line tells what became of fires. */
export const isOfFires = (line: HistoryLine): line is FireLine => line._tag !== "Action";

/**
 * How far a run is.
 *
 * - `running`: a member has it, which starts it when it is due;
 * - `over`: it ended by its limit or was cancelled, and its handler goes on, as far as is known;
 * - `orphaned`: the node that had it is no member any more, or the lease of its tick is over; another one takes it over, or records it as lost;
 * - `waiting`: nobody has it: the next attempt of a fire, or one that was given back;
 * - `queued`: it waits for its turn: somebody asked for it, or a run of its job was active when it was due (kind `late`).
 */
export type RunState = "running" | "over" | "orphaned" | "waiting" | "queued";

/** A run that has not ended. */
export interface ActiveFire {
  /** The job's name. */
  readonly job: string;
  /** The instant the fire is due, epoch milliseconds. */
  readonly dueAt: number;
  /** The identity of the fire, the same as the `id` its handler gets. */
  readonly id: string;
  /** How far it is. */
  readonly state: RunState;
  /** Why it runs; of what waits why the last attempt ran. */
  readonly kind: RunKind;
  /** Which attempt it is; of what waits the last one there was; 0 of what is queued. */
  readonly attempt: number;
  /** Its fencing token, for `cancel`; undefined of what is queued. */
  readonly fence: number | undefined;
  /** The name of the node that has it; undefined if none has, or one that is no member any more. */
  readonly node: string | undefined;
  /**
   * Since when it is so, epoch milliseconds of the store, as far as that is known: when it was handed out or was due, whichever was
   * later; of what is queued when it was asked for, or was due.
   */
  readonly since: number;
  /** When it may start at the earliest, epoch milliseconds, if it waits after a failure. */
  readonly notBefore: number | undefined;
  /** What the attempt before failed with. */
  readonly previousError: string | undefined;
}

/** The names of members by incarnation. */
export const namesOf = (members: ReadonlyArray<Member>): ReadonlyMap<string, string> =>
  new Map(members.map(({ incarnation, name }) => [incarnation, name]));

const stateOf = ({ attempt, holder, isOver }: ActiveRun, isMember: boolean): RunState => {
  if (attempt === 0) return "queued";
  if (holder === "") return "waiting";
  if (isOver === true) return "over";
  return isMember ? "running" : "orphaned";
};

/** A run, with what its fire is called and who has it. */
export const fireOf = (
  service: string,
  run: ActiveRun,
  names: ReadonlyMap<string, string>,
  now: number,
): ActiveFire => {
  const { attempt, dueAt, fence, holder, job, kind, notBefore, previousError } = run;
  const isQueued = attempt === 0;
  return {
    job,
    dueAt,
    id: Fire.id(service, job, dueAt),
    state: stateOf(run, names.has(holder) || (leaseOf(holder) ?? 0) >= now),
    kind,
    attempt,
    // What is queued has none yet, and tells there when it was asked for.
    fence: isQueued ? undefined : fence,
    node: names.get(holder),
    since: isQueued ? fence : Math.max(fence, dueAt),
    notBefore,
    previousError,
  };
};
