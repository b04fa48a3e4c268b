/**
 * One look at a whole service, and what is read from it: the same for `status`, `jobs`, `job`, `simulate` and `doctor`.
 */
import * as Effect from "effect/Effect";
import type { Request, View } from "ringcron";
import { Ownership } from "ringcron/core";
import type { Fleet } from "./fleet.ts";

/** A job as the store and the members have it. */
export interface JobSeen {
  readonly name: string;
  /** `new`: declared, and not known to the store yet; `undeclared`: no member declares it; `unreadable`: its record cannot be read. */
  readonly state: "open" | "paused" | "new" | "undeclared" | "unreadable";
  readonly pausedBy: string | undefined;
  readonly pauseReason: string | undefined;
  /** Since when its next fire is due, or will be. */
  readonly nextDueAt: number | undefined;
  readonly isOverdue: boolean;
  readonly decidedUpTo: number | undefined;
  readonly definition: string | undefined;
  /** The names of the node that tries its fires first, and of the one after it. */
  readonly owner: string | undefined;
  readonly successor: string | undefined;
  /** The names of the nodes that declare it as it is in force, and otherwise. */
  readonly declaredBy: ReadonlyArray<string>;
  readonly outdatedAt: ReadonlyArray<string>;
  readonly running: number;
  readonly waiting: number;
  readonly queued: number;
}

/** A service as it is. */
export interface Seen {
  /** The store's clock, epoch milliseconds. */
  readonly storeTime: number;
  readonly view: View.View;
  readonly jobs: ReadonlyArray<JobSeen>;
}

/** Later than its successor and an overdue list would be, with a store that is slow. Milliseconds. */
const overdueMs = 30_000;

const jobOf = (
  name: string,
  state: Request.JobState | undefined,
  { isUnreadable, ownership, storeTime, view }: {
    readonly isUnreadable: boolean;
    readonly ownership: Ownership.Ownership;
    readonly storeTime: number;
    readonly view: View.View;
  },
): JobSeen => {
  const inForce = ownership.definitions.get(name);
  const place = ownership.places.get(name);
  const nameOf = (incarnation: string | undefined) => view.members.find((it) => it.incarnation === incarnation)?.name;
  const declaring = view.members.filter(({ jobs }) => jobs.has(name));
  const namesOf = (isInForce: boolean) =>
    declaring.filter(({ jobs }) => (jobs.get(name) === inForce) === isInForce).map((it) => it.name).sort();
  const active = state?.active ?? [];
  const running = active.filter(({ attempt, holder }) => attempt > 0 && holder !== "").length;
  const isPaused = state?.paused === true;
  const nextDueAt = isPaused ? undefined : state?.nextDueAt;
  const isDeclared = declaring.length > 0;
  return {
    name,
    state: isUnreadable
      ? "unreadable"
      : isPaused
      ? "paused"
      : !isDeclared
      ? "undeclared"
      : state === undefined
      ? "new"
      : "open",
    pausedBy: state?.pause?.by,
    pauseReason: state?.pause?.reason,
    nextDueAt,
    // What waits for a run that is in its way is not overdue.
    isOverdue: isDeclared && running === 0 && nextDueAt !== undefined && nextDueAt < storeTime - overdueMs,
    decidedUpTo: state?.watermark,
    definition: state?.definition ?? inForce,
    owner: nameOf(place?.owner),
    successor: nameOf(place?.successor),
    declaredBy: namesOf(true),
    outdatedAt: namesOf(false),
    running,
    waiting: active.filter(({ attempt, holder }) => attempt > 0 && holder === "").length,
    queued: active.filter(({ attempt }) => attempt === 0).length,
  };
};

/** Looks: at one job, or at all. */
export const lookAt = async ({ service, store }: Fleet, job?: string): Promise<Seen> => {
  const which = job === undefined ? { jobs: [], all: true } : { jobs: [job] };
  const peek = store.driver.peek({ _tag: "Peek", service, ...which, history: false, members: true });
  const { jobs, members = [], storeTime, unreadable = [] } = await Effect.runPromise(peek);
  const view: View.View = { version: 1, storeTime, members };
  const ownership = Ownership.of(view);
  const states = new Map(jobs.map((it) => [it.job, it]));
  const names = job === undefined
    ? [...new Set([...states.keys(), ...unreadable, ...ownership.definitions.keys()])].sort()
    : states.has(job) || unreadable.includes(job) || ownership.definitions.has(job)
    ? [job]
    : [];
  const about = { ownership, storeTime, view };
  return {
    storeTime,
    view,
    jobs: names.map((it) => jobOf(it, states.get(it), { ...about, isUnreadable: unreadable.includes(it) })),
  };
};

/** How many jobs each member owns, by incarnation. */
export const ownedBy = (view: View.View): ReadonlyMap<string, number> => {
  const owned = Ownership.owned(Ownership.of(view));
  return new Map(view.members.map(({ incarnation }) => [incarnation, owned.get(incarnation) ?? 0]));
};
