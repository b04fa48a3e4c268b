/**
 * Head to head: `npm run compare [-- --only NAME] [--scenario NAME] [--seconds N]`.
 *
 * Runs every contender through every scenario, two rounds at a time, and prints a line for each round and the tables last.
 * Exits with 1 if ringcron ran an attempt of a slot twice, or if a round could not be run.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { installProject } from "../support/private-project.ts";
import { projectRoot } from "../support/project.ts";
import { refuse } from "../support/refuse.ts";
import { contenders } from "./contenders.ts";
import { cell, commands, grid, lateness, line, violations } from "./report.ts";
import { type Outcome, runRound, type Terms } from "./round.ts";
import { scenarios } from "./scenarios.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    scenario: { type: "string" },
    seconds: { type: "string", default: "24" },
  },
});

const chosen = <A extends { readonly name: string }>(option: string, from: ReadonlyArray<A>, name?: string) => {
  const found = from.filter((it) => name === undefined || it.name === name);
  return found.length > 0 ? found : refuse(option, `${name}`, from.map((it) => it.name).join(" | "));
};

const seconds = Number(values.seconds);
if (!Number.isSafeInteger(seconds) || seconds < 24 || seconds > 600) {
  refuse("seconds", values.seconds, "a whole number from 24 to 600");
}
const theseContenders = chosen("only", contenders, values.only);
const theseScenarios = chosen("scenario", scenarios, values.scenario);

const peers = await installProject("test/compare/npm");
const versionOf = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
const versions = [
  `ringcron ${versionOf(projectRoot)}`,
  ...["node-cron", "bullmq", "ioredis"].map((it) => `${it} ${versionOf(join(peers, "node_modules", it))}`),
  `Node ${process.versions.node}`,
];

const terms: Terms = {
  jobs: Array.from({ length: 10 }, (_, n) => `job-${n}`),
  periodMs: 2_000,
  takesMs: 50,
  settleMs: 6_000,
  windowMs: seconds * 1_000,
  tailMs: 14_000,
  peers,
};

/** Rounds at once: more would make the processors the limit. */
const width = 2;

const rounds = theseScenarios.flatMap((scenario) => theseContenders.map((contender) => ({ contender, scenario })));
const outcomes: Array<Outcome> = [];
let failures = 0;
let begun = 0;
const worker = async (): Promise<void> => {
  for (let round = rounds[begun++]; round !== undefined; round = rounds[begun++]) {
    const { contender, scenario } = round;
    try {
      const outcome = await runRound(contender, scenario, terms);
      outcomes.push(outcome);
      console.log(line(outcome));
    } catch (error) {
      failures += 1;
      console.error(
        `${contender.name}, ${scenario.name}: the round failed: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
};
const started = performance.now();
await Promise.all(Array.from({ length: width }, worker));

const order = (outcome: Outcome): number =>
  rounds.findIndex((it) => it.contender === outcome.contender && it.scenario === outcome.scenario);
outcomes.sort((x, y) => order(x) - order(y));
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
const slots = terms.jobs.length * seconds * 1_000 / terms.periodMs;

console.log(`\n${outcomes.length} rounds in ${minutes} minutes; ${versions.join(", ")}.`);
for (const { is, name } of theseContenders) console.log(`- ${name}: ${is}`);
for (const { does, name } of theseScenarios) console.log(`- ${name}: ${does}`);
console.log(`\nLateness in ms, median / 99th percentile:\n\n${grid(outcomes, lateness)}`);
console.log(`\nCommands of the store per run:\n\n${grid(outcomes, commands)}`);
console.log(`\nOf ${slots} slots in each round, how many ran 0x / 1x / 2+x:\n\n${grid(outcomes, cell)}`);

const doubled = violations(outcomes);
for (const { contender, count, scenario } of doubled) {
  console.error(`\n${contender.name}, ${scenario.name}: ${count.sameAttempt} slots ran twice.`);
  console.error(`Repeat: npm run compare -- --only "${contender.name}" --scenario "${scenario.name}"`);
}
if (doubled.length > 0 || failures > 0) process.exitCode = 1;
