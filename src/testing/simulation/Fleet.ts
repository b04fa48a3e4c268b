/**
 * The software of a simulated fleet: which jobs there are, and which of them a process declares.
 */
import * as CronExpression from "../../core/schedule/CronExpression.ts";
import type { JobSpec } from "../../core/node/Machine.ts";
import { fingerprint } from "../../core/words/hash.ts";
import type * as Policy from "../../core/words/Policy.ts";
import type { Faults } from "./Faults.ts";
import type { Random } from "./Random.ts";
import type { SimulatedNode, World } from "./World.ts";

/** Which jobs a process that boots declares. */
export interface Software {
  readonly before: ReadonlyArray<JobSpec>;
  readonly after: ReadonlyArray<JobSpec>;
  current: ReadonlyArray<JobSpec>;
}

const everySecond = "* * * * * *";
const texts = [everySecond, "*/2 * * * * *", "*/5 * * * * *", "1/10 * * * * *", "*/20 * * * * *", "* * * * *"];

const hurried = new Set([everySecond, "*/2 * * * * *", "*/5 * * * * *"]);

const parsed = new Map(texts.map((text) => [text, CronExpression.parseUnsafe(text)]));

const spec = (name: string, text: string, policies: Policy.Policies): JobSpec => ({
  name,
  expression: parsed.get(text) as CronExpression.CronExpression,
  policies,
  definition: fingerprint(text),
});

/**
 * Where the store is far away no job is due more often than a fire can be claimed and its run be reported, each of which takes
 * a second request where the other has changed the record meanwhile.
 */
const drawText = (random: Random, { farMs }: Faults): string => {
  const text = random.chance(600) ? everySecond : texts[random.below(texts.length)] as string;
  return farMs > 0 && hurried.has(text) ? "1/10 * * * * *" : text;
};

const drawJobs = (random: Random, faults: Faults): ReadonlyArray<JobSpec> => {
  const modes = ["latest", "all", "skip"] as const;
  return Array.from(
    { length: random.between(1, 12) },
    (_, index) =>
      spec(`job-${index}`, drawText(random, faults), {
        catchUp: {
          mode: modes[random.below(3)] as "latest",
          withinMs: random.between(2, 60) * 1_000,
          max: random.between(1, 20),
        },
        overlap: random.chance(500) ? "skip" : "allow",
        maxConcurrent: random.chance(300) ? random.between(1, 3) : 100,
        delivery: random.chance(500) ? "at-most-once" : "at-least-once",
        timeoutMs: random.chance(300) ? 5_000 : undefined,
      }),
  );
};

/** Draws the jobs of a seed, and the same jobs after a change of some schedules. */
export const drawSoftware = (random: Random, faults: Faults): Software => {
  const before = drawJobs(random, faults);
  const after = before.map((job) => random.chance(500) ? spec(job.name, drawText(random, faults), job.policies) : job);
  return { before, after, current: before };
};

/** Starts a process with the software of the moment; now and then it leaves out some jobs. */
export const boot = (world: World, { current }: Software): SimulatedNode => {
  const { fate, faults } = world;
  const declared = current.filter(() => !fate.chance(faults.omit));
  return world.boot(declared.length > 0 ? declared : current.slice(0, 1));
};
