/**
 * Schedules in the store, each due once a minute, on three nodes that are 5 ms away from it, in virtual time with the machine and the
 * engine of production: how late they start, what is asked for it, and how many of them a node has at once.
 *
 * @module
 */
import { quantile } from "../compare/counting.ts";
import { table } from "../support/table.ts";
import { type Target, told } from "../support/targets.ts";
import { VirtualNodes } from "../support/virtual-nodes.ts";
import { define } from "../unit/support/schedules.ts";

const seconds = 70;
const rows: Array<ReadonlyArray<string>> = [];
const targets: Array<Target> = [];
for (const perSecond of [10, 100, 1_000]) {
  const world = new VirtualNodes(5, 1);
  const count = perSecond * 60;
  for (let at = 0; at < count; at += 5_000) {
    world.put(
      Array.from({ length: Math.min(5_000, count - at) }, (_, n) => ({
        id: `${at + n}`,
        definition: define({ schedule: `${(at + n) % 60} * * * * *` }),
      })),
    );
  }
  const nodes = ["a", "b", "c"].map((name) => world.join(name, [], ["report"]));
  world.pass(5_500);
  const [from, begun] = [world.now, world.begun.length];
  const before = nodes.reduce((sum, { requests }) => sum + requests, 0);
  let loaded = 0;
  for (let second = 0; second < seconds; second++) {
    world.pass(1_000);
    loaded = Math.max(loaded, ...nodes.map((it) => it.jobs()));
  }
  const fires = world.begun.slice(begun).filter(({ dueAt }) => dueAt > from);
  const late = fires.map(({ at, dueAt }) => at - dueAt).sort((one, other) => one - other);
  const requests = (nodes.reduce((sum, it) => sum + it.requests, 0) - before) / fires.length;
  const distinct = new Set(fires.map(({ dueAt, job }) => `${job} ${dueAt}`)).size;
  const at = (share: number): number => quantile(late, share) ?? Infinity;
  rows.push([
    `${perSecond}`,
    `${count}`,
    `${fires.length}`,
    `${at(0.5)}`,
    `${at(0.99)}`,
    `${at(1)}`,
    requests.toFixed(3),
    `${loaded}`,
  ]);
  const due = perSecond * seconds;
  targets.push(
    [
      `of ${perSecond} a second none is lost or starts twice`,
      `${due - distinct}, ${fires.length - distinct}`,
      due === distinct && fires.length === distinct,
    ],
    [`of ${perSecond} a second p99 is late by less than 100 ms`, `${at(0.99)} ms`, at(0.99) < 100],
  );
}
console.log(table([
  ["due a second", "schedules", "fires", "late p50, ms", "p99", "most", "requests a fire", "most that a node has"],
  ...rows,
]));
told(targets);
