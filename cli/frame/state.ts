/**
 * What of a service needs attention, in words: the same for `status` and `doctor`.
 */
import { counted, duration } from "../print/words.ts";
import { tame } from "../print/paint.ts";
import type { OverdueSchedules, Seen } from "./look.ts";

const named = (names: ReadonlyArray<string>): string =>
  names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");

/** Sentences, each of what is wrong and whom it concerns; none where all is well. */
export const attention = (
  { jobs, members, runs, storeTime }: Seen,
  schedules: ReadonlyArray<OverdueSchedules> = [],
): ReadonlyArray<string> => {
  const found: Array<string> = [];
  for (const { count, handledBy, handler, id } of schedules) {
    const who = handledBy.length === 0 ? "and no member has it" : "which nobody decides";
    found.push(`${counted(count, "schedule")} of the handler ${tame(handler)} overdue, ${who}: ${tame(id)} is one`);
  }
  const of = (is: (job: Seen["jobs"][number]) => boolean) => jobs.filter(is).map(({ name }) => name);
  if (members.length === 0 && jobs.length === 0 && schedules.length === 0) {
    found.push("no member and no job: is this the name of the service, and is a node started?");
  } else if (members.length === 0 && !jobs.every(({ isTicked, state }) => isTicked || state === "unreadable")) {
    found.push("nobody is a member, and no ticks (ringcron/edge) have run all of the jobs lately");
  } else if (members.length > 0 && members.every(({ state }) => state === "leaving")) {
    found.push("all members are leaving, so nothing new will run");
  }
  for (const { isLate, name, nextBeatAt } of members) {
    if (isLate) found.push(`${name} has not been heard of for ${duration(storeTime - nextBeatAt)} longer than it said`);
  }
  const overdue = of(({ isOverdue }) => isOverdue);
  if (overdue.length > 0) {
    found.push(`${counted(overdue.length, "job")} overdue, which nobody decides: ${named(overdue)}`);
  }
  const unreadable = of(({ state }) => state === "unreadable");
  if (unreadable.length > 0) {
    found.push(
      `the records of ${counted(unreadable.length, "job")} cannot be read by this release: ${named(unreadable)}`,
    );
  }
  const orphaned = [...new Set(runs.filter(({ state }) => state === "orphaned").map(({ job }) => job))];
  if (orphaned.length > 0) found.push(`runs whose node is gone wait to be taken over: ${named(orphaned)}`);
  const outdated = of(({ outdatedAt }) => outdatedAt.length > 0);
  if (outdated.length > 0) {
    found.push(
      `members declare ${counted(outdated.length, "job")} otherwise than it is in force, as while a deploy lasts: ${
        named(outdated)
      }`,
    );
  }
  return found;
};
