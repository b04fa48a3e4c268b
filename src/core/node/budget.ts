/**
 * What a fleet asks of its store in a month, and what that costs: the course of its nodes by arithmetic, without a store.
 */
import * as CronExpression from "../schedule/CronExpression.ts";
import * as Jitter from "../schedule/jitter.ts";
import { places } from "../ring/Ring.ts";
import { push, take } from "../ring/heap.ts";
import { demand, demandParts, strangeField } from "../words/InvalidInput.ts";
import * as Times from "../words/Times.ts";
import { busyGapMs, maxItems, runningGapMs } from "./Draft.ts";

/** Jobs of one schedule. */
export interface BudgetJob {
  /** A cron expression, or one that was read. */
  readonly schedule: string | CronExpression.CronExpression;
  /** How many jobs have it, under names of their own. 1 to 1,000,000; default 1. */
  readonly count?: number | undefined;
  /** How long a run lasts. 0 to 86,400,000 ms; default 1,000. */
  readonly lastsMs?: number | undefined;
  /** As in the policies of a job: 1 to 86,400,000 ms; default: none. */
  readonly jitterMs?: number | undefined;
}

/** Times of the nodes that decide how often they contact the store; ranges and defaults are those of a node. */
export interface BudgetOptions {
  /** 1,000 to 600,000 ms; default 10,000. */
  readonly leaseMs?: number | undefined;
  /** 50 to 60,000 ms; default 1,000. */
  readonly graceMs?: number | undefined;
  /** 1,000 to 86,400,000 ms; default 600,000. */
  readonly maxSilenceMs?: number | undefined;
}

/** Prices in any currency; each at least 0, and 0 if it is left out. */
export interface Prices {
  /** Of 100,000 commands, those inside scripts among them. */
  readonly per100kCommands?: number | undefined;
  /** Of a million requests. */
  readonly perMillionRequests?: number | undefined;
  /** Of a gigabyte (1,000,000,000 bytes) of arguments and answers. */
  readonly perGigabyte?: number | undefined;
}

/** What `budget` is told. */
export interface BudgetInput {
  /** How many nodes, all of the same weight and with the same jobs. 1 to 1,000. */
  readonly nodes: number;
  /** The jobs. */
  readonly jobs: ReadonlyArray<BudgetJob>;
  /** Times of the nodes. */
  readonly options?: BudgetOptions | undefined;
  /** What the store costs. Default: nothing. */
  readonly prices?: Prices | undefined;
  /** When the month begins, epoch milliseconds. Default: Monday, 5 January 2026, 00:00 UTC. */
  readonly from?: number | undefined;
}

/** What one cause costs in 30 days. */
export interface Cost {
  /** Requests to the store. */
  readonly requests: number;
  /** Commands of Redis, the script itself and those inside it. */
  readonly commands: number;
  /** Bytes of arguments and answers, without what a transport adds to them. */
  readonly bytes: number;
}

/** What a fleet costs in 30 days, by cause. */
export interface Budget {
  /** That a node is there, shortly before something is due, while runs last, and else each `maxSilenceMs`. */
  readonly beats: Cost;
  /** Fires that are claimed by their owners. */
  readonly claims: Cost;
  /** Ends of runs. */
  readonly completions: Cost;
  /** Successors that look whether the owner has claimed. */
  readonly looks: Cost;
  /** All of it. */
  readonly total: Cost;
  /** Fires that are due. */
  readonly fires: number;
  /** What that costs at the given prices. */
  readonly price: number;
}

const monthMs = 30 * 86_400_000;

/** So many fires are gone through at most; what is more is taken to go on like that. */
const mostFires = 20_000;

/** How long before a due instant a claim leaves, and a beat before that, at a store that is near. Milliseconds. */
const aheadMs = 200;
const viewAheadMs = 1_700;

/** What requests cost: commands, bytes, and bytes for each job in it. As measured over Redis by `test/system/budget.test.ts`. */
const costs = {
  beats: { commands: 4, bytes: 510, each: 0 },
  claims: { commands: 6, bytes: 330, each: 400 },
  completions: { commands: 4, bytes: 250, each: 560 },
  looks: { commands: 5, bytes: 330, each: 510 },
} as const;

type Cause = keyof typeof costs;

interface Tally {
  requests: number;
  items: number;
}

interface Job {
  readonly expression: CronExpression.CronExpression;
  readonly jitter: Jitter.Jitter;
  readonly lastsMs: number;
  readonly owner: number;
  readonly successor: number | undefined;
  startsAt: number;
  /** Whether its successor is going to look. */
  isAwaited: boolean;
}

interface Node {
  /** When it is to beat next, when it was heard of last, and until when it has runs. */
  beatAt: number;
  heardAt: number;
  runsUntil: number;
}

/** A look that is planned. */
interface Look {
  readonly at: number;
  readonly job: Job;
}

const inRange = (field: string, value: unknown, [from, to, fallback]: Times.TimeRange): number => {
  const given = value === undefined ? fallback : value;
  demand(
    Number.isInteger(given) && (given as number) >= from && (given as number) <= to,
    field,
    value,
    `a whole number from ${from} to ${to}`,
  );
  return given as number;
};

