/**
 * Jobs as the pages show them: from a look at the whole fleet, with who declares them as of now, where that was looked at since.
 */
import type * as Ownership from "../../src/core/ring/Ownership.ts";
import type { MemberStatus } from "../../src/shell/Insight.ts";
import { declaring } from "../../src/shell/declaring.ts";
import type { JobSeen } from "./Seen.ts";

/** All jobs, by name. Cost: the jobs, times the members where these declare different ones. */
export const jobsOf = (
  jobs: ReadonlyArray<JobSeen>,
  members: ReadonlyArray<MemberStatus>,
  ownership: Ownership.Ownership,
): ReadonlyArray<JobSeen> => {
  const rulers = declaring(members, ownership);
  return jobs.map((it): JobSeen => {
    const { version: _, ...now } = rulers(it.name, ownership.definitions.get(it.name) ?? it.definition);
    const isDropped = it.state === "open" && !it.isTicked && now.declaredBy.length === 0;
    return { ...it, ...now, state: isDropped ? "undeclared" : it.state };
  });
};
