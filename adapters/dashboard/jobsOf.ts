/**
 * Jobs, from what the members declare and what the store tells of them.
 */
import type * as Ownership from "../../src/core/ring/Ownership.ts";
import { byJob } from "../../src/core/words/groups.ts";
import type { JobState as StoredJob } from "../../src/core/words/Request.ts";
import type { MemberStatus } from "../../src/shell/Insight.ts";
import type { Client } from "../../src/shell/promiseClient.ts";
import { promises, type Whole } from "../../src/shell/wholeLook.ts";
import type { JobSeen, JobState } from "./Seen.ts";

/** Looks at everything but the history. A client that is wrapped in another object tells less: nothing of pauses and of what is next. */
export const lookThrough = async (client: Client, now: () => number): Promise<Whole> => {
  const look = promises.get(client);
  if (look !== undefined) return await look();
  const [members, runs] = await Promise.all([client.members(), client.runs()]);
  return { storeTime: now(), jobs: [], unreadable: [], members, runs };
};

/** Later than its successor and an overdue list would be, with a store that is slow. Milliseconds. */
const overdueMs = 30_000;

const stateOf = (stored: StoredJob | undefined, isDeclared: boolean, isUnreadable: boolean): JobState => {
  if (isUnreadable) return "unreadable";
  if (stored?.paused === true) return "paused";
  if (!isDeclared) return "undeclared";
  return stored === undefined ? "new" : "open";
};

/** All jobs, by name. Cost: jobs times members. */
export const jobsOf = (
  { jobs, members, runs, storeTime, unreadable }: Whole,
  { definitions, places }: Ownership.Ownership,
): ReadonlyArray<JobSeen> => {
  const stored = new Map(jobs.map((it) => [it.job, it]));
  const active = byJob(runs);
  const broken = new Set(unreadable);
  const names = new Map(members.map(({ incarnation, name }) => [incarnation, name]));
  const declaring = (name: string, is: (member: MemberStatus) => boolean): ReadonlyArray<string> =>
    [...new Set(members.filter((it) => it.jobs.has(name) && is(it)).map((it) => it.name))].sort();
  return [...new Set([...definitions.keys(), ...stored.keys(), ...broken])].sort().map((name): JobSeen => {
    const known = stored.get(name);
    const inForce = definitions.get(name);
    const state = stateOf(known, inForce !== undefined, broken.has(name));
    const nextDueAt = state === "paused" ? undefined : known?.nextDueAt;
    const place = places.get(name);
    return {
      name,
      state,
      schedule: undefined,
      pausedBy: known?.pause?.by,
      pauseReason: known?.pause?.reason,
      nextDueAt,
      isOverdue: inForce !== undefined && nextDueAt !== undefined && nextDueAt < storeTime - overdueMs,
      owner: names.get(place?.owner ?? ""),
      successor: names.get(place?.successor ?? ""),
      declaredBy: declaring(name, ({ jobs }) => jobs.get(name) === inForce),
      outdatedAt: declaring(name, ({ jobs }) => jobs.get(name) !== inForce),
      runs: active.get(name) ?? [],
    };
  });
};
