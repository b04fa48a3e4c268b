import * as Effect from "effect/Effect";
import * as Result from "effect/Result";
import { expect, test } from "vitest";
import type { JobSpec } from "../../src/core/node/Machine.ts";
import * as Job from "../../src/shell/Job.ts";
import { noFaults } from "../../src/testing/simulation/Faults.ts";
import { carryOut } from "../../src/testing/simulation/Commands.ts";
import { World } from "../../src/testing/simulation/World.ts";

const declare = (schedule: string): ReadonlyArray<JobSpec> => [
  Result.getOrThrow(Job.spec(Job.make("job", schedule, () => Effect.void))),
];

const makeWorld = (): World => new World({ seed: 1, faults: noFaults, spared: new Set(), carryOut });

const startsAfter = (world: World, at: number): ReadonlyArray<number> =>
  world.history.starts.filter((start) => start.at > at).map((start) => new Date(start.dueAt).getUTCSeconds() % 10);

const runFor = (world: World, ms: number): number => {
  const at = world.now;
  world.runUntil(at + ms);
  return at;
};

test("a rolling deploy changes the schedule when its first process joins, and the old processes leave the job alone", () => {
  const world = makeWorld();
  world.boot(declare("0/10 * * * * *"));
  world.boot(declare("0/10 * * * * *"));
  runFor(world, 60_000);
  world.boot(declare("3/10 * * * * *"));
  runFor(world, 15_000);
  const at = runFor(world, 60_000);
  expect(new Set(startsAfter(world, at))).toEqual(new Set([3]));
  expect(world.history.counters.get("event JobOutdated")).toBeGreaterThanOrEqual(2);
});

test("a canary that dies gives the job back to the processes with the definition before", () => {
  const world = makeWorld();
  world.boot(declare("0/10 * * * * *"));
  world.boot(declare("0/10 * * * * *"));
  runFor(world, 60_000);
  const canary = world.boot(declare("3/10 * * * * *"));
  runFor(world, 30_000);
  canary.isAlive = false;
  runFor(world, 40_000);
  const at = runFor(world, 60_000);
  expect(startsAfter(world, at)).toHaveLength(6);
  expect(new Set(startsAfter(world, at))).toEqual(new Set([0]));
});

test("going back to the definition before is a deploy like any other", () => {
  const world = makeWorld();
  world.boot(declare("0/10 * * * * *"));
  runFor(world, 20_000);
  const second = world.boot(declare("3/10 * * * * *"));
  runFor(world, 30_000);
  world.boot(declare("0/10 * * * * *"));
  world.step(second, { _tag: "StopRequested", drainMs: 5_000 });
  runFor(world, 30_000);
  const at = runFor(world, 60_000);
  expect(new Set(startsAfter(world, at))).toEqual(new Set([0]));
});
