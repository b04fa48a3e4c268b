/**
 * A fleet in virtual time: the machine and the engine of each node, over a store in memory that answers after a while. What it tells
 * is the same on every machine, however busy: nothing is drawn by chance, or by a seed where requests are to jitter and get lost.
 *
 * @module
 */
import * as Engine from "../../src/core/engine/Engine.ts";
import * as reference from "../../src/core/ledger/reference-store.ts";
import * as Machine from "../../src/core/node/Machine.ts";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import { defaults } from "../../src/core/words/Policy.ts";
import type { SchedulePut } from "../../src/core/words/ScheduleRequest.ts";
import { Agenda } from "../../src/testing/simulation/Agenda.ts";
import { config } from "../unit/support/bench.ts";
import { seededRandom } from "./faults.ts";
import { operate } from "./operate.ts";

/** A run that began. */
export interface Begun {
  readonly job: string;
  readonly dueAt: number;
  readonly at: number;
  readonly node: string;
}

/** A node. */
export interface VirtualNode {
  readonly name: string;
  requests: number;
  /** How many jobs and schedules it has in its state. */
  readonly jobs: () => number;
  /** Its process ends without a word. */
  readonly kill: () => void;
  /** It leaves in order. */
  readonly leave: () => void;
}

/** Jobs of which each is due once in each minute, at a second of its own name. */
export const jobs = (count: number): ReadonlyArray<Machine.JobSpec> =>
  Array.from({ length: count }, (_, index) => {
    const name = `job-${index}`;
    const expression = CronExpression.parseUnsafe("H * * * * *", { jobName: name });
    return { name, expression, policies: defaults, definition: "each minute" };
  });

const limits = { rows: 400, bytes: 500_000 };

/** What goes wrong on the way. */
export interface Trouble {
  /** By how much a way may be longer. Milliseconds. */
  readonly jitterMs: number;
  /** How many of the answers never arrive, of 1. */
  readonly lost: number;
  /** Of the draws. */
  readonly seed: number;
}

/** The world of some nodes. */
export class VirtualNodes {
  now: number = Date.UTC(2026, 0, 5);
  readonly begun: Array<Begun> = [];
  readonly #store = reference.empty();
  readonly #agenda: Agenda = new Agenda();
  readonly #wayMs: () => number;
  readonly #isLost: () => boolean;
  readonly #lastsMs: number;

  /** How long a request or an answer is under way, and how long a handler lasts. Milliseconds. Default: nothing goes wrong. */
  constructor(wayMs: number, lastsMs: number, trouble?: Trouble) {
    const random = seededRandom(trouble?.seed ?? 1);
    this.#wayMs = () => trouble === undefined ? wayMs : wayMs + trouble.jitterMs * random();
    this.#isLost = () => trouble !== undefined && random() < trouble.lost;
    this.#lastsMs = lastsMs;
  }

  /** Lets time pass. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (let next = this.#agenda.take(end); next !== undefined; next = this.#agenda.take(end)) {
      this.now = next.at;
      next.act();
    }
    this.now = end;
  }

  /** Puts schedules, as a client does that nobody hears. */
  put(puts: ReadonlyArray<SchedulePut>): void {
    const engine = Engine.make(limits);
    const request = { _tag: "Schedules", service: config.service, command: { _tag: "Put", puts } } as const;
    operate(engine, request, () => this.now, (it) => reference.answer(this.#store, it, Math.floor(this.now)));
  }

  /** Starts a node. */
  join(name: string, specs: ReadonlyArray<Machine.JobSpec>, handlers: ReadonlyArray<string> = []): VirtualNode {
    const engine = Engine.make(limits);
    const at = (): Machine.Instant => ({ mono: this.now, wall: this.now });
    const own: Machine.Config = { ...config, nodeName: name, maxSilenceMs: 600_000 };
    let [state, wake, incarnations, isDead] = [Machine.initial(own, at()), 0, 0, false];
    const after = (ms: number, act: () => void) =>
      this.#after(ms, () => {
        if (!isDead) act();
      });
    const node = {
      name,
      requests: 0,
      jobs: () => state.jobs.size,
      kill: () => void (isDead = true),
      leave: () => feed({ _tag: "StopRequested", drainMs: 10_000, at: at() }),
    };
    const draw = (): string => `${name}i${++incarnations}`;
    const answer = (request: Engine.StoreRequest): Engine.StoreReply => {
      node.requests += 1;
      return reference.answer(this.#store, request, Math.floor(this.now));
    };
    const carryOut = (command: Machine.Command): void => {
      if (command._tag === "Send") {
        const { id, request, timeoutMs } = command;
        const failure = { reason: "Unavailable", detail: "no answer in time", retryAfterMs: undefined } as const;
        // Who is killed while a request is under way has sent it.
        this.#after(this.#wayMs(), () => {
          const reply = operate(engine, request, () => this.now, answer);
          if (this.#isLost()) after(timeoutMs, () => feed({ _tag: "Failed", id, failure, at: at() }));
          else after(this.#wayMs(), () => feed({ _tag: "Replied", id, reply, at: at() } as Machine.Input));
        });
      } else if (command._tag === "Start") {
        const { dueAt, fence, job } = command.run;
        this.begun.push({ job, dueAt, at: this.now, node: name });
        const ends = [{ job, fence, outcome: "succeeded", error: undefined, cause: undefined }] as const;
        after(this.#lastsMs, () => feed({ _tag: "RunsEnded", ends, at: at() }));
      } else if (command._tag === "WakeAt") {
        const order = ++wake;
        after(command.mono - this.now, () => order === wake && feed({ _tag: "Wake", at: at() }));
      } else if (command._tag === "Incarnate") feed({ _tag: "Incarnated", incarnation: draw(), at: at() });
      else if (command._tag === "Halt") isDead = true;
    };
    const feed = (input: Machine.Input): void => {
      if (isDead) return;
      const [next, commands] = Machine.step(state, input);
      state = next;
      for (const command of commands) carryOut(command);
    };
    feed({ _tag: "Declared", jobs: specs, handlers, at: at() });
    feed({ _tag: "Incarnated", incarnation: draw(), at: at() });
    return node;
  }

  #after(ms: number, act: () => void): void {
    this.#agenda.add(this.now + Math.ceil(Math.max(0, ms)), act);
  }
}
