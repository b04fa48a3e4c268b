/**
 * Jobs as the pages show them: from a look at the whole fleet, with who declares them as of now, where that was looked at since.
 */
import type * as Ownership from "../../src/core/ring/Ownership.ts";
import type { MemberStatus } from "../../src/shell/Insight.ts";
import { declaring } from "../../src/shell/JobInfo.ts";
import type { JobSeen } from "./Seen.ts";

/** All jobs, by name. Cost: jobs times members. */
export const jobsOf = (
  jobs: ReadonlyArray<JobSeen>,
  members: ReadonlyArray<MemberStatus>,
  ownership: Ownership.Ownership,
): ReadonlyArray<JobSeen> =>
  jobs.map((it): JobSeen => {
    const { version: _, ...rulers } = declaring(
      it.name,
      ownership.definitions.get(it.name) ?? it.definition,
      members,
      ownership,
    );
    const isDropped = it.state === "open" && !it.isTicked && rulers.declaredBy.length === 0;
    return { ...it, ...rulers, state: isDropped ? "undeclared" : it.state };
  });
