/**
 * Ownership of 100,000 jobs: assigned anew, and tracked while a member joins or leaves; a look-up.
 *
 * @module
 */
import * as Ring from "../../src/core/ring/Ring.ts";
import { table } from "../support/table.ts";
import { leastMs, type Target, told } from "../support/targets.ts";

const jobs = Array.from({ length: 100_000 }, (_, index) => `job-${index}`);
const rows: Array<ReadonlyArray<string>> = [];
const targets: Array<Target> = [];
for (const count of [3, 10, 100]) {
  const members = Array.from({ length: count }, (_, index) => ({ id: `node-${index}` }));
  const anew = leastMs(5, () => void Ring.assign(members, jobs));
  const tracked = Ring.track(jobs);
  tracked.assign(members);
  let present = members;
  const join = leastMs(7, (time) => tracked.assign(present = [...present, { id: `new-${time}` }]));
  const leave = leastMs(7, () => tracked.assign(present = present.slice(1)));
  let found = 0;
  const look = leastMs(20, () => {
    for (const job of jobs) if (tracked.owner(job) === "new-6") found += 1;
  });
  if (found === 0) throw new Error("nobody owns anything");
  const lookNs = look * 1e6 / jobs.length;
  rows.push([`${count}`, anew.toFixed(0), join.toFixed(1), leave.toFixed(1), lookNs.toFixed(0)]);
  if (count === 100) {
    targets.push(["a join of the 101st, tracked, below 20 ms", `${join.toFixed(1)} ms`, join < 20]);
    targets.push(["a leave, tracked, below 20 ms", `${leave.toFixed(1)} ms`, leave < 20]);
    targets.push(["a look-up below 20 ns", `${lookNs.toFixed(0)} ns`, lookNs < 20]);
  }
}
console.log(table([["members", "ms assigned anew", "ms after a join", "ms after a leave", "ns a look-up"], ...rows]));
told(targets);
