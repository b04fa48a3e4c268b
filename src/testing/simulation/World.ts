/**
 * A simulated world: an agenda of things to come, a store, and nodes that run the production state machine with clocks
 * and a process of their own that can fail. No real time passes.
 */
import * as Machine from "../../core/node/Machine.ts";
import { invariants } from "../../core/node/invariants.ts";
import * as Engine from "../../core/engine/Engine.ts";
import * as reference from "../../core/ledger/reference-store.ts";
import { Agenda } from "./Agenda.ts";
import { type Faults, noFaults } from "./Faults.ts";
import * as History from "./History.ts";
import type { Stored } from "../../core/engine/schedules/stored.ts";
import type { Limits } from "../../core/words/Exchange.ts";
import type { Run } from "../../core/words/Fire.ts";
import { hashOf } from "../../core/words/hash.ts";
import { someLabel } from "./labels.ts";
import { limits, limitsUnder } from "./limits.ts";
import * as Random from "./Random.ts";
import { mend } from "./Records.ts";
import type { Mishap } from "./Timeline.ts";

/** A handler that runs. */
export interface Handler {
  readonly isDeaf: boolean;
  /** It hangs, and nothing but the end of its process ends it. */
  readonly isStuck: boolean;
  /** Whose run it is. */
  readonly job: string;
  readonly incarnation: string;
  /** Nobody relies on its end any more. */
  isGivenUp: boolean;
}

/** What a process is, be it a node or an invocation: its clocks, its way to the store, and the handlers in it. */
export interface Process {
  /** Of a node, in the order in which they were booted. */
  readonly index: number | undefined;
  /** How many handlers it runs at once; undefined: any number. */
  readonly concurrency: number | undefined;
  readonly labels: ReadonlyArray<string>;
  readonly engine: Engine.Engine;
  /** What the last answer told of the store's clock: its time at an instant of this process's, and how long the way there takes. */
  reading: { readonly storeTime: number; readonly mono: number; readonly wayMs: number } | undefined;
  isAlive: boolean;
  pausedUntil: number;
  requestsCutUntil: number;
  repliesCutUntil: number;
  wallOffset: number;
  readonly drift: number;
  readonly bootedAt: number;
  diedAt: number | undefined;
  /** What it declares at the moment. */
  readonly jobs: Map<string, Machine.JobSpec>;
  /** What a job is to it, or a schedule that it has taken on. */
  readonly specOf: (job: string) => Machine.JobSpec | undefined;
  /** What waits for a paused process. */
  inbox: Array<() => void>;
  /** By job and token. */
  readonly handlers: Map<string, Handler>;
  /** Who it is for the store. */
  readonly identity: () => string;
  /** Hears how a handler ended. */
  readonly ended: (end: Machine.RunEnd) => void;
}

/** What a process is as it begins. */
export const begun = (bootedAt: number, most: Limits = limits): Begun => ({
  engine: Engine.make(most),
  reading: undefined,
  isAlive: true,
  pausedUntil: 0,
  requestsCutUntil: 0,
  repliesCutUntil: 0,
  bootedAt,
  diedAt: undefined,
  inbox: [],
  handlers: new Map(),
});

type Begun = Pick<
  Process,
  | "bootedAt"
  | "diedAt"
  | "engine"
  | "handlers"
  | "inbox"
  | "isAlive"
  | "pausedUntil"
  | "reading"
  | "repliesCutUntil"
  | "requestsCutUntil"
>;

/** One node of the fleet. */
export interface SimulatedNode extends Process {
  readonly index: number;
  readonly name: string;
  readonly weight: number;
  /** The handlers for schedules in the store that it has. */
  readonly handlesFor: ReadonlyArray<string>;
  state: Machine.State;
  wakeOrder: number;
  incarnations: number;
  /** Its requests, steps, and the most of what it ever had under way. */
  requests: number;
  /** Runs it started that people had asked for. */
  asked: number;
  steps: number;
  mostFlights: number;
  mostRuns: number;
  mostCompletions: number;
}

/** An invocation that ticks. */
export type SimulatedTick = Process & { readonly index: undefined };

/** How simulated nodes behave: quick to be missed, so that little time shows much. */
export const config: Machine.Config = {
  service: History.serviceName,
  nodeName: "node",
  weight: 1,
  leaseMs: 4_000,
  graceMs: 500,
  lookaheadMs: undefined,
  maxSilenceMs: 8_000,
  requestTimeoutMs: 2_000,
  deployment: 0,
};

/** Of so many invariants that do not hold it is told: the first says what went wrong. */
const mostBroken = 20;

/** Invariants are looked at after every so many steps of a node: after each they would cost a quarter of the time. */
const checkedEvery = 3;

/** When the simulated time begins, epoch milliseconds. */
export const epoch: number = Date.UTC(2026, 0, 1, 12);

/** What an engine was asked that makes it send something. */
type Cause = Engine.EngineRequest;

