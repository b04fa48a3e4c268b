/**
 * Invocations in the simulated world: they are started at any time, twice at once, are slow, stand still and are killed. Each runs the
 * production invocation.
 */
import type * as Engine from "../../core/engine/Engine.ts";
import { Invocation, type Invoking } from "../../core/node/Invocation.ts";
import { TickShelves } from "../../core/node/TickShelves.ts";
import type { JobSpec, RunEnd } from "../../core/node/Machine.ts";
import { settlingMs } from "../../core/node/said.ts";
import type { Run } from "../../core/words/Fire.ts";
import type { DueReply, DueRequest, PeekReply, PeekRequest, Request } from "../../core/words/Request.ts";
import { hashOf } from "../../core/words/hash.ts";
import type { Software } from "./Fleet.ts";
import * as Handler from "./Handler.ts";
import * as History from "./History.ts";
import { someLabel } from "./labels.ts";
import { limits, manyLimits } from "./limits.ts";
import { operate, receives } from "./Network.ts";
import * as Random from "./Random.ts";
import { handlersOf } from "./schedules/handlers.ts";
import { begun, type SimulatedTick, type World } from "./World.ts";

/** How often ends are reported while other runs go on, and how often the last ones are tried again. Milliseconds. */
const reportMs = 1_000;
const mostTries = 3;

/** How often one looks. */
const mostRounds = 50;

/** How wrong the time of an invocation may be when it starts a run: its clock drifts. Milliseconds. */
const uncertaintyMs = 5;

const drawHow = (draws: Random.Random, { config, now }: World): Invoking => {
  const isEager = draws.chance(500);
  const maxMs = draws.chance(300) ? draws.between(100, 1_000) : draws.between(1_000, 10_000);
  return {
    service: History.serviceName,
    graceMs: isEager ? 0 : config.graceMs,
    intervalMs: draws.between(1, 60) * 1_000,
    waitMs: isEager && draws.chance(400) ? draws.between(1, Math.min(2_000, maxMs - 1)) : 0,
    maxMs,
    marginMs: draws.between(1_000, 5_000),
    concurrency: draws.chance(400) ? draws.between(1, 3) : 200,
    labels: draws.chance(650) ? [someLabel] : [],
    deployment: draws.chance(300) ? Math.floor(now) : undefined,
  };
};

/** What the program is that ticks. */
interface Program {
  readonly jobs: ReadonlyArray<JobSpec>;
  /** Its handlers for schedules in the store. */
  readonly handlers: ReadonlyArray<string>;
}

/** One at work. */
class Ticking {
  readonly #world: World;
  readonly #process: SimulatedTick;
  readonly #invocation: Invocation;
  readonly #listeners: Map<string, (end: RunEnd) => void> = new Map();
  readonly #wakes: Map<string, () => void> = new Map();
  /** Runs whose handlers go on and were not told to stop. */
  readonly #going: Set<string> = new Set();
  readonly #heedMs: number;
  #rounds = 0;

  constructor(
    world: World,
    how: Invoking,
    heedMs: number,
    { handlers, jobs }: Program,
    wallOffset: number,
    drift: number,
  ) {
    const shelves = handlers.length === 0 ? undefined : new TickShelves(handlers, how.concurrency);
    this.#world = world;
    this.#heedMs = heedMs;
    const process: SimulatedTick = {
      ...begun(world.now, world.hasSchedules ? manyLimits : limits),
      index: undefined,
      concurrency: how.concurrency,
      labels: how.labels ?? [],
      wallOffset,
      drift,
      jobs: new Map(jobs.map((job) => [job.name, job])),
      specOf: (job) => process.jobs.get(job) ?? shelves?.specOf(job),
      identity: () => this.#invocation.identity,
      ended: (end) => world.whenAwake(process, () => this.#listeners.get(`${end.job} ${end.fence}`)?.(end)),
    };
    this.#process = process;
    const { mono, wall } = world.clocks(process);
    this.#invocation = new Invocation(how, process.jobs, `t${world.ticks.length}`, mono, { shelves, wall });
    world.ticks.push(process);
  }

  get process(): SimulatedTick {
    return this.#process;
  }

  #mono(): number {
    return this.#world.clocks(this.#process).mono;
  }

