/**
 * State machines on a bench: simulated time, the meaning of the protocol as their store, and a hand in between.
 *
 * Unlike the simulator it draws nothing by chance: a test says what happens to which request. Every state that is handed
 * to the machine is deeply frozen, so that a machine that writes into it throws.
 *
 * @module
 */
import * as CronExpression from "../../../src/core/schedule/CronExpression.ts";
import * as Machine from "../../../src/core/node/Machine.ts";
import type { Event } from "../../../src/core/words/Event.ts";
import type { Run } from "../../../src/core/words/Fire.ts";
import * as Engine from "../../../src/core/engine/Engine.ts";
import { jobKey } from "../../../src/core/engine/rows.ts";
import { historyEntry } from "../../../src/core/ledger/historyText.ts";
import { type JobRecord, waitsSince } from "../../../src/core/ledger/JobRecord.ts";
import { layouts } from "../../../src/core/ledger/layout.ts";
import { readRecord, recordText } from "../../../src/core/ledger/recordText.ts";
import * as store from "../../../src/core/ledger/reference-store.ts";
import * as Policy from "../../../src/core/words/Policy.ts";
import type {
  BeatRequest,
  ClaimRequest,
  ClaimStatus,
  CompleteRequest,
  ControlReply,
  ControlRequest,
  DueRequest,
  HistoryEntry,
  PeekRequest,
  Reply,
} from "../../../src/core/words/Request.ts";
import { Agenda } from "../../../src/testing/simulation/Agenda.ts";
import { operate } from "../../support/operate.ts";

export type Request = BeatRequest | ClaimRequest | CompleteRequest | PeekRequest | DueRequest;

/** When the bench's time begins, epoch milliseconds: noon, a whole minute. */
export const epoch: number = Date.UTC(2026, 0, 1, 12);

export const config: Machine.Config = {
  service: "bench",
  nodeName: "node",
  weight: 1,
  leaseMs: 10_000,
  graceMs: 1_000,
  lookaheadMs: undefined,
  maxSilenceMs: 300_000,
  requestTimeoutMs: 5_000,
  deployment: 0,
};

/** Policies, the rest of them the defaults. */
export const policies = (options: Policy.PolicyOptions = {}): Policy.Policies => {
  const made = Policy.make(options);
  if (made._tag === "Failure") throw made.failure;
  return made.success;
};

/** A job. Policies as a person gives them. */
export const job = (name: string, text: string, options?: Policy.PolicyOptions): Machine.JobSpec => ({
  name,
  expression: CronExpression.parseUnsafe(text),
  policies: policies(options),
  definition: `of ${text}`,
});

/**
 * What becomes of a request: `lost` before the store has it, `deaf` after (no reply comes), a reply that is late, a
 * failure, or, for a claim, a refusal that leaves the store as it is. Undefined: as it should.
 */
export type Fate =
  | "lost"
  | "deaf"
  | Machine.Failure
  | { readonly refuse: ClaimStatus }
  | { readonly replyAfterMs: number }
  | undefined;

type WithoutTime<T> = T extends unknown ? Omit<T, "at"> : never;

const refusal = (request: ClaimRequest, status: ClaimStatus, now: number): Reply => ({
  _tag: "Claim",
  storeTime: Math.floor(now),
  results: request.items.map((item) => {
    const watermark = status === "corrupt" || item._tag === "Sync" ? undefined : item.from;
    return { job: item.job, status, watermark, runs: [], lost: [], regressedFrom: undefined, queued: 0 };
  }),
});

const frozen = new WeakSet<object>();

const refuse = (): never => {
  throw new TypeError("the machine wrote into a map of the state that was handed in");
};

/** Freezes all that can be reached; maps and sets refuse to be changed. */
const deepFreeze = (value: unknown): void => {
  if (typeof value !== "object" || value === null || frozen.has(value)) return;
  frozen.add(value);
  if (value instanceof Map || value instanceof Set) {
    for (const [key, item] of value.entries()) {
      deepFreeze(key);
      deepFreeze(item);
    }
    for (const method of ["set", "add", "delete", "clear"]) Object.defineProperty(value, method, { value: refuse });
  }
  Object.freeze(value);
  for (const item of Object.values(value)) deepFreeze(item);
};