/** What is seen of schedules in the store. */
export interface Sight {
  /** Hears of each change that people made, by the name of the schedule. */
  onChange: (job: string) => void;
  /** A change was made of a schedule that was asked for at `sentAt`. `storeNow` is the store's clock. */
  readonly changed: (id: string, before: Stored | undefined, cause: Cause, storeNow: number, sentAt: number) => void;
  /** A run of one is started. */
  readonly started: (run: Run, incarnation: string, uncertaintyMs: number) => void;
  /** The store has forgotten something. */
  readonly regressed: () => void;
  /** Notes how schedules are left. */
  readonly leave: (isPlaced: (handler: string) => boolean) => void;
}

/** What a world is made of. */
export interface WorldOptions {
  readonly seed: number;
  readonly faults: Faults;
  /** Mishaps, by their number, that do not happen. */
  readonly spared: ReadonlySet<number>;
  /** Does what the machine of a node wants. */
  readonly carryOut: (world: World, node: SimulatedNode, command: Machine.Command) => void;
}

/** The world and everything in it. */
export class World {
  now: number = epoch;
  readonly service: reference.Service = reference.empty();
  /** The engine of those who are no node. */
  readonly outside: Engine.Engine = Engine.make(limits);
  readonly history: History.FullHistory = History.empty();
  /** Who sees what becomes of schedules in the store, where there are any. */
  witness: Sight | undefined = undefined;
  readonly nodes: Array<SimulatedNode> = [];
  readonly ticks: Array<SimulatedTick> = [];
  readonly byIncarnation: Map<string, SimulatedNode> = new Map();
  /** How long the store has promised each incarnation to be a member. */
  readonly promised: Map<string, number> = new Map();
  /** Until when an invocation was told that a run stays its own that asked for more time, by job and token. */
  readonly extended: Map<string, number> = new Map();
  /** Runs that were taken from their nodes, by job and token. */
  readonly givenUp: Set<string> = new Set();
  /** Fires that were in doubt when the run in their way turned out to be of a process that had died before, by job: from when to when they were due. */
  readonly freed: Map<string, readonly [from: number, to: number]> = new Map();
  faults: Faults;
  /** Whether people put schedules in the store. */
  readonly hasSchedules: boolean;
  storeDownUntil: number = 0;
  /** Whether a store that is down says so, or is silent. */
  isRefusing: boolean = false;
  slowUntil: number = 0;
  /** How far the store's clock is ahead of the time at the moment. */
  storeAheadMs: number = 0;
  /** The job whose record nobody can read at the moment; empty if all can be read. */
  damaged: string = "";
  /** The job whose record was mended last, and when. */
  mended: { readonly job: string; readonly at: number } = { job: "", at: -Infinity };
  /** Whatever replaces a process that died. */
  onDeath: () => void = () => {};
  /** Streams of their own, so that sparing one mishap leaves the draws for the others as they are. */
  readonly fate: Random.Random;
  readonly traffic: Random.Random;
  readonly times: Random.Random;
  readonly seed: number;
  readonly config: Machine.Config = config;
  /** What one exchange of a node may carry. */
  readonly #limits: Limits;
  readonly #spared: ReadonlySet<number>;
  readonly #carryOut: WorldOptions["carryOut"];
  readonly #agenda: Agenda = new Agenda();
  #mishaps: number = 0;
  #isTroubled: boolean;

  constructor({ carryOut, faults, seed, spared }: WorldOptions) {
    this.#carryOut = carryOut;
    this.seed = seed;
    this.fate = Random.stream(seed, 1);
    this.traffic = Random.stream(seed, 2);
    this.times = Random.stream(seed, 6);
    this.faults = faults;
    this.hasSchedules = faults.schedules > 0;
    this.#limits = limitsUnder(faults);
    this.#isTroubled = Object.values(faults).some((value) => value > 0);
    this.#spared = spared;
    if (faults.farMs > 0) History.count(this.history, "fault store far away");
    if (faults.tightBytes > 0) History.count(this.history, "fault requests that carry little");
  }

  /** Plans something. */
  after(delay: number, act: () => void): void {
    this.#agenda.add(this.now + Math.max(0, delay), act);
  }

  /** Lets time pass. */
  runUntil(end: number): void {
    for (let next = this.#agenda.take(end); next !== undefined; next = this.#agenda.take(end)) {
      this.now = next.at;
      next.act();
    }
    this.now = end;
  }

