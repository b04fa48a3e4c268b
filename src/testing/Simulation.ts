/**
 * A fleet in a simulated world, from one seed: the production state machine of every node over the meaning of the
 * protocol, with faults of processes, clocks, network and store. First chaos; then the world heals, and by the end every
 * fire must be decided and every run accounted for.
 */
import * as CronExpression from "../core/CronExpression.ts";
import type { JobSpec } from "../core/Machine.ts";
import { fingerprint } from "../internal/hash.ts";
import type * as Policy from "../Policy.ts";
import { check, checkLossy, type Violation } from "./simulation/Checker.ts";
import type { History } from "./simulation/History.ts";
import * as Random from "./simulation/Random.ts";
import { type Faults, noFaults } from "./simulation/Faults.ts";
import { config, epoch, type SimulatedNode, World } from "./simulation/World.ts";

export type { Violation } from "./simulation/Checker.ts";
export type { Commit, Ended, History, Issue, Started } from "./simulation/History.ts";
export { type Faults, noFaults } from "./simulation/Faults.ts";

/** What to simulate. */
export interface Options {
  readonly seed: number;
  /** How long the chaos lasts, simulated milliseconds. Default: 120,000. */
  readonly chaosMs?: number | undefined;
  /** How long the healed world runs. Default: 60,000. */
  readonly healMs?: number | undefined;
  /** Faults of every seed. Default: a random subset for each seed. */
  readonly faults?: Faults | undefined;
  /** A store that now and then loses the last of what it acknowledged: less is promised, and less is demanded. */
  readonly isLossy?: boolean | undefined;
  /** Safety rules that are switched off by name, to see that the checker notices. */
  readonly without?: ReadonlyArray<string> | undefined;
}

/** What came of it. */
export interface Report {
  readonly seed: number;
  readonly violations: ReadonlyArray<Violation>;
  readonly history: History;
  /** The same for the same seed in every runtime. */
  readonly hash: string;
  readonly faults: Faults;
}

const spec = (name: string, text: string, policies: Policy.Policies): JobSpec => {
  const expression = CronExpression.parseUnsafe(text);
  return { name, expression, policies, definition: fingerprint(text) };
};

const drawFaults = (random: Random.Random): Faults => {
  const maybe = (value: number) => (random.chance(600) ? value : 0);
  return {
    loss: maybe(random.between(5, 150)),
    duplication: maybe(random.between(5, 200)),
    delay: maybe(random.between(5, 150)),
    crash: maybe(random.between(20, 200)),
    pause: maybe(random.between(20, 200)),
    partition: maybe(random.between(20, 200)),
    outage: maybe(random.between(10, 60)),
    leave: maybe(random.between(10, 100)),
    skewMs: maybe(random.between(1, 30_000)),
    step: maybe(random.between(10, 50)),
    deploy: random.chance(300) ? random.between(20, 150) : 0,
    control: random.chance(300) ? random.between(20, 200) : 0,
    omit: random.chance(300) ? random.between(50, 400) : 0,
    amnesia: 0,
  };
};

const texts = ["* * * * * *", "*/2 * * * * *", "*/5 * * * * *", "1/10 * * * * *", "*/20 * * * * *", "* * * * *"];

const drawJobs = (random: Random.Random): ReadonlyArray<JobSpec> => {
  const modes = ["latest", "all", "skip"] as const;
  return Array.from(
    { length: random.between(1, 5) },
    (_, index) =>
      spec(`job-${index}`, texts[random.below(texts.length)] as string, {
        catchUp: {
          mode: modes[random.below(3)] as "latest",
          withinMs: random.between(2, 60) * 1_000,
          max: random.between(1, 20),
        },
        overlap: random.chance(500) ? "skip" : "allow",
        delivery: random.chance(500) ? "at-most-once" : "at-least-once",
        timeoutMs: random.chance(300) ? 5_000 : undefined,
      }),
  );
};

/** The same jobs, some of them with another schedule. */
const revise = (random: Random.Random, jobs: ReadonlyArray<JobSpec>): ReadonlyArray<JobSpec> =>
  jobs.map((job) =>
    random.chance(500) ? spec(job.name, texts[random.below(texts.length)] as string, job.policies) : job
  );

/** The fleet's software: which jobs a process that boots declares. */
interface Software {
  readonly before: ReadonlyArray<JobSpec>;
  readonly after: ReadonlyArray<JobSpec>;
  current: ReadonlyArray<JobSpec>;
}

const boot = (world: World, { current }: Software): void => {
  const { faults, random } = world;
  const declared = current.filter(() => !random.chance(faults.omit));
  world.boot(declared.length > 0 ? declared : current.slice(0, 1));
};

