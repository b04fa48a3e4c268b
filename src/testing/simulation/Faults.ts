/**
 * What can go wrong in the simulated world.
 */
import type { Random } from "./Random.ts";

/** What can go wrong, each as a probability in permille or a bound in milliseconds; 0 switches it off. */
export interface Faults {
  /** Requests and answers that get lost. */
  readonly loss: number;
  /** Requests of which a copy arrives later. */
  readonly duplication: number;
  /** Messages that take up to 3 s instead of up to 15 ms. */
  readonly delay: number;
  readonly crash: number;
  /** A process dies between the store's "yes" and the start of the handler. */
  readonly crashOnClaim: number;
  /** A process dies while a handler that it has just started runs. */
  readonly crashOnStart: number;
  /** A process dies between the end of a handler and the answer to its report. */
  readonly crashOnEnd: number;
  readonly pause: number;
  /** Neither requests nor answers get through. */
  readonly partition: number;
  /** Requests do not get through. */
  readonly requestCut: number;
  /** Requests get through, answers do not. */
  readonly replyCut: number;
  /** The store does not answer, or answers everything with a failure. */
  readonly outage: number;
  /** For a while everything takes long. */
  readonly slowness: number;
  /** The store is so far away, always and in the healed world too, that each way takes this much longer. */
  readonly farMs: number;
  /** How often a process is stopped in good order. */
  readonly leave: number;
  /** How often somebody asks a node to leave. */
  readonly drain: number;
  /** Nodes' wall clocks are wrong by up to this. */
  readonly skewMs: number;
  /** How often a node's wall clock steps by up to a minute. */
  readonly step: number;
  /** How often a node with other schedules joins, or the whole fleet is replaced by such nodes, one by one. */
  readonly deploy: number;
  /** How often a job is paused or resumed. */
  readonly control: number;
  /** How often somebody triggers a job, fills in fires of its past, or gives up what is queued. */
  readonly ask: number;
  /** How likely a process does not declare a job. */
  readonly omit: number;
  /** How often a process withdraws a job or declares one more while it runs. */
  readonly withdraw: number;
  /** How likely a process has another weight than the rest. */
  readonly weights: number;
  /** Handlers that never end by themselves. */
  readonly hang: number;
  /** Handlers that take no notice when they are told to stop. */
  readonly deaf: number;
  /** How often the record of a job cannot be read. */
  readonly corrupt: number;
  /** How often the store's clock leaps for a moment, by up to an hour either way. */
  readonly storeLeap: number;
  /** How often the store loses the last of what it acknowledged, up to two seconds of it. */
  readonly amnesia: number;
  /** How often a store that loses something is emptied, or put back to a copy of up to a minute ago. No seed draws it. */
  readonly emptied: number;
  /** How often jobs are run by an invocation that is no member, beside the nodes. Drawn for a share of the seeds that is asked for. */
  readonly ticks: number;
  /** In how many of a thousand seconds somebody puts, changes, removes, pauses or triggers schedules in the store. As with ticks. */
  readonly schedules: number;
  /**
   * No request carries more bytes, so that what members declare is told in pieces (R55), in the healed world too. As with ticks.
   */
  readonly tightBytes: number;
}

/** Nothing goes wrong. */
export const noFaults: Faults = {
  loss: 0,
  duplication: 0,
  delay: 0,
  crash: 0,
  crashOnClaim: 0,
  crashOnStart: 0,
  crashOnEnd: 0,
  pause: 0,
  partition: 0,
  requestCut: 0,
  replyCut: 0,
  outage: 0,
  slowness: 0,
  farMs: 0,
  leave: 0,
  drain: 0,
  skewMs: 0,
  step: 0,
  deploy: 0,
  control: 0,
  ask: 0,
  omit: 0,
  withdraw: 0,
  weights: 0,
  hang: 0,
  deaf: 0,
  corrupt: 0,
  storeLeap: 0,
  amnesia: 0,
  emptied: 0,
  ticks: 0,
  schedules: 0,
  tightBytes: 0,
};

/** The faults of a seed: a random subset, each of random strength. What was added later has sources of its own. */
export const draw = (random: Random, people: Random, places: Random, times: Random): Faults => {
  const sometimes = (permille: number, from: number, to: number, source: Random = random) => {
    const value = source.between(from, to);
    return source.chance(permille) ? value : 0;
  };
  const drawn = {
    loss: sometimes(600, 5, 150),
    duplication: sometimes(600, 5, 200),
    delay: sometimes(600, 5, 150),
    crash: sometimes(500, 20, 200),
    crashOnClaim: sometimes(300, 1, 30),
    crashOnStart: sometimes(300, 1, 30),
    crashOnEnd: sometimes(300, 1, 30),
    pause: sometimes(600, 20, 200),
    partition: sometimes(500, 20, 150),
    requestCut: sometimes(300, 20, 150),
    replyCut: sometimes(400, 20, 150),
    outage: sometimes(500, 10, 60),
    slowness: sometimes(400, 10, 80),
    farMs: sometimes(100, 300, 850, places),
    leave: sometimes(600, 10, 100),
    skewMs: sometimes(600, 1, 30_000),
    step: sometimes(600, 10, 50),
    deploy: sometimes(300, 20, 150),
    control: sometimes(300, 20, 200),
    ask: sometimes(500, 50, 1_000, people),
    omit: sometimes(300, 50, 400),
    withdraw: sometimes(300, 20, 200),
    weights: sometimes(300, 200, 800),
    hang: sometimes(250, 1, 30),
    deaf: sometimes(400, 100, 1_000),
    corrupt: sometimes(150, 20, 200),
    storeLeap: sometimes(150, 50, 400, times),
    amnesia: 0,
    emptied: 0,
    ticks: 0,
    schedules: 0,
    tightBytes: 0,
  };
  return { ...drawn, drain: drawn.leave };
};

/**
 * The faults of a seed in which there may be invocations as well. They take the store's clock for the time, so it does not leap
 * then: the end of a lease is nothing but an instant of it.
 */
export const withTicks = (faults: Faults, permille: number, random: Random): Faults => {
  const isDrawn = random.chance(permille);
  const ticks = random.between(50, 1_000);
  return isDrawn ? { ...faults, ticks, storeLeap: 0 } : faults;
};

/** The faults of a seed in which there may be schedules in the store as well. */
export const withSchedules = (faults: Faults, permille: number, random: Random): Faults => {
  const isDrawn = random.chance(permille);
  const schedules = random.between(50, 800);
  return isDrawn ? { ...faults, schedules } : faults;
};

/** The faults of a seed in which requests may carry little as well. */
export const withTightness = (faults: Faults, permille: number, random: Random): Faults => {
  const isDrawn = random.chance(permille);
  const tightBytes = random.between(100, 2_000);
  return isDrawn ? { ...faults, tightBytes } : faults;
};
