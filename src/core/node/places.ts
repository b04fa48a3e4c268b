/**
 * Places for handlers on this node, where `concurrency` bounds them: a handler has one from its start until it settles or nobody
 * waits for it any longer. What no place is free for is not claimed, so that others may.
 */
import type { ClaimItem } from "../words/Request.ts";
import type { Draft, Reading } from "./Draft.ts";
import { allRuns } from "./held.ts";
import { updateJob } from "./jobs.ts";
import { toSync } from "./wish.ts";

/** How many places may be needed for what an item asks for. */
export const placesFor = (item: ClaimItem): number => {
  if (item._tag === "Sync") return Math.min(1, item.take);
  return isOneByOne(item) ? Math.min(1, item.runs.length) : item.runs.length;
};

/** Of several fires one is handed out, and the others wait for it. */
const isOneByOne = ({ overlap }: ClaimItem): boolean => overlap !== "allow" && overlap !== "wait";

/** How many runs may be asked for: places that neither a run here has nor one that is asked for may need. */
export const freePlaces = ({ config: { concurrency }, flights, runCount }: Reading): number => {
  if (concurrency === undefined) return Infinity;
  let free = concurrency - runCount;
  for (const { request } of flights.values()) {
    if (request._tag !== "Claim") continue;
    for (const item of request.items) free -= placesFor(item);
  }
  return Math.max(0, free);
};

/** Whether a handler may start: more runs than there are places may have been handed to this node. */
export const mayStart = (draft: Reading): boolean => {
  const { concurrency } = draft.config;
  return concurrency === undefined || allRuns(draft).filter(({ phase }) => phase !== "pending").length < concurrency;
};

/** A job is looked at once a place is free. */
export const awaitPlace = (draft: Draft<"jobs">, job: string): void => {
  if (!draft.waiting.has(job)) draft.waiting = new Set(draft.waiting).add(job);
};

/** Looks at the jobs that waited for a place, if there is one. */
export const wakeWaiting = (draft: Draft<"jobs">): void => {
  if (draft.waiting.size === 0 || freePlaces(draft) === 0) return;
  const jobs = draft.waiting;
  draft.waiting = new Set();
  for (const job of jobs) updateJob(draft, job, ({ wish }) => ({ wish: wish.isQueued ? toSync(wish) : wish }));
};
