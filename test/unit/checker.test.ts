/**
 * What the judge of simulated worlds demands, and what it must not demand.
 */
import { describe, expect, it } from "vitest";
import type { JobSpec } from "../../src/core/node/Machine.ts";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import { isSpent } from "../../src/testing/simulation/check/limits.ts";
import { cancelled } from "../../src/testing/simulation/check/retries.ts";
import { accounts } from "../../src/testing/simulation/check/runs.ts";
import type { Issue, Started } from "../../src/testing/simulation/History.ts";

const spec: JobSpec = {
  name: "job",
  expression: CronExpression.parseUnsafe("* * * * *"),
  definition: "d",
  policies: {
    catchUp: { mode: "all", withinMs: 60_000, max: 10 },
    overlap: "skip",
    maxConcurrent: 100,
    delivery: "at-least-once",
    timeoutMs: undefined,
  },
};

const issue = (more: Partial<Issue>): Issue => ({
  at: 60_000,
  job: "job",
  dueAt: 60_000,
  attempt: 1,
  fence: 60_000,
  kind: "due",
  incarnation: "n0i0",
  ...more,
});

const demand = { dueUpTo: 100_000 };

describe("every run is accounted for", () => {
  const found = (issues: ReadonlyArray<Issue>, ends: ReadonlyArray<number> = []) =>
    accounts(
      spec,
      issues,
      [],
      ends.map((fence) => ({ at: fence, job: "job", dueAt: 60_000, attempt: 1, fence, outcome: "failed" })),
      demand,
    ).map(({ detail }) => detail);

  it("whose fire was due early enough, however late it was handed out", () => {
    expect(found([issue({})])).toHaveLength(1);
    expect(found([issue({ at: 130_000 })])).toHaveLength(1);
    expect(found([issue({ dueAt: 100_001 })])).toEqual([]);
    expect(found([issue({})], [60_000])).toEqual([]);
  });

  it("and a later attempt if it was handed out early enough, as waits add up", () => {
    const again = (at: number) => issue({ at, attempt: 4, fence: at, kind: "retry" });
    expect(found([issue({}), again(100_000)], [60_000])).toHaveLength(1);
    expect(found([issue({}), again(100_001)], [60_000])).toEqual([]);
  });
});

describe("what is cancelled", () => {
  const cancel = { at: 60_000, job: "job", dueAt: 60_000, kind: "rerun", fence: 60_000 } as const;
  const end = { at: 61_000, job: "job", dueAt: 60_000, attempt: 2, fence: 60_000, outcome: "failed" };
  const start: Started = { ...issue({ attempt: 2 }), uncertaintyMs: 0 };
  const found = (isUnstarted: boolean | undefined, starts: ReadonlyArray<Started>) =>
    cancelled("job", { cancels: [{ ...cancel, isUnstarted }], ends: [end], issues: [], starts }, demand)
      .map(({ detail }) => detail.replace(/.*: /, ""));

  it("in the step that hands it out is not started", () => {
    expect(found(true, [start])).toEqual(["started"]);
    expect(found(true, [])).toEqual([]);
  });

  it("after that may have been", () => {
    expect(found(undefined, [start])).toEqual([]);
  });
});

describe("a schedule with a limit", () => {
  const limited = { ...spec, policies: { ...spec.policies, limit: 2 } };
  const lossAt = (at: number) => [{ at, to: at - 1_000, commits: 1, issues: 1 }];
  const twice = [issue({ at: 60_000, fence: 60_000 }), issue({ at: 70_000, fence: 70_000 })];

  it("is over once so many fires were handed out", () => {
    expect(isSpent(spec, twice, [])).toBe(false);
    expect(isSpent(limited, [issue({}), issue({ dueAt: 120_000 })], [])).toBe(true);
    expect(isSpent(limited, [issue({}), issue({ attempt: 2, fence: 70_000 })], lossAt(60_500))).toBe(false);
  });

  it("may be with one fewer where the store forgot that it handed one out, and handed it out again", () => {
    expect(isSpent(limited, twice, lossAt(60_500))).toBe(true);
    expect(isSpent(limited, twice, lossAt(80_000))).toBe(false);
    expect(isSpent(limited, twice, [])).toBe(false);
  });
});
