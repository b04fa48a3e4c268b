/**
 * A fleet in a simulated world, from one seed: the production state machine of every node over the meaning of the
 * protocol, with faults of processes, clocks, network and store. First chaos; then the world heals, and by the end every
 * fire must be decided, every run accounted for, and the fleet in order.
 */
import { demand, demandParts, InvalidInput, wrongOptions } from "../core/words/InvalidInput.ts";
import { fingerprint } from "../core/words/hash.ts";
import { Amnesia } from "./simulation/Amnesia.ts";
import { settledMs } from "./simulation/check/punctual.ts";
import { capture } from "./simulation/Capture.ts";
import { check as checkAll, checkLossy, type Violation } from "./simulation/Checker.ts";
import { carryOut } from "./simulation/Commands.ts";
import { draw, type Faults, noFaults, withSchedules, withTicks, withTightness } from "./simulation/Faults.ts";
import type { Probe } from "./simulation/Finale.ts";
import { boot, drawSoftware } from "./simulation/Fleet.ts";
import type { History } from "./simulation/History.ts";
import { Workload } from "./simulation/Workload.ts";
import { People } from "./simulation/schedules/People.ts";
import { Witness } from "./simulation/schedules/Witness.ts";
import * as Random from "./simulation/Random.ts";
import * as Rates from "./simulation/Rates.ts";
import * as Shrink from "./simulation/Shrink.ts";
import { heal, nemesis, probe } from "./simulation/Nemesis.ts";
import { epoch, World } from "./simulation/World.ts";

export { merge } from "./simulation/History.ts";
export { missing } from "./simulation/Coverage.ts";
export { judge, type Rate } from "./simulation/Rates.ts";
export type { Violation } from "./simulation/Checker.ts";
export type {
  Ask,
  Commit,
  Ended,
  History,
  Incident,
  Issue,
  Overlapping,
  Regression,
  Robbery,
  Started,
} from "./simulation/History.ts";
export type { Bounds, Finale, NodeFinale, Probe, StoreFinale } from "./simulation/Finale.ts";
export { type Faults, noFaults } from "./simulation/Faults.ts";
export { describe, type Mishap } from "./simulation/Timeline.ts";

/** What to simulate. */
export interface Options {
  /** A whole number; everything that happens follows from it. */
  readonly seed: number;
  /** How long the chaos lasts, simulated milliseconds. Default: 120,000. */
  readonly chaosMs?: number | undefined;
  /** How long the healed world runs. Default: 80,000; what is demanded at the end takes as long to come about. */
  readonly healMs?: number | undefined;
  /** Faults of every seed. Default: a random subset for each seed. */
  readonly faults?: Partial<Faults> | undefined;
  /** A store that now and then loses the last of what it acknowledged: less is promised, and less is demanded. */
  readonly isLossy?: boolean | undefined;
  /** In how many of a thousand seeds invocations run jobs beside the nodes, where the faults are drawn. Default: 0. */
  readonly ticks?: number | undefined;
  /** In how many of a thousand seeds people put schedules in the store, where the faults are drawn. Default: 0. */
  readonly schedules?: number | undefined;
  /** In how many of a thousand seeds requests carry so little that members declare in pieces, where the faults are drawn. Default: 0. */
  readonly tight?: number | undefined;
  /** Mishaps, by their number in the timeline, that do not happen. */
  readonly spared?: ReadonlySet<number> | undefined;
}

/** What came of it. */
export interface Report {
  /** The seed that repeats it. */
  readonly seed: number;
  /** What was promised and not kept; empty if all is well. */
  readonly violations: ReadonlyArray<Violation>;
  /** What was committed, handed out, started and ended. */
  readonly history: History;
  /** The same for the same seed in every runtime. */
  readonly hash: string;
  /** The faults of this seed, given or drawn. */
  readonly faults: Faults;
  /** How many fires were decided. */
  readonly decided: number;
}

/** Fires that are due later than this before the end need not be decided. */
const graceAtEndMs = 35_000;

const defaultChaosMs = 120_000;

const fields = ["seed", "chaosMs", "healMs", "faults", "isLossy", "ticks", "schedules", "tight", "spared"];

