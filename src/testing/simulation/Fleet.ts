/**
 * The software of a simulated fleet: which jobs there are, and which of them a process declares.
 */
import * as CronExpression from "../../core/schedule/CronExpression.ts";
import type { JobSpec } from "../../core/node/Machine.ts";
import { fingerprint, hashOf } from "../../core/words/hash.ts";
import type * as Policy from "../../core/words/Policy.ts";
import type { Faults } from "./Faults.ts";
import { someLabel } from "./labels.ts";
import { type Random, stream } from "./Random.ts";
import { handlersOf } from "./schedules/handlers.ts";
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

/** From one fire to the next. Milliseconds. */
const gapMs = new Map([[everySecond, 1_000], ["*/2 * * * * *", 2_000], ["*/5 * * * * *", 5_000]]);

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

const drawRetry = (random: Random): Policy.Retry | undefined =>
  random.chance(600) ? undefined : {
    times: random.between(1, 4),
    delayMs: random.between(500, 5_000),
    factor: random.between(2, 6) / 2,
    maxDelayMs: random.between(5_000, 8_000),
    jitter: random.between(0, 5) / 10,
  };

/** In some worlds fires of some jobs wait for the run before them. */
const drawOverlap = (random: Random): (policies: Policy.Policies) => Policy.Policies => {
  const isDrawn = random.chance(250);
  const ways = ["queue", "queue-all", "cancel-previous"] as const;
  return (policies) =>
    !isDrawn || random.chance(400)
      ? policies
      : { ...policies, overlap: ways[random.below(3)] as "queue", maxQueued: random.between(1, 5) };
};

const drawJobs = (
  random: Random,
  retries: Random,
  wait: (policies: Policy.Policies) => Policy.Policies,
  faults: Faults,
): ReadonlyArray<JobSpec> => {
  const modes = ["latest", "all", "skip"] as const;
  return Array.from(
    { length: random.between(1, 12) },
    (_, index) =>
      spec(
        `job-${index}`,
        drawText(random, faults),
        wait({
          catchUp: {
            mode: modes[random.below(3)] as "latest",
            withinMs: random.between(2, 60) * 1_000,
            max: random.between(1, 20),
          },
          overlap: random.chance(500) ? "skip" : "allow",
          maxConcurrent: random.chance(300) ? random.between(1, 3) : 100,
          delivery: random.chance(500) ? "at-most-once" : "at-least-once",
          timeoutMs: random.chance(300) ? 5_000 : undefined,
          retry: drawRetry(retries),
        }),
      ),
  );
};

/** Some schedules begin later, and are over before the end. */
const bound = (random: Random, spec: JobSpec, epoch: number): JobSpec => {
  const isBound = random.chance(100);
  const startAt = epoch + random.between(0, 60_000);
  const endAt = startAt + random.between(60_000, 150_000);
  const result = CronExpression.within(spec.expression, { startAt, endAt });
  if (!isBound || result._tag === "Failure") return spec;
  return { ...spec, expression: result.success, definition: fingerprint(CronExpression.format(result.success)) };
};

/** Some schedules have so many runs and no more. */
const limit = (random: Random, spec: JobSpec): JobSpec => {
  const isLimited = random.chance(100);
  const most = random.between(1, 40);
  return isLimited ? { ...spec, policies: { ...spec.policies, limit: most } } : spec;
};

/** Some jobs have a jitter. It leaves their handlers time between two starts. */
const jitter = (shares: ReadonlyMap<string, number>, spec: JobSpec): JobSpec => {
  const share = shares.get(spec.name);
  if (share === undefined) return spec;
  const jitterMs = Math.floor((gapMs.get(spec.expression.text) ?? 10_000) * share / 1_000);
  return { ...spec, policies: { ...spec.policies, jitterMs } };
};

/** By which share of the time between two fires, in thousandths, the starts of some jobs are moved at the most. */
const drawShares = (random: Random, jobs: ReadonlyArray<JobSpec>): ReadonlyMap<string, number> =>
  new Map(jobs.flatMap(({ name }) => random.chance(200) ? [[name, random.between(1, 400)]] : []));

/** Some jobs need a label that not all nodes have. */
const drawNeedy = (random: Random, jobs: ReadonlyArray<JobSpec>): ReadonlySet<string> =>
  new Set(jobs.filter(() => random.chance(150)).map(({ name }) => name));

const need = (needy: ReadonlySet<string>, spec: JobSpec): JobSpec =>
  needy.has(spec.name) ? { ...spec, policies: { ...spec.policies, runOn: [someLabel] } } : spec;

/** Draws the jobs of a seed, and the same jobs after a change of some schedules. What was added later has a source of its own. */
export const drawSoftware = (random: Random, faults: Faults, { now, seed }: World): Software => {
  const wait = drawOverlap(stream(seed, hashOf("overlaps")));
  const before = drawJobs(random, stream(seed, hashOf("retries")), wait, faults);
  const after = before.map((job) => random.chance(500) ? spec(job.name, drawText(random, faults), job.policies) : job);
  const limits = stream(seed, hashOf("limits"));
  const bounded = before.map((job) => limit(limits, bound(limits, job, now)));
  const needy = drawNeedy(stream(seed, hashOf("needs")), before);
  const shares = drawShares(stream(seed, hashOf("jitters")), before);
  const jittered = (jobs: ReadonlyArray<JobSpec>) => jobs.map((job) => need(needy, jitter(shares, job)));
  const first = jittered(bounded);
  return {
    before: first,
    after: jittered(after.map((job, index) => {
      const { expression, policies, definition } = bounded[index] as JobSpec;
      const more = policies.limit === undefined ? policies : { ...policies, limit: policies.limit + limits.below(30) };
      return job === before[index] ? { ...job, expression, definition, policies: more } : { ...job, policies: more };
    })),
    current: first,
  };
};

/** Starts a process with the software of the moment; now and then it leaves out some jobs. */
export const boot = (world: World, software: Software): SimulatedNode => {
  const { fate, faults } = world;
  const { before, current } = software;
  const declared = current.filter(() => !fate.chance(faults.omit));
  const handlers = handlersOf(world, current === before, `${world.nodes.length}`);
  return world.boot(declared.length > 0 ? declared : current.slice(0, 1), false, handlers);
};
