/**
 * Lateness under the latency of the store, and of fires whose owner was killed, in virtual time with the machine and the engine of
 * production: 120 jobs that are each due once a minute.
 *
 * @module
 */
import { quantile } from "../compare/counting.ts";
import { table } from "../support/table.ts";
import { type Target, told } from "../support/targets.ts";
import { jobs, VirtualNodes } from "../support/virtual-nodes.ts";

const specs = jobs(120);
const graceMs = 1_000;
const at = (ascending: ReadonlyArray<number>, share: number): number => quantile(ascending, share) ?? 0;
const show = (late: ReadonlyArray<number>): ReadonlyArray<string> =>
  [at(late, 0.5), at(late, 0.99), at(late, 1)].map((it) => it.toFixed(0));

/** Lateness of all fires of a minute, ascending, and of those that dead nodes had been running. */
const measure = (count: number, wayMs: number, killed: number, offsetMs: number) => {
  const world = new VirtualNodes(wayMs, 100);
  const nodes = Array.from({ length: count }, (_, index) => world.join(`n${index}`, specs));
  world.pass(180_000 + offsetMs);
  const from = world.now;
  const owners = new Map(world.begun.filter((it) => it.dueAt >= from - 60_000).map(({ job, node }) => [job, node]));
  for (const node of nodes.slice(0, killed)) node.kill();
  const dead = new Set(nodes.slice(0, killed).map(({ name }) => name));
  world.pass(60_000);
  const late = world.begun.filter(({ dueAt }) => dueAt > from && dueAt <= from + 50_000);
  const lateness = (of: typeof late) => of.map((it) => it.at - it.dueAt).sort((one, other) => one - other);
  const orphaned = late.filter(({ dueAt, job }) => dead.has(owners.get(job) ?? "") && dueAt <= from + 8_000);
  return { all: lateness(late), orphaned: lateness(orphaned) };
};

const targets: Array<Target> = [];
const byLatency = [0, 20, 100, 300].map((roundTripMs) => {
  const { all } = measure(3, roundTripMs / 2, 0, 0);
  const p99 = at(all, 0.99);
  targets.push([`late at a round trip of ${roundTripMs} ms, p99 below 10 ms`, `${p99} ms`, p99 < 10]);
  return [`${roundTripMs}`, `${all.length}`, ...show(all)];
});
console.log(table([["round trip, ms", "fires", "late p50, ms", "p99", "most"], ...byLatency]));

/**
 * Lateness of the fires of ten minutes on three nodes, ascending, where ways take up to half as long again and answers get lost; and how
 * much is asked of the store for a fire.
 */
const troubled = (wayMs: number, lost: number) => {
  const world = new VirtualNodes(wayMs, 100, { jitterMs: wayMs / 2, lost, seed: 15 });
  const nodes = ["n0", "n1", "n2"].map((name) => world.join(name, specs));
  const asked = () => nodes.reduce((sum, { requests }) => sum + requests, 0);
  world.pass(180_000);
  const [from, before] = [world.now, asked()];
  world.pass(600_000);
  const fires = world.begun.filter(({ dueAt }) => dueAt > from && dueAt <= from + 590_000);
  const late = fires.map((it) => it.at - it.dueAt).sort((one, other) => one - other);
  return { late, requests: (asked() - before) / fires.length };
};

const inTrouble = [0, 20, 100, 300].flatMap((roundTripMs) =>
  [0, 0.01].map((lost) => {
    const { late, requests } = troubled(roundTripMs / 2, lost);
    const above = late.filter((it) => it > 10).length;
    const p99 = at(late, 0.99);
    targets.push([`the same, ${lost * 100} % of answers lost, round trip ${roundTripMs} ms`, `${p99} ms`, p99 < 10]);
    return [`${roundTripMs}`, `${lost * 100} %`, `${late.length}`, ...show(late), `${above}`, requests.toFixed(2)];
  })
);
console.log(table([
  [
    "round trip, ms, up to half as long again",
    "answers lost",
    "fires",
    "late p50, ms",
    "p99",
    "most",
    "later than 10 ms",
    "requests a fire",
  ],
  ...inTrouble,
]));

const takeovers = ([[3, 1], [10, 1], [10, 3]] as const).map(([count, killed]) => {
  // Killed at another instant of the minute each time.
  const late = Array.from({ length: 20 }, (_, round) => measure(count, 10, killed, 2_993 * round).orphaned).flat()
    .sort((one, other) => one - other);
  const p99 = at(late, 0.99);
  const mostMs = graceMs + 60;
  if (killed === 1) {
    targets.push([
      `one of ${count} killed: late at most the grace and some round trips, p99`,
      `${p99} ms`,
      p99 <= mostMs,
    ]);
  }
  return [`${killed} of ${count}`, `${late.length}`, ...show(late)];
});
console.log(table([
  ["killed at once", "fires of the dead in the next 8 s", "late p50, ms", "p99", "most"],
  ...takeovers,
]));
told(targets);
