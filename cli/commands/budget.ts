/**
 * `ringcron budget`: what a fleet asks of its store in 30 days, and what that costs.
 */
import { budget as budgetOf, type BudgetJob } from "ringcron/core";
import { wrongUse } from "../frame/exit.ts";
import type { AddCommand } from "../frame/Session.ts";
import { spanOf, wholeNumber } from "../frame/values.ts";
import { table } from "../print/table.ts";

interface Options {
  readonly nodes: string;
  readonly lasts: string;
  readonly maxSilence?: string;
  readonly lease?: string;
  readonly per100kCommands?: string;
  readonly perMillionRequests?: string;
  readonly perGigabyte?: string;
}

const price = (option: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value < Infinity) return value;
  throw wrongUse(`${option}: ${JSON.stringify(text)} is no price; allowed: a number from 0`);
};

/** `0 3 * * *`, or `20x 0 3 * * *` for twenty jobs of it. */
const jobOf = (text: string, lastsMs: number): BudgetJob => {
  const [, times, schedule = text] = /^(\d{1,7})x\s+(.*)$/.exec(text) ?? [];
  return { schedule, lastsMs, count: times === undefined ? 1 : wholeNumber("jobs", times, 1, 1_000_000) };
};

/** Adds it. */
export const budget: AddCommand = (program, sessionOf) => {
  program.command("budget").description("tell what a fleet asks of its store in 30 days, and what that costs")
    .argument("<schedule...>", "each of a job, in quotes: '0 9 * * 1-5', or of several: '20x */5 * * * *'")
    .option("-n, --nodes <number>", "how many nodes", "3")
    .option("--lasts <time>", "how long a run lasts: 500ms, 30s, 10m", "1s")
    .option("--max-silence <time>", "maxSilenceMs of the nodes (default: 10m)")
    .option("--lease <time>", "leaseMs of the nodes (default: 10s)")
    .option("--per100k-commands <price>", "price of 100,000 commands, those inside scripts among them")
    .option("--per-million-requests <price>", "price of a million requests")
    .option("--per-gigabyte <price>", "price of a gigabyte")
    .action((schedules: ReadonlyArray<string>, options: Options, command) => {
      const session = sessionOf(command);
      const { lasts, lease, maxSilence } = options;
      const lastsMs = spanOf("--lasts", lasts);
      const data = budgetOf({
        nodes: wholeNumber("--nodes", options.nodes, 1, 1_000),
        jobs: schedules.map((it) => jobOf(it, lastsMs)),
        options: {
          leaseMs: lease === undefined ? undefined : spanOf("--lease", lease),
          maxSilenceMs: maxSilence === undefined ? undefined : spanOf("--max-silence", maxSilence),
        },
        prices: {
          per100kCommands: price("--per100k-commands", options.per100kCommands),
          perMillionRequests: price("--per-million-requests", options.perMillionRequests),
          perGigabyte: price("--per-gigabyte", options.perGigabyte),
        },
      });
      session.show(data, ({ columns, paint }) => {
        const { beats, claims, completions, fires, looks, total } = data;
        const number = (value: number): string => Math.round(value).toLocaleString("en");
        const causes = Object.entries({ beats, claims, completions, looks, total });
        const rows = causes.map(([cause, { bytes, commands, requests }]) => [
          cause,
          number(requests),
          number(commands),
          (bytes / 1e6).toFixed(1),
        ]);
        const head = ["in 30 days", "requests", "commands", "MB"];
        const sum = data.price > 0 ? `, price ${data.price.toFixed(2)}` : "";
        return `${table({ head, rows, right: [1, 2, 3] }, columns, paint)}${number(fires)} fires${sum}\n`;
      });
    });
};
