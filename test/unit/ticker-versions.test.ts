/**
 * Gradual rollouts: invocations of two versions alternate for an hour, and no fire is lost or doubled.
 */
import { afterAll, describe, expect, it } from "vitest";
import { endAll, from, minute, scene } from "./support/ticking.ts";

afterAll(endAll);

const idsOf = (job: string, everyMinutes: number, hours = 1): ReadonlyArray<string> =>
  Array.from(
    { length: hours * 60 / everyMinutes },
    (_, n) => `edge/${job}/${new Date(from + (n + 1) * everyMinutes * minute).toISOString()}`,
  );

/** The old version ticks first, and every other time from then on. What ran, and which versions were outdated when. */
const anHour = async (deployments: readonly [old: number | undefined, next: number | undefined]) => {
  const { pass, ticker } = scene();
  const runs: Array<string> = [];
  const outdated = new Set<string>();
  const versions = await Promise.all(deployments.map((deployment) => ticker({ deployment })));
  for (const [index, { add }] of versions.entries()) {
    await add("same", "*/5 * * * *", (run) => void runs.push(run.id));
    await add("changed", index === 0 ? "*/10 * * * *" : "*/15 * * * *", (run) => void runs.push(run.id));
  }
  for (let minutes = 0; minutes <= 60; minutes++) {
    const report = await versions[minutes % 2]?.tick();
    for (const job of report?.outdated ?? []) outdated.add(`${minutes % 2 === 0 ? "old" : "new"} ${job}`);
    expect([report?.failed, report?.left]).toEqual([0, 0]);
    pass(minute);
  }
  await versions[1]?.tick();
  return { runs: runs.sort(), outdated: [...outdated] };
};

describe("two versions that alternate for an hour", () => {
  it("without a deployment go on by the definition in force, and the newer one says so", async () => {
    const { outdated, runs } = await anHour([undefined, undefined]);
    expect(outdated).toEqual(["new changed"]);
    expect(runs).toEqual([...idsOf("changed", 10), ...idsOf("same", 5)].sort());
  });

  it("with deployments go over to the newer one, and the older one says so", async () => {
    const { outdated, runs } = await anHour([1, 2]);
    expect(outdated).toEqual(["old changed"]);
    expect(runs).toEqual([...idsOf("changed", 15), ...idsOf("same", 5)].sort());
  });
});