const demandKnown = (options: object, known: ReadonlyArray<string>, prefix: string): void => {
  const strange = strangeField(options, known, prefix);
  if (strange !== undefined) throw strange;
};

const priceOf = (prices: Prices, { bytes, commands, requests }: Cost): number => {
  const known = ["per100kCommands", "perMillionRequests", "perGigabyte"] as const;
  demandParts("prices", prices);
  demandKnown(prices, known, "prices.");
  const [ofCommands = 0, ofRequests = 0, ofBytes = 0] = known.map((field) => {
    const price = prices[field] === undefined ? 0 : prices[field];
    demand(typeof price === "number" && price >= 0 && price < Infinity, `prices.${field}`, price, "a number from 0");
    return price;
  });
  return ofCommands * commands / 1e5 + ofRequests * requests / 1e6 + ofBytes * bytes / 1e9;
};

const expressionOf = (schedule: BudgetJob["schedule"], jobName: string): CronExpression.CronExpression =>
  CronExpression.isCronExpression(schedule) ? schedule : CronExpression.parseUnsafe(schedule, { jobName });

const jobsOf = (nodes: number, given: ReadonlyArray<BudgetJob>, from: number): ReadonlyArray<Job> => {
  demand(Array.isArray(given), "jobs", given, "a list of { schedule }");
  const read = given.map((job, index) => {
    demandParts("jobs", job, "schedule");
    demandKnown(job, ["schedule", "count", "lastsMs", "jitterMs"], `jobs.`);
    const { jitterMs, schedule } = job;
    if (jitterMs !== undefined) inRange("jitterMs", jitterMs, [1, 86_400_000, 1]);
    const expression = expressionOf(schedule, `${index}`);
    const count = inRange("count", job.count, [1, 1_000_000, 1]);
    return { expression, jitterMs, schedule, count, lastsMs: inRange("lastsMs", job.lastsMs, [0, 86_400_000, 1_000]) };
  });
  const names = read.flatMap(({ count }, index) => Array.from({ length: count }, (_, at) => `${index}-${at}`));
  const owners = places(Array.from({ length: nodes }, (_, id) => ({ id: `${id}` })), names);
  let at = 0;
  return read.flatMap(({ count, expression: first, jitterMs, lastsMs, schedule }) =>
    Array.from({ length: count }, (): Job => {
      const name = names[at++] as string;
      // An `H` stands for another value in each of them.
      const expression = count > 1 && String(schedule).includes("H") ? expressionOf(schedule, name) : first;
      const jitter = Jitter.of("", name, jitterMs);
      const place = owners.get(name);
      return {
        expression,
        jitter,
        lastsMs,
        owner: Number(place?.owner ?? 0),
        successor: place?.successor === undefined ? undefined : Number(place.successor),
        startsAt: Jitter.startAfter(expression, jitter, from) ?? Infinity,
        isAwaited: false,
      };
    })
  );
};

/** Requests for so many jobs each. */
const add = (tally: Tally, items: number): void => {
  tally.requests += Math.ceil(items / maxItems);
  tally.items += items;
};

/** Adds one to a count. */
const count = <K>(counts: Map<K, number>, key: K): Map<K, number> => counts.set(key, (counts.get(key) ?? 0) + 1);

const isSooner = (one: Job, other: Job): boolean => one.startsAt < other.startsAt;
const isLookedAtSooner = (one: Look, other: Look): boolean => one.at < other.at;

