/**
 * Counting: how often each due slot ran, and how late. One rule for every contender.
 *
 * A slot is one due instant of one job. A start belongs to the slot its contender says it runs for; where it says none,
 * or an instant at which nothing is due, to the nearest one.
 *
 * @module
 */

/** One start of a handler, as its process wrote it down. */
export interface Start {
  readonly job: string;
  /** The due instant the contender believes it runs for, epoch milliseconds; absent where it tells the handler none. */
  readonly slot?: number | undefined;
  /** When it started, by the true clock. */
  readonly at: number;
  /** The process. */
  readonly by: string;
  /** Of a contender that counts attempts: 1 for the first. */
  readonly attempt?: number | undefined;
}

/** The slots that are judged: those of `jobs` at multiples of the period, `from` included, `to` not. */
export interface Window {
  readonly jobs: ReadonlyArray<string>;
  readonly periodMs: number;
  readonly from: number;
  readonly to: number;
}

/** What became of the slots of a window. */
export interface Count {
  /** Slots in the window. */
  readonly due: number;
  /** Slots that never ran, ran once, ran more than once. */
  readonly never: number;
  readonly once: number;
  readonly more: number;
  /** Slots of which one and the same attempt ran more than once; an attempt that is not told is the first. */
  readonly sameAttempt: number;
  /** Of the first start of each slot, ascending; negative is early. */
  readonly latenessMs: ReadonlyArray<number>;
}

/** The due instant a start belongs to. */
export const slotOf = (start: Start, periodMs: number): number =>
  Math.round((start.slot ?? start.at) / periodMs) * periodMs;

/** Counts the starts of the window's slots; starts of other slots are left out. */
export const count = (starts: ReadonlyArray<Start>, window: Window): Count => {
  const { from, jobs, periodMs, to } = window;
  const slots = new Map<string, Array<Start>>();
  for (const job of jobs) {
    for (let slot = Math.ceil(from / periodMs) * periodMs; slot < to; slot += periodMs) slots.set(`${job} ${slot}`, []);
  }
  for (const start of starts) slots.get(`${start.job} ${slotOf(start, periodMs)}`)?.push(start);

  const all = [...slots.values()];
  const attempts = (of: ReadonlyArray<Start>) => new Set(of.map(({ attempt = 1 }) => attempt)).size;
  const latenessMs = all.filter((of) => of.length > 0).map((of) => {
    const first = of.reduce((x, y) => y.at < x.at ? y : x);
    return first.at - slotOf(first, periodMs);
  });
  return {
    due: all.length,
    never: all.filter((of) => of.length === 0).length,
    once: all.filter((of) => of.length === 1).length,
    more: all.filter((of) => of.length > 1).length,
    sameAttempt: all.filter((of) => attempts(of) < of.length).length,
    latenessMs: latenessMs.sort((x, y) => x - y),
  };
};

/** The value that a share of an ascending list does not exceed; undefined of an empty one. */
export const quantile = (ascending: ReadonlyArray<number>, share: number): number | undefined =>
  ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)];

/**
 * How many commands a server ran, from the text of `INFO commandstats`: those inside scripts included, those of the
 * harness itself not.
 */
export const commandsIn = (commandstats: string): number => {
  let total = 0;
  for (const [, name = "", calls] of commandstats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (name !== "info" && name !== "config|resetstat") total += Number(calls);
  }
  return total;
};
