/**
 * Many seeds of the simulation: `npm run simulate -- --seeds N [--from S] [--lossy] [--mutate NAME|all]`.
 *
 * Prints its figures last, exits with 1 on a violation, and says how to repeat what failed. With `--mutate` safety rules
 * are switched off, and it fails if that goes unnoticed. With `--lossy` the store loses some of what it acknowledged.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { Simulation } from "ringcron/testing";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    mutate: { type: "string" },
    lossy: { type: "boolean", default: false },
  },
});

const whole = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`--${name}: ${text} is not allowed; allowed: a positive whole number`);
  process.exit(2);
};

const seeds = whole("seeds", values.seeds);
const from = whole("from", values.from);

const campaign = (): boolean => {
  const began = performance.now();
  const counters = new Map<string, number>();
  let starts = 0;
  let failed = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    const report = Simulation.run({ seed, isLossy: values.lossy });
    starts += report.history.starts.length;
    for (const [what, count] of report.history.counters) counters.set(what, (counters.get(what) ?? 0) + count);
    if (report.violations.length === 0) continue;
    failed += 1;
    console.log(`seed ${seed} fails:`);
    for (const { detail, rule } of report.violations.slice(0, 5)) console.log(`  ${rule}: ${detail}`);
    console.log(`  it needs ${JSON.stringify(Simulation.shrink(report))}`);
    console.log(`  repeat: npm run simulate -- --from ${seed} --seeds 1${values.lossy ? " --lossy" : ""}`);
  }
  for (const [what, count] of [...counters].sort()) console.log(`${what}: ${count}`);
  const seconds = (performance.now() - began) / 1_000;
  const rate = Math.round(starts / seconds);
  console.log(`${seeds} seeds from ${from}, ${starts} starts, ${failed} seeds with violations, ${rate} starts/s`);
  return failed === 0;
};

const mutate = (name: string): boolean => {
  const chosen = Simulation.mutations.filter(({ without }) => name === "all" || without.join("+") === name);
  if (chosen.length === 0) {
    const known = Simulation.mutations.map(({ without }) => without.join("+")).join(", ");
    console.error(`--mutate: ${name} is not allowed; allowed: all, ${known}`);
    process.exit(2);
  }
  let missed = 0;
  for (const { broken, without } of chosen) {
    let needed = 0;
    for (let seed = from; seed < from + seeds && needed === 0; seed++) {
      const { violations } = Simulation.run({ seed, without });
      if (violations.some(({ rule }) => broken.includes(rule))) needed = seed - from + 1;
    }
    if (needed === 0) missed += 1;
    console.log(`without ${without.join("+")}: ${needed === 0 ? "not noticed" : `noticed after ${needed} seeds`}`);
  }
  console.log(`${chosen.length} mutations, ${chosen.length - missed} noticed within ${seeds} seeds from ${from}`);
  return missed === 0;
};

process.exitCode = (values.mutate === undefined ? campaign() : mutate(values.mutate)) ? 0 : 1;
