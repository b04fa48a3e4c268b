/**
 * What fleets ask of their store in 30 days, by `budget`: commands of Redis with those inside scripts, requests, megabytes. That it
 * is right is held against a real Redis by `test/system/budget.test.ts`.
 *
 * @module
 */
import { budget, type BudgetInput } from "../../src/core/node/budget.ts";
import { table } from "../support/table.ts";
import { type Target, told } from "../support/targets.ts";

const hourMs = 3_600_000;
const daily = [{ schedule: "0 3 * * *" }];
const cases: ReadonlyArray<readonly [what: string, input: BudgetInput, most?: number]> = [
  ["a daily job, silent for an hour", { nodes: 3, jobs: daily, options: { maxSilenceMs: hourMs } }, 10_000],
  ["a daily job, defaults", { nodes: 3, jobs: daily }, 60_000],
  ["a daily job, silent for five minutes", { nodes: 3, jobs: daily, options: { maxSilenceMs: 300_000 } }],
  ["20 jobs each hour", { nodes: 3, jobs: [{ schedule: "0 * * * *", count: 20 }] }],
  ["20 jobs each five minutes", { nodes: 3, jobs: [{ schedule: "*/5 * * * *", count: 20 }] }],
  ["a job each minute", { nodes: 3, jobs: [{ schedule: "* * * * *" }] }],
  ["a job each second", { nodes: 3, jobs: [{ schedule: "* * * * * *", lastsMs: 100 }] }],
  ["1,000 jobs spread over an hour", { nodes: 10, jobs: [{ schedule: "H * * * *", count: 1_000 }] }],
];
const targets: Array<Target> = [];
const rows = cases.map(([what, input, most]) => {
  const { beats, claims, completions, looks, total } = budget({ ...input, prices: {} });
  if (most !== undefined) {
    targets.push([
      `${what}: below ${most.toLocaleString("en")}`,
      total.commands.toLocaleString("en"),
      total.commands < most,
    ]);
  }
  const shown = [beats, claims, completions, looks, total].map(({ commands }) => commands.toLocaleString("en"));
  return [`${input.nodes}`, what, ...shown, total.requests.toLocaleString("en"), (total.bytes / 1e6).toFixed(0)];
});
console.log(table([
  ["nodes", "what they do", "beats", "claims", "completions", "looks", "commands", "requests", "MB"],
  ...rows,
]));
told(targets);
