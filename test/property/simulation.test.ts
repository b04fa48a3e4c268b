import { describe, expect, test } from "vitest";
import * as Simulation from "../../src/testing/Simulation.ts";
import { named } from "../mutants/all.ts";
import { build } from "../mutants/build.ts";

/** Which seeds to run, 1,000 in `npm run test:long`; a failing one is repeated with `SEED=… COUNT=1`. */
const firstSeed = Number(process.env.SEED ?? 1);
const seeds = Number(process.env.COUNT ?? 30);
const lossySeeds = Math.ceil(seeds / 4);

const broken = ({ violations }: Simulation.Report): string =>
  violations.slice(0, 3).map(({ detail, rule }) => `${rule}: ${detail}`).join("; ");

/** What repeats a seed with less than all there is. */
const more = ({ schedules = 0, ticks = 0 }: Simulation.Options): string => ` --ticks ${ticks} --schedules ${schedules}`;

/** What a failing seed says: what broke, and which faults it takes. */
const expectKept = (options: Simulation.Options): Simulation.Report => {
  const report = Simulation.run(options);
  if (report.violations.length === 0) return report;
  const { report: shortest } = Simulation.shrink(options);
  const schedule = Simulation.describe(shortest.history.timeline ?? []);
  const lossy = options.isLossy === true ? " --lossy" : more(options);
  return expect.fail([
    `seed ${options.seed}: ${broken(report)}`,
    ...schedule,
    `then ${broken(shortest)}`,
    `repeat: npm run simulate -- --from ${options.seed} --seeds 1${lossy}`,
  ].join("\n"));
};

interface Campaign {
  readonly counters: ReadonlyMap<string, number>;
  readonly decided: number;
}

const campaign = (count: number, isLossy: boolean): Campaign => {
  const counters = new Map<string, number>();
  let decided = 0;
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const report = expectKept({ seed, isLossy, tight: 100 });
    decided += report.decided;
    Simulation.merge(counters, report.history.counters);
  }
  // A campaign in which a fault or an answer never occurred has not tried the code that deals with it.
  if (count >= 100) expect(Simulation.missing(counters, count, isLossy)).toEqual([]);
  return { counters, decided };
};

describe("the state machine in a simulated fleet", () => {
  test(`keeps every promise under ${seeds} seeds of faults`, () => {
    const { counters, decided } = campaign(seeds, false);
    console.log(`${seeds} seeds from ${firstSeed}: ${decided} fires decided, 0 violations`);
    if (seeds < 200) return;
    expect(Simulation.judge(counters).filter(({ limit, value }) => value > limit)).toEqual([]);
  }, 2_400_000);

  test("over a store that loses acknowledged writes runs no more fires again than were lost", () => {
    const { counters, decided } = campaign(lossySeeds, true);
    const [lost, again, reported] = ["claims lost by the store", "started again", "event StoreRegressed"]
      .map((what) => counters.get(what) ?? 0);
    console.log(
      `${lossySeeds} seeds with a lossy store: ${decided} fires decided, ${lost} claims lost, ` +
        `${again} starts again, ${reported} regressions reported`,
    );
    if (lossySeeds < 100) return;
    expect(Math.min(lost ?? 0, reported ?? 0)).toBeGreaterThan(50);
  }, 2_400_000);

  test("keeps every promise with invocations beside the nodes, which are doubled, killed and slow", () => {
    const counters = new Map<string, number>();
    const count = Math.ceil(seeds / 6);
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      Simulation.merge(counters, expectKept({ seed, ticks: 1_000 }).history.counters);
    }
    const [ticks = 0, ends = 0, killed = 0] = ["fault tick", "tick to its end", "fault kill of a tick"]
      .map((what) => counters.get(what));
    console.log(`${count} seeds with ${ticks} ticks, ${ends} of which came to their end, 0 violations`);
    if (count >= 10) expect(Math.min(ticks, ends, killed)).toBeGreaterThan(50);
  }, 2_400_000);

  test("keeps every promise with schedules that people put, change and remove, which invocations run as well", () => {
    const counters = new Map<string, number>();
    const count = Math.ceil(seeds / 6);
    let [starts, byTicks] = [0, 0];
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      const { schedules } = expectKept({ seed, schedules: 1_000, ticks: 400 }).history;
      starts += schedules?.starts.length ?? 0;
      byTicks += schedules?.starts.filter(({ incarnation }) => incarnation.startsWith("tick-")).length ?? 0;
      Simulation.merge(counters, schedules?.counters ?? new Map());
    }
    console.log(`${count} seeds with ${starts} starts of schedules, ${byTicks} by invocations, 0 violations`);
    if (count < 10) return;
    for (const what of ["created", "updated", "unchanged", "conflict"]) {
      expect(counters.get(`put of a schedule: ${what}`), what).toBeGreaterThan(count);
    }
    expect(counters.get("remove of a schedule: ok")).toBeGreaterThan(count);
    expect(starts).toBeGreaterThan(20 * count);
    expect(byTicks).toBeGreaterThan(count / 4);
  }, 2_400_000);

  test("is the same for the same seed", () => {
    expect(Simulation.run({ seed: 7 }).hash).toBe(Simulation.run({ seed: 7 }).hash);
    expect(Simulation.run({ seed: 7 }).hash).not.toBe(Simulation.run({ seed: 8 }).hash);
  });

  test("keeps silent while all is well: nothing is lost, late or skipped without faults", () => {
    for (let seed = 1; seed <= Math.min(20, Math.ceil(seeds / 4)); seed++) {
      // Without time to kill nodes in the end.
      const { history } = expectKept({ seed, faults: Simulation.noFaults, healMs: 36_000 });
      for (const event of ["RunLost", "LeaseLost", "Suspended", "StoreRegressed", "StoreUnavailable"]) {
        expect(history.counters.get(`event ${event}`) ?? 0, `${event} in seed ${seed}`).toBe(0);
      }
      expect(history.counters.get("runs decided late")).toBe(0);
    }
  }, 300_000);
});