/** A started handler. */
export interface Started {
  /** When, on the bench's clock, and on the fleet's as the machine says. */
  readonly at: number;
  readonly startedAt: number;
  readonly run: Run;
  readonly node: BenchNode;
}

/** A sent request. */
export interface Sent {
  readonly at: number;
  readonly request: Request;
}

const limits = { rows: 1_000, bytes: 1_000_000 };

/** The world of some machines. */
export class Bench {
  now: number = epoch;
  readonly service: store.Service = store.empty();
  readonly nodes: Array<BenchNode> = [];
  readonly started: Array<Started> = [];
  /** Milliseconds each way. */
  latency = 5;
  /** How far the store's clock is ahead of the time. */
  storeAheadMs = 0;
  readonly #agenda: Agenda = new Agenda();
  readonly #engine = Engine.make(limits);

  /** A node of this release, or of another. */
  node(name: string, rest: Partial<Machine.Config> = {}, machine: Release = Machine): BenchNode {
    const node = new BenchNode(this, name, { ...config, nodeName: name, ...rest }, machine);
    this.nodes.push(node);
    return node;
  }

  after(delay: number, act: () => void): void {
    // In steps that numbers of this size can hold: time that does not pass would make a loop of a wake-up.
    this.#agenda.add(this.now + Math.ceil(Math.max(0, delay) * 1_024) / 1_024, act);
  }

  /** Lets time pass up to an instant after the beginning. */
  until(sinceEpoch: number): void {
    const end = epoch + sinceEpoch;
    for (let next = this.#agenda.take(end); next !== undefined; next = this.#agenda.take(end)) {
      this.now = next.at;
      next.act();
    }
    this.now = end;
  }

  /** What an engine makes of a request, all of it at this instant. */
  apply(request: Request, engine: Engine.Engine = this.#engine): Reply {
    return this.#run(request, engine);
  }

  /** What somebody asks of a job. */
  control(command: ControlRequest["command"]): ControlReply {
    return this.#run({ _tag: "Control", service: config.service, command }, this.#engine);
  }

  /** What somebody asks of the store, at this instant. */
  ask<Q extends Engine.EngineRequest>(request: Q): Engine.AnswerTo<Q> {
    return this.#run(request, this.#engine);
  }

  /** What the store knows of a job. */
  record(job: string): JobRecord | undefined {
    const text = this.service.rows.get(jobKey(job));
    const record = text === undefined ? undefined : readRecord(text);
    return typeof record === "string" ? undefined : record;
  }

  /** Makes the store know this of a job, as a replica that lagged behind may. */
  keep(job: string, record: JobRecord): void {
    const since = waitsSince(record);
    this.service.rows.set(jobKey(job), recordText(record, layouts.newest));
    if (since === undefined) this.service.waits.delete(jobKey(job));
    else this.service.waits.set(jobKey(job), since);
  }

  /** Empties the store. */
  empty(): void {
    Object.assign(this.service, store.empty());
  }

  get history(): ReadonlyArray<HistoryEntry> {
    return store.history(this.service).map((line) => historyEntry(line) as HistoryEntry);
  }

  get members(): ReadonlyArray<string> {
    return [...this.service.members.keys()];
  }

  #run<Q extends Engine.EngineRequest>(request: Q, engine: Engine.Engine): Engine.AnswerTo<Q> {
    const now = Math.floor(this.now) + this.storeAheadMs;
    return operate(engine, request, () => now, (it) => store.answer(this.service, it, now));
  }
}

/** What a node runs. */
export type Release = Pick<typeof Machine, "initial" | "step">;

/** One machine. */
export class BenchNode {
  readonly name: string;
  readonly sent: Array<Sent> = [];
  readonly events: Array<Event> = [];
  readonly commands: Array<Machine.Command> = [];
  state: Machine.State;
  isHalted = false;
  /** The wall clock's error, and whether this process stands still. */
  wallError = 0;
  isFrozen = false;
  incarnations = 0;
  fate: (request: Request) => Fate = (_: Request) => undefined;
  /** How long handlers last; undefined: for ever. */
  lasts: (run: Run) => number | undefined = (_: Run) => 10;
  /** How they end. */
  ends: (run: Run) => Pick<Machine.RunEnd, "outcome"> & Partial<Machine.RunEnd> = (_: Run) => ({
    outcome: "succeeded",
  });
  readonly #bench: Bench;
  readonly #engine = Engine.make(limits);
  readonly #machine: Release;
  #wake = 0;