  #after(ms: number, act: () => void): void {
    this.#world.after(Math.ceil(ms), () => this.#world.whenAwake(this.#process, act));
  }

  #ask<Q extends Request>(
    request: Q,
    answered: (reply: Engine.AnswerTo<Q>) => void,
    failed: () => void,
  ): void {
    const process = this.#process;
    operate(this.#world, process, request, this.#world.config.requestTimeoutMs, answered, () => {
      this.#world.whenAwake(process, failed);
    });
  }

  /** It ends; for a store that could not be used without a word to anybody. */
  #over(how: string): void {
    History.count(this.#world.history, `tick ${how}`);
  }

  look(): void {
    const invocation = this.#invocation;
    this.#rounds += 1;
    const request = invocation.look(this.#mono());
    this.#ask<PeekRequest | DueRequest>(
      request,
      (reply: PeekReply | DueReply) => {
        invocation.looked(request, reply, this.#mono());
        this.#claim();
      },
      () => this.#over("without a store"),
    );
  }

  #claim(): void {
    const requests = this.#invocation.claims(this.#mono());
    if (requests.length === 0) return this.#again(0);
    const runs: Array<Run> = [];
    let open = requests.length;
    for (const request of requests) {
      this.#ask(request, (reply) =>
        receives(this.#world, this.#process, reply, () => {
          runs.push(...this.#invocation.claimed(request, reply, this.#mono()));
          open -= 1;
          if (open === 0) this.#runAll(runs);
        }), () => {
        if (open > 0) this.#over("without an answer");
        open = 0;
      });
    }
  }

  #runAll(runs: ReadonlyArray<Run>): void {
    let open = runs.length;
    const isOver = () => open === 0;
    const done = (): void => {
      open -= 1;
      if (isOver()) this.#last(runs.length, 1);
    };
    const reporting = (): void => {
      if (isOver()) return;
      this.#report(() => {});
      this.#after(reportMs, reporting);
    };
    const heeding = (): void => {
      if (isOver()) return;
      this.#heed();
      this.#after(this.#heedMs, heeding);
    };
    if (isOver()) return this.#last(0, 1);
    this.#after(reportMs, reporting);
    this.#after(this.#heedMs, heeding);
    for (const run of runs) this.#run(run, done);
  }

  /** Looks whether somebody wants a run of it cancelled. */
  #heed(): void {
    const request = this.#invocation.runs.heeds();
    if (request === undefined) return;
    this.#ask(request, (reply) => {
      for (const run of this.#invocation.runs.heeded(reply)) {
        History.count(this.#world.history, "run of a tick told that it is cancelled");
        this.#wakes.get(`${run.job} ${run.fence}`)?.();
      }
      for (const { cancelAt, fence, job } of reply.jobs.flatMap(({ active }) => active)) {
        if (cancelAt === undefined || !this.#going.has(`${job} ${fence}`)) continue;
        const at = Math.floor(this.#world.now);
        const incarnation = this.#invocation.identity;
        this.#world.history.incidents.push({ at, what: "cancelled run goes on", job, incarnation });
      }
    }, () => {});
  }

  #run(run: Run, done: () => void): void {
    const invocation = this.#invocation;
    const turn = invocation.runs.turn(run, this.#mono());
    if (turn._tag === "Wait") return this.#after(turn.ms, () => this.#run(run, done));
    if (turn._tag === "Over") return done();
    const { startedAt } = turn;
    const key = `${run.job} ${run.fence}`;
    let bound = invocation.runs.bound(run, startedAt, this.#mono());
    let state: "runs" | "told to stop" | "over" = "runs";
    const overran = (isSettled: boolean): void => {
      if (state === "over") return;
      state = "over";
      invocation.runs.overran(run, startedAt, bound.reason, isSettled, this.#mono());
      done();
    };
    this.#listeners.set(key, (end) => {
      this.#going.delete(key);
      if (state === "told to stop") return overran(true);
      if (state === "over") return invocation.runs.settled(run, startedAt, this.#mono());
      state = "over";
      invocation.runs.ended(run, startedAt, end, this.#mono());
      done();
    });
    Handler.noteStart(this.#world, this.#process, run, uncertaintyMs);
    Handler.start(this.#world, this.#process, run);
    this.#going.add(key);
    const goesOn = (): void => {
      if (state !== "runs") return;
      bound = invocation.runs.bound(run, startedAt, this.#mono());
      if (bound.ms > 0) return this.#after(bound.ms, goesOn);
      state = "told to stop";
      this.#going.delete(key);
      Handler.abort(this.#world, this.#process, { job: run.job, fence: run.fence, reason: bound.reason });
      this.#after(settlingMs, () => overran(false));
    };
    this.#wakes.set(key, goesOn);
    const draws = Random.stream(this.#world.seed, hashOf(`more ${key}`));
    const moreMs = draws.between(500, 8_000);
    if (draws.chance(200)) {
      this.#after(bound.ms * draws.below(1_000) / 1_000, () => this.#extend(run, startedAt, moreMs));
    }
    goesOn();
  }

  /** A handler asks for more time. One that is denied it goes on until it is told to stop. */
  #extend(run: Run, startedAt: number, ms: number): void {
    const askedAt = this.#mono();
    const request = this.#invocation.runs.extension(run, startedAt, ms, askedAt);
    const { history } = this.#world;
    if (request === undefined) return;
    this.#ask(request, (reply) => {
      const mayGoOn = this.#invocation.runs.extended(run, ms, askedAt, reply);
      History.count(history, mayGoOn ? "run given more time" : "run denied more time");
      const [{ extendsTo = 0 } = {}] = request.items;
      if (mayGoOn) this.#world.extended.set(`${run.job} ${run.fence}`, extendsTo);
    }, () => {});
  }

  /** `told` hears whether all of it was. */
  #report(told: (isTold: boolean) => void): void {
    const requests = this.#invocation.runs.reports();
    let open = requests.length;
    let isTold = true;
    const answered = (): void => {
      open -= 1;
      if (open <= 0) told(isTold);
    };
    if (open === 0) return answered();
    for (const request of requests) {
      this.#ask(request, answered, () => {
        isTold = false;
        this.#invocation.runs.unreported(request);
        answered();
      });
    }
  }

  #last(runs: number, tries: number): void {
    this.#report((isTold) => {
      if (!isTold) return tries < mostTries ? this.#last(runs, tries + 1) : this.#over("that could not report");
      this.#again(runs);
    });
  }

  #again(runs: number): void {
    const isAgain = this.#rounds < mostRounds && this.#invocation.goesOn(runs, this.#mono());
    if (isAgain) this.look();
    else this.#over("to its end");
  }
}

