/**
 * The last word: the totals, what they mean, and what it cost.
 *
 * @module
 */
import type { Missing, Totals } from "./observer.ts";
import { type Paint, wrap } from "./paint.ts";
import { fragile } from "./scenario.ts";
import { clockOf, spanOf } from "./words.ts";

/** What the last word is about. */
export interface Result {
  readonly totals: Totals;
  readonly dead: string;
  /** How many requests the store was sent. */
  readonly requests: number;
  /** How long requests were counted. Milliseconds. */
  readonly lastedMs: number;
}

const middleOf = (sorted: ReadonlyArray<number>): number => sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;

const namesOf = (missing: ReadonlyArray<Missing>): string =>
  missing.map(({ dueAt, job, reason }) => `${job} of ${clockOf(dueAt)} (${reason})`).join(", ");

const meaning = ({ dead, totals }: Result): string => {
  const { again, lost, skipped, twice } = totals;
  if (twice > 0) return "This must not happen: a fire was started twice. Please report it with all that stands above.";
  const parts = [
    lost.length === 0
      ? `Each time a job was due, one node started it and no other did, although ${dead} died and told nobody`
      : `Nothing was started twice, although ${dead} died and told nobody`,
  ];
  if (again > 0) parts.push(`${fragile} was run again, as it asks for: its node had died during the run`);
  if (lost.length > 0) parts.push(`lost: ${namesOf(lost)}`);
  if (skipped.length > 0) parts.push(`left out by policy: ${namesOf(skipped)}`);
  return `${parts.join("; ")}.`;
};

const punctuality = ({ onTime, takenOver }: Totals): string => {
  const group = (lateness: ReadonlyArray<number>) =>
    `half of them within ${spanOf(middleOf(lateness))}, all within ${spanOf(lateness.at(-1) ?? 0)}`;
  const usual = `${onTime.length} fires were started by their owners, ${group(onTime)}`;
  return takenOver.length === 0
    ? `${usual}.`
    : `${usual}; ${takenOver.length} in place of another node, ${group(takenOver)}.`;
};

/** The lines at the end. The first is the line of totals. */
export const verdictOf = (result: Result, paint: Paint, width: number): ReadonlyArray<string> => {
  const { lastedMs, requests, totals } = result;
  const { again, due, lost, once, skipped, takenOver, twice } = totals;
  const count = (value: number, what: string, isBad = false) => {
    const text = `${value} ${what}`;
    return isBad && value > 0 ? paint.bad(paint.strong(text)) : text;
  };
  const line = [
    `${due} fires due:`,
    [
      paint.good(count(once, "started once")),
      ...again > 0 ? [count(again, "rerun")] : [],
      count(twice, "twice", true),
      count(lost.length, "lost", true),
      ...skipped.length > 0 ? [count(skipped.length, "left out")] : [],
      count(takenOver.length, "taken over"),
    ].join(", "),
  ].join(" ");
  const perSecond = (requests / (lastedMs / 1000)).toFixed(1);
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["Totals", line],
    ["Meaning", meaning(result)],
    ["On time", punctuality(totals)],
    [
      "Cost",
      `${requests} requests to the store in ${Math.round(lastedMs / 1000)} s, ${perSecond} a second for the fleet.`,
    ],
  ];
  return rows.flatMap(([name, text]) => {
    const lines = wrap(text, width - 9);
    return lines.map((it, index) => `${index === 0 ? paint.strong(`${name}:`.padEnd(9)) : " ".repeat(9)}${it}`);
  });
};
