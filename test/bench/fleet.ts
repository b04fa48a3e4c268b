/**
 * A fleet in virtual time, with the machine and the engine of production: 3, 30 and 300 nodes with 300 jobs that are each due once
 * a minute, 10 ms away from the store. A mass start, a join, a leave, and a third of the nodes killed at once: how long fires are
 * late, how many jobs move, what is asked of the store.
 *
 * @module
 */
import { table } from "../support/table.ts";
import { type Target, told } from "../support/targets.ts";
import { type Begun, jobs, VirtualNodes } from "../support/virtual-nodes.ts";

const minuteMs = 60_000;
const jobCount = 300;
const specs = jobs(jobCount);

/** Who ran each job in a span of time. */
const ownersIn = (begun: ReadonlyArray<Begun>, from: number, to: number): ReadonlyMap<string, string> =>
  new Map(begun.filter(({ dueAt }) => dueAt >= from && dueAt < to).map(({ job, node }) => [job, node]));

/** Milliseconds after an instant until the last fire that was more than 50 ms late, and by how much the latest was. */
const settledAfter = (begun: ReadonlyArray<Begun>, from: number, to: number): readonly [ms: number, mostMs: number] => {
  const late = begun.filter(({ at, dueAt }) => dueAt >= from && dueAt < to && at - dueAt > 50);
  return [Math.max(0, ...late.map(({ at }) => at - from)), Math.max(0, ...late.map(({ at, dueAt }) => at - dueAt))];
};

const rows: Array<ReadonlyArray<string>> = [];
const targets: Array<Target> = [];
for (const count of [3, 30, 300]) {
  const world = new VirtualNodes(10, 100);
  let nodes = Array.from({ length: count }, (_, index) => world.join(`n${index}`, specs));
  /** Something happens, and two minutes pass: how long fires were late, how many never ran, how many jobs moved. */
  const phase = (name: string, idealMoves: number, act: () => void): void => {
    const from = world.now;
    const before = ownersIn(world.begun, from - minuteMs, from);
    act();
    const requests = nodes.map((it) => it.requests);
    world.pass(3 * minuteMs);
    const end = world.now;
    const [settledMs, latestMs] = settledAfter(world.begun, from, end - 2_000);
    const after = ownersIn(world.begun, end - minuteMs, end);
    const moved = [...after].filter(([job, node]) => before.size > 0 && before.get(job) !== node).length;
    const ran = world.begun.filter(({ dueAt }) => dueAt >= from + 2_000 && dueAt < end - 2_000).length;
    if (ran < 2.9 * jobCount) throw new Error(`${name}: only ${ran} runs of ${jobCount} jobs in three minutes`);
    const asked = nodes.map((it, index) => (it.requests - (requests[index] ?? 0)) / 3).sort((a, b) => a - b);
    const mean = asked.reduce((sum, it) => sum + it, 0) / asked.length;
    rows.push([
      `${count}`,
      name,
      `${Math.round(settledMs)}`,
      `${Math.round(latestMs)}`,
      before.size > 0 ? `${moved} / ${Math.round(idealMoves)}` : "-",
      mean.toFixed(0),
      `${Math.round(asked.at(-1) ?? 0)}`,
    ]);
  };
  phase("all start at once", 0, () => {});
  phase("nothing happens", 0, () => {});
  phase("one joins", jobCount / (count + 1), () => void (nodes = [...nodes, world.join("later", specs)]));
  phase("one leaves", jobCount / (count + 1), () => {
    nodes[0]?.leave();
    nodes = nodes.slice(1);
  });
  const third = Math.floor(count / 3);
  phase(`${third} are killed`, jobCount * third / count, () => {
    for (const node of nodes.slice(0, third)) node.kill();
    nodes = nodes.slice(third);
  });
}
console.log(table([
  [
    "nodes",
    "what happens",
    "ms until none is late",
    "latest, ms",
    "jobs moved / ideal",
    "requests a node and minute",
    "busiest",
  ],
  ...rows,
]));
const find = (nodes: string, what: string) => rows.find((row) => row[0] === nodes && row[1]?.includes(what)) ?? [];
for (const nodes of ["3", "30", "300"]) {
  for (const what of ["nothing happens", "joins", "leaves"]) {
    const latest = Number(find(nodes, what)[3]);
    targets.push([`${nodes} nodes, ${what}: no fire later than 50 ms`, `${latest} ms`, latest === 0]);
  }
}
told(targets);
