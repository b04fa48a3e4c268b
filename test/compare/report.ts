/**
 * The outcome of a comparison as text.
 *
 * @module
 */
import { table } from "../support/table.ts";
import { quantile } from "./counting.ts";
import type { Outcome } from "./round.ts";

const ms = (value: number | undefined): string => value === undefined ? "-" : `${Math.round(value)}`;

/** Never, once, more than once. */
export const cell = ({ count }: Outcome): string => `${count.never} / ${count.once} / ${count.more}`;

/** One line for one round. */
export const line = (outcome: Outcome): string => {
  const { commandsPerRun, contender, count, died, scenario } = outcome;
  const { due, latenessMs } = count;
  return `${contender.name}, ${scenario.name}: ${due} slots, ran 0x / 1x / 2+x ${cell(outcome)}; ` +
    `lateness ms least ${ms(latenessMs[0])}, p50 ${ms(quantile(latenessMs, 0.5))}, ` +
    `p99 ${ms(quantile(latenessMs, 0.99))}; ${commandsPerRun.toFixed(1)} commands a run` +
    (died.length > 0 ? `; died by itself: ${died.join(", ")}` : "");
};

/** A table of contenders by scenarios; `show` fills a cell. */
export const grid = (outcomes: ReadonlyArray<Outcome>, show: (outcome: Outcome) => string): string => {
  const scenarios = [...new Set(outcomes.map(({ scenario }) => scenario.name))];
  const contenders = [...new Set(outcomes.map(({ contender }) => contender.name))];
  const find = (contender: string, scenario: string) =>
    outcomes.find((it) => it.contender.name === contender && it.scenario.name === scenario);
  return table([
    ["", ...scenarios],
    ...contenders.map((contender) => [
      contender,
      ...scenarios.map((scenario) => {
        const outcome = find(contender, scenario);
        return outcome === undefined ? "failed" : show(outcome);
      }),
    ]),
  ]);
};

/** Median and 99th percentile of lateness. */
export const lateness = ({ count: { latenessMs } }: Outcome): string =>
  `${ms(quantile(latenessMs, 0.5))} / ${ms(quantile(latenessMs, 0.99))}`;

/** Commands of the store for a run. */
export const commands = ({ commandsPerRun }: Outcome): string => commandsPerRun.toFixed(1);

/** The rounds in which one of ours ran the same attempt of a slot more than once. */
export const violations = (outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Outcome> =>
  outcomes.filter(({ contender, count }) => contender.isOurs === true && count.sameAttempt > 0);
