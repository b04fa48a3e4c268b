/**
 * What a step of the machine costs with 100, 10,000 and 100,000 declared jobs of which one is due each second: microseconds a
 * step, over a store in memory that takes no part in the figures, and the ratio of the most to the fewest. And what a fire
 * costs where all jobs are due each second.
 *
 * @module
 */
import * as Engine from "../../src/core/engine/Engine.ts";
import * as Machine from "../../src/core/node/Machine.ts";
import type { Request } from "../../src/core/words/Request.ts";
import * as reference from "../../src/core/ledger/reference-store.ts";
import { operate } from "../support/operate.ts";
import { table } from "../support/table.ts";
import { config, epoch, job } from "../unit/support/bench.ts";

/** A node, its store, and the time that its steps took. */
const makeNode = () => {
  let now = epoch;
  let state = Machine.initial(config, { mono: 0, wall: epoch });
  let wakeAt = Infinity;
  const store = reference.empty();
  const engine = Engine.make({ rows: 1_000, bytes: 10_000_000 });
  const inputs: Array<Machine.Input> = [];
  const at = (): Machine.Instant => ({ mono: now - epoch, wall: now });
  const spent = { steps: 0, ms: 0, fires: 0 };

  const answer = (request: Request) => operate(engine, request, () => now, (it) => reference.answer(store, it, now));

  const carryOut = (command: Machine.Command): void => {
    if (command._tag === "WakeAt") wakeAt = command.mono;
    else if (command._tag === "Incarnate") inputs.push({ _tag: "Incarnated", incarnation: "n1", at: at() });
    else if (command._tag === "Send") {
      inputs.push({ _tag: "Replied", id: command.id, reply: answer(command.request), at: at() });
    } else if (command._tag === "Start") {
      const { fence, job } = command.run;
      spent.fires += 1;
      const end = { job, fence, outcome: "succeeded", error: undefined, cause: undefined } as const;
      inputs.push({ _tag: "RunsEnded", ends: [end], at: at() });
    }
  };

  const feed = (input: Machine.Input): void => {
    inputs.push(input);
    for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
      const began = performance.now();
      const [after, commands] = Machine.step(state, next);
      spent.ms += performance.now() - began;
      spent.steps += 1;
      state = after;
      commands.forEach(carryOut);
    }
  };

  return {
    spent,
    feed,
    at,
    until: (end: number): void => {
      while (epoch + wakeAt <= end) {
        now = Math.max(now, epoch + wakeAt);
        wakeAt = Infinity;
        feed({ _tag: "Wake", at: at() });
      }
      now = end;
    },
  };
};

const measure = (jobs: number) => {
  const node = makeNode();
  const rare = Array.from({ length: jobs - 1 }, (_, index) => job(`job-${index}`, "@yearly"));
  node.feed({ _tag: "Declared", jobs: [...rare, job("often", "* * * * * *")], at: node.at() });
  node.feed({ _tag: "Incarnated", incarnation: "n1", at: node.at() });
  node.until(epoch + 120_000);
  const started = { ...node.spent };
  let best = Infinity;
  for (let round = 1; round <= 5; round++) {
    const before = { ...node.spent };
    node.until(epoch + 120_000 + round * 60_000);
    best = Math.min(best, (node.spent.ms - before.ms) / (node.spent.steps - before.steps));
  }
  return { startMs: started.ms, microseconds: best * 1_000 };
};

measure(100);
const counts = [100, 10_000, 100_000];
const measured = counts.map(measure);
const [first, , last] = measured;
console.log(table([
  ["jobs", "µs a step", "ms for all steps of the first two minutes"],
  ...measured.map(({ microseconds, startMs }, index) => [
    `${counts[index]}`,
    microseconds.toFixed(1),
    startMs.toFixed(0),
  ]),
]));
console.log(`ratio: ${((last?.microseconds ?? 0) / (first?.microseconds ?? 1)).toFixed(1)}, at most 3`);

/** Milliseconds of steps for a fire of one of so many jobs, all of which are due each second. */
const measureFires = (jobs: number): number => {
  const node = makeNode();
  const all = Array.from({ length: jobs }, (_, index) => job(`job-${index}`, "* * * * * *"));
  node.feed({ _tag: "Declared", jobs: all, at: node.at() });
  node.feed({ _tag: "Incarnated", incarnation: "n1", at: node.at() });
  node.until(epoch + 20_000);
  let best = Infinity;
  for (let round = 1; round <= 6; round++) {
    const before = { ...node.spent };
    node.until(epoch + 20_000 + round * 5_000);
    best = Math.min(best, (node.spent.ms - before.ms) / (node.spent.fires - before.fires));
  }
  return best;
};

const busy = [100, 1_000];
console.log(table([
  ["jobs due each second", "µs a fire"],
  ...busy.map((jobs) => [`${jobs}`, (1_000 * measureFires(jobs)).toFixed(1)]),
]));