/** Once a second something may happen to each node, to the store, to the software and to the jobs. */
const torment = (world: World, software: Software, until: number): void => {
  const { faults, random } = world;
  const replace = (): void => world.after(random.between(10, 10_000), () => boot(world, software));
  const hurt = (node: SimulatedNode): void => {
    if (!node.isAlive || world.now < node.pausedUntil) return;
    if (random.chance(faults.crash / 10)) {
      node.isAlive = false;
      replace();
    } else if (random.chance(faults.leave / 10)) {
      world.step(node, { _tag: "StopRequested", drainMs: random.between(0, 5_000) });
      replace();
    } else if (random.chance(faults.pause / 10)) {
      world.pause(node, random.chance(300) ? random.between(4_000, 20_000) : random.between(10, 4_000));
    } else if (random.chance(faults.partition / 10)) node.cutOffUntil = world.now + random.between(100, 20_000);
    else if (random.chance(faults.step / 10)) node.wallOffset += random.between(-60_000, 60_000);
  };
  world.after(1_000, () => {
    if (world.now >= until) return;
    for (const node of [...world.nodes]) hurt(node);
    if (random.chance(faults.outage / 10)) world.storeDownUntil = world.now + random.between(100, 15_000);
    if (random.chance(faults.deploy / 10)) {
      software.current = random.chance(700) ? software.after : software.before;
      boot(world, software);
    }
    if (faults.amnesia > 0 && random.chance(faults.amnesia / 10)) world.forget();
    if (random.chance(faults.control / 5)) {
      const { name } = software.current[random.below(software.current.length)] as JobSpec;
      world.control(name, random.chance(500), random.chance(500) ? "skip" : "catch-up");
    }
    torment(world, software, until);
  });
};

/** All is well from now on, and the software of the end runs on at least one node. */
const heal = (world: World, { current }: Software): void => {
  world.faults = noFaults;
  world.storeDownUntil = 0;
  for (const node of world.nodes) node.cutOffUntil = 0;
  for (const { name } of current) world.control(name, false, "skip");
  world.boot(current);
};

/**
 * Each safety rule with those that cover for it: switched off together, the checker must notice.
 */
export const mutations: ReadonlyArray<{
  readonly without: ReadonlyArray<string>;
  readonly broken: ReadonlyArray<Violation["rule"]>;
}> = [
  { without: ["compare-and-swap"], broken: ["intervals without gap or overlap", "one start per attempt"] },
  {
    without: ["compare-and-swap", "later-than"],
    broken: ["intervals without gap or overlap", "one start per attempt"],
  },
  { without: ["learn-from-reply"], broken: ["intervals without gap or overlap"] },
  { without: ["known-runs"], broken: ["one start per attempt", "at most once"] },
  { without: ["member-check"], broken: ["nothing taken from a member"] },
  { without: ["overlap"], broken: ["no overlap"] },
  { without: ["fleet-clock"], broken: ["nothing early", "nothing undecided"] },
  { without: ["fleet-clock", "early"], broken: ["nothing early"] },
  { without: ["suspension", "lease"], broken: ["lost is lost"] },
  { without: ["claim-id", "held-runs"], broken: ["every run accounted for"] },
  { without: ["ask-again", "held-runs"], broken: ["every run accounted for"] },
  { without: ["replay", "held-runs", "settle"], broken: ["every run accounted for", "nothing undecided"] },
  { without: ["expiry", "held-runs", "settle"], broken: ["every run accounted for", "nothing undecided"] },
  { without: ["settle", "held-runs"], broken: ["every run accounted for", "nothing undecided"] },
];

/**
 * The faults a failing seed needs to fail: the others are switched off one after the other.
 *
 * @example
 * ```ts
 * import { Simulation } from "ringcron/testing";
 *
 * const needed = Simulation.shrink(Simulation.run({ seed: 2, without: ["compare-and-swap"] }), ["compare-and-swap"]);
 * console.log(needed.pause); // 0
 * ```
 */
export const shrink = (report: Report, without: ReadonlyArray<string> = []): Faults => {
  let faults = report.faults;
  for (const name of Object.keys(faults) as Array<keyof Faults>) {
    if (faults[name] === 0) continue;
    const fewer = { ...faults, [name]: 0 };
    if (run({ seed: report.seed, faults: fewer, without }).violations.length > 0) faults = fewer;
  }
  return faults;
};

/**
 * Runs one seed.
 *
 * @example
 * ```ts
 * import { Simulation } from "ringcron/testing";
 *
 * const report = Simulation.run({ seed: 1 });
 * console.log(report.violations.length); // 0
 * ```
 */
export const run = (options: Options): Report => {
  const { chaosMs = 120_000, faults, healMs = 60_000, isLossy = false, seed, without = [] } = options;
  const random = Random.make(seed);
  const world = new World(random, config, new Set(without));
  // Drawn in any case, so that the rest of the seed is the same under other faults.
  const drawn = drawFaults(random);
  world.faults = faults ?? (isLossy ? { ...drawn, amnesia: 200 } : drawn);
  const chosen = world.faults;
  const before = drawJobs(random);
  const software: Software = { before, after: revise(random, before), current: before };
  const size = random.between(1, 5);
  for (let n = 0; n < size; n++) world.after(random.between(0, 5_000), () => boot(world, software));
  if (isLossy) world.keepSnapshots();
  torment(world, software, epoch + chaosMs);
  world.runUntil(epoch + chaosMs);
  heal(world, software);
  world.runUntil(epoch + chaosMs + healMs);

  const { history } = world;
  const dueUpTo = epoch + chaosMs + healMs - 30_000;
  const judge = isLossy ? checkLossy : check;
  const violations = judge(software.current, [...before, ...software.after], history, { dueUpTo });
  const hash = fingerprint(JSON.stringify([history.commits, history.issues, history.starts, history.ends]));
  return { seed, violations, history, hash, faults: chosen };
};