  constructor(bench: Bench, name: string, config: Machine.Config, machine: Release) {
    this.name = name;
    this.#bench = bench;
    this.#machine = machine;
    this.state = machine.initial(config, this.at());
  }

  at(): Machine.Instant {
    return { mono: this.#bench.now - epoch, wall: this.#bench.now + this.wallError };
  }

  feed(input: WithoutTime<Machine.Input>): ReadonlyArray<Machine.Command> {
    if (this.isFrozen) return [];
    deepFreeze(this.state);
    const [state, commands] = this.#machine.step(this.state, { ...input, at: this.at() } as Machine.Input);
    this.state = state;
    this.commands.push(...commands);
    for (const command of commands) this.#carryOut(command);
    return commands;
  }

  /** Declares jobs and joins. */
  join(...jobs: ReadonlyArray<Machine.JobSpec>): this {
    if (jobs.length > 0) this.feed({ _tag: "Declared", jobs });
    this.feed({ _tag: "Incarnated", incarnation: this.#draw() });
    return this;
  }

  /** Requests of a kind, sent between two instants after the beginning. */
  requests<T extends Request["_tag"]>(
    tag: T,
    from: number = 0,
    to: number = Number.POSITIVE_INFINITY,
  ): ReadonlyArray<Extract<Request, { _tag: T }>> {
    return this.sent.flatMap(({ at, request }) =>
      request._tag === tag && at >= epoch + from && at <= epoch + to ? [request as Extract<Request, { _tag: T }>] : []
    );
  }

  happened<T extends Event["_tag"]>(tag: T): ReadonlyArray<Extract<Event, { _tag: T }>> {
    return this.events.filter((event): event is Extract<Event, { _tag: T }> => event._tag === tag);
  }

  aborts(): ReadonlyArray<Extract<Machine.Command, { _tag: "Abort" }>> {
    return this.commands.filter((it) => it._tag === "Abort");
  }

  #draw(): string {
    this.incarnations += 1;
    return `${this.name}i${this.incarnations}`;
  }

  #carryOut(command: Machine.Command): void {
    switch (command._tag) {
      case "Send":
        return this.#send(command);
      case "Start": {
        const { run, startedAt } = command;
        this.#bench.started.push({ at: this.#bench.now, startedAt, run, node: this });
        const lasts = this.lasts(run);
        const { fence, job } = run;
        if (lasts === undefined) return;
        const ends = [{ job, fence, error: undefined, cause: undefined, ...this.ends(run) }];
        return this.#bench.after(lasts, () => this.feed({ _tag: "RunsEnded", ends }));
      }
      case "WakeAt": {
        const order = ++this.#wake;
        return this.#bench.after(command.mono - this.at().mono, () => {
          if (order === this.#wake) this.feed({ _tag: "Wake" });
        });
      }
      case "Incarnate":
        return this.#bench.after(0, () => this.feed({ _tag: "Incarnated", incarnation: this.#draw() }));
      case "Halt":
        this.isHalted = true;
        return;
      case "Emit":
        this.events.push(command.event);
    }
  }

  #send({ id, request, timeoutMs }: Extract<Machine.Command, { _tag: "Send" }>): void {
    const bench = this.#bench;
    this.sent.push({ at: bench.now, request });
    const fate = this.fate(request);
    let isAnswered = false;
    const fail = (failure: Machine.Failure) => {
      if (!isAnswered) this.feed({ _tag: "Failed", id, failure });
      isAnswered = true;
    };
    bench.after(timeoutMs, () => fail({ reason: "Unavailable", detail: "no answer", retryAfterMs: undefined }));
    if (fate === "lost") return;
    if (typeof fate === "object" && "reason" in fate) return bench.after(2 * bench.latency, () => fail(fate));
    bench.after(bench.latency, () => {
      const reply = typeof fate === "object" && "refuse" in fate && request._tag === "Claim"
        ? refusal(request, fate.refuse, bench.now + bench.storeAheadMs)
        : bench.apply(request, this.#engine);
      if (fate === "deaf") return;
      bench.after(typeof fate === "object" && "replyAfterMs" in fate ? fate.replyAfterMs : bench.latency, () => {
        if (isAnswered) return;
        isAnswered = true;
        this.feed({ _tag: "Replied", id, reply } as never);
      });
    });
  }
}