/** Seeds that once failed, with what was found. Each has a test of its own without chance, as a seed lives as long as the simulator. */
const record: ReadonlyArray<Simulation.Options & { readonly found: string }> = [
  { seed: 5204, found: "a node that took a resumed job to be paused did not help when owner and successor died" },
  { seed: 2037, found: "a node whose farewell had no answer claimed again, and the farewell arrived after that" },
  { seed: 2624, found: "a late copy of a sync handed a queued fire to a node that left" },
  { seed: 103845, found: "a node left while it did not know that a sync without an answer had taken a queued fire" },
  { seed: 22974, found: "a corrupt answer was taken to mean that no earlier copy of the claim was committed" },
  {
    seed: 44,
    isLossy: true,
    found: "a run whose report was lost blocked its job for ever once others looked after it",
  },
  { seed: 240, isLossy: true, found: "the same" },
  { seed: 425, isLossy: true, found: "a resumed job taken to be paused, after a loss" },
  { seed: 500014, isLossy: true, found: "a node that was not sure of its clock forgot which ends of runs it had told" },
  { seed: 500691, isLossy: true, found: "who learned by the way that a job was overdue waited for its next beat" },
];

test.each(record)("seed $seed stays mended: $found", ({ found: _, ...options }) => {
  expectKept(options);
});

describe("a failing seed", () => {
  test("says what went wrong when, and shrinks to what it takes", async () => {
    const { run, shrink } = await build(named("compare-and-swap"));
    let seed = firstSeed;
    while (run({ seed }).violations.length === 0) seed += 1;
    const first = run({ seed });
    const { options, report } = shrink({ seed });
    expect(report.violations.length).toBeGreaterThan(0);
    const [all, few] = [first, report].map(({ history }) => Simulation.describe(history.timeline ?? []));
    expect(all?.length).toBeGreaterThan(0);
    expect(few?.length).toBeLessThanOrEqual(all?.length ?? 0);
    expect(all?.every((line) => /^\+ *\d+\.\d{3} s {2}\S/.test(line))).toBe(true);
    expect(run(options).hash).toBe(report.hash);
  }, 300_000);

  test("can be spared a single mishap, and the others still happen", () => {
    const options = { seed: 1, faults: { pause: 100, partition: 100 } };
    const { history } = Simulation.run(options);
    const [one, ...others] = history.timeline ?? [];
    if (one === undefined) throw new Error("nothing went wrong");
    const spared = Simulation.run({ ...options, spared: new Set([one.number]) }).history.timeline ?? [];
    expect(spared.some(({ number }) => number === one.number)).toBe(false);
    expect(spared[0]).toEqual(others[0]);
  });
});
