/**
 * What a node's engine computes for the fires of its jobs, over a store in memory: microseconds a job, the best of several
 * rounds, without the state machine, the runtime and the network.
 *
 * @module
 */
import * as Engine from "../../src/core/engine/Engine.ts";
import * as reference from "../../src/core/ledger/reference-store.ts";
import type { Asked, ClaimItem, ClaimReply, Completion } from "../../src/core/words/Request.ts";
import { table } from "../support/table.ts";

const service = "bench";
const limits = { rows: 200, bytes: 500_000 };
const everySecond = 1_000;
const start = Date.UTC(2026, 0);

/** One store, and a clock for it and for all engines. */
const store = reference.empty();
let now = start;

/** What the store took of the time of all rounds. Milliseconds. */
let storeMs = 0;

const perform = <Q extends Engine.EngineRequest>(engine: Engine.Engine, request: Q): Engine.AnswerTo<Q> => {
  const operation = engine.begin(request, () => now);
  let step = operation.next([]);
  while (step.done !== true) {
    const { requests } = step.value;
    const began = performance.now();
    const replies = requests.map((sent) => reference.answer(store, sent, now));
    storeMs += performance.now() - began;
    step = operation.next(replies);
  }
  return step.value;
};

const itemOf = (job: string, from: number | undefined, turn: number): ClaimItem => {
  const asked: Asked = {
    job,
    claimId: `n1.${turn}`,
    nextDueAt: now + everySecond,
    floor: from,
    floorBy: from === undefined ? undefined : `n1.${turn - 1}`,
    definition: "0123456789abcdef",
    overlap: "skip",
    rerun: false,
  };
  if (from === undefined) return { _tag: "Sync", take: 0, ...asked };
  const to = from + everySecond;
  return { _tag: "Claim", from, to, runs: [{ dueAt: to, kind: "due" }], skips: [], ...asked };
};

const claim = (engine: Engine.Engine, items: ReadonlyArray<ClaimItem>): ClaimReply =>
  perform(engine, {
    _tag: "Claim",
    service,
    incarnation: "n1",
    deployment: 1,
    expiresAt: now + 10_000,
    items,
  });

/** The jobs of one measurement, and how far each is decided. */
interface Jobs {
  readonly names: ReadonlyArray<string>;
  readonly engine: Engine.Engine;
  /** Another node's engine, which takes turns if there are to be conflicts. */
  readonly other: Engine.Engine;
  readonly marks: Map<string, number>;
  turn: number;
}

const register = (count: number): Jobs => {
  const jobs: Jobs = {
    names: Array.from({ length: count }, (_, index) => `job-of-${count}-${index}`),
    engine: Engine.make(limits),
    other: Engine.make(limits),
    marks: new Map(),
    turn: 0,
  };
  for (const { job, watermark } of claim(jobs.engine, jobs.names.map((job) => itemOf(job, undefined, 0))).results) {
    jobs.marks.set(job, watermark as number);
  }
  return jobs;
};

/** One fire of each job: claimed, and reported as ended. */
const fire = (jobs: Jobs, engine: Engine.Engine): void => {
  now += everySecond;
  jobs.turn += 1;
  const { results } = claim(engine, jobs.names.map((job) => itemOf(job, jobs.marks.get(job), jobs.turn)));
  const items: Array<Completion> = [];
  for (const { job, runs: [run], status, watermark } of results) {
    if (status !== "ok" || run === undefined) throw new Error(`${job}: ${status}`);
    jobs.marks.set(job, watermark as number);
    const { attempt, dueAt, fence } = run;
    items.push({ job, fence, dueAt, attempt, outcome: "succeeded", startedAt: now, endedAt: now, rerun: false });
  }
  perform(engine, { _tag: "Complete", service, incarnation: "n1", items });
};

/** Microseconds a job, of the engine and of the store. */
const measure = (count: number, isRaced: boolean): readonly [engine: number, store: number] => {
  const jobs = register(count);
  const turns = Math.ceil(20_000 / count);
  let best: readonly [number, number] = [Infinity, Infinity];
  for (let round = 0; round < 8; round++) {
    storeMs = 0;
    const began = performance.now();
    for (let turn = 0; turn < turns; turn++) fire(jobs, isRaced && turn % 2 === 1 ? jobs.other : jobs.engine);
    const perJob = 1_000 / (turns * count);
    const engine = (performance.now() - began - storeMs) * perJob;
    if (engine < best[0]) best = [engine, storeMs * perJob];
  }
  return best;
};

perform(Engine.make(limits), {
  _tag: "Beat",
  service,
  incarnation: "n1",
  name: "bench",
  weight: 1,
  state: "active",
  deployment: 1,
  digest: "0",
  declared: new Map(),
  gapMs: 1e9,
  leaseMs: 1e9,
  knownVersion: 0,
  knownDigests: [],
  overdueMs: 1e9,
});
const figures = [[1, false], [200, false], [1, true], [200, true]] as const;
console.log(table([
  ["claim and report of a fire", "engine, µs a job", "store in memory, µs a job"],
  ...figures.map(([count, isRaced]) => {
    const [engine, kept] = measure(count, isRaced);
    const jobs = count === 1 ? "1 job" : `${count} jobs in one request`;
    return [`${jobs}${isRaced ? ", nodes take turns" : ""}`, engine.toFixed(1), kept.toFixed(1)];
  }),
]));
