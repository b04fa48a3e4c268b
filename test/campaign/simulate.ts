/**
 * Many seeds of the simulation: `npm run simulate -- --seeds N [--from S] [--workers N] [--lossy] [--ticks N] [--schedules N]
 * [--mutate NAME|all]`.
 *
 * Prints its figures last, exits with 1 on a violation, and says how to repeat what failed. A campaign in which some answer,
 * fault or rescue hardly ever occurred, or whose rates left their bounds, fails too. With `--mutate` the
 * fleet is built without some safety rule, and it fails if that goes unnoticed. With `--lossy` the store loses some of what
 * it acknowledged. `--ticks` says in how many of a thousand seeds invocations run jobs beside the nodes, 250 where nothing is said;
 * with a lossy store none. `--schedules` says the same of schedules in the store that people put, change and remove. In a tenth of the
 * seeds requests carry so little that members declare in pieces.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { Simulation } from "ringcron/testing";
import { mutants } from "../mutants/all.ts";
import { refuse } from "../support/refuse.ts";
import { share } from "./pool.ts";
import { type Task, tight } from "./work.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    workers: { type: "string", default: "1" },
    mutate: { type: "string" },
    lossy: { type: "boolean", default: false },
    ticks: { type: "string", default: "250" },
    schedules: { type: "string", default: "250" },
  },
});

const whole = (name: string, text: string): number => {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : refuse(name, text, "a positive whole number");
};

const seeds = whole("seeds", values.seeds);
const from = whole("from", values.from);
const workers = whole("workers", values.workers);
const isLossy = values.lossy;
const permille = (name: "schedules" | "ticks"): number =>
  (isLossy && name === "ticks") || values[name] === "0" ? 0 : Math.min(1_000, whole(name, values[name]));
const ticks = permille("ticks");
const schedules = permille("schedules");
const said = (name: "schedules" | "ticks"): string =>
  (isLossy && name === "ticks") || values[name] === "250" ? "" : ` --${name} ${permille(name)}`;
const more = `${isLossy ? " --lossy" : ""}${said("ticks")}${said("schedules")}`;

/** Below this a campaign is too small for its rates and for what must have occurred. */
const meaningful = 200;

/** Why one seed fails: its broken promises, and the shortest schedule of faults that was found to break one. */
const explain = (seed: number): void => {
  const { faults, violations } = Simulation.run({ seed, isLossy, schedules, ticks, tight });
  console.log(`seed ${seed} fails:`);
  for (const { detail, rule } of violations.slice(0, 5)) console.log(`  ${rule}: ${detail}`);
  const { options, report } = Simulation.shrink({ seed, isLossy, schedules, ticks, tight });
  const needed = Object.entries({ ...faults, ...options.faults }).filter(([, value]) => value > 0);
  console.log(`  it needs ${JSON.stringify(Object.fromEntries(needed))}, chaos for ${options.chaosMs} ms and`);
  for (const line of Simulation.describe(report.history.timeline ?? [])) console.log(`    ${line}`);
  for (const { detail, rule } of report.violations.slice(0, 3)) console.log(`  then ${rule}: ${detail}`);
  console.log(`  repeat: npm run simulate -- --from ${seed} --seeds 1${more}`);
};

const chunk = 20;

const campaign = async (): Promise<boolean> => {
  const began = performance.now();
  const counters = new Map<string, number>();
  const failed: Array<number> = [];
  let starts = 0;
  let decided = 0;
  const tasks = Array.from({ length: Math.ceil(seeds / chunk) }, (_, n): Task => ({
    _tag: "Seeds",
    from: from + n * chunk,
    count: Math.min(chunk, seeds - n * chunk),
    isLossy,
    ticks,
    schedules,
  }));
  await share(tasks, workers, (tally) => {
    starts += tally.starts;
    decided += tally.decided;
    Simulation.merge(counters, tally.counters);
    for (const seed of tally.failed) console.log(`seed ${seed} fails`);
    failed.push(...tally.failed);
  });
  const seconds = (performance.now() - began) / 1_000;
  for (const [what, count] of [...counters].sort()) console.log(`${what}: ${Math.round(count)}`);
  const rates = Simulation.judge(counters);
  for (const { limit, name, value } of rates) console.log(`${name}: ${value} per 1,000, ${limit} allowed`);
  for (const seed of failed.sort((a, b) => a - b).slice(0, 3)) explain(seed);

  const isMeaningful = seeds >= meaningful;
  const missing = isMeaningful ? Simulation.missing(counters, seeds, isLossy) : [];
  if (missing.length > 0) console.log(`void, as these hardly ever occurred: ${missing.join(", ")}`);
  const outside = isMeaningful ? rates.filter(({ limit, value }) => value > limit) : [];
  for (const { limit, name, value } of outside) {
    console.log(`out of bounds: ${name}: ${value} per 1,000, ${limit} allowed`);
  }
  const per = (count: number) => `${Math.round(count / seconds)}/s`;
  console.log(
    `${seeds} seeds from ${from}${isLossy ? " with a lossy store" : ""} in ${
      Math.round(seconds)
    } s by ${workers} workers: ` +
      `${decided} fires decided (${per(decided)}), ${starts} starts (${
        per(starts)
      }), ${failed.length} seeds with violations`,
  );
  console.log(
    `repeat: npm run simulate -- --from ${from} --seeds ${seeds} --workers ${workers}${more}`,
  );
  return failed.length === 0 && missing.length === 0 && outside.length === 0;
};

const mutate = async (name: string): Promise<boolean> => {
  const tasks = mutants
    .filter((mutant) => name === "all" || mutant.name === name)
    .map((mutant): Task => ({ _tag: "Mutant", name: mutant.name, from, limit: seeds }));
  if (tasks.length === 0) refuse("mutate", name, `all, ${mutants.map((mutant) => mutant.name).join(", ")}`);
  let missed = 0;
  let worst = 0;
  await share(tasks, workers, ({ caught }, task) => {
    if (task._tag !== "Mutant") return;
    if (caught === undefined) missed += 1;
    else worst = Math.max(worst, caught.seeds);
    const said = caught === undefined ? "not noticed" : `noticed after ${caught.seeds} seeds by ${caught.by}`;
    console.log(`without ${task.name}: ${said}`);
  });
  console.log(
    `${tasks.length} mutants, ${
      tasks.length - missed
    } noticed within ${seeds} seeds from ${from}, worst after ${worst}`,
  );
  return missed === 0;
};

process.exitCode = await (values.mutate === undefined ? campaign() : mutate(values.mutate)) ? 0 : 1;