/** Goes through the month, or through as many fires as are gone through; gives how long that was. */
const goThrough = (
  jobs: ReadonlyArray<Job>,
  nodeCount: number,
  from: number,
  times: { readonly leaseMs: number; readonly graceMs: number; readonly maxSilenceMs: number },
  tallies: Record<Cause, Tally>,
): { readonly fires: number; readonly ms: number } => {
  const [busyMs, runningMs] = [busyGapMs({ config: times as never }), runningGapMs({ config: times as never })];
  const nodes = Array.from({ length: nodeCount }, (): Node => ({ beatAt: from, heardAt: from, runsUntil: from }));
  const dues: Array<Job> = [];
  for (const job of jobs) if (job.startsAt < from + monthMs) push(dues, job, isSooner);
  const looks: Array<Look> = [];
  let [fires, now] = [0, from];

  /** Beats of a node before an instant, while nothing is due before `due`. */
  const beat = (node: Node, until: number, due: number): void => {
    for (;;) {
      const running = node.runsUntil > node.heardAt + runningMs ? node.heardAt + runningMs : Infinity;
      const at = Math.min(node.beatAt, running);
      if (at >= until) return;
      add(tallies.beats, 1);
      node.heardAt = at;
      const quiet = due - viewAheadMs - at;
      node.beatAt = at + (node.runsUntil > at ? busyMs : Math.max(busyMs, Math.min(times.maxSilenceMs, quiet)));
    }
  };

  /** Looks before an instant: one request for those of a successor that come together. */
  const look = (until: number): void => {
    while (looks[0] !== undefined && looks[0].at < until) {
      const { at } = looks[0];
      const bySuccessor = new Map<number, number>();
      while (looks[0] !== undefined && looks[0].at === at) {
        const { job } = take(looks, isLookedAtSooner) as Look;
        job.isAwaited = false;
        count(bySuccessor, job.successor as number);
      }
      for (const items of bySuccessor.values()) add(tallies.looks, items);
    }
  };

  while (fires < mostFires) {
    const due = Math.min(dues[0]?.startsAt ?? Infinity, from + monthMs);
    look(due - aheadMs);
    for (const node of nodes) beat(node, due - aheadMs, due === from + monthMs ? Infinity : due);
    now = due;
    if (due === from + monthMs) break;
    const claims = new Map<number, number>();
    const ends = new Map<string, number>();
    while (dues[0] !== undefined && dues[0].startsAt === due) {
      const job = take(dues, isSooner) as Job;
      fires += 1;
      count(claims, job.owner);
      count(ends, `${job.owner} ${job.lastsMs}`);
      if (job.successor !== undefined && !job.isAwaited) {
        job.isAwaited = true;
        push(looks, { at: due + times.graceMs, job }, isLookedAtSooner);
      }
      const node = nodes[job.owner] as Node;
      node.heardAt = due - aheadMs;
      node.runsUntil = Math.max(node.runsUntil, due + job.lastsMs);
      node.beatAt = Math.min(node.beatAt, due - aheadMs + busyMs);
      job.startsAt = Jitter.startAfter(job.expression, job.jitter, due) ?? Infinity;
      if (job.startsAt < from + monthMs) push(dues, job, isSooner);
    }
    for (const items of claims.values()) add(tallies.claims, items);
    for (const items of ends.values()) add(tallies.completions, items);
  }
  return { fires, ms: now - from };
};

/**
 * What a fleet asks of its store in 30 days, by cause, and what that costs: commands of Redis, those inside scripts among them,
 * requests, and bytes of arguments and answers. Nodes that are up all the time at a store that is near; nothing is asked for by
 * people, fails, or is taken over. On Redis within 10 % of what is counted there. Requests hold for other stores as well, but that
 * a beat on etcd is two.
 *
 * Of more than 20,000 fires in the month it goes through the first 20,000 and takes the rest to go on like that. Throws
 * `InvalidInput`, and `CronExpressionError` for a schedule that cannot be read. Cost: linear in fires (at most 20,000), in their
 * due instants times nodes, and in jobs times nodes.
 *
 * @example
 * ```ts
 * import { budget } from "ringcron/core";
 *
 * const { price, total } = budget({
 *   nodes: 3,
 *   jobs: [{ schedule: "0 3 * * *" }],
 *   options: { maxSilenceMs: 3_600_000 },
 *   prices: { per100kCommands: 0.2 },
 * });
 * console.log(total.commands < 10_000, price < 0.02); // true true
 * ```
 */
export const budget = (input: BudgetInput): Budget => {
  demandParts("input", input, "nodes", "jobs");
  demandKnown(input, ["nodes", "jobs", "options", "prices", "from"], "");
  const { from = Date.UTC(2026, 0, 5), options = {}, prices = {} } = input;
  const nodes = inRange("nodes", input.nodes, [1, 1_000, 1]);
  demand(Number.isInteger(from) && from >= 0 && from <= 8e15, "from", from, "epoch milliseconds");
  demandParts("options", options);
  demandKnown(options, ["leaseMs", "graceMs", "maxSilenceMs"], "options.");
  const times = {
    leaseMs: inRange("options.leaseMs", options.leaseMs, Times.leaseMs),
    graceMs: inRange("options.graceMs", options.graceMs, Times.graceMs),
    maxSilenceMs: inRange("options.maxSilenceMs", options.maxSilenceMs, Times.maxSilenceMs),
  };
  const none = (): Tally => ({ requests: 0, items: 0 });
  const tallies = { beats: none(), claims: none(), completions: none(), looks: none() };
  priceOf(prices, { requests: 0, commands: 0, bytes: 0 });
  const gone = goThrough(jobsOf(nodes, input.jobs, from - 1), nodes, from, times, tallies);
  const scale = monthMs / Math.max(1, gone.ms);
  const costOf = (cause: Cause): Cost => {
    const { items, requests } = tallies[cause];
    const { bytes, commands, each } = costs[cause];
    return {
      requests: Math.round(scale * requests),
      commands: Math.round(scale * requests * commands),
      bytes: Math.round(scale * (requests * bytes + items * each)),
    };
  };
  const causes = {
    beats: costOf("beats"),
    claims: costOf("claims"),
    completions: costOf("completions"),
    looks: costOf("looks"),
  };
  const sum = (of: keyof Cost): number => Object.values(causes).reduce((all, cost) => all + cost[of], 0);
  const total = { requests: sum("requests"), commands: sum("commands"), bytes: sum("bytes") };
  return { ...causes, total, fires: Math.round(scale * gone.fires), price: priceOf(prices, total) };
};
