/**
 * Ownership of 100,000 jobs: assigned anew, and tracked while a member joins or leaves; a look-up, of that many and of fewer, beside
 * one in a map.
 *
 * @module
 */
import * as Ownership from "../../src/core/ring/Ownership.ts";
import { placingOf } from "../../src/core/ring/remembered.ts";
import * as Ring from "../../src/core/ring/Ring.ts";
import * as View from "../../src/core/words/View.ts";
import { table } from "../support/table.ts";
import { leastMs, type Target, told } from "../support/targets.ts";

const jobs = Array.from({ length: 100_000 }, (_, index) => `job-${index}`);
/** Nanoseconds of one of 100,000 look-ups of these jobs. */
const lookUpNs = (of: ReadonlyArray<string>, find: (job: string) => unknown): number => {
  const rounds = jobs.length / of.length;
  let found = 0;
  const ms = leastMs(20, () => {
    for (let round = 0; round < rounds; round++) for (const job of of) if (find(job) !== undefined) found += 1;
  });
  if (found === 0) throw new Error("nobody owns anything");
  return ms * 1e6 / jobs.length;
};

const rows: Array<ReadonlyArray<string>> = [];
const targets: Array<Target> = [];
for (const count of [3, 10, 100, 1_000]) {
  const members = Array.from({ length: count }, (_, index) => ({ id: `node-${index}` }));
  const anew = leastMs(5, () => void Ring.assign(members, jobs));
  const tracked = Ring.track(jobs);
  tracked.assign(members);
  let present = members;
  const join = leastMs(7, (time) => tracked.assign(present = [...present, { id: `new-${time}` }]));
  const leave = leastMs(7, () => tracked.assign(present = present.slice(1)));
  const declared = new Map(jobs.map((job) => [job, "definition"]));
  const views = [0, 1].map((more) => ({
    version: 1,
    storeTime: 0,
    members: [...members, { id: "one-more" }].slice(more).map(({ id }) => ({
      incarnation: id,
      name: id,
      weight: 1,
      state: "active" as const,
      deployment: 1,
      nextBeatAt: 0,
      leaseEndsAt: 0,
      jobs: declared,
    })),
  }));
  const viewAt = (time: number) => views[time % 2] ?? View.empty;
  const viewAnew = leastMs(3, (time) => void Ownership.of(viewAt(time)));
  placingOf(viewAt(1));
  const viewAfter = leastMs(6, (time) => void placingOf(viewAt(time)));
  const lookNs = lookUpNs(jobs, tracked.owner);
  const all = [join, leave, viewAnew, viewAfter].map((it) => it.toFixed(1));
  rows.push([`${count}`, anew.toFixed(0), ...all, lookNs.toFixed(0)]);
  if (count === 100) {
    targets.push(["a join of the 101st, tracked, below 20 ms", `${join.toFixed(1)} ms`, join < 20]);
    targets.push(["a leave, tracked, below 20 ms", `${leave.toFixed(1)} ms`, leave < 20]);
    targets.push(["a look-up below 20 ns", `${lookNs.toFixed(0)} ns`, lookNs < 20]);
  }
}
console.log(table([
  [
    "members",
    "ms assigned anew",
    "ms after a join",
    "ms after a leave",
    "ms of a view, anew",
    "ms of the next view",
    "ns a look-up",
  ],
  ...rows,
]));
const looks = [1_000, 10_000, 100_000].map((count) => {
  const some = jobs.slice(0, count);
  const tracked = Ring.track(some);
  tracked.assign(Array.from({ length: 100 }, (_, index) => ({ id: `node-${index}` })));
  const map = new Map(some.map((job, index) => [job, index]));
  return [count, lookUpNs(some, tracked.owner), lookUpNs(some, (job) => map.get(job))].map((it) => it.toFixed(0));
});
console.log(table([["jobs", "ns a look-up", "ns a look into a map of their names"], ...looks]));
told(targets);