  /** Something goes wrong, unless it is to be spared. */
  strike(what: string, details: Pick<Mishap, "node" | "job" | "forMs"> = {}): boolean {
    const number = ++this.#mishaps;
    if (this.#spared.has(number)) return false;
    this.history.timeline.push({ number, sinceMs: this.now - epoch, what, ...details });
    History.count(this.history, `fault ${what}`);
    return true;
  }

  /** Whether anything goes wrong at all at the moment. */
  isTroubled(): boolean {
    return this.#isTroubled;
  }

  /** All goes well from now on. */
  calm(): void {
    this.faults = { ...noFaults, farMs: this.faults.farMs };
    this.#isTroubled = false;
    this.storeDownUntil = 0;
    this.slowUntil = 0;
    this.storeAheadMs = 0;
    mend(this);
    for (const node of [...this.nodes, ...this.ticks]) {
      node.requestsCutUntil = 0;
      node.repliesCutUntil = 0;
      this.resume(node);
    }
  }

  /** Starts a process, which has the label that some jobs need or may have it. */
  boot(
    jobs: ReadonlyArray<Machine.JobSpec>,
    isAble: boolean = false,
    handlesFor: ReadonlyArray<string> = [],
  ): SimulatedNode {
    const { fate, faults } = this;
    const index = this.nodes.length;
    const name = `n${index}`;
    // Few nodes in few seeds, from a source of their own.
    const places = Random.stream(this.seed, hashOf(`places ${index}`));
    const isBounded = Random.stream(this.seed, hashOf("places")).chance(150) && places.chance(500);
    const node: SimulatedNode = {
      ...begun(this.now, this.#limits),
      index,
      name,
      handlesFor,
      concurrency: isBounded ? places.between(4, 12) : undefined,
      labels: isAble || Random.stream(this.seed, hashOf(`labels ${index}`)).chance(650) ? [someLabel] : [],
      weight: fate.chance(faults.weights) ? fate.between(1, 4) : 1,
      state: undefined as unknown as Machine.State,
      specOf: (job) => node.jobs.get(job) ?? node.state.jobs.get(job)?.spec,
      identity: () => node.state.incarnation,
      ended: (end) => this.step(node, { _tag: "RunsEnded", ends: [end] }),
      wallOffset: faults.skewMs === 0 ? 0 : fate.between(-faults.skewMs, faults.skewMs),
      drift: faults.skewMs === 0 ? 0 : fate.between(-100, 100) * 1e-6,
      jobs: new Map(),
      wakeOrder: 0,
      incarnations: 0,
      requests: 0,
      asked: 0,
      steps: 0,
      mostFlights: 0,
      mostRuns: 0,
      mostCompletions: 0,
    };
    this.nodes.push(node);
    node.state = Machine.initial(
      { ...this.config, nodeName: name, weight: node.weight, concurrency: node.concurrency, labels: node.labels },
      this.clocks(node),
    );
    this.declare(node, jobs, handlesFor);
    this.incarnate(node);
    return node;
  }

  /** Declares jobs on a node. */
  declare(
    node: SimulatedNode,
    jobs: ReadonlyArray<Machine.JobSpec>,
    handlers: ReadonlyArray<string> = [],
  ): void {
    for (const job of jobs) node.jobs.set(job.name, job);
    this.step(node, { _tag: "Declared", jobs, handlers });
  }

  /** Ends a process without a word. */
  kill(node: Process): void {
    if (!node.isAlive) return;
    node.isAlive = false;
    node.diedAt = this.now;
    // Nobody replaces an invocation.
    if (node.index !== undefined) this.onDeath();
  }

  /** What the clocks of a process show. */
  clocks(node: Process): Machine.Instant {
    const elapsed = (this.now - node.bootedAt) * (1 + node.drift);
    return { mono: elapsed, wall: node.bootedAt + elapsed + node.wallOffset };
  }

  /** Feeds a node, and carries out what it wants. A paused node is fed when it goes on. */
  step(node: SimulatedNode, input: DistributiveOmit<Machine.Input, "at">): void {
    if (!node.isAlive) return;
    if (this.now < node.pausedUntil) {
      node.inbox.push(() => this.step(node, input));
      return;
    }
    (input as { at?: Machine.Instant }).at = this.clocks(node);
    const [state, commands] = Machine.step(node.state, input as Machine.Input);
    node.state = state;
    node.steps += 1;
    this.#check(node);
    node.mostRuns = Math.max(node.mostRuns, state.runCount);
    node.mostCompletions = Math.max(node.mostCompletions, state.completions.length);
    for (const command of commands) this.#carryOut(this, node, command);
  }

  #check({ state, steps }: SimulatedNode): void {
    const { broken } = this.history;
    if (steps % checkedEvery !== 0 || broken.length >= mostBroken) return;
    for (const what of invariants(state)) broken.push({ at: this.now, incarnation: state.incarnation, what });
  }

  /** Lets a process do something, once it is not paused. */
  whenAwake(node: Process, act: () => void): void {
    if (!node.isAlive) return;
    if (this.now < node.pausedUntil) node.inbox.push(() => this.whenAwake(node, act));
    else act();
  }

  /** Stops a process for a while, as SIGSTOP does. */
  pause(node: Process, forMs: number): void {
    node.pausedUntil = this.now + forMs;
    this.after(forMs, () => this.resume(node));
  }

  /** Lets a process go on. */
  resume(node: Process): void {
    node.pausedUntil = 0;
    const waiting = node.inbox;
    node.inbox = [];
    // Timers and answers wait together; which comes first is up to the runtime.
    while (waiting.length > 0) waiting.splice(this.traffic.below(waiting.length), 1)[0]?.();
  }

  /** Gives a process an identity, its first one or the next. */
  incarnate(node: SimulatedNode): void {
    const incarnation = `${node.name}i${node.incarnations}`;
    node.incarnations += 1;
    this.byIncarnation.set(incarnation, node);
    this.step(node, { _tag: "Incarnated", incarnation });
  }
}

/** Each member of a union without a key. */
export type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