/** Starts one, with what may befall it. */
const begin = (world: World, program: Program, draws: Random.Random): void => {
  const how = drawHow(draws, world);
  // As of a machine that nobody looks after: the store's clock decides.
  const wallOffset = draws.chance(300) ? draws.between(-3_600_000, 3_600_000) : 0;
  const isKilled = draws.chance(200);
  const lifeMs = draws.between(1, how.maxMs);
  const isStopped = draws.chance(200);
  const stopAfterMs = draws.between(1, how.maxMs);
  const stopMs = draws.between(10, 20_000);
  // A source of its own, so that what is drawn besides stays as it was.
  const heedMs = Random.stream(world.seed, hashOf(`heed ${Math.floor(world.now)}`)).between(300, 3_000);
  const ticking = new Ticking(world, how, heedMs, program, wallOffset, draws.between(-100, 100) * 1e-6);
  const { process } = ticking;
  if (isKilled && world.strike("kill of a tick", { forMs: lifeMs })) world.after(lifeMs, () => world.kill(process));
  if (isStopped && world.strike("tick that stands still", { forMs: stopMs })) {
    world.after(stopAfterMs, () => {
      if (process.isAlive && world.isTroubled()) world.pause(process, stopMs);
    });
  }
  ticking.look();
};

/** A second passes: now and then somebody ticks, once or twice. */
export const tick = (world: World, { before, current }: Software): void => {
  const { ticks } = world.faults;
  if (ticks === 0) return;
  // A source for each second, so that sparing one tick leaves the others as they are.
  const draws = Random.stream(world.seed, hashOf(`ticks ${Math.floor(world.now)}`));
  if (!draws.chance(ticks)) return;
  const delayMs = draws.between(0, 1_000);
  const doubleMs = draws.chance(300) ? draws.between(0, 50) : undefined;
  const jobs = draws.chance(100) ? before : current;
  const handlers = handlersOf(world, jobs === before, `of a tick ${Math.floor(world.now)}`);
  if (!world.strike("tick")) return;
  const seed = draws.below(1_000_000);
  const at = (ms: number, name: string): void =>
    world.after(
      ms,
      () =>
        begin(world, { jobs, handlers }, Random.stream(world.seed, hashOf(`${name} ${seed} ${Math.floor(world.now)}`))),
    );
  at(delayMs, "tick");
  if (doubleMs !== undefined) at(delayMs + doubleMs, "double");
};