/** Throws `InvalidInput` for options that say nothing that could be simulated. */
const check = (options: Options): void => {
  const wrong = options === undefined
    ? new InvalidInput("options", options, "{ seed }")
    : wrongOptions(options, fields);
  if (wrong !== undefined) throw wrong;
  const {
    chaosMs = defaultChaosMs,
    faults = noFaults,
    healMs = 0,
    isLossy = false,
    schedules = 0,
    seed,
    spared = new Set(),
    ticks = 0,
    tight = 0,
  } = options;
  const whole = "a whole number";
  demand(Number.isSafeInteger(seed), "seed", seed, whole);
  demand(Number.isSafeInteger(chaosMs) && chaosMs >= 0, "chaosMs", chaosMs, whole);
  demand(Number.isSafeInteger(healMs) && healMs >= 0, "healMs", healMs, whole);
  demand(typeof isLossy === "boolean", "isLossy", isLossy, "true or false");
  const permille = "a whole number from 0 to 1000";
  demand(Number.isSafeInteger(ticks) && ticks >= 0 && ticks <= 1_000, "ticks", ticks, permille);
  demand(Number.isSafeInteger(schedules) && schedules >= 0 && schedules <= 1_000, "schedules", schedules, permille);
  demand(Number.isSafeInteger(tight) && tight >= 0 && tight <= 1_000, "tight", tight, permille);
  demandParts("faults", faults);
  demandParts("spared", spared, "has");
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
  check(options);
  const { chaosMs = defaultChaosMs, healMs = 80_000, isLossy = false, seed, spared = new Set() } = options;
  const { schedules = 0, ticks = 0, tight = 0 } = options;
  const random = Random.make(seed);
  // Drawn in any case, so that the rest of the seed is the same under other faults.
  const usual = draw(random, Random.stream(seed, 3), Random.stream(seed, 4), Random.stream(seed, 5));
  const ticking = withTicks(usual, ticks, Random.stream(seed, 7));
  const scheduling = withSchedules(ticking, schedules, Random.stream(seed, 9));
  const drawn = withTightness(scheduling, tight, Random.stream(seed, 10));
  const faults = options.faults === undefined
    ? (isLossy ? { ...drawn, amnesia: 200 } : drawn)
    : { ...noFaults, ...options.faults };
  const world = new World({ seed, faults, spared, carryOut });
  if (world.hasSchedules) world.witness = new Witness(world, world.history.schedules);
  const software = drawSoftware(random, faults, world);
  const { after, before } = software;
  world.onDeath = () => world.after(world.fate.between(10, 10_000), () => boot(world, software));
  const size = random.between(1, 8);
  for (let n = 0; n < size; n++) world.after(random.between(0, 5_000), () => boot(world, software));
  const healedAt = epoch + chaosMs;
  const end = healedAt + healMs;
  const workload = new Workload(world, software);
  const people = new People(world);
  nemesis(world, software, { workload, schedules: people }, isLossy ? new Amnesia(world) : undefined, healedAt);
  world.runUntil(healedAt);
  heal(world, software);
  let killed: Probe | undefined;
  if (healMs > settledMs + 2_000) {
    world.runUntil(healedAt + settledMs + random.between(0, 2_000));
    world.onDeath = () => {};
    killed = probe(world, software);
    if (faults.ask > 0) workload.askAtEase();
    if (world.hasSchedules) people.askAtEase();
  }
  world.runUntil(end);

  const { history } = world;
  history.finale = capture(world, healedAt, killed);
  const judge = isLossy ? checkLossy : checkAll;
  const violations = judge(software.current, [...before, ...after], history, { dueUpTo: end - graceAtEndMs });
  const decided = Rates.note(history, before, after);
  const hash = fingerprint(
    JSON.stringify([
      ...[history.commits, history.asks, history.issues, history.starts, history.ends],
      ...(world.hasSchedules ? [history.schedules] : []),
    ]),
  );
  return { seed, violations, history, hash, faults, decided };
};

/** What a failing seed needs to fail. */
export interface Shrunk {
  /** The options that repeat it. */
  readonly options: Options;
  /** What comes of them. */
  readonly report: Report;
}

/**
 * Takes away from a failing seed what it does not need to fail: kinds of faults, time, single mishaps. The options
 * repeat what is left.
 *
 * @example
 * ```ts
 * import { Simulation } from "ringcron/testing";
 *
 * // Of a seed that keeps every promise nothing is taken away.
 * const { options, report } = Simulation.shrink({ seed: 2 });
 * console.log(options.seed, report.violations.length); // 2 0
 * ```
 */
export const shrink = (options: Options): Shrunk => {
  const first = run(options);
  if (first.violations.length === 0) return { options, report: first };
  const rules = new Set(first.violations.map(({ rule }) => rule));
  const attempt = (trial: Shrink.Trial): Report => run({ ...options, ...trial });
  const found = Shrink.shrink(
    { faults: first.faults, chaosMs: options.chaosMs ?? defaultChaosMs, spared: options.spared ?? new Set() },
    (trial) => {
      const { history, violations } = attempt(trial);
      return { fails: violations.some(({ rule }) => rules.has(rule)), timeline: history.timeline ?? [] };
    },
  );
  return { options: { ...options, ...found }, report: attempt(found) };
};
